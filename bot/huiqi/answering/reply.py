"""What goes back to a channel: blocks of plain text and buttons, without a word of Telegram or HTML.

A channel renders blocks in its own format; `Reply.text` reads well on its own (SMS, screen reader).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from huiqi.pack.model import FACET_NAMES

HOTLINE = "12345"


@dataclass(frozen=True)
class Action:
    """What pressing a button asks for. `kind`: entry, facet, whole (全文), levels (各级对照), origin
    (来源与有效期), more (更多), none (都不是), up, down, subscribe, human, and of the self-check: check (`value`:
    the answers so far), estimate, checklist."""

    kind: str
    entry: str | None = None
    facet: str | None = None
    question: int | None = None
    value: str | None = None

    def code(self) -> str:
        """At most 64 bytes of ASCII, the same for ever: kind, entry, facet number, question number, and where
        there is one the value."""
        facet = str(FACET_NAMES.index(self.facet)) if self.facet else ""
        parts = [_KINDS[self.kind], self.entry or "", facet, _base36(self.question)]
        return ":".join([*parts, self.value] if self.value is not None else parts)

    @classmethod
    def from_code(cls, code: str) -> Action:
        """The inverse of `code`. Raises ValueError for anything else."""
        try:
            kind, entry, facet, question, *value = code.split(":")
            return cls(
                _KIND_OF[kind],
                entry or None,
                FACET_NAMES[int(facet)] if facet else None,
                int(question, 36) if question else None,
                *value,
            )
        except (KeyError, IndexError, ValueError, TypeError):
            raise ValueError(f"not a button of ours: {code!r}") from None


_KINDS = {
    "entry": "e",
    "facet": "f",
    "none": "n",
    "up": "u",
    "down": "d",
    "subscribe": "s",
    "human": "h",
    "check": "c",
    "estimate": "m",
    "checklist": "l",
    "whole": "a",
    "levels": "v",
    "origin": "w",
    "more": "o",
}
_KIND_OF = {code: kind for kind, code in _KINDS.items()}


def _base36(number: int | None) -> str:
    if number is None:
        return ""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if number == 0:
            return digits


@dataclass(frozen=True)
class Button:
    label: str
    action: Action


@dataclass(frozen=True)
class Block:
    """A paragraph. `kind`: notice, title, answer, source, validity, contact, related, hint, choice.
    `links`: (words, address) pairs for channels that can show links."""

    kind: str
    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reply:
    """An answer to one message. `parts` has one Reply a question where the message held several."""

    outcome: str
    blocks: tuple[Block, ...]
    entry: str | None = None
    facet: str | None = None
    confidence: float = 0.0
    reason: str | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    buttons: tuple[Button, ...] = ()
    parts: tuple[Reply, ...] = ()
    number: int | None = None
    question: str = ""
    explanation: str | None = None
    aspects: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The first line that answers, without notices."""
        kept = replace(self, blocks=tuple(block for block in self.blocks if block.kind != "notice"))
        lines = kept.text.split("\n")
        is_heading = lines[0].startswith("【") and lines[0].endswith("】")
        return "".join(lines[:2]) if is_heading else lines[0]

    @property
    def firsts(self) -> tuple[str, ...]:
        """The first line of each part; of the reply itself where it answers one question."""
        return tuple(part.first for part in self.parts) or (self.first,)

    @property
    def text(self) -> str:
        """The reply as plain text; a heading stands on the line of what it heads, so that the first line
        already answers."""
        lines: list[str] = []
        heading = ""
        for block in self.blocks:
            if block.kind == "title" and not heading and not block.text.startswith("【1】"):
                heading = block.text
                continue
            lines.append(
                heading + block.text if "\n" not in block.text else f"{heading}\n{block.text}".lstrip("\n")
            )
            heading = ""
        return "\n".join([*lines, heading] if heading else lines)


def is_told_first(pattern: str, firsts: Iterable[str]) -> bool:
    """Whether one of the first lines matches the regular expression of a useful one."""
    return any(re.search(pattern, line) for line in firsts)


def spoken_day(day: date | None) -> str:
    """2020年3月16日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "未查明的日期"
