"""Term → the documents that hold it, with the weight it has there: an inverted index with fixed impacts.

"Here are weighted query terms, give me the documents with the highest sums." Impacts are worked out when the
index is built (as BM25S does), so a query only adds up, and only what can change the answer (MaxScore, Turtle
and Flood 1995): the common words of a question say too little to lift a document that holds none of its rare
ones. What a document is (an alternate, an entry, a whole notice) is for the caller to know.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import count

import numpy as np
import numpy.typing as npt

from huiqi.search.vectors import Numbered, Query, TermVectors, smallest

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]
Integer = npt.NDArray[np.integer]

GRAIN = 65536.0
"""Query weights are whole numbers of 1/GRAIN, and impacts of a power of two no smaller, so that a sum of their products
(below 2**20) is exact and the same in whatever order it is added up; documents with equal evidence stay equal."""

FINEST = 65535
"""The highest impact of an index is at most so many of its units: two bytes an impact, where a float has four."""

FEW_POSTINGS = 120
"""Up to so many postings a Python dictionary adds up faster than numpy can be called."""

MANY_POSTINGS = 20_000
"""Only above so many postings is it worth while to ask which of them can be left out."""

FEW_WANTED = 20
"""Whoever wants more than this goes so far down that the common words decide, too."""

SKIPPED_SHARE = 0.12
"""Share of the highest possible score that may be left to a second look at few documents."""

DEEPEST = 64
"""Documents in a column at most: of more, too many would be looked through for one high score."""

FEW_COLUMNS = 16
"""Where at most one column in so many holds a high score, only these are looked through for others."""

MANY_CHOSEN = 1000
"""More documents than this are not looked up one by one."""

Postings = tuple[float, int, int, float]
"""One query term: (the most that it can add to a score, start and end in the arrays, its weight)."""


def _cost(postings: Postings) -> float:
    ceiling, start, end, _ = postings
    return (end - start) / ceiling


@dataclass(frozen=True)
class InvertedIndex:
    """Postings of all terms in two long arrays; those of term number t are `offsets[t]:offsets[t + 1]`, in
    document order. `impacts` are whole numbers of `unit`, the nearest. `ceilings[t]` is the highest impact among them, 0 for a
    term without any. `of_documents`: where set, the impact that each document has for all its terms, and `impacts` is empty."""

    terms: dict[str, int]
    offsets: npt.NDArray[np.int64]
    documents: Integer
    impacts: npt.NDArray[np.uint16]
    unit: float
    ceilings: Float
    size: int
    of_documents: Float | None = None

    def scores(self, query: Query) -> Float:
        """The score of every document, in document order, for `query`."""
        return self._sums(self._postings(query)).astype(np.float32)

    def top(self, query: Query, limit: int) -> list[tuple[int, float]]:
        """The `limit` best documents as (document, score), best first; ties in document order.

        Documents that share no term with `query` are left out. The same as sorting `scores`, but exact."""
        postings = self._postings(query)
        total = sum(end - start for _, start, end, _ in postings)
        if limit < 1 or not postings:
            return []
        if total <= FEW_POSTINGS:
            return _best_of_few(self._sums_of_few(postings), limit)
        skipped, rest = self._skippable(postings, total) if limit <= FEW_WANTED else (0, 0.0)
        if not skipped:
            return best(self._sums(postings), limit)
        return self._top_of_many(postings, skipped, rest, limit)

    def places(
        self, terms: Iterable[str], documents: Sequence[int]
    ) -> tuple[list[int], list[str], npt.NDArray[np.int64]]:
        """Where `documents` hold `terms`: for each such posting which of the documents it is, the term, and its place in
        the arrays."""
        known = [(term, number) for term in terms if (number := self.terms.get(term)) is not None]
        if not known or not len(documents):
            return [], [], np.zeros(0, dtype=np.int64)
        numbers = np.array([number for _, number in known])
        starts = self.offsets[numbers]
        lengths = self.offsets[numbers + 1] - starts
        ends = lengths.cumsum()
        places = np.arange(ends[-1]) + (starts - ends + lengths).repeat(lengths)
        row_of = np.full(self.size, -1)
        row_of[documents] = np.arange(len(documents))
        rows = row_of[self.documents[places]]
        (hits,) = (rows >= 0).nonzero()
        which = ends.searchsorted(hits, side="right")
        return rows[hits].tolist(), [known[number][0] for number in which.tolist()], places[hits]

    def impacts_at(self, places: Integer | slice) -> Double:
        """The impacts of the postings at `places` in the arrays, of an index that keeps them."""
        impacts: Double = np.multiply(self.impacts[places], self.unit, dtype=np.float64)
        return impacts

    def _postings(self, query: Query) -> list[Postings]:
        if not isinstance(query, Numbered):
            # Of a few terms each is looked up sooner than all in an array.
            return self._postings_of_few(query)
        numbers, weights = query
        found = []
        for weight, ceiling, start, end in zip(
            weights,
            self.ceilings[numbers].tolist(),
            self.offsets[numbers].tolist(),
            self.offsets[numbers + 1].tolist(),
            strict=True,
        ):
            if ceiling:
                exact = round(weight * GRAIN) / GRAIN
                if exact:
                    found.append((exact * ceiling, start, end, exact))
        return found

    def _postings_of_few(self, query: Mapping[str, float]) -> list[Postings]:
        number_of, ceiling_of, offset_of = self.terms.get, self.ceilings.item, self.offsets.item
        found = []
        for term, weight in query.items():
            number = number_of(term)
            if number is not None and (ceiling := ceiling_of(number)):
                exact = round(weight * GRAIN) / GRAIN
                if exact:
                    found.append((exact * ceiling, offset_of(number), offset_of(number + 1), exact))
        return found

    def _impacts(self, start: int, end: int) -> Float | Double:
        if self.of_documents is None:
            return self.impacts_at(slice(start, end))
        return self.of_documents[self.documents[start:end]]

    def _sums_of_few(self, postings: Sequence[Postings]) -> dict[int, float]:
        sums: dict[int, float] = defaultdict(float)
        for _, start, end, weight in postings:
            for document, impact in zip(
                self.documents[start:end].tolist(), self._impacts(start, end).tolist(), strict=True
            ):
                sums[document] += weight * impact
        return sums

    def _sums(self, postings: Sequence[Postings]) -> Double:
        """The sum over `postings` for every document of the index."""
        if not postings:
            return np.zeros(self.size)
        documents = np.concatenate([self.documents[start:end] for _, start, end, _ in postings])
        weight = postings[0][3]
        is_even = all(other == weight for _, _, _, other in postings)
        weights = np.array([weight for _, _, _, weight in postings])
        if not is_even:
            weights = weights.repeat([end - start for _, start, end, _ in postings])
        scale = weight if is_even else 1.0
        if self.of_documents is not None:
            sums = _added_up(documents, None if is_even else weights, self.size) * self.of_documents
        else:
            impacts = np.concatenate([self.impacts[start:end] for _, start, end, _ in postings])
            values = impacts if is_even else np.multiply(weights, impacts, out=weights)
            sums = _added_up(documents, values, self.size)
            scale *= self.unit
        return sums * scale if scale != 1.0 else sums

    def _top_of_many(
        self, postings: Sequence[Postings], skipped: int, rest: float, limit: int
    ) -> list[tuple[int, float]]:
        """`top` where the last `skipped` of `postings` add at most `rest` to a score: they are looked up for
        the documents that can still be among the best, or added up after all where those are many."""
        needed, looked_up = postings[:-skipped], postings[-skipped:]
        sums = self._sums(needed)
        chosen, threshold = _contenders(sums, limit, rest)
        if rest >= threshold or len(chosen) > MANY_CHOSEN:
            sums += self._sums(looked_up)
            return best(sums, limit)
        values = sums[chosen]
        for _, start, end, weight in looked_up:
            documents = self.documents[start:end]
            places = documents.searchsorted(chosen)
            np.minimum(places, end - start - 1, out=places)
            impacts = (
                self.impacts_at(start + places) if self.of_documents is None else self.of_documents[chosen]
            )
            added = np.multiply(impacts, weight, dtype=np.float64)
            values += np.where(documents[places] == chosen, added, 0.0)
        return _ordered(chosen, values, limit)

    def _skippable(self, postings: list[Postings], total: int) -> tuple[int, float]:
        """How many at the end of `postings` (sorted for it) need not be added up for all documents, and the
        most that they can add to a score: the common words of a question, which cost most and say least."""
        if total < MANY_POSTINGS:
            return 0, 0.0
        postings.sort(key=_cost)
        rest, allowed = 0.0, SKIPPED_SHARE * sum(ceiling for ceiling, _, _, _ in postings)
        count = saved = 0
        for ceiling, start, end, _ in reversed(postings):
            if rest + ceiling > allowed:
                break
            rest += ceiling
            saved += end - start
            count += 1
        return (count, rest) if saved * 4 > total and count < len(postings) else (0, 0.0)


MINUTE = 0.5 / GRAIN / GRAIN
"""Less than the least score of a document that shares anything with a query."""


def _added_up(
    documents: Integer, values: npt.NDArray[np.uint16] | Float | Double | None, size: int
) -> Double:
    sums: Double = np.bincount(documents, weights=values, minlength=size)  # type: ignore[assignment]
    return sums


def _contenders(
    sums: npt.NDArray[np.floating], limit: int, rest: float = 0.0
) -> tuple[npt.NDArray[np.integer], float]:
    """The documents that can be among the `limit` best once each has got `rest` more at most, in document
    order, and a score that at least `limit` documents reach (zero where there are not so many)."""
    # Folded into columns: the highest score of each is found by comparing whole rows, which is quickest.
    depth = min(max(len(sums) // (8 * limit), 1), DEEPEST)
    width = len(sums) // depth
    folded = sums[: depth * width].reshape(depth, width)
    highest = np.maximum.reduce(folded, axis=0)
    threshold = 0.0
    if width >= limit:
        # That many columns have a maximum that high, so at least as many documents do.
        threshold = float(np.partition(highest, width - limit)[width - limit])
    least = max(threshold - rest, MINUTE)
    (high,) = (highest >= least).nonzero()
    if FEW_COLUMNS * len(high) > width:
        return (sums >= least).nonzero()[0], threshold
    row, column = (folded[:, high] >= least).nonzero()
    (after,) = (sums[depth * width :] >= least).nonzero()
    return np.concatenate((row * width + high[column], after + depth * width)), threshold


def _best_of_few(sums: Mapping[int, float], limit: int) -> list[tuple[int, float]]:
    ranked = nsmallest(limit, [(-score, document) for document, score in sums.items() if score])
    return [(document, -score) for score, document in ranked]


def best(scores: npt.NDArray[np.floating], limit: int) -> list[tuple[int, float]]:
    """Positions and values of the `limit` highest scores above zero, highest first, ties by position."""
    if limit < 1 or not len(scores):
        return []
    chosen, _ = _contenders(scores, limit)
    return _ordered(chosen, scores[chosen], limit)


def _ordered(
    documents: npt.NDArray[np.integer], values: npt.NDArray[np.floating], limit: int
) -> list[tuple[int, float]]:
    order = (-values).argsort(kind="stable")[:limit]
    return list(zip(documents[order].tolist(), values[order].tolist(), strict=True))


def build_index(documents: Iterable[Mapping[str, float]]) -> InvertedIndex:
    """An index over `documents`, each given as term → impact."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    terms, impacts, lengths = array("i"), array("f"), array("i")
    for weighted in documents:
        terms.extend(map(numbers.__getitem__, weighted))
        impacts.extend(weighted.values())
        lengths.append(len(weighted))
    return inverted(
        dict(numbers),
        np.array(terms, dtype=np.int32),
        np.array(impacts, dtype=np.float32),
        np.array(lengths, dtype=np.int64),
    )


