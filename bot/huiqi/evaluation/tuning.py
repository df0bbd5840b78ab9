"""Fits the weights of the choice model to a pack in force, starting from those that ship.

The pack's own alternates, each left out in turn, are the questions, as in `choice_fit`. The weights that ship are the
middle of a normal prior: with few questions the outcome stays near them. How near is chosen by cross-validation, the
nearest that is not clearly worse than the best (the rule of one standard error, Breiman et al. 1984, 3.4.3). Only the
choice is fitted, and of that not what was talked about before tells: what reads aspects, asides and talk is learned from
phrasing in general, and from dialogues as people write them, and no pack has enough of it to say otherwise
(docs/packs.md).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from huiqi.evaluation.choice_fit import (
    EXAMPLES_AN_ALTERNATE,
    OUTSIDE_WEIGHT,
    SIGNS,
    Asked,
    ChoiceTrainer,
)
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.costs import Costs
from huiqi.matching.decision import BUTTONS
from huiqi.matching.matcher import Matcher
from huiqi.matching.weights import shipped_weights
from huiqi.pack.model import Pack

FOLDS = 5
STRENGTHS = (30.0, 100.0, 300.0, 1000.0)
"""Precisions of the prior that are tried. A question whose own alternate is left out is harder than those that people ask:
with less than that, a pack of thirty entries learns to be too careful (27 of 40 paraphrases right, where it was 33)."""
MOST_ROWS, MOST_EXAMPLES = 5000, 3
"""Of more questions than that so many are drawn, and of the examples of what is not ours so many for each alternate: two
dozen fits of some thirty weights need no more."""
LEAST_QUESTIONS = 20
"""With fewer alternates nothing can be told from what the weights get right."""
WRITTEN = ("bare", "wrapped", "placed")
"""The kinds of questions that are what staff wrote, as it stands or within other words."""

Rows = Sequence[tuple[Asked, TrainingChoice]]


class TooLittle(Exception):
    """The pack has too few alternates to fit anything to; the message is a sentence."""


@dataclass(frozen=True)
class Figures:
    """What becomes of questions that the weights have not seen. `asked`: alternates, each left out; `foreign`: examples
    of what is not ours, each left out; `loss`: the mean negative logarithm of the chance of what is right."""

    asked: int
    right: int
    wrong: int
    foreign: int
    false: int
    loss: float


@dataclass(frozen=True)
class Tuning:
    """What a fit came to. `before`: the weights in force; `after`: those fitted, each question unseen by them."""

    model: ChoiceModel
    strength: float
    before: Figures
    after: Figures

    @property
    def is_better(self) -> bool:
        """Whether the questions that were not seen are answered better: likelier, and no wrong answers bought."""
        before, after = self.before, self.after
        gained = after.right - before.right
        lost = (after.wrong + after.false) - (before.wrong + before.false)
        return after.loss < before.loss and gained >= 0 and lost <= gained


def tune(pack: Pack, matcher: Matcher, tell: Callable[[str], None] = lambda sentence: None) -> Tuning:
    """Weights for `pack`, whose matcher answers with those in force. Deterministic; seconds for a small pack, a minute
    for hundreds of entries. Raises TooLittle."""
    alternates = sum(len(entry.alternates) for entry in pack.entries.values())
    if alternates < LEAST_QUESTIONS:
        raise TooLittle(
            f"只有 {alternates} 条相似问，不到 {LEAST_QUESTIONS} 条，调不出什么；先多写几条相似问，用随程序带的权重就好"
        )
    tell("把每条相似问当作没写过，各问一遍…")
    rows = balanced(asked_rows(pack, matcher))
    parts = _parts([asked for asked, _ in rows])
    tell("比较权重…")
    shipped = shipped_weights(matcher.base.smallness)
    tried = {strength: _cross_validated(rows, parts, strength, shipped) for strength in STRENGTHS}
    losses = {strength: _losses(rows, models, parts) for strength, models in tried.items()}
    strength = _chosen(losses)
    return Tuning(
        fit([row for _, row in rows], SIGNS, strength, prior=shipped),
        strength,
        _figures(rows, [matcher.model] * FOLDS, parts, matcher.costs),
        _figures(rows, tried[strength], parts, matcher.costs),
    )


def asked_rows(pack: Pack, matcher: Matcher) -> Rows:
    """Every question of the pack's own with its candidates, but for those that follow on other talk."""
    trainer = ChoiceTrainer(pack, matcher)
    questions = [asked for asked in trainer.questions() if asked.kind != "talk"]
    examples = [asked for asked in questions if _is_example(asked)]
    own = sum(asked.kind == "bare" and asked.entry >= 0 for asked in questions)
    drawn = _drawn(examples, MOST_EXAMPLES * own)
    questions = _drawn([asked for asked in questions if not _is_example(asked)], MOST_ROWS) + drawn
    return [(asked, row) for asked in questions if (row := trainer.choice(asked)) is not None]


