"""Whether an entry tells what a question asks in particular, by a logistic regression over how well its statements answer.

The entry may be the right one and still not say whether the trainee counts: then the statement that comes nearest is no answer,
and the asker must be told so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import exp, fsum, log
from pathlib import Path

from huiqi.answering.pages import Page
from huiqi.answering.statement_choice import Wanted

WEIGHTS = Path(__file__).with_name("answerability_weights.json")
FEATURES = ("fit", "words", "unsaid", "most_unsaid", "yes_no", "said_so", "unknown_facet", "kinds", "one")
"""`fit`: how well its statements answer, in nats (the logarithm of their mean exponential); `words`: the weight of the question's
telling words, `unsaid` and `most_unsaid`: of those of them that no statement says, in all and of the heaviest; `yes_no`: whether it
asks for a yes or no, `said_so`: and the best statement gives one; `unknown_facet`: the chance that it asks for a facet which is not
known; `kinds`: how many kinds of thing it wants that the best statement does not hold; `one`: always 1, for the intercept."""
UNTOLD_AT = 0.5
"""An entry that is so likely not to tell what was asked says so."""


def is_probably_untold(page: Page, wanted: Wanted, scores: Sequence[float]) -> bool:
    """Whether the entry of `page` probably does not tell what is `wanted`. `scores`: how well each statement answers. Who only
    names the entry asks for nothing in particular; and where nobody wrote down how its particulars are asked for, words that
    it does not say show nothing."""
    if not asks_in_particular(page, wanted) or not page.entry.details:
        return False
    weights = shipped_weights()
    total = fsum(weights[name] * value for name, value in features(page, wanted, scores).items())
    return 1.0 / (1.0 + exp(-total)) >= UNTOLD_AT


def asks_in_particular(page: Page, wanted: Wanted) -> bool:
    """Whether a question says any telling word beside what the entry is called."""
    return any(word not in page.names for word, *_ in wanted.words)


def features(page: Page, wanted: Wanted, scores: Sequence[float]) -> dict[str, float]:
    """What speaks for it that `page` does not tell what is `wanted`, or against it, by the names of FEATURES."""
    words = [item for item in wanted.words if item[0] not in page.names]
    unsaid = [
        weight
        for word, weight, concepts in words
        if not any(item.known_by.says(word, concepts) for item in page.statements)
    ]
    best = max(range(len(scores)), key=scores.__getitem__)
    facets = page.entry.facets
    most = scores[best]
    values = (
        most + log(fsum(exp(score - most) for score in scores) / len(scores)),
        fsum(weight for _, weight, _ in words),
        fsum(unsaid),
        max(unsaid, default=0.0),
        float("yes_no" in wanted.kinds),
        float("yes_no" in wanted.kinds & page.statements[best].holds),
        max(
            (
                chance
                for name, chance in wanted.aspects.items()
                if name in facets and not facets[name].is_known
            ),
            default=0.0,
        ),
        float(len(wanted.things - page.statements[best].holds)),
        1.0,
    )
    return dict(zip(FEATURES, values, strict=True))


@cache
def shipped_weights() -> Mapping[str, float]:
    """The weights that come with the package, by the names of FEATURES."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: float(stored.get(name, 0.0)) for name in FEATURES}
