"""What goes back to a channel: blocks of plain text and buttons, without a word of Telegram or HTML.

A channel renders blocks in its own format; `Reply.text` reads well on its own (SMS, screen reader).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from bot.policy.model import FACET_NAMES, Entry, Pack, Policy
from bot.policy.model import Source as PolicySource

HOTLINE = "12345"


@dataclass(frozen=True)
class Action:
    """What pressing a button asks for. `kind`: entry, facet, none (都不是), up, down, subscribe, human."""

    kind: str
    entry: str | None = None
    facet: str | None = None
    question: int | None = None

    def code(self) -> str:
        """At most 64 bytes of ASCII, the same for ever: kind, entry, facet number, question number."""
        facet = str(FACET_NAMES.index(self.facet)) if self.facet else ""
        return ":".join((_KINDS[self.kind], self.entry or "", facet, _base36(self.question)))

    @classmethod
    def from_code(cls, code: str) -> Action:
        """The inverse of `code`. Raises ValueError for anything else."""
        try:
            kind, entry, facet, question = code.split(":")
            return cls(
                _KIND_OF[kind],
                entry or None,
                FACET_NAMES[int(facet)] if facet else None,
                int(question, 36) if question else None,
            )
        except (KeyError, IndexError, ValueError):
            raise ValueError(f"not a button of ours: {code!r}") from None


_KINDS = {"entry": "e", "facet": "f", "none": "n", "up": "u", "down": "d", "subscribe": "s", "human": "h"}
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
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True)
class AnswerBuilder:
    """Builds replies from a pack as of a day."""

    pack: Pack
    day: date
    notices: tuple[str, ...] = field(default=())

    def answer(self, entry: Entry, facet: str | None, overlap: bool = False) -> list[Block]:
        """The asked facet (or the whole), its source, its validity, whom to ask, what else there is."""
        policy = self.pack.policies[entry.policy]
        blocks = [Block("notice", notice) for notice in self.notices]
        blocks += self._validity_notice(entry, policy)
        known = entry.facets[facet] if facet else None
        if overlap:
            blocks += self._overlap(entry)
        elif known is not None and known.text:
            blocks.append(Block("title", f"【{entry.short_title}·{facet}】"))
            blocks.append(Block("answer", known.text))
            blocks.append(self._source(known.sources, policy))
        elif facet:
            blocks.append(Block("title", f"【{entry.short_title}·{facet}】"))
            blocks.append(Block("answer", f"“{facet}”这一项还没有查到可靠的公开来源（未查明）。{self._whom(entry)}"))
            blocks.append(Block("answer", f"已查明的是：{entry.summary.text}"))
            blocks.append(self._source(entry.summary.sources, policy))
        else:
            blocks.append(Block("title", f"【{entry.short_title}】"))
            blocks.append(Block("answer", entry.summary.text or ""))
            blocks += [
                Block("answer", f"{name}：{entry.facets[name].text}")
                for name in ("标准", "对象", "条件", "时限")
                if entry.facets[name].text
            ]
            blocks.append(self._source(entry.summary.sources, policy))
        blocks += self._validity(entry, policy)
        if not (facet and known is not None and not known.text) and facet not in ("部门", "电话"):
            blocks.append(Block("contact", self._whom(entry)))
        return blocks

    def _overlap(self, entry: Entry) -> list[Block]:
        policy = self.pack.policies[entry.policy]
        title = Block("title", f"【{entry.short_title}·能否叠加】")
        if entry.stacking.text:
            return [
                title,
                Block("answer", f"{entry.stacking.kind}：{entry.stacking.text}"),
                self._source(entry.stacking.sources or entry.summary.sources, policy),
            ]
        return [
            title,
            Block("answer", f"能不能与其他支持叠加，没有查到公开规定（未查明）。{self._whom(entry)}"),
            self._source(entry.summary.sources, policy),
        ]

    def _whom(self, entry: Entry) -> str:
        phone = entry.facets["电话"]
        if entry.unit and phone.text:
            return f"咨询：{entry.unit}，电话：{phone.text}。"
        if entry.unit:
            return f"咨询：{entry.unit}；电话未查明，可拨打 {HOTLINE} 转接。"
        return f"咨询：责任部门未查明，可拨打政务服务便民热线 {HOTLINE}。"

    def _source(self, ids: Iterable[str], policy: Policy) -> Block:
        sources = [self.pack.sources[key] for key in dict.fromkeys(ids)]
        number = f"（{policy.document_number}）" if policy.document_number else ""
        names = [self._source_name(source) for source in sources[:3]]
        text = f"来源：《{policy.title.strip('《》')}》{number}；" + "；".join(names)
        links = tuple((source.title, source.urls[0]) for source in sources if source.urls)
        if links:
            text += "\n链接：" + " ".join(address for _, address in links[:2])
        return Block("source", text, links)

    @staticmethod
    def _source_name(source: PolicySource) -> str:
        note = f"，{source.note}" if source.note else ""
        return f"{source.title}（{source.confidence}{note}）"

    def _validity_notice(self, entry: Entry, policy: Policy) -> list[Block]:
        state = entry.validity.state_on(self.day)
        if state == "expired":
            successor = self._successor(entry)
            then = f"接替它的是“{successor.short_title}”。" if successor else "是否有接替的政策未查明，请向主管部门确认。"
            return [Block("notice", f"注意：这项政策已于{_day(entry.validity.end)}到期。{then}以下是原规定：")]
        if state == "not_yet":
            return [
                Block(
                    "notice",
                    f"注意：以{_day(self.day)}来看，这项政策还没有实施（{_day(entry.validity.start)}起）。以下供参考：",
                )
            ]
        return []

    def _successor(self, entry: Entry) -> Entry | None:
        return next((other for other in self.pack.entries.values() if entry.id in other.replaces), None)

    def _validity(self, entry: Entry, policy: Policy) -> list[Block]:
        validity = entry.validity
        if validity.end:
            left = (validity.end - self.day).days
            soon = f"（还剩 {left} 天）" if 0 <= left <= 30 else ""
            text = f"有效期至：{validity.end.isoformat()}{soon}"
        else:
            text = "有效期：未查明"
        if validity.note:
            text += f"。{validity.note}"
        return [Block("validity", text)]


def _day(day: date | None) -> str:
    return day.isoformat() if day else "未查明的日期"
