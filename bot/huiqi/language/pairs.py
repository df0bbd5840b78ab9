"""The neighbouring characters of many texts at once, in arrays: a hundred thousand questions hold two million pairs.

The same pairs, in the same order, as `placed_bigrams` finds text by text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huiqi.language.analysis import LATIN

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LATIN_CODES = list(map(ord, LATIN))
SPACE = ord(" ")


@dataclass(frozen=True)
class Pairs:
    """Pair number p is `written[kinds[p]]`, stands in text `texts[p]` and begins there at character `places[p]`, spaces not
    counted. In the order of the texts, and in each as they come."""

    written: Sequence[str]
    kinds: Integers
    texts: Integers
    places: Integers


def pairs_of(texts: Sequence[str]) -> Pairs:
    """The pairs of normalised `texts`: of neighbouring characters without a space between, a number or Latin word being one
    character; where it stands alone, it is a pair by itself."""
    joined = " ".join(texts) + " "
    codes = characters_of(joined)
    is_space = codes == SPACE
    starts, ends = _units(codes, is_space)
    names, units = _named(joined, codes, starts, ends)
    meets = np.append(ends[:-1] == starts[1:], False)
    is_met = np.concatenate(([False], meets[:-1]))[: len(meets)]
    (first,) = (meets | (~is_met & (ends - starts > 1))).nonzero()
    # What stands alone meets nothing, and this is written as a further name.
    second = np.where(meets[first], np.append(units, 0)[first + 1], len(names))
    distinct, kinds = np.unique(units[first] * (len(names) + 1) + second, return_inverse=True)
    names.append("")
    firsts, seconds = np.divmod(distinct, len(names))
    written = [
        names[one] + names[other] for one, other in zip(firsts.tolist(), seconds.tolist(), strict=True)
    ]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    begins = lengths.cumsum() - lengths
    at = starts[first]
    text_of = np.arange(len(texts)).repeat(lengths)[at]
    without_spaces = np.arange(len(codes)) - is_space.cumsum()
    return Pairs(written, kinds, text_of, without_spaces[at] - without_spaces[begins[text_of]])


def characters_of(text: str) -> npt.NDArray[np.uint32]:
    """The code of each character."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _units(codes: npt.NDArray[np.uint32], is_space: Flags) -> tuple[Integers, Integers]:
    """Where each character, number or Latin word begins and ends."""
    latin = np.zeros(max(int(codes.max()), *_LATIN_CODES) + 1, dtype=bool)
    latin[_LATIN_CODES] = True
    is_latin = latin[codes]
    after_latin = np.concatenate(([False], is_latin[:-1]))
    before_latin = np.append(is_latin[1:], False)
    (starts,) = (~is_space & ~(is_latin & after_latin)).nonzero()
    (ends,) = (~is_space & ~(is_latin & before_latin)).nonzero()
    return starts, ends + 1


def _named(
    joined: str, codes: npt.NDArray[np.uint32], starts: Integers, ends: Integers
) -> tuple[list[str], Integers]:
    """The units that differ, and for each unit its place among them."""
    number_of = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    number_of[codes[starts]] = 1
    (used,) = number_of.nonzero()
    number_of[used] = np.arange(len(used))
    names = list(map(chr, used.tolist()))
    units = number_of[codes[starts]]
    (long,) = (ends - starts > 1).nonzero()
    numbers: dict[str, int] = {}
    places: Iterable[tuple[int, int]] = zip(starts[long].tolist(), ends[long].tolist(), strict=True)
    units[long] = [numbers.setdefault(joined[start:end], len(names) + len(numbers)) for start, end in places]
    return names + list(numbers), units
