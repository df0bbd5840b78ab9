"""A conditional logit model: the chance that each candidate, or none of them, is what the question means.

P(e) = exp(w·x_e) / (exp(v·z) + Σ exp(w·x_e')), McFadden (1974), with `none` as the outside option. Fitted by
Newton's method with an L2 penalty; deterministic, a few seconds for thousands of questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainingChoice:
    """One training question: a row of features a candidate, those of `none`, and which was right
    (a row number, or -1 for none)."""

    rows: Matrix
    outside: Matrix
    right: int
    weight: float = 1.0


@dataclass(frozen=True)
class ChoiceModel:
    """Weights of the candidate features, then of the `none` features; `temperature` divides utilities."""

    weights: Matrix
    outside_weights: Matrix
    temperature: float = 1.0

    def probabilities(
        self, rows: Sequence[Sequence[float]], outside: Sequence[float], extra: Sequence[float] | None = None
    ) -> tuple[list[float], float]:
        """The probability of each candidate, and of none of them. `extra` adds to the candidates' utilities."""
        if not len(rows):
            return [], 1.0
        own = np.asarray(rows) @ self.weights
        if extra is not None:
            own = own + np.asarray(extra)
        utilities = np.append(own, np.dot(outside, self.outside_weights))
        utilities = utilities / self.temperature
        utilities -= utilities.max()
        chances = np.exp(utilities)
        chances /= chances.sum()
        return chances[:-1].tolist(), float(chances[-1])


def fit(
    choices: Sequence[TrainingChoice],
    signs: Sequence[int] = (),
    penalty: float = 1.0,
    rounds: int = 25,
    prior: ChoiceModel | None = None,
    free: Sequence[bool] | None = None,
) -> ChoiceModel:
    """The model that makes the right choices most likely, with weights kept near those of `prior`, or near nothing, by
    `penalty`: the precision of a normal distribution around them. `free`: which of them may move at all.

    `signs` (+1, -1 or 0 for each feature, then each `none` feature) says which way a feature may speak: one that
    would speak the other way is left out, so that every weight can be explained to people."""
    width = choices[0].rows.shape[1]
    count = width + choices[0].outside.shape[0]
    wanted = np.zeros(count) if not len(signs) else np.asarray(signs, dtype=float)
    start = np.zeros(count) if prior is None else np.concatenate([prior.weights, prior.outside_weights])
    moving = np.ones(count, dtype=bool) if free is None else np.asarray(free, dtype=bool)
    while True:
        weights = _fitted(choices, moving, penalty, rounds, start)
        wrong = weights * wanted < 0
        if not wrong.any():
            return ChoiceModel(weights[:width], weights[width:])
        worst = np.argmax(np.where(wrong, np.abs(weights), 0.0))
        moving[worst], start[worst] = False, 0.0


def _fitted(
    choices: Sequence[TrainingChoice],
    moving: npt.NDArray[np.bool_],
    penalty: float,
    rounds: int,
    prior: Matrix,
) -> Matrix:
    """The weights, of which those that are `moving` leave `prior`."""
    width = choices[0].rows.shape[1]
    outside_width = choices[0].outside.shape[0]
    most = max(len(choice.rows) for choice in choices) + 1
    inputs = np.zeros((len(choices), most, width + outside_width))
    present = np.zeros((len(choices), most), dtype=bool)
    right = np.zeros(len(choices), dtype=np.int64)
    importance = np.array([choice.weight for choice in choices])
    for number, choice in enumerate(choices):
        count = len(choice.rows)
        inputs[number, :count, :width] = choice.rows
        inputs[number, count, width:] = choice.outside
        present[number, : count + 1] = True
        right[number] = choice.right if choice.right >= 0 else count
    weights = prior.copy()
    every = np.arange(len(choices))

    def far(point: Matrix) -> float:
        return float(penalty * (point - prior) @ (point - prior) / 2)

    loss = np.inf
    step = 1.0
    for _ in range(rounds):
        chances = _chances(inputs, present, weights)
        new_loss = -(importance * np.log(chances[every, right] + 1e-12)).sum() + far(weights)
        if abs(loss - new_loss) < 1e-6 * abs(new_loss):
            break
        loss = new_loss
        mean = np.einsum("nc,ncf->nf", chances, inputs)
        gradient = (importance[:, None] * (inputs[every, right] - mean)).sum(0)
        gradient -= penalty * (weights - prior)
        gradient[~moving] = 0.0
        centred = (inputs - mean[:, None, :])[:, :, moving]
        scaled = centred * (chances * importance[:, None])[:, :, None]
        curvature = np.tensordot(scaled, centred, axes=([0, 1], [0, 1]))
        curvature += penalty * np.eye(int(moving.sum()))
        direction = np.zeros(len(weights))
        direction[moving] = np.linalg.solve(curvature, gradient[moving])
        step = 1.0
        while step > 1e-3:
            attempt = weights + step * direction
            trial = _chances(inputs, present, attempt)
            value = -(importance * np.log(trial[every, right] + 1e-12)).sum() + far(attempt)
            if value <= loss:
                break
            step /= 2
        weights = weights + step * direction
    return weights


def _chances(inputs: Matrix, present: npt.NDArray[np.bool_], weights: Matrix) -> Matrix:
    utilities = np.where(present, inputs @ weights, -np.inf)
    utilities -= utilities.max(axis=1, keepdims=True)
    chances = np.exp(utilities)
    result: Matrix = chances / chances.sum(axis=1, keepdims=True)
    return result
