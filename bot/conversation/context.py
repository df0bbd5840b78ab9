"""What was being talked about, and how the next message is read against it.

The rules boost, they never force: a new subject that stands on its own wins over the old one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

_FOLLOW_UP = re.compile(r"^(?:那|那么|然后|这个|这项|它|上面|刚才|还|又|再|也)|呢$|的呢|怎么说$|^(?:市|省|区|国家)[里级]?的?$")
_NEW_SUBJECT = re.compile(r"^(?:换个(?:问题|话题)|另外问|再问(?:一?个|一下)别的|不说这个|问个别的|别的问题|新问题)[,，:： ]*")


@dataclass(frozen=True)
class Context:
    """The entry and facet last answered, the question that led there, and buttons that were offered."""

    entry: str | None = None
    facet: str | None = None
    question: str = ""
    offered: tuple[str, ...] = ()
    rejected: int = 0

    def to_state(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any] | None) -> Context:
        if not state:
            return cls()
        return cls(
            entry=state.get("entry"),
            facet=state.get("facet"),
            question=state.get("question", ""),
            offered=tuple(state.get("offered", ())),
            rejected=state.get("rejected", 0),
        )


@dataclass(frozen=True)
class Reading:
    """How a message relates to what was talked about.

    `text`: without “换个问题”. `is_new_subject`: the asker said so. `leans_back`: its shape is that of a
    follow-up (那…呢, a bare facet, a bare level)."""

    text: str
    is_new_subject: bool = False
    leans_back: bool = False
    extra: dict[str, float] = field(default_factory=dict)


def read_against(text: str, context: Context) -> Reading:
    """Split off “换个问题，” and say whether the shape of the rest is that of a follow-up."""
    stripped = text.strip()
    new = _NEW_SUBJECT.match(stripped)
    if new:
        return Reading(stripped[new.end() :] or stripped, is_new_subject=True)
    bare = re.sub(r"[\s?？。!！,，~～…]+$", "", stripped)
    leans = context.entry is not None and (bool(_FOLLOW_UP.search(bare)) or len(bare) <= 8)
    return Reading(stripped, leans_back=leans)
