"""What another program may look up, without a conversation and without a trace: which entries a question may mean and how
probably, what originals say, what is in force on a day, what a company may have. Nothing is logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from huiqi.answering import wording
from huiqi.answering.reply import spoken_day
from huiqi.eligibility.rules import NOT_KNOWN, EligibilityCheck, Verdict
from huiqi.pack.model import FACET_NAMES, UNSURE, CheckQuestion, Entry, Pack, Policy
from huiqi.pack.originals import QuotedPassage
from huiqi.people.reception import AssistantProvider


@dataclass(frozen=True)
class Near:
    """An entry and the calibrated probability that it is what was asked."""

    entry: Entry
    probability: float


@dataclass(frozen=True)
class Found:
    """`nobody`: the probability that no entry is what was asked."""

    entries: tuple[Near, ...]
    passages: tuple[QuotedPassage, ...]
    nobody: float


class UnknownAnswer(Exception):
    """An answer to the self-check that is none of its choices; the message says which there are."""


class Lookup:
    def __init__(self, provider: AssistantProvider) -> None:
        self._provider = provider

    @property
    def pack(self) -> Pack:
        return self._provider.assistant.pack

    def today(self) -> date:
        return self.pack.office.today()

    def find(self, question: str, limit: int, day: date | None = None) -> Found:
        """The likeliest entries, and passages of originals that say all that is asked."""
        assistant = self._provider.assistant
        decision, passages = assistant.near(question, day or self.today())
        near = []
        for candidate in decision.candidates[:limit]:
            entry = assistant.pack.entries.get(assistant.matcher.entry_id(candidate.entry))
            if entry is not None:
                near.append(Near(entry, candidate.probability))
        return Found(tuple(near), tuple(passages), decision.none)

    def entry(self, identifier: str) -> Entry | None:
        entry = self.pack.entries.get(identifier)
        return entry if entry is not None and entry.status == "published" else None

    def state(self, entry: Entry, day: date) -> str:
        """`valid`, `not_yet`, `expired`, or `unknown`: whether it is known to hold on a day."""
        state = entry.validity.state_on(day)
        if state in ("not_yet", "expired"):
            return state
        return "valid" if self.pack.is_in_force(entry, day) else "unknown"

    def in_force(self, day: date, level: str | None = None) -> list[Entry]:
        """The entries that are known to hold on a day, those of the nearest level first."""
        office = self.pack.office
        held = [
            entry
            for entry in self.pack.published
            if self.pack.is_in_force(entry, day) and level in (None, entry.level)
        ]
        return sorted(held, key=lambda entry: (office.distance(entry.level), entry.policy, entry.id))

    def self_check(
        self, answers: Mapping[str, str], day: date
    ) -> tuple[Sequence[Verdict], CheckQuestion | None]:
        """What a company may have that answered so (question id → one of its choices, or 不清楚), and the question that
        tells most apart now. Raises UnknownAnswer."""
        check = EligibilityCheck(self.pack)
        chosen: dict[str, int] = {}
        for identifier, said in answers.items():
            question = check.question(identifier)
            if question is None:
                known = "、".join(item.id for item in self.pack.check_questions)
                raise UnknownAnswer(f"没有问题 {identifier}，有的是：{known}")
            if said == UNSURE:
                chosen[identifier] = NOT_KNOWN
            elif said in question.choices:
                chosen[identifier] = question.choices.index(said)
            else:
                offered = "、".join([*question.choices, UNSURE])
                raise UnknownAnswer(f"{identifier} 只能答：{offered}")
        return check.verdicts(chosen, day), check.next_question(chosen, day)

    def policy(self, identifier: str) -> Policy | None:
        return self.pack.policies.get(identifier)

    def text_of(self, entry: Entry, day: date) -> str:
        """All that an entry says, as plain text, with what holds on the day, its source and whom to ask."""
        lines = [f"【{entry.title}】", self.spoken_validity(entry, day)]
        if entry.summary.text:
            lines.append(entry.summary.text)
        for name in FACET_NAMES:
            text = entry.facets[name].text
            if text:
                lines.append(f"{name}：{text}")
        if entry.stacking.text:
            lines.append(f"叠加：{entry.stacking.text}")
        policy = self.pack.document_of(entry)
        sources = "；".join(self.pack.sources[key].title for key in entry.sources if key in self.pack.sources)
        lines.append(f"来源：{policy.title if policy else sources}")
        lines.append(wording.whom(entry, self.pack))
        return "\n".join(line for line in lines if line)

    def spoken_validity(self, entry: Entry, day: date) -> str:
        """What is known of when it holds, as one sentence."""
        start, end = entry.validity.start, entry.validity.end
        state = self.state(entry, day)
        if state == "expired":
            return f"注意：已于{spoken_day(end)}到期，以下是原规定。"
        if state == "not_yet":
            return f"注意：{spoken_day(start)}起才施行。"
        if end is not None:
            return f"有效期到{spoken_day(end)}。"
        seen = entry.validity.seen_by(day)
        if seen is not None:
            return f"有效期没有查到；{seen}还在用，请先核实。"
        return "" if self.pack.has_own_word(entry) else "有效期没有查到，是否还有效请先核实。"
