"""Neighbouring characters of a text, one to three together: what phrasing models and likeness of wording read."""

from __future__ import annotations

import re
from collections.abc import Set
from operator import add

LONGEST = 3
"""Characters in the longest gram; four added size and nothing else when the aspects were cross-validated."""
_DIGIT = re.compile(r"\d")
BEGIN, END = "^", "$"
DIGIT = "0"
"""Stands for every digit."""


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
