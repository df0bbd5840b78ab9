"""Which statement of an entry answers a question, by a conditional logit over a handful of features, fitted once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from huiqi.answering.kinds import BASIS, PAYMENT, told_by, wanted_by
from huiqi.answering.pages import Page, PageCutter, pairs_of, rarity
from huiqi.answering.statements import SUMMARY, Sides, Statement, is_opposite
from huiqi.language.asking import only_asks
from huiqi.language.lexicon import Lexicon
from huiqi.matching.features import Question
from huiqi.pack.model import WHOM, Entry

WEIGHTS = Path(__file__).with_name("statement_weights.json")
FEATURES = (
    "asked",
    "other",
    "summary",
    "opening",
    "holds",
    "yes_no",
    "said",
    "meant",
    "characters",
    "alike",
    "measured",
    "same_side",
    "other_side",
    "unknown",
)
CHARACTERS_EACH = 2.5
"""A word's characters say this much less, each, than the word: it brings the two to one scale for the fit."""
TELLING = 0.15
"""Words of a question below this share of an unknown word's weight tell no statement from another."""
ASKED_AT, PLAINLY = 0.4, 0.65
"""An aspect at least so likely is asked for; and one of several short questions asks it of its own accord."""
UNSAID_AT = 0.5
"""A word of the question of at least this weight is answered too, where the entry says it anywhere."""
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True)
class Wanted:
    """What a question wants of an entry: the chance of each aspect, the kinds of thing, its telling words, each with
    its weight and the synonym groups that stand for it, and its pairs of characters; the kinds of what it tells of
    who asks; and what each of several questions in one message wants by itself, in order."""

    aspects: Mapping[str, float]
    kinds: frozenset[str]
    words: tuple[tuple[str, float, tuple[str, ...]], ...] = ()
    sides: Sides = ()
    pairs: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    parts: tuple[Wanted, ...] = ()

    @property
    def things(self) -> frozenset[str]:
        """The kinds of thing for which one statement answers better than another. Who asks when money comes asks an aspect of its
        own, and the document is told of the policy: no statement is better for naming a payment or a number."""
        return self.kinds - {"yes_no", PAYMENT, BASIS}

    def asking(self, aspect: str) -> int | None:
        """The number of the part that asks for `aspect`: the first that plainly does, else the one that does most; None where
        none does."""
        asks = [part.aspects[aspect] for part in self.parts]
        plain = next((number for number, chance in enumerate(asks) if chance >= PLAINLY), None)
        if plain is not None or max(asks, default=0.0) < ASKED_AT:
            return plain
        return asks.index(max(asks))

    def of(self, aspect: str) -> Wanted:
        """What the part wants that asks for `aspect`; all of it, where none does by itself."""
        number = self.asking(aspect)
        return self if number is None else self.parts[number]


