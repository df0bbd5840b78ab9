"""How an entry's own alternates are worded, and how like them a question is.

An entry is looked at when it is first asked for: a process that answers one question needs the wording of one entry.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from threading import Lock
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from huiqi.language.grams import grams
from huiqi.matching.corpus import MatchingBase, masked


@dataclass(frozen=True, eq=False)
class _Wording:
    """The grams of an entry's alternates by their numbers, one alternate after the other: to which each belongs, and
    its weight there."""

    grams: npt.NDArray[np.int32]
    alternates: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    size: int


_numbers: defaultdict[str, int] = defaultdict(count().__next__)
"""Gram → its number, the same for all packs of the process: an entry that a changed pack takes over is not read again."""
_reading = Lock()
_shared: WeakValueDictionary[tuple[tuple[str, ...], tuple[str, ...]], _Wording] = WeakValueDictionary()
"""The wordings of the packs in use, by the names of an entry and its alternates."""


class Wordings:
    def __init__(self, base: MatchingBase) -> None:
        self._base = base
        self._known: dict[int, _Wording] = {}

    def likeness(self, text: str, entry: int) -> npt.NDArray[np.float64]:
        """For each alternate of `entry` how like it `text` is, a normalised text without the entry's names."""
        wording = self._known.get(entry) or self._read(entry)
        asked = [number for gram in grams(text) if (number := _numbers.get(gram)) is not None]
        is_asked = np.zeros(len(_numbers), dtype=bool)
        is_asked[asked] = True
        (shared,) = is_asked[wording.grams].nonzero()
        likeness: npt.NDArray[np.float64] = np.bincount(  # type: ignore[assignment]
            wording.alternates[shared], weights=wording.weights[shared], minlength=wording.size
        )
        return likeness

    def _read(self, entry: int) -> _Wording:
        view = self._base.entries[entry]
        key = view.names, tuple(alternate.text for alternate in self._base.own_alternates(entry))
        wording = _shared.get(key)
        if wording is None:
            _shared[key] = wording = _wording(*key)
        self._known[entry] = wording
        return wording


def _wording(names: tuple[str, ...], texts: tuple[str, ...]) -> _Wording:
    """The grams of each alternate, weighted by how rare they are among that entry's alternates. `names`: what the entry is
    called."""
    numbers, lengths = array("i"), array("i")
    with _reading:
        for text in texts:
            own = grams(masked(text, names))
            numbers.extend(map(_numbers.__getitem__, own))
            lengths.append(len(own))
    size = len(lengths)
    alternates = np.arange(size).repeat(np.array(lengths))
    _, gram_of, counts = np.unique(np.array(numbers), return_inverse=True, return_counts=True)
    rarity = np.log((size + 1) / (counts + 0.5))[gram_of] ** 2
    norms = np.sqrt(np.bincount(alternates, weights=rarity, minlength=size))
    weights = rarity / np.where(norms > 0, norms, 1.0)[alternates]
    return _Wording(np.array(numbers), alternates, weights.astype(np.float32), size)