def _drawn(questions: list[Asked], most: int) -> list[Asked]:
    return random.Random(0).sample(questions, most) if len(questions) > most else questions


def balanced(rows: Rows) -> Rows:
    """The rows with what is nobody's weighing as much beside the alternates as in the pack that the weights which ship were fitted
    on: of that there is as much for ten entries as for a thousand."""
    own, foreign = (sum(row.weight for asked, row in rows if kind(asked)) for kind in (_is_own, _is_foreign))
    share = min(1.0, EXAMPLES_AN_ALTERNATE * OUTSIDE_WEIGHT * own / max(foreign, 1e-9))
    return [
        (asked, replace(row, weight=row.weight * share) if _is_foreign(asked) else row) for asked, row in rows
    ]


def _is_own(asked: Asked) -> bool:
    return asked.entry >= 0 and asked.kind in WRITTEN


def _is_foreign(asked: Asked) -> bool:
    return asked.entry < 0


def _is_example(asked: Asked) -> bool:
    return asked.entry < 0 and asked.kind in WRITTEN


def _parts(questions: Sequence[Asked], seed: int = 0) -> list[int]:
    """The fold of each question: what comes of one alternate stays together."""
    chance = random.Random(seed)
    fold_of: dict[int | str, int] = {}
    return [
        fold_of.setdefault(item.text if item.without is None else item.without, chance.randrange(FOLDS))
        for item in questions
    ]


def _cross_validated(
    rows: Rows, parts: Sequence[int], strength: float, prior: ChoiceModel
) -> list[ChoiceModel]:
    """For each fold the model that was fitted on all others."""
    return [
        fit(
            [row for (_, row), part in zip(rows, parts, strict=True) if part != fold],
            SIGNS,
            strength,
            prior=prior,
        )
        for fold in range(FOLDS)
    ]


def _losses(rows: Rows, models: Sequence[ChoiceModel], parts: Sequence[int]) -> np.ndarray:
    """The weighted loss of each question that was asked as it is, by the model that has not seen it."""
    return np.array(
        [
            -row.weight * np.log(max(_chances(models[part], row)[row.right], 1e-12))
            for (asked, row), part in zip(rows, parts, strict=True)
            if asked.kind == "bare"
        ]
    )


def _chances(model: ChoiceModel, row: TrainingChoice) -> list[float]:
    """The chance of each candidate, and last of none: what `right` is the place of."""
    chances, none = model.probabilities(row.rows.tolist(), row.outside.tolist())
    return [*chances, none]


def _chosen(losses: dict[float, np.ndarray]) -> float:
    """The strongest prior whose loss is within one standard error of the least."""
    best = losses[min(losses, key=lambda strength: float(losses[strength].sum()))]
    for strength in sorted(losses, reverse=True):
        gaps = losses[strength] - best
        if gaps.sum() <= gaps.std() * len(gaps) ** 0.5:
            return strength
    raise AssertionError


def _figures(rows: Rows, models: Sequence[ChoiceModel], parts: Sequence[int], costs: Costs) -> Figures:
    asked = right = wrong = foreign = false = 0
    loss = total = 0.0
    for (question, row), part in zip(rows, parts, strict=True):
        if question.kind != "bare":
            continue
        *chances, none = _chances(models[part], row)
        loss -= row.weight * float(np.log(max([*chances, none][row.right], 1e-12)))
        total += row.weight
        ranked = sorted(range(len(chances)), key=lambda place: -chances[place])
        together = sum(chances[place] for place in ranked[:BUTTONS])
        answered = costs.outcome(chances[ranked[0]], together, none, len(chances)) == "answer"
        if row.right >= 0:
            asked += 1
            right += answered and ranked[0] == row.right
            wrong += answered and ranked[0] != row.right
        else:
            foreign += 1
            false += answered
    return Figures(asked, right, wrong, foreign, false, loss / total)
