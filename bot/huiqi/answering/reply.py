"""What goes back to a channel: blocks of plain text and buttons, without a word of Telegram or HTML.

A channel renders blocks in its own format; `Reply.text` reads well on its own (SMS, screen reader).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from huiqi.pack.model import FACET_NAMES
from huiqi.pack.originals import QuotedPassage


@dataclass(frozen=True)
class Action:
    """What pressing a button asks for. `kind`: entry, facet, whole (全文), levels (各级对照), origin
    (来源与有效期), quote (原文), files (附件), more (更多), none (都不是), up, down, human, of subscriptions: subscribe (the entry),
    subscribe_policy and subscribe_topic (those of the entry), subscribe_all, unsubscribe (`question`: the number of the
    subscription), subscriptions (a list of one's own); and of the self-check: check (`value`: the answers so far),
    estimate, checklist, keep_check, end_check. `question`: a number of the log, 0 or more."""

    kind: str
    entry: str | None = None
    facet: str | None = None
    question: int | None = None
    value: str | None = None

    def code(self) -> str:
        """ASCII, the same for ever: kind, entry, facet number, question number, and where there is one the value.
        Raises ValueError for a number that no question can have."""
        facet = str(FACET_NAMES.index(self.facet)) if self.facet else ""
        parts = [_FORMS[self.kind].letter, self.entry or "", facet, _base36(self.question)]
        return ":".join([*parts, self.value] if self.value is not None else parts)

    @classmethod
    def from_code(cls, code: str) -> Action:
        """The inverse of `code`. Raises ValueError for whatever is not the code of a button of ours."""
        found = _CODE.fullmatch(code)
        kind = _KIND_OF.get(found["kind"]) if found else None
        if found is None or kind is None:
            raise _not_ours(code)
        held = {name for name in ("entry", "facet", "question") if found[name]}
        held |= {"value"} if found["value"] is not None else set()
        question = int(found["question"], 36) if found["question"] else None
        if not _FORMS[kind].allows(held) or (question or 0) > LARGEST_NUMBER:
            raise _not_ours(code)
        facet = FACET_NAMES[int(found["facet"])] if found["facet"] else None
        return cls(kind, found["entry"] or None, facet, question, found["value"])


@dataclass(frozen=True)
class _Form:
    """How a kind of button is written: its letter, what it must hold, and what it may hold besides."""

    letter: str
    must: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()

    def allows(self, held: set[str]) -> bool:
        return self.must <= held <= self.must | self.may


_ENTRY, _QUESTION, _VALUE = frozenset({"entry"}), frozenset({"question"}), frozenset({"value"})
_FORMS: Mapping[str, _Form] = {
    "entry": _Form("e", _ENTRY, frozenset({"facet"})),
    "facet": _Form("f", _ENTRY | {"facet"}),
    "none": _Form("n"),
    "up": _Form("u", _QUESTION),
    "down": _Form("d", _QUESTION),
    "subscribe": _Form("s", _ENTRY),
    "subscribe_policy": _Form("p", _ENTRY),
    "subscribe_topic": _Form("t", _ENTRY),
    "subscribe_all": _Form("g"),
    "unsubscribe": _Form("x", _QUESTION),
    "subscriptions": _Form("y"),
    "keep_check": _Form("k", _VALUE),
    "end_check": _Form("z"),
    "human": _Form("h", _QUESTION),
    "check": _Form("c", may=_VALUE),
    "estimate": _Form("m", _ENTRY),
    "checklist": _Form("l", _VALUE),
    "whole": _Form("a", _ENTRY),
    "levels": _Form("v", _ENTRY),
    "origin": _Form("w", _ENTRY),
    "more": _Form("o", _ENTRY),
    "quote": _Form("q", _ENTRY, frozenset({"facet"})),
    "files": _Form("b", _ENTRY),
}
_KIND_OF = {form.letter: kind for kind, form in _FORMS.items()}
LARGEST_NUMBER = 2**63 - 1
"""The largest number of a row in the log."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CODE = re.compile(
    rf"(?P<kind>[a-z]):(?P<entry>[a-z0-9-]*):(?P<facet>[0-{len(FACET_NAMES) - 1}]?)"
    # A number as `code` writes it (no zero in front), and the answers of a self-check as eligibility.rules does.
    r":(?P<question>0|[1-9a-z][0-9a-z]{0,12}|)(?::(?P<value>(?:[a-z]{2,6}[0-9](?:\.[a-z]{2,6}[0-9])*)?))?"
)


