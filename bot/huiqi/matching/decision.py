"""From probabilities to one of three outcomes: answer, clarify (two or three buttons), unanswered.

Three outcomes, not one cut-off. The thresholds are the only numbers here, and all of them are here.
"""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.language.spelling import Repair
from huiqi.matching.features import Candidate, Question

ANSWER_AT = 0.5
"""An entry at least this likely is answered …"""
ANSWER_LEAD = 0.12
"""… if it leads the next one by this much."""
ANSWER_RATIO_AT = 0.3
"""A less likely one is answered where it stands far above all others and above none of them:"""
ANSWER_RATIO = 2.0
MOST_NONE = 0.25
"""… and only where it is this unlikely that none of them is meant."""
BARRED_AT = 0.35
"""An entry ruled out by a guard that is at least this likely makes the question out of scope."""
CLARIFY_AT = 0.25
"""Two or three buttons, where together they are at least this likely."""
BUTTONS = 3
BUTTON_AT = 0.04


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
) -> Decision:
    everything = sorted(candidates, key=lambda candidate: (-candidate.probability, candidate.entry))
    ranked = tuple(candidate for candidate in everything if candidate.barred is None)
    if everything and everything[0].barred is not None and everything[0].probability >= BARRED_AT:
        # What was asked for is known, but of another place, year or document: say so, do not offer the next.
        left = ranked[0].probability if ranked else 0.0
        return Decision("unanswered", ranked, left, none, "out_of_scope", question, bars)
    outcome, reason = _outcome(ranked, none, bars)
    if outcome == "clarify":
        # The best stays on the list however unlikely the rest are: two buttons are the least.
        ranked = tuple(
            candidate
            for place, candidate in enumerate(ranked[:BUTTONS])
            if place < 2 or candidate.probability >= BUTTON_AT
        )
    confidence = ranked[0].probability if ranked else 0.0
    return Decision(outcome, ranked, confidence, none, reason, question, bars)


def _outcome(ranked: tuple[Candidate, ...], none: float, bars: tuple[str, ...]) -> tuple[str, str | None]:
    if not ranked:
        return "unanswered", "out_of_scope" if bars else "no_match"
    first = ranked[0].probability
    second = ranked[1].probability if len(ranked) > 1 else 0.0
    if first >= ANSWER_AT and first - second >= ANSWER_LEAD:
        return "answer", None
    if first >= ANSWER_RATIO_AT and first >= ANSWER_RATIO * second and none <= MOST_NONE:
        return "answer", None
    together = sum(candidate.probability for candidate in ranked[:BUTTONS])
    if together >= CLARIFY_AT and len(ranked) > 1:
        return "clarify", None
    return "unanswered", "low_score"
