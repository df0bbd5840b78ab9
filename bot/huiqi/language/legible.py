"""Leaves only what can be read: no control characters, no halves of surrogate pairs, no noncharacters.

The first spoil terminals and make files that Excel and XML refuse, the second no database or UTF-8 takes, the third
(U+FFFE and its like: Unicode 16, section 23.7) are never text."""

from __future__ import annotations

import re

_ILLEGIBLE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufdd0-\\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85]")


def legible(text: str) -> str:
    """`text` without what nobody can read; tabs and line ends (each as a line feed) stay."""
    return text if text.isprintable() else _ILLEGIBLE.sub("", _LINE_ENDS.sub("\n", text))
