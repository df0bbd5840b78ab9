"""Whether a piece of text asks something, by its words alone."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"吗|么|呢|什么|啥|怎么|怎样|咋|如何|哪|谁|几|多少|多久|多长|何时|是不是|有没有|能不能|可不可以|要不要|用不用|行不行|好不好|没有?$|不$"
    r"|(.)不\1|可以|能"
)


def is_question(part: str) -> bool:
    """Whether a part asks something, rather than telling what the next part asks about."""
    return bool(_ASKS.search(part))
