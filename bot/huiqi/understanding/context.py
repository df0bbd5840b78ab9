"""What was being talked about, kept per channel, chat and person, and how the next message leans on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

_LEANS = re.compile(
    r"^(?:那|这个|这项|这种|它|上面|刚才|前面|还|又|再|也|里面|其中|如果|要是|有没有|能不能|可以|要不要|需要)|呢$|的呢$|怎么说$|怎么规定的?$|^(?:市|省|区|国家)[里级]?的?$"
)
_NEW_SUBJECT = re.compile(
    r"^(?:好的?|行|嗯|那|哦)?[,，。 ]*"
    r"(?:换个(?:问题|话题|事)|换一个(?:问题|话题)?|另外问(?:一?个|一下)?|问个别的|问点别的|别的问题|新问题"
    r"|(?:再|另外|还想)问(?:一?个|一下|下)?(?:别的|其他的?|另外的?)(?:事|问题)?|重新问|下一个问题|另一个问题"
    r"|(?:先)?不(?:说|问|聊|谈)这个了?)[吧啊哈]?[,，:：。 ]*"
)
_TAIL = re.compile(r"[\s?？。!！,，~～…]+$")
SHORT = 8
"""A message of at most this many characters may be a follow-up by its length alone."""


@dataclass(frozen=True)
class Context:
    """The state of one conversation.

    `entry`, `facet`, `question`: what was last answered, and the question that led there. `offered`: the
    codes of the buttons that a number may choose. `asked`: the log number of the clarification they belong
    to. `rejected`: how often in a row 都不是 was chosen. `check`: the answers of a self-check so far, None
    outside one. `estimate`: the entry whose amount is being worked out. `checked`: the answers of the last
    self-check that came to its end."""

    entry: str | None = None
    facet: str | None = None
    question: str = ""
    offered: tuple[str, ...] = ()
    asked: int | None = None
    rejected: int = 0
    check: str | None = None
    estimate: str | None = None
    checked: str | None = None

    @property
    def is_checking(self) -> bool:
        """Whether what was offered belongs to a self-check."""
        has_begun = self.check is not None or self.estimate is not None
        return has_begun or any(code[0] in "cml" for code in self.offered)

    def without_check(self) -> Context:
        """The same, with a self-check or an estimate given up."""
        return replace(self, check=None, estimate=None)

    def to_state(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any] | None) -> Context:
        """The inverse of `to_state`; what an older version has written is read as far as it is known."""
        known = (
            {field.name: state[field.name] for field in fields(cls) if field.name in (state or {})}
            if state
            else {}
        )
        return cls(**(known | {"offered": tuple(known.get("offered", ()))}))


@dataclass(frozen=True)
class Reading:
    """How a message relates to what was talked about.

    `text`: without “换个问题”. `is_new_subject`: the asker said so. `leans_back`: its shape is that of a
    follow-up (那…呢, a bare level, a few characters). `by_length`: only its length says so."""

    text: str
    is_new_subject: bool = False
    leans_back: bool = False
    by_length: bool = False


def read_against(text: str, context: Context) -> Reading:
    """Split off “换个问题，” and say whether the shape of the rest is that of a follow-up."""
    stripped = text.strip()
    new = _NEW_SUBJECT.match(stripped)
    if new:
        return Reading(stripped[new.end() :] or stripped, is_new_subject=True)
    bare = _TAIL.sub("", stripped)
    leans = context.entry is not None and bool(_LEANS.search(bare))
    is_short = context.entry is not None and not leans and len(bare) <= SHORT
    return Reading(stripped, leans_back=leans or is_short, by_length=is_short)
