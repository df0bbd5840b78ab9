"""When are two questions the same question? For grouping misses, with the engine's own terms and weights.

Two measures are combined: the cosine of the questions' weighted terms (words, synonyms, bigrams, as the
index weighs them) and RapidFuzz's ratio of the written texts. What the engine's guards keep apart (place,
year, document number, 15条, level, 裁员/不裁员) is kept apart here too, and so are different amounts and
facets.
"""

from __future__ import annotations

import math
import re
from collections.abc import KeysView
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from rapidfuzz import fuzz

from huiqi.language.analysis import Analysis
from huiqi.matching.marks import Marks
from huiqi.matching.matcher import Matcher
from huiqi.understanding.asides import AsideFinder
from huiqi.understanding.aspects import AspectReader

COSINE_AT = 0.60
"""Alike on terms alone."""
RATIO_AT = 0.86
"""Alike on the written text alone."""
BOTH_AT = 1.12
"""Alike where cosine and ratio together reach this, neither being negligible."""

TELLING_AT = 0.32
"""A word weighing this much (a word unknown to the pack weighs 1) that only one of two questions has
keeps them apart …"""
BOTH_TELLING_AT = 0.3
"""… and one weighing this much does where each has such a word that the other lacks."""

HEAVIEST_TERMS = 8
MOST_SEEN = 2000
"""Postings that are looked at for one question, of its rarest terms first, …"""
MOST_COMPARED = 40
"""… and questions that it is compared with, those that share most first. Beyond these it costs time, however many
strangers ask, and finds nothing more."""
MOST_KEPT = 4096
"""Views of questions that are kept besides those of the misses."""
LONGEST_COMPARED = 200
"""Characters of a question by which it is compared."""

# Words that say how a thing is asked, not what: on their own they make no other question.
_FORM = (
    "请问 我们 公司 企业 单位 员工 人员 别人 对方 自己 现在 目前 今年 时候 期间 问题 事情 需要 不要 要不要 "
    "不用 用不用 可以 能不能 可不可以 有没有 是不是 不是 不算 算不算 一个 每个 一件 多少 多少钱 怎么 怎么办 "
    "怎么弄 怎么办理 怎么申请 怎么算 如何 什么 哪些 哪个 哪里 有哪些 有什么 办理 申请 开通 没有 通过 不过 "
    "由 籍 每 后 快 装 通 时 要 做 的 了 吗 呢"
)
FORM_WORDS = frozenset(_FORM.split())

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class QuestionView:
    """One question as it is compared: term weights scaled to unit length, text, and what pins it down.
    `word_weights`: each word's weight, 1 for a word that the pack does not know."""

    analysis: Analysis
    word_weights: tuple[float, ...]
    weights: dict[str, float]
    compact: str
    marks: Marks
    numbers: frozenset[str]
    aspects: frozenset[str]


