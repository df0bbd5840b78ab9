"""Neighbouring characters of a text, one to three together: what phrasing models and likeness of wording read."""

from __future__ import annotations

import re

LONGEST = 3
"""Characters in the longest gram; four added size and nothing else when the aspects were cross-validated."""
_DIGIT = re.compile(r"\d")
BEGIN, END = "^", "$"


def grams(text: str) -> frozenset[str]:
    """The grams of each piece of `text` (pieces stand between spaces), with marks where a piece begins and ends.
    Every digit is written 0: which amount is asked about says nothing about how."""
    found: set[str] = set()
    for piece in _DIGIT.sub("0", text).split(" "):
        marked = BEGIN + piece + END
        length = len(marked)
        for size in range(1, LONGEST + 1):
            found.update(marked[start : start + size] for start in range(length - size + 1))
    return frozenset(found)
