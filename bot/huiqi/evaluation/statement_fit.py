"""Fits the choice of the statement that answers, from questions with what their first line must hold.

A conditional logit over the statements of the right entry. Several may answer: the likeliest of them counts as the
right one, and the fit is repeated until that choice no longer moves (hard EM).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiqi.answering.statement_choice import FEATURES, StatementBook
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.understanding.asides import AsideFinder
from huiqi.understanding.aspects import AspectReader

Matrix = npt.NDArray[np.float64]
START = {"asked": 3.0, "other": -1.0, "summary": 2.0, "opening": 1.0, "holds": 1.0, "said": 1.0}
AGAINST = {"other": 0.0, "other_side": 0.0, "unknown": -0.4}
"""What may only speak against a statement, and how much at least; all else only for it. What is known comes before what is not
where both say as much of the question."""
DETAIL_WEIGHT = 0.15
"""Most who ask want what an entry opens with: about one question in seven that are fitted on is about a detail."""
PENALTY = 1.0
ROUNDS = 6


def rows(pack: Pack, matcher: Matcher, file: Path) -> Iterator[tuple[Matrix, list[bool]]]:
    """For each question of `file` with a `first`: the features of the statements of its entry, and which of them
    match and were known on the `day` that it is asked of, where it names one."""
    asides, aspects = AsideFinder(), AspectReader(matcher.base)
    book = StatementBook(matcher.base.lexicon, matcher.marker.sides, [0.0] * len(FEATURES))
    for line in file.read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        accepted = [key for key in asked.get("accept", ()) if key in matcher.numbers]
        if not asked.get("first") or not accepted:
            continue
        question = matcher.read(asked["question"], asides)
        best = matcher.match(question).best
        chosen = matcher.entry_id(best.entry) if best else ""
        entry = pack.entries[chosen if chosen in accepted else accepted[0]]
        wanted = book.wanted(question, aspects.chances(question, matcher.numbers[entry.id]))
        day = date.fromisoformat(asked["day"]) if "day" in asked else date.max
        fits = [
            bool(re.search(asked["first"], statement.text)) and statement.was_known_on(day)
            for statement in book.of(entry)
        ]
        if any(fits) and not all(fits):
            yield np.array(book.rows(entry, wanted)), fits


def fit_statements(pack: Pack, matcher: Matcher, questions: Path, details: Path) -> dict[str, float]:
    """The weight of each feature of a statement. `questions`: as they are asked on the whole; `details`: each about one
    particular sentence of an entry."""
    data = [(*row, 1.0) for row in rows(pack, matcher, questions)]
    data += [(*row, DETAIL_WEIGHT) for row in rows(pack, matcher, details)]
    weights = np.array([START.get(name, 0.0) for name in FEATURES])
    for _ in range(ROUNDS):
        choices = [
            (features, _likeliest(features @ weights, fits), weight) for features, fits, weight in data
        ]
        weights = _fitted(choices)
    return {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights, strict=True)}


def _likeliest(scores: Matrix, fits: list[bool]) -> int:
    return int(np.where(fits, scores, -np.inf).argmax())


def _fitted(choices: list[tuple[Matrix, int, float]]) -> Matrix:
    from scipy.optimize import minimize

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total = PENALTY / 2 * float(weights @ weights)
        slope = PENALTY * weights
        for features, right, weight in choices:
            scores = features @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            total -= weight * float(np.log(chances[right] + 1e-12))
            slope = slope + weight * (features.T @ chances - features[right])
        return total, slope

    bounds = [(None, AGAINST[name]) if name in AGAINST else (0.0, None) for name in FEATURES]
    found: Matrix = minimize(loss, np.zeros(len(FEATURES)), jac=True, bounds=bounds, method="L-BFGS-B").x
    return found
