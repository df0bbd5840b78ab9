"""Asks measured questions and counts what became of them: every figure that says how good the answers are."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.judging import Outcome, SeveralOutcome, folded, judge, judge_several
from huiqi.evaluation.measures import SURE
from huiqi.evaluation.questions import MeasuredQuestion
from huiqi.evaluation.wrappers import WrapperFigures
from huiqi.pack.model import ASPECTS, WHOLE

BINS = 10
NEAR_MISS = "near_miss"
"""The kind of questions that sound like ours and are not: they are counted apart from those that are far off."""


@dataclass
class Report:
    """Everything that was asked. `policies`: entry → policy; `wrapped` is empty where wrappers were not asked."""

    outcomes: list[Outcome] = field(default_factory=list)
    several: list[SeveralOutcome] = field(default_factory=list)
    wrapped: list[WrapperFigures] = field(default_factory=list)
    policies: Mapping[str, str] = field(default_factory=dict)

    def count(self, *verdicts: str, rows: Sequence[Outcome] | None = None) -> int:
        return sum(item.verdict in verdicts for item in (self.outcomes if rows is None else rows))

    @property
    def in_scope(self) -> list[Outcome]:
        return [item for item in self.outcomes if item.row.accept]

    @property
    def out_of_scope(self) -> list[Outcome]:
        return [item for item in self.outcomes if not item.row.accept]

    @property
    def follow_ups(self) -> list[Outcome]:
        return [item for item in self.outcomes if item.row.is_follow_up]

    @property
    def flawed(self) -> list[Outcome]:
        """Answers from the right entry that miss what was asked of it."""
        return [item for item in self.outcomes if item.flaws]

    @property
    def median_length(self) -> float | None:
        """Characters of an answer, all its lines together."""
        replies = [item.reply for item in self.outcomes] + [item.reply for item in self.several]
        lengths = [len(reply.text) for reply in replies if reply.outcome == "answer"]
        return statistics.median(lengths) if lengths else None

    def counts(self) -> dict[str, tuple[int, int]]:
        """The figures that are shares: (rows that it is true of, rows that bear on it), by the key of MEASURES;
        absent where no row bears on it."""
        inside, outside = self.in_scope, self.out_of_scope
        near = [item for item in outside if item.row.style == NEAR_MISS]
        far = [item for item in outside if item.row.style != NEAR_MISS]
        right = [item for item in inside if item.verdict == "right"]
        asked = [item for item in right if item.row.asked is not None]
        whole = [item for item in right if item.row.asked == ()]
        manifold = [item for item in right if len(item.row.asked or ()) > 1]
        with_facet = [item for item in right if item.row.facet is not None]
        first = [item.is_first_right for item in inside if item.row.first is not None]
        first += [item.is_first_right for item in self.several if item.row.first is not None]
        sure = [
            item for item in self.outcomes if item.reply.outcome == "answer" and item.reply.confidence >= SURE
        ]
        wrapped = sum(figures.asked for figures in self.wrapped)
        found = {
            "answered_right": (len(right), len(inside)),
            "right_or_offered": (self.count("right", "offered", rows=inside), len(inside)),
            "answered_wrong": (self.count("wrong", rows=inside), len(inside)),
            "first_right": (sum(first), len(first)),
            "aspect_right": (sum(item.is_aspect_right for item in asked), len(asked)),
            "facet_right": (sum(item.reply.facet == item.row.facet for item in with_facet), len(with_facet)),
            "whole_as_unknown": (sum(item.is_unknown for item in whole), len(whole)),
            "partial_answers": (sum(bool(item.left_out) for item in manifold), len(manifold)),
            "parts_right": (
                sum(item.right for item in self.several),
                sum(len(item.row.accept_each) for item in self.several),
            ),
            "wrapped_entry": (sum(figures.same_entry for figures in self.wrapped), wrapped),
            "wrapped_same": (sum(figures.same for figures in self.wrapped), wrapped),
            "false_answers": (self.count("false", rows=far), len(far)),
            "near_answers": (self.count("false", rows=near), len(near)),
            "right_when_sure": (self.count("right", rows=sure), len(sure)),
        }
        return {key: (true, rows) for key, (true, rows) in found.items() if rows}

    def rates(self) -> dict[str, float]:
        """The headline figures by the key of MEASURES, between 0 and 1; absent where no row bears on them."""
        rates = {key: true / rows for key, (true, rows) in self.counts().items()}
        if self.outcomes:
            rates["calibration_error"] = self.calibration_error()
        if self.follow_ups:
            rates["follow_up_calibration_error"] = self.calibration_error(self.follow_ups)
        return rates

    def reliability(self, rows: Sequence[Outcome] | None = None) -> list[tuple[str, int, float, float]]:
        """(bin, rows, mean confidence, share right) of everything that has a first candidate."""
        judged = [
            (item.reply.confidence, item.reply.candidates[0][0] in item.row.accept)
            for item in (self.outcomes if rows is None else rows)
            if item.reply.candidates
        ]
        table = []
        for number in range(BINS):
            inside = [pair for pair in judged if min(int(pair[0] * BINS), BINS - 1) == number]
            if inside:
                mean = sum(confidence for confidence, _ in inside) / len(inside)
                right = sum(is_right for _, is_right in inside) / len(inside)
                table.append((f"{number / BINS:.1f}–{(number + 1) / BINS:.1f}", len(inside), mean, right))
        return table

    def calibration_error(self, rows: Sequence[Outcome] | None = None) -> float:
        """Expected calibration error over ten bins (Naeini et al., 2015)."""
        table = self.reliability(rows)
        total = sum(count for _, count, _, _ in table)
        return sum(count * abs(mean - right) for _, count, mean, right in table) / total if total else 0.0

    def by(self, key: Callable[[Outcome], str]) -> list[tuple[str, int, int, int, int]]:
        """(group, rows, right, offered, wrong) of the in-scope rows."""
        return [
            (
                name,
                len(rows),
                self.count("right", rows=rows),
                self.count("offered", rows=rows),
                self.count("wrong", rows=rows),
            )
            for name, rows in sorted(_grouped(self.in_scope, key).items())
        ]

    def by_style(self) -> list[tuple[str, int, int, int, int]]:
        return self.by(lambda item: item.row.style or "-")

    def by_policy(self) -> list[tuple[str, int, int, int, int]]:
        return self.by(lambda item: self.policies.get(item.row.accept[0], "?"))

    def by_aspect(self) -> list[tuple[str, int, int]]:
        """(aspect, rows, right) of what was answered from the right entry; a row that asks several stands under
        each."""
        asked = [item for item in self.in_scope if item.verdict == "right" and item.row.asked is not None]
        table = []
        for aspect in (*ASPECTS, WHOLE):
            rows = [item for item in asked if aspect in (folded(item.row.asked or ()) or (WHOLE,))]
            if rows:
                table.append((aspect, len(rows), sum(item.is_aspect_right for item in rows)))
        return table

    def by_kind(self) -> list[tuple[str, int, int]]:
        """(kind, rows, answered all the same) of the out-of-scope rows."""
        groups = _grouped(self.out_of_scope, lambda item: item.row.style or "-")
        return [(name, len(rows), self.count("false", rows=rows)) for name, rows in sorted(groups.items())]

    def misses(self) -> list[Outcome]:
        return [item for item in self.outcomes if item.verdict in ("wrong", "missed", "false", "offered")]

    def to_json(self) -> dict[str, Any]:
        return {
            "rates": {name: round(value, 4) for name, value in self.rates().items()},
            "counts": {name: list(pair) for name, pair in self.counts().items()},
            "median_length": self.median_length,
            "rows": len(self.outcomes),
            "in_scope": len(self.in_scope),
            "out_of_scope": len(self.out_of_scope),
            "by_style": [list(row) for row in self.by_style()],
            "by_policy": [list(row) for row in self.by_policy()],
            "by_aspect": [list(row) for row in self.by_aspect()],
            "by_kind": [list(row) for row in self.by_kind()],
            "by_wrapper": [
                [figures.wrapper, figures.asked, figures.same_entry, figures.same] for figures in self.wrapped
            ],
            "reliability": [list(row) for row in self.reliability()],
            "follow_up_reliability": [list(row) for row in self.reliability(self.follow_ups)],
            "misses": [
                {
                    "id": item.row.id,
                    "question": item.row.question,
                    "accept": item.row.accept,
                    "verdict": item.verdict,
                    "outcome": item.reply.outcome,
                    "entry": item.entry,
                    "candidates": item.reply.candidates,
                    "explanation": item.explanation,
                    "remedy": item.remedy,
                }
                for item in self.misses()
            ],
            "flawed": [
                {
                    "id": item.row.id,
                    "question": item.row.question,
                    "entry": item.entry,
                    "flaws": item.flaws,
                    "asked": item.row.asked,
                    "aspects": item.reply.aspects,
                    "wanted": item.row.first,
                    "first": item.reply.firsts,
                }
                for item in self.flawed
            ],
        }


class ConversationMemory:
    """Conversations kept in memory, so that a measurement writes nothing."""

    def __init__(self) -> None:
        self._states: dict[str, Mapping[str, Any]] = {}

    def get(self, key: str) -> Mapping[str, Any] | None:
        return self._states.get(key)

    def put(self, key: str, state: Mapping[str, Any]) -> None:
        self._states[key] = state


def evaluate(
    assistant: Assistant,
    rows: Sequence[MeasuredQuestion],
    day: date | None = None,
    progress: Callable[[Iterable[MeasuredQuestion]], Iterable[MeasuredQuestion]] = lambda rows: rows,
) -> Report:
    """Ask every row and judge the replies. The assistant should have no log."""
    report = Report(policies={entry.id: entry.policy for entry in assistant.pack.entries.values()})
    for row in progress(rows):
        reply = assistant.ask(Message(row.question, "eval", conversation=row.conversation, day=day))
        if row.accept_each:
            report.several.append(judge_several(row, reply))
        else:
            report.outcomes.append(judge(assistant, row, reply))
    return report


def _grouped(rows: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for item in rows:
        groups.setdefault(key(item), []).append(item)
    return groups
