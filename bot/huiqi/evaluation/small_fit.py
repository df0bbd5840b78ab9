"""Fits the weights of the smallest packs on small packs made of the large one; those of the usual size are what they are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from huiqi.evaluation.choice_fit import (
    EXAMPLES_AN_ALTERNATE,
    OF_TALK,
    SIGNS,
    Asked,
    ChoiceTrainer,
)
from huiqi.evaluation.parts import Part, part_of
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.features import NAMES, OUTSIDE_NAMES
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack

SIZES, ALTERNATES, SEEDS = (1, 2, 5, 10, 30, 60), (3, 8, 20), (10, 11)
"""Entries of a part, and alternates of each of them. The parts that are measured are other ones."""
ASKED, FOREIGN = 60, 30
"""Questions of a part that are its own; that are another entry's; that are an example of what is nobody's. Each part weighs
the same."""
OF_EACH_KIND = {"talk": 40, "named": 20, "alone": 10, "placed": 40}
"""Questions of a part that follow on other talk, that name an alternate or a document outright, that are nothing but an
aspect, and that begin with the name of a level (see `choice_fit`)."""
LEFT_OUT = "left out"
"""The kind of questions that are no alternate of the part, asked as people write them."""
MORE_FOREIGN = 4.0
"""What is not ours weighs as much beside what is as in the pack that the other weights are fitted on, and in the smallest packs by
this share of it more: the fewer entries, the more is asked that is in none."""
SAYS_NOTHING = "evidence_lead"
"""Where there are few other entries, to be ahead of them says nothing."""
BEHIND = "evidence_behind"
"""To be behind another entry weighs the same in a pack of any size, and so does what was talked about before (OF_TALK), which that is
weighed against."""


def fit_smallest(pack: Pack, usual: ChoiceModel) -> ChoiceModel:
    """The weights of the smallest packs, kept near the `usual` ones. A minute for a hundred entries; deterministic.

    A pack between the two sizes is answered with what lies between the two sets. So both stand side by side in one model, of
    which the first half stays as it is, and a question of such a pack has each feature twice, in proportion."""
    width, outside_width = len(NAMES), len(OUTSIDE_NAMES)
    both = ChoiceModel(np.tile(usual.weights, 2), np.tile(usual.outside_weights, 2))
    gone = NAMES.index(SAYS_NOTHING)
    both.weights[width + gone] = 0.0
    is_free, is_free_outside = (
        [name not in (SAYS_NOTHING, BEHIND) and not name.startswith(OF_TALK) for name in names]
        for names in (NAMES, OUTSIDE_NAMES)
    )
    fitted = fit(
        list(_rows(pack, usual)),
        [*SIGNS[:width] * 2, *SIGNS[width:] * 2],
        prior=both,
        free=[*[False] * width, *is_free, *[False] * outside_width, *is_free_outside],
    )
    return ChoiceModel(fitted.weights[width:], fitted.outside_weights[outside_width:])


def _rows(pack: Pack, usual: ChoiceModel) -> Iterator[TrainingChoice]:
    for size, alternates, seed in product(SIZES, ALTERNATES, SEEDS):
        part = part_of(pack, size, alternates, seed * 100 + size, is_bare=True)
        matcher = Matcher(compile_pack(part.pack))
        trainer = ChoiceTrainer(part.pack, matcher, alone=usual)
        shares = np.array([1.0 - matcher.base.smallness, matcher.base.smallness])
        for asked, share in _questions(part, matcher, trainer, random.Random(seed)):
            row = trainer.choice(asked)
            if row is not None:
                yield replace(
                    row,
                    rows=np.hstack([own * row.rows for own in shares]),
                    outside=np.hstack([own * row.outside for own in shares]),
                    weight=share * row.weight,
                )


def _questions(
    part: Part, matcher: Matcher, trainer: ChoiceTrainer, chance: random.Random
) -> Iterator[tuple[Asked, float]]:
    """What a part is asked, and how much each counts beside what the trainer gives it."""
    own = part.asked[:ASKED]
    for text, entry in own:
        yield Asked(text, matcher.numbers[entry], None, LEFT_OUT), ASKED / len(own)
    alternates = matcher.base.alternates
    examples = [number for number, alternate in enumerate(alternates) if alternate.entry < 0]
    foreign = [
        Asked(text, -1, None, LEFT_OUT) for text in chance.sample(part.others, min(len(part.others), FOREIGN))
    ]
    foreign += [
        Asked(alternates[number].text, -1, number, LEFT_OUT) for number in chance.sample(examples, FOREIGN)
    ]
    for asked in foreign:
        yield asked, EXAMPLES_AN_ALTERNATE * (1.0 + MORE_FOREIGN * matcher.base.smallness)
    questions = list(trainer.questions())
    for kind, most in OF_EACH_KIND.items():
        of_kind = [asked for asked in questions if asked.kind == kind]
        for asked in chance.sample(of_kind, min(len(of_kind), most)):
            yield asked, 1.0
