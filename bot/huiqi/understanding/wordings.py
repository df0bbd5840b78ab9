"""How an entry's own alternates are worded, and how like them a question is.

An entry is looked at when it is first asked for: a process that answers one question needs the wording of one entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from huiqi.language.grams import CodedGrams, code_of, coded_grams, grams
from huiqi.matching.corpus import MatchingBase, masked


@dataclass(frozen=True, eq=False)
class _Wording:
    """The grams of an entry's alternates, what each weighs in the alternate, and how many alternates there are."""

    held: CodedGrams
    weights: npt.NDArray[np.float64]
    size: int


_shared: WeakValueDictionary[tuple[tuple[str, ...], tuple[str, ...]], _Wording] = WeakValueDictionary()
"""The wordings of the packs in use, by the names of an entry and its alternates: one that a changed pack takes over is
not read again."""


class Wordings:
    def __init__(self, base: MatchingBase) -> None:
        self._base = base
        self._known: dict[int, _Wording] = {}

    def likeness(self, text: str, entry: int) -> npt.NDArray[np.float64]:
        """For each alternate of `entry` how like it `text` is, a normalised text without the entry's names."""
        wording = self._known.get(entry) or self._read(entry)
        held = wording.held
        asked = np.array(list(map(code_of, grams(text))))
        places = held.codes.searchsorted(asked)
        is_asked = np.zeros(len(held.codes) + 1, dtype=bool)
        is_asked[places[np.append(held.codes, -1)[places] == asked]] = True
        (shared,) = is_asked[held.grams].nonzero()
        likeness: npt.NDArray[np.float64] = np.bincount(  # type: ignore[assignment]
            held.texts[shared], weights=wording.weights[shared], minlength=wording.size
        )
        return likeness

    def _read(self, entry: int) -> _Wording:
        view = self._base.entries[entry]
        key = view.names, tuple(self._base.own_alternates(entry))
        wording = _shared.get(key)
        if wording is None:
            _shared[key] = wording = _wording(*key)
        self._known[entry] = wording
        return wording


def _wording(names: tuple[str, ...], texts: tuple[str, ...]) -> _Wording:
    """The grams of each alternate, weighted by how rare they are among that entry's alternates. `names`: what the entry is
    called."""
    held = coded_grams([masked(text, names) for text in texts])
    size = len(texts)
    counts = np.bincount(held.grams, minlength=len(held.codes))
    rarity = np.log((size + 1) / (counts + 0.5))[held.grams] ** 2
    norms = np.sqrt(np.bincount(held.texts, weights=rarity, minlength=size))
    weights = rarity / np.where(norms > 0, norms, 1.0)[held.texts]
    return _Wording(held, weights, size)