def _not_ours(code: str) -> ValueError:
    return ValueError(f"not a button of ours: {code[:80]!r}")


def _base36(number: int | None) -> str:
    if number is None:
        return ""
    if not 0 <= number <= LARGEST_NUMBER:
        raise ValueError(f"not the number of a question: {number}")
    digits = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return _DIGITS[number] + digits


@dataclass(frozen=True)
class Button:
    label: str
    action: Action


FILES = "/files/"
"""Where on our own pages the files of entries lie."""
FOLLOW = "/follow"
"""The page of our own on which a browser subscribes."""


@dataclass(frozen=True)
class Block:
    """A paragraph. `kind`: notice, title, answer, attachment, source, validity, contact, related, hint, choice.
    `links`: (words, address) pairs for channels that can show links, in the order of the text; the text itself
    has the addresses behind the words, for channels that cannot."""

    kind: str
    text: str
    links: tuple[tuple[str, str], ...] = ()

    def spans(self) -> list[tuple[str, str | None]]:
        """The text in pieces, each with the web address it leads to (None: nowhere). Where words have become a
        link, their address is not shown besides; words that are not in the text come last."""
        rest, spans, missing = self.text, [], []
        for words, address in self.links:
            if not address.startswith(("http://", "https://", FILES, FOLLOW)):
                continue
            before, found, after = rest.partition(words) if words else (rest, "", "")
            if not found:
                missing += [(" ", None), (words or address, address)]
                continue
            spans += [(before, None), (words, address)]
            rest = after.replace(f" {address}", "", 1)
        return [(text, address) for text, address in [*spans, (rest, None), *missing] if text]


NO_SUBJECT = "no_subject"
"""Why there is no answer: it was not said what the question is about."""
NO_MISSES = frozenset({"out_of_scope", NO_SUBJECT})
"""Reasons for which a question without an answer is none that staff could have answered."""


@dataclass(frozen=True)
class Reply:
    """An answer to one message. `aspects`: what was asked, in order, () for the whole; `facet`: the first of them as a
    facet, and where the whole was asked the facet that the first line tells of. `parts` has one Reply a question where the
    message held several; `passages`: what was offered of originals where nothing answers; `files`: (name, SHA-256) of
    those that were asked for, for channels that can hand them over."""

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
    passages: tuple[QuotedPassage, ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    @property
    def is_miss(self) -> bool:
        """Whether something was asked that could have been ours, and it was not answered: staff may still do so."""
        return self.outcome == "unanswered" and self.reason not in NO_MISSES

    @property
    def is_menu(self) -> bool:
        """Whether it only lists what may be asked next, and answers nothing itself."""
        return bool(self.blocks) and all(block.kind in ("hint", "choice") for block in self.blocks)

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
    """A day in figures and words: 年, 月, 日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "未查明的日期"


def at_home(reply: Reply, home: str | None) -> Reply:
    """The reply with the addresses of our own files as `home` has them: an address of the web, or a folder of the site
    that shows it. None where nobody can open them: then their names alone are told."""

    def placed(block: Block) -> Block:
        if not any(address.startswith((FILES, FOLLOW)) for _, address in block.links):
            return block
        links = tuple(
            (words, home + address if address.startswith((FILES, FOLLOW)) else address)
            for words, address in block.links
            if home is not None
        )
        text = block.text
        for words, address in links if (home or "").startswith(("http://", "https://")) else ():
            # For channels that cannot show links, as everywhere.
            text = text.replace(words, f"{words} {address}", 1)
        return replace(block, text=text, links=links)

    if not any(block.links for block in reply.blocks) and not reply.parts:
        return reply
    return replace(
        reply,
        blocks=tuple(map(placed, reply.blocks)),
        parts=tuple(at_home(part, home) for part in reply.parts),
    )
