"""Several questions in one message, taken apart where that is safe."""

from __future__ import annotations

import re

_BREAK = re.compile(
    r"[?？;；\n\r]+|[。!！]+(?=\S)"
    r"|[,，、。]?\s*(?:另外|还有就是|还有(?!吗|没|效|没有)|以及|顺便(?:问|再问)?(?:一下|下)?|再问(?:一下|下)?|同时想问|然后想问|再就是)[,，:：]?\s*"
    r"|(?:(?<=^)|(?<=[\s\n。;；,，?？]))(?:\d{1,2}[.、)）](?!\d)|[一二三四五][、)）]|[①②③④⑤]|第[一二三四五](?:个问题)?[,，、:：]|[(（]\d[)）])\s*"
)
_BOTH = re.compile(r"^(?P<head>.*?)(?P<first>[^,，。和与跟]{2,16})(?:和|与|跟|以及)(?P<second>[^,，。和与跟]{2,16}?)(?:分别|各|都)(?P<tail>.{1,14})$")
_TOO_SHORT = 2
_ASKS = re.compile(
    r"吗|么|呢|什么|啥|怎么|咋|如何|哪|谁|几|多少|多久|是不是|有没有|能不能|可不可以|要不要|用不用|补不补|减不减|贴不贴|免不免|交不交|行不行|好不好|没有?$|不$"
    r"|(.)不\1|可以|能"
)


def split(text: str) -> list[str]:
    """The questions in `text`, in order; one element where it is a single question.

    Only candidates: whether each part stands on its own is for the matcher to say."""
    both = _BOTH.match(text.strip().rstrip("?？"))
    if both:
        return [both["first"].removeprefix("请问") + both["tail"], both["second"] + both["tail"]]
    parts = [part.strip(" ,，。、:：") for part in _BREAK.split(text) if part]
    return [part for part in parts if len(part) >= _TOO_SHORT] or [text]


def is_question(part: str) -> bool:
    """Whether a part asks something, rather than telling what the next part asks about."""
    return bool(_ASKS.search(part))
