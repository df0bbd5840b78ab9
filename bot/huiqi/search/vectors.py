"""Document → its terms, with the weight each has there: the other side of the inverted index.

"Here are a few documents that were found, what of the question does each hold?" Kept as three long arrays, for a
dictionary a document would take ten times the memory, and most of the time of a cold start.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from huiqi.language.table import Numbering


class Numbered(NamedTuple):
    """A query by the numbers of its terms, without those that nothing holds: what is asked of several arrays over the
    same terms is looked up once."""

    numbers: npt.NDArray[np.int64]
    weights: Sequence[float]


Query = Mapping[str, float] | Numbered
"""Term → weight above zero."""


def numbered(terms: Mapping[str, int], query: Query) -> Numbered:
    if isinstance(query, Numbered):
        return query
    known = [(number, weight) for term, weight in query.items() if (number := terms.get(term)) is not None]
    return Numbered(
        np.array([number for number, _ in known], dtype=np.int64), [weight for _, weight in known]
    )


@dataclass(frozen=True)
class TermVectors:
    """The terms of document d are `numbers[offsets[d]:offsets[d + 1]]`, their weights `weights[codes[…]]` alongside: of
    millions only some ten thousand differ."""

    terms: dict[str, int]
    offsets: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.integer]
    codes: npt.NDArray[np.integer]
    weights: npt.NDArray[np.float32]

    def overlaps(
        self, query: Query, documents: Sequence[int]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """For each of `documents`: the weight in `query` of the terms that they share, and the weight of the same
        terms in the document."""
        if not documents:
            return np.zeros(0), np.zeros(0)
        numbers, weights = numbered(self.terms, query)
        asked = np.zeros(len(self.terms), dtype=np.float32)
        asked[numbers] = weights
        places, row_of = self._places_of(documents)
        found = asked[self.numbers[places]]
        (shared,) = found.nonzero()
        row_of, own = row_of[shared], self.weights[self.codes[places[shared]]]
        return _sums(row_of, found[shared], len(documents)), _sums(row_of, own, len(documents))

    def _places_of(self, documents: Sequence[int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The places of all terms of `documents`, and for each to which of them it belongs."""
        rows = np.array(documents)
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        ends = lengths.cumsum()
        places = np.arange(ends[-1]) + (starts - ends + lengths).repeat(lengths)
        return places, np.arange(len(documents)).repeat(lengths)

    def terms_of(self, document: int) -> list[str]:
        """The terms of one document, as they were given."""
        start, end = self.offsets[document], self.offsets[document + 1]
        return [self._names[number] for number in self.numbers[start:end].tolist()]

    @cached_property
    def _names(self) -> list[str]:
        return list(self.terms)


def _sums(rows: npt.NDArray[np.int64], values: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float64]:
    sums: npt.NDArray[np.float64] = np.bincount(rows, weights=values, minlength=size)  # type: ignore[assignment]
    return sums


def coded(
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.float32]]:
    """The place of each of `weights`, which are not negative, among those that differ, and these in order."""
    # As whole numbers they have the same order, and are sorted in half the time; few differ, and are soon found.
    values = weights.astype(np.float32).view(np.int32)
    distinct = np.unique(values)
    return distinct.searchsorted(values).astype(smallest(len(distinct))), distinct.view(np.float32)


def smallest(size: int) -> npt.DTypeLike:
    """The smallest type of number that counts up to `size`: there are many million numbers in a large index."""
    return np.uint16 if size < 1 << 16 else np.int32


def build_vectors(documents: Iterable[Mapping[str, float]]) -> TermVectors:
    """Vectors of `documents`, each given as term → weight."""
    terms: defaultdict[str, int] = defaultdict(count().__next__)
    numbers, weights, offsets = array("i"), array("f"), array("q", [0])
    for weighted in documents:
        numbers.extend(map(terms.__getitem__, weighted))
        weights.extend(weighted.values())
        offsets.append(len(numbers))
    return TermVectors(
        dict(terms),
        np.array(offsets, dtype=np.int64),
        np.array(numbers, dtype=smallest(len(terms))),
        *coded(np.array(weights, dtype=np.float32)),
    )


def numbered_as_they_come(
    numbers: npt.NDArray[np.integer], names: Sequence[str]
) -> tuple[Numbering, npt.NDArray[np.integer]]:
    """The terms among `numbers` (places in `names`) numbered anew in the order in which they come up, and the same
    terms by their new numbers."""
    first = np.full(len(names), len(numbers))
    # Of what is written to the same place, the last stays: the term where it first comes up.
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    (used,) = (first < len(numbers)).nonzero()
    in_order = used[first[used].argsort()]
    new = np.zeros(len(names), smallest(len(in_order)))
    new[in_order] = np.arange(len(in_order))
    terms = Numbering((names[number], place) for place, number in enumerate(in_order.tolist()))
    return terms, new[numbers]


def assembled(parts: Sequence[TermVectors], rows: Sequence[tuple[int, int]]) -> TermVectors:
    """Vectors whose documents are taken from `parts`, each given as (number of the part, document there): the same as
    building them from the documents' own terms and weights."""
    names: defaultdict[str, int] = defaultdict(count().__next__)
    numbers = [
        np.fromiter(map(names.__getitem__, part.terms), np.int32, len(part.terms))[part.numbers]
        for part in parts
    ]
    offsets, places = taken([part.offsets for part in parts], rows)
    terms, renumbered = numbered_as_they_come(np.concatenate(numbers)[places], list(names))
    distinct, place_of = np.unique(np.concatenate([part.weights for part in parts]), return_inverse=True)
    begins = np.cumsum([0, *(len(part.weights) for part in parts)]).tolist()
    # Few weights differ, and each is looked for once, not for each term that has it.
    own = [place_of[begin:][part.codes] for begin, part in zip(begins, parts, strict=False)]
    codes = np.concatenate(own)[places]
    is_used = np.bincount(codes, minlength=len(distinct)) > 0
    new = (is_used.cumsum() - 1).astype(smallest(int(is_used.sum())))
    return TermVectors(terms, offsets, renumbered, new[codes], distinct[is_used])


def taken(
    parts: Sequence[npt.NDArray[np.integer]], rows: Sequence[tuple[int, int]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where documents that are taken from several parts, each given as (number of the part, document there), begin and end one
    behind the other; and for all that they hold its place in the parts laid one behind the other. `parts`: where the documents
    of each begin and end."""
    begins = np.cumsum([0, *(int(offsets[-1]) for offsets in parts)])
    chosen = np.array(rows, dtype=np.int64).reshape(-1, 2)
    starts, lengths = np.zeros(len(chosen), np.int64), np.zeros(len(chosen), np.int64)
    for number, offsets in enumerate(parts):
        is_of_part = chosen[:, 0] == number
        documents = chosen[is_of_part, 1]
        starts[is_of_part] = offsets[documents] + begins[number]
        lengths[is_of_part] = offsets[documents + 1] - offsets[documents]
    ends = np.concatenate(([0], lengths.cumsum()))
    return ends, np.arange(ends[-1]) + (starts - ends[:-1]).repeat(lengths)