def index_of_vectors(
    vectors: TermVectors, start: int, end: int, impacts: npt.NDArray[np.floating]
) -> InvertedIndex:
    """An index over the documents `start` up to `end` of `vectors`, each of whose terms has the impact that `impacts`
    gives the document. Terms have their numbers there."""
    offsets = vectors.offsets[start : end + 1]
    numbers, lengths = vectors.numbers[offsets[0] : offsets[-1]], np.diff(offsets)
    of_documents = impacts.astype(np.float32)
    index = inverted(vectors.terms, numbers, of_documents.repeat(lengths), lengths)
    return replace(
        index, impacts=index.impacts[:0].copy(), of_documents=_in_units(of_documents, index.unit) * index.unit
    )


def inverted(
    terms: dict[str, int],
    term_of: Integer,
    impact_of: Float,
    lengths: npt.NDArray[np.int64],
    by_term: npt.NDArray[np.int64] | None = None,
) -> InvertedIndex:
    """The index of postings that stand document by document: the term and the impact of each; `lengths`: how many each
    document has. `by_term`: their order in the index, where it is known."""
    if by_term is None:
        by_term = np.argsort(term_of, kind="stable")
    held = np.bincount(term_of, minlength=len(terms))
    offsets = np.concatenate((np.zeros(1, dtype=np.int64), held.cumsum()))
    unit = _unit(float(impact_of.max(initial=0.0)))
    impacts = _in_units(impact_of[by_term], unit).astype(np.uint16)
    ceilings = np.zeros(len(terms), dtype=np.float32)
    (used,) = held.nonzero()
    if len(used):
        ceilings[used] = np.maximum.reduceat(impacts, offsets[used]) * unit
    return InvertedIndex(
        terms=terms,
        offsets=offsets,
        documents=np.repeat(np.arange(len(lengths), dtype=smallest(len(lengths))), lengths)[by_term],
        impacts=impacts,
        unit=unit,
        ceilings=ceilings,
        size=len(lengths),
    )


def _unit(highest: float) -> float:
    """The smallest power of two, from 1/GRAIN on, of which `highest` is at most FINEST."""
    unit = 1.0 / GRAIN
    while highest > FINEST * unit:
        unit *= 2.0
    return unit


def _in_units(impacts: Float, unit: float) -> Float:
    units: Float = np.rint(impacts / np.float32(unit))
    return units
