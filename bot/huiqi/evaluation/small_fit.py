"""Fits the weights of the smallest packs on small packs made of the large one; those of the usual size are what they are."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from huiqi.evaluation.choice_fit import (
    EXAMPLES_AN_ALTERNATE,
    OUTSIDE_WEIGHT,
    SIGNS,
    ChoiceTrainer,
    choice_among,
)
from huiqi.evaluation.parts import Part, part_of
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.features import NAMES, OUTSIDE_NAMES
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.understanding.asides import AsideFinder

SIZES, ALTERNATES, SEEDS = (1, 2, 5, 10, 30, 60), (3, 8, 20), (10, 11)
"""Entries of a part, and alternates of each of them. The parts that are measured are other ones."""
ASKED, FOREIGN = 60, 30
"""Questions of a part that are its own; that are another entry's; that are an example of what is nobody's. Each part weighs
the same."""
OF_EACH_KIND = {"talk": 40, "named": 20, "alone": 10}
"""Questions of a part that follow on other talk, that name an alternate or a document outright, and that are nothing but an
aspect (see `choice_fit`)."""
FOREIGN_WEIGHT, MORE_FOREIGN = EXAMPLES_AN_ALTERNATE * OUTSIDE_WEIGHT, 4.0
"""What is not ours weighs so much beside what is as in the pack that the other weights are fitted on, and in the smallest
packs by this share of it more: the fewer entries, the more is asked that is in none."""
SAYS_NOTHING = "evidence_lead"
"""Where there are few other entries, to be ahead of them says nothing."""
BEHIND, OF_TALK = "evidence_behind", "talk"
"""These weigh the same in a pack of any size: to be behind another entry, and (all that begin so) what was talked about before,
which that is weighed against."""


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
    for size in SIZES:
        for alternates in ALTERNATES:
            for seed in SEEDS:
                part = part_of(pack, size, alternates, seed * 100 + size, is_bare=True)
                matcher = Matcher(compile_pack(part.pack))
                shares = np.array([1.0 - matcher.base.smallness, matcher.base.smallness])
                for row in _rows_of(part, matcher, usual, random.Random(seed)):
                    yield replace(
                        row,
                        rows=np.hstack([share * row.rows for share in shares]),
                        outside=np.hstack([share * row.outside for share in shares]),
                    )


def _rows_of(
    part: Part, matcher: Matcher, usual: ChoiceModel, chance: random.Random
) -> Iterator[TrainingChoice]:
    asked = part.asked[:ASKED]
    own = [(text, matcher.numbers[entry], None) for text, entry in asked]
    yield from _choices(matcher, own, ASKED / max(len(asked), 1))
    alternates = matcher.base.alternates
    examples = [number for number, alternate in enumerate(alternates) if alternate.entry < 0]
    foreign: list[tuple[str, int, int | None]] = [
        (text, -1, None) for text in chance.sample(part.others, min(len(part.others), FOREIGN))
    ]
    foreign += [(alternates[number].text, -1, number) for number in chance.sample(examples, FOREIGN)]
    yield from _choices(matcher, foreign, FOREIGN_WEIGHT * (1.0 + MORE_FOREIGN * matcher.base.smallness))
    trainer = ChoiceTrainer(part.pack, matcher, alone=usual)
    questions = list(trainer.questions())
    for kind, most in OF_EACH_KIND.items():
        of_kind = [asked for asked in questions if asked.kind == kind]
        for asked_so in chance.sample(of_kind, min(len(of_kind), most)):
            row = trainer.choice(asked_so)
            if row is not None:
                yield row


def _choices(
    matcher: Matcher, asked: Iterable[tuple[str, int, int | None]], weight: float
) -> Iterator[TrainingChoice]:
    """The rows of questions, each with the number of its entry (-1: none) and that of the alternate left out."""
    asides = AsideFinder()
    for text, entry, without in asked:
        row = choice_among(matcher.base, matcher.read(text, asides), entry, weight, without)
        if row is not None:
            yield row
