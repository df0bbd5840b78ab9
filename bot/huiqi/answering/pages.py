"""The statements of an entry, and the questions that each is known to answer: those that staff wrote for it, and for what a
facet opens with the alternates that ask that facet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import fsum, log
from operator import add

from huiqi.answering.kinds import held_by
from huiqi.answering.statements import SUMMARY, Sides, Statement, Writing, cut
from huiqi.language.analysis import CONCEPT
from huiqi.language.lexicon import Lexicon, find_phrases
from huiqi.pack.model import Entry

JOINT = "。"
"""Parts a statement from the questions that it is asked with."""
CHANCE = 1.0
"""Nats that are added to all that the pairs of characters of a written question tell: what they share with another by chance, so
that a question of few pairs is never wholly like it."""
_PARTED = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Page:
    """The statements of an entry, and what the entry is called: its names tell none of its statements from another."""

    entry: Entry
    statements: tuple[Statement, ...]
    names: str

    @cached_property
    def _asked(self) -> tuple[dict[str, float], dict[str, list[int]], list[float], list[int]]:
        """Pair of characters → what it tells of statements that are asked with it, the more the fewer are, and → the numbers of
        the questions that hold it; and for each question all that its pairs tell, and the place of the statement that answers
        it."""
        counts = Counter(chain.from_iterable(frozenset().union(*item.asked) for item in self.statements))
        rarities = [rarity(count, len(self.statements)) for count in range(len(self.statements) + 1)]
        tells = {pair: 0.0 if pair in self.names else rarities[count] for pair, count in counts.items()}
        asked = [(place, question) for place, item in enumerate(self.statements) for question in item.asked]
        holding: dict[str, list[int]] = defaultdict(list)
        for number, (_, question) in enumerate(asked):
            for pair in question:
                holding[pair].append(number)
        totals = [fsum(map(tells.__getitem__, question)) + CHANCE for _, question in asked]
        return tells, holding, totals, [place for place, _ in asked]

    def alike(self, wanted: frozenset[str]) -> list[float]:
        """For each statement how much of that question which it answers and which is likest stands in a question of these
        pairs, from 0 to 1."""
        tells, holding, totals, places = self._asked
        shared: dict[int, float] = {}
        for pair in sorted(wanted & tells.keys()):
            for question in holding[pair]:
                shared[question] = shared.get(question, 0.0) + tells[pair]
        most = [0.0] * len(self.statements)
        for question, told in shared.items():
            place = places[question]
            most[place] = max(most[place], told / totals[question])
        return most


class PageCutter:
    """Cuts entries into pages."""

    def __init__(
        self,
        lexicon: Lexicon,
        sides: Callable[[str], Sides],
        written: Callable[[Entry], Sequence[str] | None],
    ) -> None:
        """`sides`: which side of what has opposites a normalised text says (matching.marks.Marker.sides). `written`: the
        alternates of an entry, normalised, where somebody has them; else they are normalised here."""
        self._lexicon = lexicon
        self._sides = sides
        self._normalise = lexicon.normaliser()
        self._written = written

    def page(self, entry: Entry) -> Page:
        names = self._normalise(entry.short_title).replace(" ", "|")
        return Page(entry, tuple(self._cut(entry)), names)

    def _cut(self, entry: Entry) -> Iterator[Statement]:
        texts = [(SUMMARY, entry.summary.text, entry.summary.sources)]
        texts += [(name, facet.text, facet.sources) for name, facet in entry.facets.items()]
        texts.append(("叠加", entry.stacking.text, entry.stacking.sources))
        details = [(detail.words, tuple(map(self._normalise, detail.questions))) for detail in entry.details]
        openings = self._questions_of_openings(entry)
        for facet, told, sources in texts:
            for place, (text, is_item) in enumerate(cut(told or "")):
                normalised = self._normalise(text)
                asked = [question for words, questions in details if words in text for question in questions]
                own = self._writing(normalised)
                answers = asked if place else [*asked, *openings.get(facet, ())]
                yield Statement(
                    text,
                    facet,
                    place,
                    is_item,
                    sources,
                    held_by(text),
                    own,
                    self._writing(JOINT.join((normalised, *asked))) if asked else own,
                    self._sides(normalised),
                    tuple(map(pairs_of, answers)),
                )

    def _questions_of_openings(self, entry: Entry) -> Mapping[str, list[str]]:
        """Facet → the alternates that ask it, normalised; those that ask no aspect in particular ask the summary. Most of
        them want what it opens with."""
        found: dict[str, list[str]] = {}
        written = self._written(entry) or map(self._normalise, entry.alternates)
        for alternate, normalised in zip(entry.alternates, written, strict=True):
            for facet in entry.alternate_aspects.get(alternate) or (SUMMARY,):
                found.setdefault(facet, []).append(normalised)
        return found

    def _writing(self, normalised: str) -> Writing:
        compact = normalised.replace(" ", "")
        pairs = set(pairs_of(compact))
        concepts = self._lexicon.concepts
        for start, end in find_phrases(compact, concepts, self._lexicon.prefixes):
            pairs.update(CONCEPT + concept for concept, _ in concepts[compact[start:end]])
        return Writing(compact, frozenset(pairs))


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of characters of normalised text, none across what parts it."""
    if text.isalnum():
        return frozenset(map(add, text, text[1:]))
    parts = _PARTED.split(text)
    return frozenset(part[place : place + 2] for part in parts for place in range(len(part) - 1))


def rarity(count: int, of: int) -> float:
    """What is said by `count` of so many statements tells so much of them, in nats."""
    return log((of + 1) / (count + 0.5))