class StatementBook:
    """The statements of entries, cut when first asked for, and the choice among them."""

    def __init__(
        self,
        lexicon: Lexicon,
        sides: Callable[[str], Sides] = lambda text: (),
        weights: Sequence[float] | None = None,
        written: Callable[[Entry], Sequence[str] | None] = lambda entry: None,
    ) -> None:
        """`sides` and `written`: see PageCutter."""
        self._cutter = PageCutter(lexicon, sides, written)
        self._sides = sides
        self._weights = np.array(weights if weights is not None else shipped_weights())
        self._kept: dict[int, Page] = {}
        self._last: tuple[Page | None, Wanted | None, list[float]] = (None, None, [])

    def of(self, entry: Entry) -> tuple[Statement, ...]:
        return self.page(entry).statements

    def wanted(
        self,
        question: Question | None,
        aspects: Mapping[str, float],
        parts: Sequence[tuple[str, Mapping[str, float]]] = (),
    ) -> Wanted:
        """What `question` wants, given the chance of each aspect; a button asks without one. `parts`: of several questions in
        it the text of each, and the chance of each aspect by it alone."""
        if question is None:
            return Wanted(aspects, frozenset())
        # The questions that staff wrote for a statement ask in such forms too (有吗, 算不算), whatever they ask about.
        words = tuple(
            item for item in question.words_to_answer if item[1] >= TELLING and not only_asks(item[0])
        )
        return Wanted(
            aspects,
            wanted_by(question.asking),
            words,
            question.marks.sides,
            pairs_of(question.asking),
            told_by(question.asking),
            tuple(self._of_part(text, chances, words) for text, chances in parts),
        )

    def _of_part(
        self, text: str, chances: Mapping[str, float], words: tuple[tuple[str, float, tuple[str, ...]], ...]
    ) -> Wanted:
        own = tuple(item for item in words if item[0] in text)
        return Wanted(chances, wanted_by(text), own, self._sides(text), pairs_of(text), told_by(text))

    def best(
        self, entry: Entry, wanted: Wanted, facets: Collection[str] | None = None
    ) -> list[tuple[Statement, float]]:
        """The statements of `entry` (of `facets` only, where given), the one that answers best first, each with how well it
        does (see fit)."""
        page = self.page(entry)
        scored = zip(page.statements, self._scores(page, wanted), strict=True)
        kept = (pair for pair in scored if facets is None or pair[0].facet in facets)
        ranked = sorted(kept, key=lambda pair: -pair[1])
        if ranked and is_opposite(ranked[0][0].sides, wanted.sides):
            # Who rents from a private owner is not told first what tenants of the state are given.
            same = next((pair for pair in ranked if set(pair[0].sides) & set(wanted.sides)), ranked[0])
            ranked.remove(same)
            ranked.insert(0, same)
        return ranked

    def fit(self, entry: Entry, wanted: Wanted, told: Sequence[Statement]) -> list[float]:
        """How well each of some statements of `entry` answers: the logarithm of its chance, but for what is the same for all."""
        page = self.page(entry)
        scores = {
            id(item): score for item, score in zip(page.statements, self._scores(page, wanted), strict=True)
        }
        return [scores[id(item)] for item in told]

    def unsaid(self, entry: Entry, wanted: Wanted, told: Sequence[Statement]) -> Statement | None:
        """The statement of `entry` that says the most telling word of the question which those `told` do not say (滞纳金,
        beside until when), the first of them; None where nothing is left that any says."""
        page = self.page(entry)
        left = [
            (weight, word, concepts)
            for word, weight, concepts in wanted.words
            if weight >= UNSAID_AT
            and len(word) > 1
            and word not in page.names
            and not _FIGURE.search(word)
            and not any(item.own.says(word, concepts) for item in told)
        ]
        known = [
            item
            for item in page.statements
            if not item.is_unknown and not item.is_item and item.facet not in WHOM
        ]
        for _, word, concepts in sorted(left, key=lambda item: -item[0]):
            for item in known:
                if item.own.says(word, concepts):
                    return item
        return None

    def is_of(self, statement: Statement, entry: Entry, wanted: Wanted) -> bool:
        """Whether `statement` of `entry`, or a question that it answers, says as much of the question as a telling word."""
        names = self.page(entry).names
        said = (
            weight
            for word, weight, concepts in wanted.words
            if word not in names and statement.known_by.says(word, concepts)
        )
        return sum(said) >= UNSAID_AT

    def tells_of(self, statement: Statement, entry: Entry, aspects: Mapping[str, float]) -> str | None:
        """The facet of `entry` that `statement` tells of: the one it stands in; for a sentence of the summary, the one
        that says most of the same, by its share of the terms times the chance that it is asked. None where none does."""
        if statement.facet != SUMMARY:
            return statement.facet if statement.facet in entry.facets else None
        said = [
            (len(item.own.terms & statement.own.terms) * aspects.get(item.facet, 0.0), item.facet)
            for item in self.of(entry)
            if item.facet in entry.facets
        ]
        most, facet = max(said, default=(0.0, ""), key=lambda pair: pair[0])
        return facet if most else None

    def rows(self, entry: Entry, wanted: Wanted) -> list[list[float]]:
        """The features of every statement of `entry`, for fitting."""
        return features(self.page(entry), wanted)

    def scores(self, entry: Entry, wanted: Wanted) -> list[float]:
        """How well each statement of `entry` answers (see fit), in their order."""
        return self._scores(self.page(entry), wanted)

    def _scores(self, page: Page, wanted: Wanted) -> list[float]:
        """How well each statement of `page` answers, worked out once for a question that is looked at from several sides."""
        last_page, last_wanted, scores = self._last
        if page is not last_page or wanted is not last_wanted:
            rows = features(page, wanted)
            scores = (np.array(rows) @ self._weights).tolist() if rows else []
            self._last = page, wanted, scores
        return scores

    def page(self, entry: Entry) -> Page:
        """The statements of `entry`, cut when first asked for."""
        kept = self._kept.get(id(entry))
        if kept is None or kept.entry is not entry:
            kept = self._kept[id(entry)] = self._cutter.page(entry)
        return kept