class Likeness:
    """Compares questions with one matcher. Views are kept for a while, so that hardly a text is analysed twice."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._asides = AsideFinder()
        self._aspects = AspectReader(matcher.base)
        self._views: dict[str, QuestionView] = {}

    def view(self, text: str) -> QuestionView:
        found = self._views.get(text)
        if found is None:
            if len(self._views) >= MOST_KEPT:
                self._views.clear()
            found = self._views[text] = self._take_apart(text[:LONGEST_COMPARED])
        return found

    def known_words(self, text: str) -> list[str]:
        """The words of a question that are words of the language, in Chinese characters."""
        words = self._matcher.base.lexicon.words
        return [word for word in self.view(text).analysis.words if word in words and not word.isascii()]

    def are_alike(self, first: str, second: str) -> bool:
        """Whether staff would deal with both by one exit."""
        return are_alike(self.view(first), self.view(second))

    def _take_apart(self, text: str) -> QuestionView:
        question = self._matcher.read(text, self._asides)
        analysis = question.analysis
        weights = question.weights
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return QuestionView(
            analysis,
            question.shares_of_default,
            {term: weight / length for term, weight in weights.items()},
            analysis.compact,
            question.marks,
            frozenset(_NUMBER.findall(question.asking)),
            frozenset(self._aspects.asked(question, None)),
        )


class LikeQuestions:
    """Questions to be found again by one like them, without comparing with each. `key` is the caller's own number."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._views: dict[int, QuestionView] = {}
        self._texts: dict[int, str] = {}
        self._by_term: dict[str, dict[int, None]] = {}
        self._by_text: dict[str, dict[int, None]] = {}
        # Where a text went before, as long as that is there, and what went to each.
        self._went_to: dict[str, int] = {}
        self._came: dict[int, list[str]] = {}

    @property
    def keys(self) -> KeysView[int]:
        return self._views.keys()

    def add(self, key: int, text: str) -> None:
        view = self._views[key] = self._likeness.view(text)
        self._texts[key] = text
        self._by_text.setdefault(view.compact, {})[key] = None
        for term in view.weights:
            self._by_term.setdefault(term, {})[key] = None

    def remove(self, key: int) -> None:
        view = self._views.pop(key)
        del self._texts[key]
        del self._by_text[view.compact][key]
        for term in view.weights:
            del self._by_term[term][key]
        for text in self._came.pop(key, ()):
            self._went_to.pop(text, None)

    def text_of(self, key: int) -> str:
        return self._texts[key]

    def nearest(self, text: str, most: int) -> list[int]:
        """Questions that share words with `text`, whether they are like it or not, the nearest first."""
        view = self._likeness.view(text)
        scores = {key: _score(view, self._views[key]) for key in self._near(view)}
        return sorted(scores, key=lambda key: (-scores[key], key))[:most]

    def closest(self, text: str) -> int | None:
        """The question most like `text`, the earliest of equals; None where none is like it. The same text stays with the
        same question."""
        if (before := self._went_to.get(text)) is not None:
            return before
        view = self._likeness.view(text)
        alike = [key for key in self._near(view) if are_alike(view, self._views[key])]
        found = max(alike, key=lambda key: (_score(view, self._views[key]), -key), default=None)
        if found is not None:
            if len(self._went_to) >= MOST_KEPT:
                self._went_to.clear()
                self._came.clear()
            self._went_to[text] = found
            self._came.setdefault(found, []).append(text)
        return found

    def _near(self, view: QuestionView) -> list[int]:
        """Questions of the same text, and those that share most of the heaviest terms."""
        heaviest = sorted(view.weights, key=lambda term: (-view.weights[term], term))[:HEAVIEST_TERMS]
        postings = [(term, self._by_term[term]) for term in heaviest if term in self._by_term]
        postings.sort(key=lambda posting: (len(posting[1]), posting[0]))
        shared: dict[int, float] = {}
        seen = 0
        for term, keys in postings:
            if seen and seen + len(keys) > MOST_SEEN:
                break
            seen += len(keys)
            weight = view.weights[term]
            for key in islice(keys, MOST_SEEN):
                shared[key] = shared.get(key, 0.0) + weight * self._views[key].weights[term]
        most = nsmallest(MOST_COMPARED, shared, key=lambda key: (-shared[key], key))
        return [*dict.fromkeys([*islice(self._by_text.get(view.compact, ()), MOST_COMPARED), *most])]


def are_alike(one: QuestionView, other: QuestionView) -> bool:
    """Whether staff would deal with both by one exit."""
    if one.compact == other.compact:
        return True
    if _pinned_differently(one, other):
        return False
    cosine = _cosine(one.weights, other.weights)
    if cosine < COSINE_AT:
        # The written texts are compared only where they can still decide.
        ratio = fuzz.ratio(one.compact, other.compact) / 100.0
        if ratio < RATIO_AT and (cosine < 0.4 or cosine + ratio < BOTH_AT):
            return False
    return not _name_different_things(one, other)


def _score(one: QuestionView, other: QuestionView) -> float:
    """How alike two like questions are, 0 to 1."""
    return (_cosine(one.weights, other.weights) + fuzz.ratio(one.compact, other.compact) / 100.0) / 2.0


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def _pinned_differently(one: QuestionView, other: QuestionView) -> bool:
    first, second = one.marks, other.marks
    return (
        first.place != second.place
        or first.firm != second.firm
        or first.years != second.years
        or first.counted != second.counted
        or first.document_number != second.document_number
        or first.sides != second.sides
        or one.numbers != other.numbers
        or (bool(one.aspects and other.aspects) and not one.aspects & other.aspects)
    )


def _name_different_things(one: QuestionView, other: QuestionView) -> bool:
    first, second = _most_telling(one, other), _most_telling(other, one)
    return max(first, second) >= TELLING_AT or min(first, second) >= BOTH_TELLING_AT


def _most_telling(one: QuestionView, other: QuestionView) -> float:
    """The weight of the heaviest word of `one` that `other` does not say in any way."""
    analysis, terms, compact = one.analysis, other.analysis.terms, other.compact
    heaviest = 0.0
    for word, weight, concepts in zip(analysis.words, one.word_weights, analysis.concepts_of, strict=True):
        if word in FORM_WORDS or word in terms or word in compact:
            continue
        share = max((analysis.terms[concept] for concept in concepts if concept in terms), default=0.0)
        if len(word) == 2:
            share = max(share, 0.5 * any(character in compact for character in word))
        elif len(word) > 2:
            pairs = [word[start : start + 2] for start in range(len(word) - 1)]
            share = max(share, sum(pair in compact for pair in pairs) / len(pairs))
        heaviest = max(heaviest, (1.0 - share) * weight)
    return heaviest
