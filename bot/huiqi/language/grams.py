"""Neighbouring characters of a text, one to three together: what phrasing models and likeness of wording read."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from operator import add

import numpy as np
import numpy.typing as npt

LONGEST = 3
"""Characters in the longest gram; four added size and nothing else when the aspects were cross-validated."""
_DIGIT = re.compile(r"\d")
BEGIN, END = "^", "$"
DIGIT = "0"
"""Stands for every digit."""
_SPACE = ord(" ")
_BITS = 21
"""Of a character's number, for Unicode has 0x110000 of them; three fit into an int64."""


def grams(text: str) -> Set[str]:
    """The grams of each piece of `text` (pieces stand between spaces), with marks where a piece begins and ends, in the
    order in which they come up. Every digit is written DIGIT: which amount is asked about says nothing about how."""
    found: list[str] = []
    for piece in _DIGIT.sub(DIGIT, text).split(" "):
        marked = BEGIN + piece + END
        of_size = list(marked)
        for size in range(1, LONGEST + 1):
            found += of_size
            of_size = list(map(add, of_size, marked[size:]))
    return dict.fromkeys(found).keys()


@dataclass(frozen=True, eq=False)
class CodedGrams:
    """The grams of many texts in arrays: `codes`, that of each gram once and in order; and for each text that holds a gram,
    gram by gram, the gram's place among the codes and the text's place."""

    codes: npt.NDArray[np.int64]
    grams: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int64]


def code_of(gram: str) -> int:
    """The numbers of a gram's characters, one behind the other."""
    code = 0
    for character in gram:
        code = code << _BITS | ord(character)
    return code


def coded_grams(texts: Sequence[str]) -> CodedGrams:
    """The same grams as `grams` finds text by text."""
    marked = [BEGIN + text.replace(" ", f"{END} {BEGIN}") + END + " " for text in texts]
    written = _DIGIT.sub(DIGIT, "".join(marked))
    characters = np.frombuffer(written.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    kinds, numbers = np.unique(characters, return_inverse=True)
    # From one on, so that 补 and 补 behind a first character of number nought would not be the same.
    numbers, base, count = numbers + 1, len(kinds) + 1, max(len(texts), 1)
    is_space = characters == _SPACE
    (starts,) = (~is_space).nonzero()
    text_of = np.arange(len(marked)).repeat(list(map(len, marked)))
    own, found = numbers, [numbers[starts] * count + text_of[starts]]
    for size in range(2, LONGEST + 1):
        own = own[:-1] * base + numbers[size - 1 :]
        # The mark of an end stands before every space, so that there is a next character to be looked at.
        starts = starts[~is_space[starts + size - 1]]
        found.append(own[starts] * count + text_of[starts])
    pairs = np.sort(np.concatenate(found))
    held, texts_of = np.divmod(pairs[_is_new(pairs)], count)
    is_first = _is_new(held)
    return CodedGrams(_codes(held[is_first], kinds), is_first.cumsum() - 1, texts_of)


def _is_new(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the `numbers`, in order, differ from the one before."""
    is_new: npt.NDArray[np.bool_] = np.diff(numbers, prepend=-1) != 0
    return is_new


def _codes(numbers: npt.NDArray[np.int64], kinds: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """The codes of grams whose characters are numbered from one on by their places among `kinds`."""
    of_kinds = np.append(0, kinds).astype(np.int64)
    codes = np.zeros(len(numbers), dtype=np.int64)
    for place in range(LONGEST):
        numbers, last = np.divmod(numbers, len(of_kinds))
        codes |= of_kinds[last] << (_BITS * place)
    return codes
