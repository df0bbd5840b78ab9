"""Fits what is otherwise in a small pack: fewer entries are alike by chance, and what is missing is more often not there.

The weights of the features of SMALL, on small packs made of the large one; all others stay as they were fitted on the
whole, where these features are nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np

from huiqi.evaluation.choice_fit import EXAMPLES_AN_ALTERNATE, OUTSIDE_WEIGHT, SIGNS, choice_among
from huiqi.evaluation.parts import Part, part_of
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.features import NAMES, OUTSIDE_NAMES
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.understanding.asides import AsideFinder

SMALL = frozenset({"small", "heaviest_small"})
SIZES, ALTERNATES, SEEDS = (1, 2, 5, 10, 30, 60), (3, 8, 20), (10, 11)
"""Entries of a part, and alternates of each of them. The parts that are measured are other ones."""
ASKED, FOREIGN = 60, 30
"""Questions of a part that are its own; that are another entry's; that are an example of what is nobody's. Each part weighs
the same."""


FOREIGN_WEIGHT, MORE_FOREIGN = EXAMPLES_AN_ALTERNATE * OUTSIDE_WEIGHT, 2.0
"""What is not ours weighs so much beside what is as in the pack that the other weights are fitted on, and in the smallest
packs by this share of it more: the fewer entries, the more is asked that is in none."""


def fit_smallness(pack: Pack, model: ChoiceModel) -> ChoiceModel:
    """`model` with the weights of SMALL fitted anew. Half a minute for a hundred entries; deterministic."""
    rows = [
        row
        for size in SIZES
        for alternates in ALTERNATES
        for seed in SEEDS
        for row in _rows(part_of(pack, size, alternates, seed * 100 + size, is_bare=True), seed)
    ]
    is_free = np.array([name in SMALL for name in (*NAMES, *OUTSIDE_NAMES)])
    weights = np.where(is_free, 0.0, np.concatenate([model.weights, model.outside_weights]))
    prior = ChoiceModel(weights[: len(NAMES)], weights[len(NAMES) :])
    return fit(rows, SIGNS, prior=prior, free=is_free.tolist())


def _rows(part: Part, seed: int) -> Iterator[TrainingChoice]:
    chance = random.Random(seed)
    matcher = Matcher(compile_pack(part.pack))
    asides = AsideFinder()
    alternates = matcher.base.alternates
    asked = part.asked[:ASKED]
    for text, entry in asked:
        row = choice_among(
            matcher.base, matcher.read(text, asides), matcher.numbers[entry], ASKED / len(asked)
        )
        if row is not None:
            yield row
    examples = [number for number, alternate in enumerate(alternates) if alternate.entry < 0]
    foreign: list[tuple[str, int | None]] = [
        (text, None) for text in chance.sample(part.others, min(len(part.others), FOREIGN))
    ]
    foreign += [(alternates[number].text, number) for number in chance.sample(examples, FOREIGN)]
    for text, without in foreign:
        weight = FOREIGN_WEIGHT * (1.0 + MORE_FOREIGN * matcher.base.smallness)
        row = choice_among(matcher.base, matcher.read(text, asides), -1, weight, without)
        if row is not None:
            yield row
