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
    """The terms of document d are `numbers[offsets[d]:offsets[d + 1]]`, their weights stand alongside."""

    terms: dict[str, int]
    offsets: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.integer]
    weights: npt.NDArray[np.float32]

    def overlaps(self, query: Query, documents: Sequence[int]) -> list[tuple[float, float]]:
        """For each of `documents`: the weight in `query` of the terms that they share, and the weight of the same
        terms in the document."""
        if not documents:
            return []
        numbers, weights = numbered(self.terms, query)
        asked = np.zeros(len(self.terms), dtype=np.float32)
        asked[numbers] = weights
        places, row_of = self._places_of(documents)
        found = asked[self.numbers[places]]
        own = np.where(found > 0, self.weights[places], 0)
        return list(
            zip(
                np.bincount(row_of, weights=found, minlength=len(documents)).tolist(),
                np.bincount(row_of, weights=own, minlength=len(documents)).tolist(),
                strict=True,
            )
        )

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
        np.array(weights, dtype=np.float32),
    )


def numbered_as_they_come(
    numbers: npt.NDArray[np.integer], names: Sequence[str]
) -> tuple[dict[str, int], npt.NDArray[np.integer]]:
    """The terms among `numbers` (places in `names`) numbered anew in the order in which they come up, and the same
    terms by their new numbers."""
    used, first = np.unique(numbers, return_index=True)
    in_order = used[first.argsort()]
    new = np.zeros(len(names), smallest(len(in_order)))
    new[in_order] = np.arange(len(in_order))
    return {names[number]: place for place, number in enumerate(in_order.tolist())}, new[numbers]


def assembled(parts: Sequence[TermVectors], rows: Sequence[tuple[int, int]]) -> TermVectors:
    """Vectors whose documents are taken from `parts`, each given as (number of the part, document there): the same as
    building them from the documents' own terms and weights."""
    names: defaultdict[str, int] = defaultdict(count().__next__)
    numbers = [
        np.fromiter(map(names.__getitem__, part.terms), np.int32, len(part.terms))[part.numbers]
        for part in parts
    ]
    begins = np.cumsum([0, *map(len, numbers)])
    chosen = np.array(rows, dtype=np.int64).reshape(-1, 2)
    starts, lengths = np.zeros(len(chosen), np.int64), np.zeros(len(chosen), np.int64)
    for number, part in enumerate(parts):
        is_of_part = chosen[:, 0] == number
        documents = chosen[is_of_part, 1]
        starts[is_of_part] = part.offsets[documents] + begins[number]
        lengths[is_of_part] = part.offsets[documents + 1] - part.offsets[documents]
    offsets = np.concatenate(([0], lengths.cumsum()))
    places = np.arange(offsets[-1]) + (starts - offsets[:-1]).repeat(lengths)
    terms, renumbered = numbered_as_they_come(np.concatenate(numbers)[places], list(names))
    return TermVectors(terms, offsets, renumbered, np.concatenate([part.weights for part in parts])[places])
