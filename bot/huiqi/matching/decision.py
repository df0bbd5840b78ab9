"""From probabilities to one of three outcomes: answer, clarify (two or three buttons), unanswered.

The outcome is the one that costs least, in expectation, for two costs that an office may set: that of a wrong answer
and that of handing a question over which could have been answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.language.spelling import Repair
from huiqi.matching.costs import DEFAULT_COSTS, Costs
from huiqi.matching.features import Candidate, Question

BUTTONS = 3
BUTTON_AT = 0.04
BARRED_AT = 0.35
"""An entry ruled out by a guard that is at least this likely makes the question out of scope."""


@dataclass(frozen=True)
class Decision:
    """`candidates` are ranked; `confidence` is the calibrated chance that the first is right."""

    outcome: str
    candidates: tuple[Candidate, ...]
    confidence: float
    none: float
    reason: str | None
    question: Question
    bars: tuple[str, ...] = ()
    costs: Costs = DEFAULT_COSTS

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """Misspelt words of the question that were restored."""
        return self.question.repairs

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None


def decide(
    question: Question,
    candidates: list[Candidate],
    none: float,
    bars: tuple[str, ...] = (),
    costs: Costs = DEFAULT_COSTS,
) -> Decision:
    everything = sorted(candidates, key=lambda candidate: (-candidate.probability, candidate.entry))
    ranked = tuple(candidate for candidate in everything if candidate.barred is None)
    first = ranked[0].probability if ranked else 0.0
    if everything and everything[0].barred is not None and everything[0].probability >= BARRED_AT:
        # What was asked for is known, but of another place, year or document: say so, do not offer the next.
        return Decision("unanswered", ranked, first, none, "out_of_scope", question, bars, costs)
    if not ranked:
        reason = "out_of_scope" if bars else "no_match"
        return Decision("unanswered", ranked, 0.0, none, reason, question, bars, costs)
    together = sum(candidate.probability for candidate in ranked[:BUTTONS])
    outcome = costs.outcome(first, together, none, len(ranked))
    if outcome == "clarify":
        # The best stays on the list however unlikely the rest are: two buttons are the least.
        ranked = tuple(
            candidate
            for place, candidate in enumerate(ranked[:BUTTONS])
            if place < 2 or candidate.probability >= BUTTON_AT
        )
    return Decision(
        outcome,
        ranked,
        first,
        none,
        "low_score" if outcome == "unanswered" else None,
        question,
        bars,
        costs,
    )
