"""Leaves only what can be read: no control characters, no halves of surrogate pairs, no noncharacters.

The first spoil terminals and make files that Excel and XML refuse, the second no database or UTF-8 takes, the third
(U+FFFE and its like: Unicode 16, section 23.7) are never text."""

from __future__ import annotations

import re
import unicodedata

_ILLEGIBLE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufdd0-\\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85]")
LONGEST_SPELLING = 18
"""Characters into which NFKC spells one at most (Unicode 16)."""


def legible(text: str) -> str:
    """`text` without what nobody can read; tabs and line ends (each as a line feed) stay."""
    return text if text.isprintable() else _ILLEGIBLE.sub("", _LINE_ENDS.sub("\n", text))


def bounded(text: str, longest: int) -> str:
    """The beginning of `text` that is at most `longest` characters once each is spelled as it is compared (NFKC: one
    ﷺ is 18)."""
    if len(text) * LONGEST_SPELLING <= longest:
        return text
    left = longest
    for place, sign in enumerate(text):
        left -= len(unicodedata.normalize("NFKC", sign))
        if left < 0:
            return text[:place]
    return text
