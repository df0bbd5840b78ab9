"""What goes back to a channel: blocks of plain text and buttons, without a word of Telegram or HTML.

A channel renders blocks in its own format; `Reply.text` reads well on its own (SMS, screen reader).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from huiqi.answering.ladder import LevelFinder
from huiqi.pack.model import FACET_NAMES, Entry, Pack, Policy
from huiqi.pack.model import Source as PolicySource

HOTLINE = "12345"
SOURCES_SHOWN = 2
SOON = 30
"""Days before the end from which an answer begins with how many are left."""


@dataclass(frozen=True)
class Action:
    """What pressing a button asks for. `kind`: entry, facet, none (都不是), up, down, subscribe, human, and
    of the self-check: check (`value`: the answers so far), estimate, checklist."""

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


@dataclass(frozen=True)
class Aspect:
    """What of an entry is asked: a facet, whether it can be had together with others, whether it still holds
    (`is_dated`: on a day that the question named)."""

    facet: str | None = None
    overlap: bool = False
    validity: bool = False
    is_dated: bool = False


@dataclass(frozen=True)
class AnswerBuilder:
    """Builds answers from a pack as of a day. `notices` come before everything else."""

    pack: Pack
    day: date
    notices: tuple[str, ...] = field(default=())

    def answer(self, entry: Entry, aspect: Aspect | None = None) -> list[Block]:
        """The asked aspect (the whole when None), its counterparts, its source, its validity, whom to ask."""
        aspect = aspect or Aspect()
        policy = self.pack.policies[entry.policy]
        blocks = [Block("notice", notice) for notice in self.notices]
        blocks += self._validity_notice(entry, aspect)
        known = entry.facets[aspect.facet] if aspect.facet else None
        sources = entry.summary.sources
        if aspect.overlap:
            blocks += self._overlap(entry)
            sources = entry.stacking.sources or sources
        elif known is not None and known.text:
            blocks += [Block("title", f"【{entry.short_title}·{aspect.facet}】"), Block("answer", known.text)]
            sources = known.sources
        elif aspect.facet:
            unknown = f"“{aspect.facet}”还没有查到可靠的公开来源（未查明）。{self._whom(entry)}"
            blocks += [Block("title", f"【{entry.short_title}·{aspect.facet}】"), Block("answer", unknown)]
            blocks.append(Block("answer", f"已查明的是：{entry.summary.text}"))
        else:
            blocks += [Block("title", f"【{entry.short_title}】"), Block("answer", entry.summary.text or "")]
            blocks += [
                Block("answer", f"{name}：{text}")
                for name in ("标准", "对象")
                if (text := entry.facets[name].text) and not _says(entry.summary.text or "", text)
            ]
        if aspect.overlap or aspect.facet in (None, "标准"):
            lines = LevelFinder(self.pack).lines(entry)
            blocks += [Block("related", "\n".join(lines))] if lines else []
        blocks.append(self._source(sources, policy))
        blocks += self._validity(entry)
        is_told = aspect.facet is not None and known is not None and not known.text
        if not is_told and aspect.facet not in ("部门", "电话"):
            blocks.append(Block("contact", self._whom(entry)))
        return blocks

    def _overlap(self, entry: Entry) -> list[Block]:
        title = Block("title", f"【{entry.short_title}·能否叠加】")
        if entry.stacking.text:
            return [title, Block("answer", f"{entry.stacking.kind}：{entry.stacking.text}")]
        return [
            title,
            Block("answer", f"能不能与其他支持叠加，没有查到公开规定（未查明）。{self._whom(entry)}"),
        ]

    def _whom(self, entry: Entry) -> str:
        phone = entry.facets["电话"]
        if entry.unit and phone.text:
            return f"咨询：{entry.unit}，电话：{phone.text.rstrip('。')}。"
        if entry.unit:
            return f"咨询：{entry.unit}；电话未查明，可拨打 {HOTLINE} 转接。"
        return f"咨询：责任部门未查明，可拨打政务服务便民热线 {HOTLINE}。"

    def _source(self, ids: Iterable[str], policy: Policy) -> Block:
        """The policy by its document number, then at most two sources."""
        sources = [self.pack.sources[key] for key in dict.fromkeys(ids) if key in self.pack.sources]
        names = [self._source_name(source) for source in sources[:SOURCES_SHOWN]]
        if policy.document_number:
            names.insert(0, f"《{policy.title.strip('《》')}》（{policy.document_number}）")
        text = "来源：" + "；".join(names)
        links = tuple((source.title, source.urls[0]) for source in sources[:SOURCES_SHOWN] if source.urls)
        if links:
            text += "\n链接：" + " ".join(address for _, address in links)
        return Block("source", text, links)

    @staticmethod
    def _source_name(source: PolicySource) -> str:
        return f"{source.title}（{source.confidence}）"

    def _validity_notice(self, entry: Entry, aspect: Aspect) -> list[Block]:
        """What must be said before the answer: that it has ended, has not begun, or ends soon."""
        validity = entry.validity
        state = validity.state_on(self.day)
        when = f"以{spoken_day(self.day)}来看，" if aspect.is_dated else ""
        if state == "expired":
            then = self._afterwards(entry)
            return [
                Block(
                    "notice", f"注意：{when}这项政策已于{spoken_day(validity.end)}到期。{then}以下是原规定："
                )
            ]
        if state == "not_yet":
            begins = f"以{spoken_day(self.day)}来看，这项政策还没有实施（{spoken_day(validity.start)}起）"
            return [Block("notice", f"注意：{begins}。以下供参考：")]
        left = (validity.end - self.day).days if validity.end else None
        if left is not None and left <= SOON:
            until = "今天是最后一天" if left == 0 else f"还剩 {left} 天"
            return [Block("notice", f"提醒：{when}有效期到{spoken_day(validity.end)}，{until}。")]
        if not aspect.validity:
            return []
        if validity.end:
            rest = "" if aspect.is_dated else f"，还剩 {left} 天"
            return [Block("notice", f"{when}还在有效期内（到{spoken_day(validity.end)}{rest}）。")]
        if state == "valid":
            return [
                Block(
                    "notice",
                    f"{when}已经实施（{spoken_day(validity.start)}起），没有查到截止日期，申请前请向主管部门确认。",
                )
            ]
        return [Block("notice", "有效期没有查到（未查明），不能断定当时能不能申请，请向主管部门确认。")]

    def _afterwards(self, entry: Entry) -> str:
        """What came after an entry that has ended: its successor, or a later one about the same thing."""
        others = self.pack.entries.values()
        successor = next((other for other in others if entry.id in other.replaces), None)
        if successor is not None:
            return f"接替它的是“{successor.short_title}”。"
        later = self._later(entry)
        if later is not None:
            return f"后来另有“{later.short_title}”（{spoken_day(later.validity.start)}起），规定不同。"
        return "是否有接替的政策未查明，请向主管部门确认。"

    def _later(self, entry: Entry) -> Entry | None:
        """A linked entry of the same level and name that began after `entry` had ended."""
        end = entry.validity.end
        linked = (
            self.pack.entries[key] for key in LevelFinder(self.pack).linked(entry) if key in self.pack.entries
        )
        for other in linked:
            start = other.validity.start
            same = other.level == entry.level and bool(
                set(other.keywords) & set(entry.keywords) or _shares_name(other, entry)
            )
            if end and start and start > end and same and start <= self.day:
                return other
        return None

    def _validity(self, entry: Entry) -> list[Block]:
        validity = entry.validity
        text = f"有效期至：{spoken_day(validity.end)}" if validity.end else "有效期：未查明"
        if validity.note and not validity.note.startswith("有效期"):
            text += f"。{validity.note}"
        return [Block("validity", text)]


def spoken_day(day: date | None) -> str:
    """2020年3月16日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "未查明的日期"


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _says(text: str, other: str) -> bool:
    """Whether `text` already says most of `other`."""
    pairs = _pairs(other)
    return not pairs or len(pairs & _pairs(text)) / len(pairs) > 0.6


def _shares_name(one: Entry, other: Entry) -> bool:
    return len(_pairs(one.short_title) & _pairs(other.short_title)) >= 2
