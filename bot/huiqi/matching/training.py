"""Fits the model from the pack alone: each alternate asked as if nobody had written it down.

No outside data and no labels: the pack's own alternates, each left out in turn, are the questions; its
out-of-scope examples are the questions that none of the entries answers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from huiqi.language.analysis import Analyser
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.corpus import MatchingBase
from huiqi.matching.features import AGAINST, NAMES, OUTSIDE_NAMES, Candidate, Question, describe, take_apart
from huiqi.matching.guards import bar
from huiqi.matching.marks import Marker

SIGNS = [-1 if name in AGAINST else 1 for name in NAMES] + [0] * len(OUTSIDE_NAMES)

MOST_ROWS = 4000
"""Questions that the model is fitted on: thirty weights need no more, and publishing should take seconds."""

OUTSIDE_WEIGHT = 2.0
"""How much an out-of-scope example counts beside an alternate: a wrong answer costs more than a hand-over."""


def left_out_questions(
    base: MatchingBase, analyser: Analyser, marker: Marker
) -> Iterator[tuple[int, Question]]:
    """(alternate number, question) for alternates spread evenly over the base, out-of-scope examples included."""
    step = max(len(base.alternates) / MOST_ROWS, 1.0)
    chosen = sorted({int(place * step) for place in range(int(len(base.alternates) / step))})
    for number in chosen:
        alternate = base.alternates[number]
        analysis = analyser.of_normalised(alternate.text)
        if analysis.words:
            yield number, take_apart(base, analysis, marker(analysis.text))


def choices(base: MatchingBase, analyser: Analyser, marker: Marker) -> list[tuple[int, TrainingChoice]]:
    """A training row for each left-out question whose right entry is among its candidates."""
    result = []
    for number, question in left_out_questions(base, analyser, marker):
        candidates, outside = describe(base, question, without=number)
        candidates = [candidate for candidate in candidates if not barred(base, question, candidate)]
        if not candidates:
            continue
        entry = base.alternates[number].entry
        right = next((place for place, item in enumerate(candidates) if item.entry == entry), -1)
        if right < 0 and entry >= 0:
            continue
        rows = np.array([candidate.features for candidate in candidates])
        assert rows.shape[1] == len(NAMES)
        weight = 1.0 if entry >= 0 else OUTSIDE_WEIGHT
        result.append((number, TrainingChoice(rows, np.array(outside), right, weight)))
    return result


def barred(base: MatchingBase, question: Question, candidate: Candidate) -> bool:
    return bar(question, base.entries[candidate.entry]) is not None


def train(base: MatchingBase, analyser: Analyser, marker: Marker) -> ChoiceModel:
    rows = choices(base, analyser, marker)
    return fit([choice for _, choice in rows], SIGNS)
