"""The choice model: probabilities that add up, weights that speak one way, the same fit every time."""

from __future__ import annotations

import numpy as np
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from hypothesis import given, settings
from hypothesis import strategies as st

small = st.floats(-3, 3, allow_nan=False)


@given(
    rows=st.lists(st.tuples(small, small), min_size=1, max_size=6),
    weights=st.tuples(small, small),
    outside=small,
)
def test_probabilities_add_up_to_one(
    rows: list[tuple[float, float]], weights: tuple[float, float], outside: float
) -> None:
    model = ChoiceModel(np.array(weights), np.array([1.0]))
    chances, none = model.probabilities(rows, [outside])
    assert abs(sum(chances) + none - 1.0) < 1e-9
    assert all(0.0 <= chance <= 1.0 for chance in chances)


def test_with_no_candidate_none_is_certain() -> None:
    assert ChoiceModel(np.zeros(2), np.zeros(1)).probabilities([], [1.0]) == ([], 1.0)


def choices(seed: int, count: int = 200) -> list[TrainingChoice]:
    """Candidates whose first feature tells the right one and whose second is noise."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        rows = random.normal(size=(4, 2))
        right = int(np.argmax(rows[:, 0] + 0.3 * random.normal(size=4)))
        made.append(TrainingChoice(rows, np.array([1.0]), right))
    return made


def test_the_telling_feature_gets_the_weight() -> None:
    model = fit(choices(1))
    assert model.weights[0] > 3 * abs(model.weights[1])


def test_a_feature_that_would_speak_the_wrong_way_is_silent() -> None:
    model = fit(choices(1), signs=(-1, 1, 0))
    assert model.weights[0] == 0.0


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_fitting_twice_gives_the_same_model(seed: int) -> None:
    first, second = fit(choices(seed, 60)), fit(choices(seed, 60))
    assert np.array_equal(first.weights, second.weights)
