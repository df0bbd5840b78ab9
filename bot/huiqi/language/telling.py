"""Whether a year beside some words tells when something happened (去年没裁员), or which year's rule is asked about (去年的补助).

Expressions for what comes after the year, to be used in others, and a reading of whole messages.
"""

from __future__ import annotations

import re

from huiqi.language.asking import asking_parts, is_question

_WHO = r"(?:我们?|咱们?|公司|厂里?|单位|店里?)?(?:[都也就才刚]|已经|一直|全年|整年|[一1]年|[一1]个人?)*"
_OF_THE_RULE = r"有?(?:领|拿|申|报|办|补|享|发|返|兑|批)"
DID = (
    r"(?:[底末初中]?(?:就|才|刚|已经)?[贷借签交缴开招买租搬裁停办注](?:了|的|过)|[才刚](?!有)"
    r"|[底末初]?(?:发放|放|签订|订立|发生|产生|购买|购置|动工|开工|投产|入职)(?:了|过|的(?![补奖资政])|[^\s的]{0,4}$)"
    rf"|{_WHO}(?:没有?|未)(?!{_OF_THE_RULE}))"
)
"""What follows on a year in which something was done or not: 去年贷的, 去年没裁员; 去年没领的 is that year's."""
HAPPENED = (
    rf"(?:的?(?:[\d一二三四五六七八九十]{{1,3}}月|[上下]半年|第?[一二三四1-4]季度|年?[底末初中])|{DID})"
)
"""The same after a year that is named by its distance, which with a month tells when it was, too: 去年11月."""
_AMOUNT = r"(?:\d|[一二两三四五六七八九十百])(?:[多来几余]|个)?[千万亿]"
_TELLS = re.compile(rf"[了过没未刚]|一直|已经|{_AMOUNT}")
_WHO_TELLS = re.compile("(?<![帮给替教让叫请])[我咱俺]")
"""Who asks, as the one who tells: 给我讲个笑话 asks for something."""
_PIECE = re.compile(r"[^\s,，。;；!！]+")


def is_told(text: str, place: int) -> bool:
    """Whether the piece of a message around character `place` tells what happened, where another piece asks."""
    pieces = list(_PIECE.finditer(text))
    around = next((piece[0] for piece in pieces if piece.start() <= place < piece.end()), "")
    return around not in asking_parts([piece[0] for piece in pieces]) and tells(around)


def tells(piece: str) -> bool:
    """Whether a piece that asks nothing tells what happened, by its words for done and not done (材料交了), or an amount (前年卖9亿)."""
    return _TELLS.search(piece) is not None


def tells_of_asker(message: str) -> bool:
    """Whether all of a message tells of who writes it, and none of it asks (我厂里还有四十多个没到); 去年的 and 市里的 ask."""
    asks = any(is_question(piece[0]) for piece in _PIECE.finditer(message))
    return not asks and bool(_WHO_TELLS.search(message) or tells(message))
