"""Judges the reply to a measured question: the entry, the aspect, the first line; and what would mend a miss."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from huiqi.answering.composing import PAID, TOGETHER, VALID
from huiqi.answering.reply import Reply, is_told_first
from huiqi.assistant.asking import Assistant
from huiqi.evaluation.questions import MeasuredQuestion
from huiqi.matching.decision import Decision
from huiqi.matching.guards import GUARDS
from huiqi.pack.model import Entry

_WHEN = "时限"


@dataclass(frozen=True)
class Outcome:
    """What became of one row. `verdict`: right, offered (among the buttons), wrong, missed, refused (rightly
    not answered), false (answered though out of scope). `is_unknown`: it was answered with an aspect that the entry
    does not know."""

    row: MeasuredQuestion
    verdict: str
    reply: Reply
    is_unknown: bool = False
    explanation: str = ""
    remedy: str = ""

    @property
    def entry(self) -> str | None:
        return self.reply.entry if self.reply.outcome == "answer" else None

    @property
    def is_aspect_right(self) -> bool:
        """Whether the first aspect told is one of those asked, or none is where the whole was asked."""
        asked, told = folded(self.row.asked or ()), folded(self.reply.aspects)
        return told[0] in asked if told else not asked

    @property
    def left_out(self) -> tuple[str, ...]:
        """The aspects that were asked and not told."""
        parts = self.reply.parts or (self.reply,)
        told = {aspect for part in parts if part.entry in self.row.accept for aspect in folded(part.aspects)}
        return tuple(aspect for aspect in folded(self.row.asked or ()) if aspect not in told)

    @property
    def is_first_right(self) -> bool:
        """Whether the first line is a useful one; never with a wrong entry."""
        pattern = self.row.first
        return self.verdict == "right" and pattern is not None and is_told_first(pattern, self.reply.firsts)

    @property
    def flaws(self) -> tuple[str, ...]:
        """What is amiss with an answer from the right entry: first, aspect, unknown, partial."""
        if self.verdict != "right":
            return ()
        found = {
            "first": self.row.first is not None and not self.is_first_right,
            "aspect": self.row.asked is not None and not self.is_aspect_right,
            "unknown": self.row.asked == () and self.is_unknown,
            "partial": len(self.row.asked or ()) > 1 and bool(self.left_out),
        }
        return tuple(name for name, is_so in found.items() if is_so)


@dataclass(frozen=True)
class SeveralOutcome:
    """What became of a message with several questions. `right`: how many of them were answered rightly."""

    row: MeasuredQuestion
    right: int
    reply: Reply

    @property
    def is_first_right(self) -> bool:
        lines = [
            line
            for part, accept in zip(self.reply.parts or (self.reply,), self.row.accept_each, strict=False)
            if part.entry in accept
            for line in part.firsts
        ]
        return self.row.first is not None and is_told_first(self.row.first, lines)


def judge(assistant: Assistant, row: MeasuredQuestion, reply: Reply) -> Outcome:
    """What became of a question; for a miss with its reason and what staff could do."""
    entry = reply.entry if reply.outcome == "answer" else None
    offered = [candidate for candidate, _ in reply.candidates] if reply.outcome == "clarify" else []
    if row.accept:
        if entry in row.accept:
            verdict = "right"
        elif entry:
            verdict = "wrong"
        else:
            verdict = "offered" if set(offered) & set(row.accept) else "missed"
    else:
        verdict = "false" if entry else "refused"
    told = assistant.pack.entries[entry] if entry else None
    is_unknown = told is not None and bool(reply.aspects) and not _knows(told, reply.aspects[0])
    if verdict in ("right", "refused"):
        return Outcome(row, verdict, reply, is_unknown)
    decision = assistant.matcher.match(row.question)
    return Outcome(
        row,
        verdict,
        reply,
        is_unknown,
        _explanation(assistant, decision),
        _remedy(assistant, row, verdict, decision),
    )


def judge_several(row: MeasuredQuestion, reply: Reply) -> SeveralOutcome:
    """What became of a message with several questions."""
    parts = zip(reply.parts or (reply,), row.accept_each, strict=False)
    right = sum(part.outcome == "answer" and part.entry in accept for part, accept in parts)
    return SeveralOutcome(row, right, reply)


def folded(aspects: Iterable[str]) -> tuple[str, ...]:
    """Aspects with 有效 and 到账 counted as 时限: whether it still holds, until when, and when money comes."""
    return tuple(dict.fromkeys(_WHEN if aspect in (VALID, PAID) else aspect for aspect in aspects))


def _knows(entry: Entry, aspect: str) -> bool:
    """Whether an entry has something to say of an aspect; whether it still holds is always told, from its days."""
    if aspect == TOGETHER:
        return entry.stacking.text is not None
    if aspect == PAID:
        return entry.facets[_WHEN].is_known
    return aspect == VALID or entry.facets[aspect].is_known


def _explanation(assistant: Assistant, decision: Decision) -> str:
    """Why the first candidates are where they are: what each explains of the question, and what it does not."""
    told = []
    for candidate in decision.candidates[:2]:
        words = "、".join(candidate.matched) or "无"
        lacks = f"，没说中 {'、'.join(candidate.missing)}" if candidate.missing else ""
        told.append(f"{assistant.matcher.entry_id(candidate.entry)} 说中 {words}{lacks}")
    sentences = [guard.sentence for guard in GUARDS if guard.name in decision.bars]
    return "；".join([*told, *dict.fromkeys(sentences)])


def _remedy(assistant: Assistant, row: MeasuredQuestion, verdict: str, decision: Decision) -> str:
    """What staff could do so that the question is answered rightly."""
    if verdict == "false":
        return "加一条“不该回答”的例子到 out_of_scope.yaml，或给答错的条目加排除词"
    by_id = {assistant.matcher.entry_id(candidate.entry): candidate for candidate in decision.candidates}
    wanted = next((by_id[key] for key in row.accept if key in by_id), None)
    if decision.bars and wanted is None:
        return f"正确条目被规则挡住（{'、'.join(decision.bars)}）：检查问题里的地名、年份、文号、层级"
    if wanted is None:
        return f"正确条目 {row.accept[0]} 没有一条相似问与它有共同的词：加一条这样的相似问"
    if wanted.missing:
        return f"正确条目缺少“{'、'.join(wanted.missing[:4])}”：加一条带这些词的相似问，或加同义词"
    return "两个条目都说得通：给正确条目加一条更近的相似问，给另一条加排除词"
