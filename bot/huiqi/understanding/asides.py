"""Asides: the pieces of a message that say who asks, from where, when and why, or are mere courtesy.

我们是本地的电子厂 is the asker: it names no level, asks for no aspect, and counts against no entry.
"""

from __future__ import annotations

from functools import lru_cache

from huiqi.language.asking import confirms
from huiqi.language.phrasing import PhrasingModel, load

HEAD = "旁白"
ASIDE_AT = 0.8
"""A piece at least this likely is an aside. A question taken for one costs more than an aside taken for one."""


class AsideFinder:
    def __init__(self, model: PhrasingModel | None = None) -> None:
        self._model = model or load("asides")
        # The same openings come again and again; a piece tells nothing about who wrote it.
        self._chance = lru_cache(maxsize=2048)(self._of_piece)

    def __call__(self, pieces: list[str]) -> frozenset[int]:
        """The numbers of the pieces that are asides; never all of them."""
        found = frozenset(
            number
            for number, piece in enumerate(pieces)
            if piece and not (number and confirms(piece)) and self._chance(piece) >= ASIDE_AT
        )
        return found if len(found) < len(pieces) else frozenset()

    def _of_piece(self, piece: str) -> float:
        return self._model.probability(piece, HEAD)
