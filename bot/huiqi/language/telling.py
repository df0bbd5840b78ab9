"""Whether a message, or a piece of one, only tells of who writes it."""

from __future__ import annotations

import re

from huiqi.language.asking import is_question

_AMOUNT = r"(?:\d|[一二两三四五六七八九十百])(?:[多来几余]|个)?[千万亿]"
_TELLS = re.compile(rf"[了过没未刚才]|一直|已经|{_AMOUNT}")
_WHO_TELLS = re.compile("(?<![帮给替教让叫请])[我咱俺]")
"""Who asks, as the one who tells: 给我讲个笑话 asks for something."""
_PIECE = re.compile(r"[^\s,，。;；!！]+")


def tells(piece: str) -> bool:
    """Whether a piece that asks nothing tells what happened, by its words for done and not done (材料交了), or an amount (前年卖9亿)."""
    return _TELLS.search(piece) is not None


def tells_of_asker(message: str) -> bool:
    """Whether all of a message tells of who writes it, and none of it asks (我厂里还有四十多个没到); 去年的 and 市里的 ask."""
    asks = any(is_question(piece[0]) for piece in _PIECE.finditer(message))
    return not asks and bool(_WHO_TELLS.search(message) or tells(message))
