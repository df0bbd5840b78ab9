"""From probabilities to one of three outcomes: answer, clarify (two or three buttons), unanswered.

The outcome is the one that costs least, in expectation, for two costs that an office may set: that of a wrong answer
and that of handing a question over which could have been answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.language.spelling import Repair
from huiqi.matching.background import COMMON
from huiqi.matching.costs import DEFAULT_COSTS, Costs
from huiqi.matching.features import Candidate, Question
from huiqi.pack.model import ASPECTS

BUTTONS = 3
BUTTON_AT = 0.04
"""An entry this likely is worth a button. Where only one is, there is nothing to choose from: it is answered or not."""
KEY_WORD = 0.6
"""No list is offered where none of it explains a word of this weight (that of a word which the pack does
not know is 1): nobody could want any of it."""
KEY_WORD_OF_SMALL = 1.0
"""The same in a small pack, whose entries lack most of the words that people use: how likely each is decides alone."""
TOPIC_LENGTH, TOPIC_WORDS = 10, 2
"""A question of no more characters, with no more telling words than this that the pack knows (房租, 电费太高), names a topic:
what there is about it is listed, where it is not clear which is meant."""
COMMON_ALONE = 0.15
"""A word that is all of the message (税) names a topic though it is as common as this."""
MOSTLY, TOLD_OF = 0.2, 0.25
"""An entry is about such a topic that explains this share of it and leaves no more than this of a telling word unexplained."""
POSSIBLE = 0.002
"""What is as good as never meant (by 没订单, which asks nothing) is not listed."""
ALONE_AT = 0.2
"""… and where only one entry is, it is listed from this probability on."""
BARRED_AT = 0.35
"""An entry ruled out by a guard that is at least this likely, and likelier than all that is left together, makes the
question out of scope."""


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
    key_word: float = KEY_WORD,
) -> Decision:
    """`key_word`: no list is offered where none of it explains a word of this weight."""
    everything = sorted(candidates, key=lambda candidate: (-candidate.probability, candidate.entry))
    ranked = tuple(candidate for candidate in everything if candidate.barred is None)
    first = ranked[0].probability if ranked else 0.0
    barred = everything[0].probability if everything and everything[0].barred is not None else 0.0
    if barred >= BARRED_AT and barred > sum(candidate.probability for candidate in ranked):
        # What was asked for is known, but of another place, year or document: say so, do not offer the next.
        return Decision("unanswered", ranked, first, none, "out_of_scope", question, bars, costs)
    if not ranked:
        reason = "out_of_scope" if bars else "no_match"
        return Decision("unanswered", ranked, 0.0, none, reason, question, bars, costs)
    together = sum(candidate.probability for candidate in ranked[:BUTTONS])
    is_explained = min(candidate.lacks for candidate in ranked[:BUTTONS]) <= key_word
    likely = sum(candidate.probability >= BUTTON_AT for candidate in ranked)
    outcome = costs.outcome(first, together, none, likely if is_explained else 1)
    if outcome == "unanswered" and len(about := _about_topic(question, ranked)) > 1:
        return Decision("clarify", about, first, none, None, question, bars, costs)
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


def _about_topic(question: Question, ranked: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The likeliest entries about the topic that the question names, and nothing else; empty where it says more."""
    words = question.analysis.words
    common = COMMON if len(words) > 1 else COMMON_ALONE
    telling = [
        word
        for word, weight in zip(words, question.shares_against, strict=True)
        if weight > common and word not in ASPECTS
    ]
    # One character (帮 in 帮大忙了) names a topic only where it is all that was written.
    length = len(question.analysis.compact)
    if (
        length > TOPIC_LENGTH
        or not 0 < len(telling) <= TOPIC_WORDS
        or max(map(len, telling)) < min(2, length)
    ):
        return ()
    about = [
        candidate
        for candidate in ranked
        if candidate.explained >= MOSTLY and candidate.lacks <= TOLD_OF and candidate.strange <= TOLD_OF
    ]
    if not about or about[0].probability < POSSIBLE:
        return ()
    if len(about) == 1 and about[0].probability >= ALONE_AT:
        # Two buttons are the least.
        return ranked[:2]
    return tuple(about[:BUTTONS])
