"""When are two questions the same question? For grouping misses, with the engine's own terms and weights.

Two measures are combined: the cosine of the questions' weighted terms (words, parts, synonyms, bigrams, as the
index weighs them) and RapidFuzz's ratio of the written texts. What the engine's guards keep apart (place, year,
document number, 15条, level, 裁员/不裁员) is kept apart here too, and so are different amounts and facets.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.conversation.facets import detect_facet
from bot.matching.marks import Marks
from bot.matching.matcher import Matcher

COSINE_AT = 0.60
"""Alike on terms alone."""
RATIO_AT = 0.86
"""Alike on the written text alone."""
BOTH_AT = 1.12
"""Alike where cosine and ratio together reach this, neither being negligible."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class QuestionView:
    """One question as it is compared: term weights scaled to unit length, text, and what pins it down."""

    weights: dict[str, float]
    compact: str
    marks: Marks
    numbers: frozenset[str]
    facet: str | None


class Likeness:
    """Compares questions with one matcher. Views are kept, so that each text is analysed once."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._views: dict[str, QuestionView] = {}

    def view(self, text: str) -> QuestionView:
        found = self._views.get(text)
        if found is None:
            found = self._views[text] = self._take_apart(text)
        return found

    def score(self, first: str, second: str) -> float:
        """How alike two questions are, 0 to 1; 0 where something pins them to different things."""
        one, other = self.view(first), self.view(second)
        if _kept_apart(one, other):
            return 0.0
        cosine = _cosine(one.weights, other.weights)
        ratio = fuzz.ratio(one.compact, other.compact) / 100.0
        return (cosine + ratio) / 2.0

    def are_alike(self, first: str, second: str) -> bool:
        """Whether staff would deal with both by one exit."""
        one, other = self.view(first), self.view(second)
        if one.compact == other.compact:
            return True
        if _kept_apart(one, other):
            return False
        cosine = _cosine(one.weights, other.weights)
        ratio = fuzz.ratio(one.compact, other.compact) / 100.0
        return cosine >= COSINE_AT or ratio >= RATIO_AT or (cosine >= 0.4 and cosine + ratio >= BOTH_AT)

    def _take_apart(self, text: str) -> QuestionView:
        matcher = self._matcher
        normalised = matcher.analyser.normalise(text)
        analysis = matcher.analyser.of_normalised(normalised)
        weights = matcher.base.question_weights(analysis)
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return QuestionView(
            {term: weight / length for term, weight in weights.items()},
            analysis.compact,
            matcher.marker(normalised),
            frozenset(_NUMBER.findall(normalised)),
            detect_facet(normalised),
        )


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def _kept_apart(one: QuestionView, other: QuestionView) -> bool:
    first, second = one.marks, other.marks
    return (
        first.place != second.place
        or first.firm != second.firm
        or first.years != second.years
        or first.counted != second.counted
        or first.document_number != second.document_number
        or first.layoff != second.layoff
        or one.numbers != other.numbers
        or (one.facet is not None and other.facet is not None and one.facet != other.facet)
    )
