"""Which aspects a question asks for: a probability for each, several may be asked, or none.

Two witnesses, weighed by a logistic regression: how such questions are phrased in general (phrasing.py), and which
aspects those alternates of the entry ask for whose wording is closest. Staff move the second by putting an
alternate into a group; the first is fitted once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiqi.answering.statement_choice import ASKED_AT, PLAINLY
from huiqi.language.asking import asking_parts, confirms, offers_choice, outright_parts
from huiqi.language.phrasing import FOLDER, PhrasingModel, load, sigmoid
from huiqi.matching.corpus import MatchingBase, without_names
from huiqi.matching.features import Question
from huiqi.pack.model import ASPECTS
from huiqi.understanding.aspect_words import names_aspect
from huiqi.understanding.wordings import Wordings

LEANS = "承接"
"""Head for questions that lean back on what was said before (那材料呢)."""
NEIGHBOURS = 8
"""So many of the entry's alternates, the closest in wording, say what is asked."""
SHARPNESS = 6.0
"""How fast an alternate's say falls with its distance: one half as close as the closest has e^-3 of its say."""
DOUBT, MOST_LOGIT = 0.3, 4.0
"""Say of an imagined alternate that asks each aspect in a tenth of cases; and where log odds are cut off."""

Vector = npt.NDArray[np.float64]
AskedPart = tuple[str, Mapping[str, float]]
"""The normalised text of one of several questions about one thing, and the probability of each aspect by it alone."""
_COLUMN = {aspect: column for column, aspect in enumerate(ASPECTS)}


@dataclass(frozen=True)
class Blend:
    """Weights of the two witnesses and of their agreement with closeness, and the intercept."""

    phrasing: float
    neighbours: float
    close: float
    intercept: float

    def chances(self, phrasing: Vector, neighbours: Vector, closeness: float) -> Vector:
        return sigmoid(
            self.phrasing * phrasing
            + (self.neighbours + self.close * closeness) * neighbours
            + self.intercept
        )


@cache
def shipped_blend() -> Blend:
    return Blend(**json.loads(blend_file().read_text(encoding="utf-8")))


class AspectReader:
    def __init__(
        self, base: MatchingBase, model: PhrasingModel | None = None, blend: Blend | None = None
    ) -> None:
        self._base = base
        self._wordings = Wordings(base)
        self._model = model or load("aspects")
        self._blend = blend or shipped_blend()

    def chances(self, question: Question, entry: int | None, without: int | None = None) -> dict[str, float]:
        """The probability of each aspect, given that `entry` is meant. `without`: an alternate of the entry left
        out, by its place among them."""
        return self.of_parts(question, entry, without)[0]

    def of_parts(
        self, question: Question, entry: int | None, without: int | None = None
    ) -> tuple[dict[str, float], tuple[AskedPart, ...]]:
        """The same, and each of several parts of the question that ask outright, in order."""
        asking, pieces = _asked_parts(question.asking)
        chances = self._chances(" ".join(asking), entry, without)
        if len(pieces) < 2:
            return _by_aspect(chances), ()
        # 贴息补多少，要什么材料，找谁办: three short questions, of which each alone is plainer than all together.
        alone = np.array([self._chances(piece, entry, without) for piece in pieces])
        chances = np.maximum(chances, np.where(alone >= PLAINLY, alone, 0.0).max(axis=0))
        outright = outright_parts(question.asking.split(" "))
        parts = [
            (piece, _by_aspect(own))
            for piece, own in zip(pieces, alone, strict=True)
            if piece in outright and not confirms(piece)
        ]
        return _by_aspect(chances), tuple(parts) if len(parts) > 1 else ()

    def _chances(self, text: str, entry: int | None, without: int | None) -> Vector:
        phrasing, neighbours, closeness = self.witnesses(text, entry, without)
        return sigmoid(phrasing) if entry is None else self._blend.chances(phrasing, neighbours, closeness)

    def asked(
        self, question: Question, entry: int | None, chances: Mapping[str, float] | None = None
    ) -> tuple[str, ...]:
        """The aspects asked for, in the order in which the question asks for them. `chances`: where they are known."""
        chances = chances or self.chances(question, entry)
        found = [aspect for aspect, chance in chances.items() if chance >= ASKED_AT]
        if len(found) < 2:
            return tuple(found)
        _, pieces = _asked_parts(question.asking)
        places = self._places(pieces, entry)
        return tuple(sorted(found, key=lambda aspect: (places[aspect], -chances[aspect])))

    def lean(self, question: Question) -> float:
        """How likely the question leans back on what was said before, by its shape."""
        return self._model.probability(question.asking, LEANS)

    def witnesses(
        self, text: str, entry: int | None, without: int | None = None
    ) -> tuple[Vector, Vector, float]:
        """Log odds of each aspect by general phrasing and by the entry's closest alternates, and how close the
        closest is (0 to 1)."""
        masked = text if entry is None else without_names(text, self._base.entries[entry])
        phrasing = self._model.logits(masked)[: len(ASPECTS)].astype(np.float64)
        if entry is None:
            return phrasing, np.zeros(len(ASPECTS)), 0.0
        neighbours, closeness = self._neighbours(masked, entry, without)
        return phrasing, neighbours, closeness

    def _neighbours(self, masked: str, entry: int, without: int | None) -> tuple[Vector, float]:
        likeness = self._wordings.likeness(masked, entry)
        if without is not None:
            likeness[without] = 0.0
        nearest = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
        closest = [
            (weight, place)
            for weight, place in zip(likeness[nearest].tolist(), nearest.tolist(), strict=True)
            if weight
        ]
        if not closest:
            return np.zeros(len(ASPECTS)), 0.0
        most = closest[0][0]
        total, shares = DOUBT, [DOUBT / 10] * len(ASPECTS)
        asked = self._base.asked[entry]
        for weight, place in closest:
            say = math.exp(-SHARPNESS * (1.0 - weight / most))
            total += say
            for aspect in asked[place]:
                shares[_COLUMN[aspect]] += say
        share = np.array(shares) / total
        logits = np.log(share / (1.0 - share)).clip(-MOST_LOGIT, MOST_LOGIT)
        # Lengths are left out of the shares; this one says how much of the closest wording was found again.
        return logits, most / (most + 2.0)

    def _places(self, pieces: Sequence[str], entry: int | None) -> Mapping[str, int]:
        """For each aspect the piece that asks for it most."""
        view = None if entry is None else self._base.entries[entry]
        masked = pieces if view is None else [without_names(piece, view) for piece in pieces]
        logits = np.array([self._model.logits(piece)[: len(ASPECTS)] for piece in masked])
        return dict(zip(ASPECTS, logits.argmax(axis=0).tolist(), strict=True))


def _asked_parts(text: str) -> tuple[list[str], list[str]]:
    """The pieces of a message that ask outright; and, in order, these with those that ask without a word for it: by the name
    of an aspect alone (裁员要求, beside 返几成), or which of two it is. What is told before (条件没达标, 材料交了) asks for
    nothing."""
    pieces = text.split(" ")
    asking = asking_parts(pieces)
    return asking, [
        piece for piece in pieces if piece in asking or names_aspect(piece) or offers_choice(piece)
    ]


def _by_aspect(chances: Vector) -> dict[str, float]:
    return dict(zip(ASPECTS, chances.tolist(), strict=True))


def blend_file(folder: Path = FOLDER) -> Path:
    return folder / "blend.json"