def features(page: Page, wanted: Wanted) -> list[list[float]]:
    """How well each statement of `page` answers, as numbers in the order of FEATURES."""
    items = page.statements
    most = max(wanted.aspects.values(), default=0.0)
    kinds = wanted.things
    said, meant = _words_said(items, wanted, page.names)
    characters = _characters_said(items, wanted, page.names)
    return [
        _features(item, wanted, kinds, most, shared)
        for item, *shared in zip(
            items,
            said,
            meant,
            characters,
            page.alike(wanted.pairs),
            _measured(items, wanted.told),
            strict=True,
        )
    ]


def _measured(items: Sequence[Statement], told: frozenset[str]) -> list[float]:
    """For each statement how much of what the question tells in figures it measures by figures of the same kind, the more the
    fewer do: who tells of 28 people is answered by a limit of 30."""
    totals = [0.0] * len(items)
    for kind in sorted(told):
        _add(totals, 1.0, [kind in item.holds for item in items])
    return totals


def _words_said(items: Sequence[Statement], wanted: Wanted, names: str) -> tuple[list[float], list[float]]:
    """For each statement how much it says of the question's telling words: of the very words, and of these or their
    synonyms. A word counts more the fewer of the statements say it, one that all say not at all."""
    said, meant = [0.0] * len(items), [0.0] * len(items)
    for word, weight, concepts in wanted.words:
        if word in names:
            continue
        if not _FIGURE.search(word):
            _add(said, weight, [word in item.known_by.compact for item in items])
        _add(meant, weight, [item.known_by.says(word, concepts) for item in items])
    return said, meant


def _characters_said(items: Sequence[Statement], wanted: Wanted, names: str) -> list[float]:
    """For each statement how much it says of the telling words' characters, the rarer among the statements the more: what no
    dictionary links (寄到哪里, 邮寄地址) is often written with one character of the same."""
    weights: dict[str, float] = {}
    for word, weight, _ in wanted.words:
        for character in word:
            if character not in names and not _FIGURE.match(character):
                weights[character] = max(weight, weights.get(character, 0.0))
    totals = [0.0] * len(items)
    for character, weight in weights.items():
        _add(totals, weight / CHARACTERS_EACH, [character in item.known_by.compact for item in items])
    return totals


def _add(totals: list[float], weight: float, holds: Sequence[bool]) -> None:
    """Adds what something says to the total of each that holds it, by its weight and by how few hold it."""
    count = sum(holds)
    if 0 < count < len(holds):
        value = weight * rarity(count, len(holds))
        for place, holds_it in enumerate(holds):
            if holds_it:
                totals[place] += value


def _features(
    item: Statement, wanted: Wanted, kinds: frozenset[str], most: float, shared: Sequence[float]
) -> list[float]:
    asked = wanted.aspects.get(item.facet, 0.0)
    return [
        asked,
        most if item.facet != SUMMARY and asked < most / 2 else 0.0,
        (1.0 - most) if item.facet == SUMMARY else 0.0,
        1.0 if item.place == 0 else 0.5 if item.place == 1 else 0.0,
        len(kinds & item.holds) / len(kinds) if kinds else 0.0,
        1.0 if "yes_no" in wanted.kinds and "yes_no" in item.holds else 0.0,
        *shared,
        1.0 if set(item.sides) & set(wanted.sides) else 0.0,
        1.0 if is_opposite(item.sides, wanted.sides) else 0.0,
        1.0 if item.is_unknown else 0.0,
    ]


@cache
def shipped_weights() -> tuple[float, ...]:
    """The weights that come with the package, in the order of FEATURES."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return tuple(float(stored.get(name, 0.0)) for name in FEATURES)
