"""Whether a piece of text asks something, by its words alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ASKS = re.compile(
    r"吗|么|呢|什么|啥|怎么|怎样|咋|如何|哪|谁|(?<![了过好这那前十])几(?![十百千])|多少|多久|多长|何时|何处|何种|为何|可否|能否|是否|有否|有无|是不是|有没有|能不能|可不可以|要不要|用不用|行不行|好不好|没有?$|不$"
    r"|(.)不\1"
)
_MAY_ASK = re.compile(r"可以|能")
_ENDS_AS_QUESTION = re.compile(r"[吗么呢吧]$|没有?$|不$")
_ONLY_ASKS = re.compile(r"[吗么]$|^[呢吧]$|没有?$|不$|^(.)[不没]\1.?$")
"""A word that ends in 吧 or 呢 is a thing (网吧, 毛呢)."""
_POINTS_BACK = re.compile(r"这样|这种|这个|这些|这类|该怎么|上述|那样|那种")
_CONFIRMS = re.compile(
    r"^(?:[这那](?:话|个|消息|说法|事)?)?(?:到底)?(?:是不是|是)?(?:真|真的|这样|这回事|对|靠谱|属实|可信)的?"
    r"(?:吗|么|吧|假的?|不对|不真|不靠谱)?$|^有(?:没有)?这回?事吗?$|^是吗$|^是不是$"
    r"|^(?:这样|这么)?(?:做|发|办|弄|搞|交)?(?P<may>行|可以?|能|好|对|成|中|合法|合规|违法|违规|算)(?:吗|么|吧|[不没](?P=may)以?|不)呢?$"
)
_HEARD = re.compile(r"^(?:听说|听讲|听人|听朋友|据说|据悉|都说|说是|新闻|网上说|看到|看见|知道)")
"""How a part begins that tells what the asker heard or saw; what is asked of it comes in a part of its own."""


def only_asks(word: str) -> bool:
    """Whether a word does nothing but ask whether something is so (有吗, 算不算, 有没有)."""
    return _ONLY_ASKS.search(word) is not None


def is_question(part: str) -> bool:
    """Whether a part asks something, rather than telling what the next part asks about."""
    return bool(_ASKS.search(part) or _MAY_ASK.search(part))


def points_back(part: str) -> bool:
    """Whether a part asks of what the parts before it tell, by a word that points there (这样做合不合规)."""
    return _POINTS_BACK.search(part) is not None


def confirms(part: str) -> bool:
    """Whether a part does nothing but ask whether the one before it is so, or may be (是真的吗, 行不行)."""
    return _CONFIRMS.search(part) is not None


def offers_choice(part: str) -> bool:
    """Whether a part asks which of two it is (是全免还是减半). Such a part names what it asks about as often as not, and does not
    make a story of the parts before it: it is none of `asking_parts`."""
    return "还是" in part


def asking_parts(parts: Sequence[str]) -> list[str]:
    """The parts of a message that ask, all of them where none does."""
    return outright_parts(parts) or [part for part in parts if is_question(part)] or list(parts)


def outright_parts(parts: Sequence[str]) -> list[str]:
    """The parts of a message that ask by a word for it. What was heard (听说可以多转几年), and what may be (增加的部分可以全退),
    is told where another part asks outright; what a part wants confirmed (是真的吗) is the one before it."""
    return [
        part
        for part, after in zip(parts, (*parts[1:], ""), strict=True)
        if (_ASKS.search(part) and not (_HEARD.search(part) and not _ENDS_AS_QUESTION.search(part)))
        or confirms(after)
    ]
