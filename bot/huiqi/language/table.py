"""A dictionary of words that is quick to read from a file: of a hundred thousand words each on its own, a cold start would
take longer to read than to answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any, Self

SEPARATOR = "\n"
"""No normalised word holds it."""


class Table(dict[str, float]):
    """Word → number. Kept in a file as one text, and each number once."""

    @classmethod
    def of(cls, words: Mapping[str, float]) -> Self:
        """`words`, equal numbers made one object: there are few that differ."""
        one: dict[float, float] = {}
        return cls({word: one.setdefault(number, number) for word, number in words.items()})

    def __reduce__(self) -> tuple[Callable[..., Table], tuple[Any, ...]]:
        places = {number: place for place, number in enumerate(dict.fromkeys(self.values()))}
        codes = array("i", map(places.__getitem__, self.values()))
        return _table, (SEPARATOR.join(self), array("d", places), codes)


class Numbering(dict[str, int]):
    """Word → its place, counted in the order in which the words stand. Kept in a file as one text."""

    def __reduce__(self) -> tuple[Callable[..., Numbering], tuple[Any, ...]]:
        return _numbering, (SEPARATOR.join(self),)


def _table(words: str, numbers: array[float], codes: array[int]) -> Table:
    return Table(zip(_split(words), map(numbers.tolist().__getitem__, codes), strict=True))


def _numbering(words: str) -> Numbering:
    return Numbering(zip(split := _split(words), range(len(split)), strict=True))


def _split(words: str) -> list[str]:
    return words.split(SEPARATOR) if words else []
