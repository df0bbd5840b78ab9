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

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class TermVectors:
    """The terms of document d are `numbers[offsets[d]:offsets[d + 1]]`, their weights stand alongside."""

    terms: dict[str, int]
    offsets: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    def overlaps(self, query: Mapping[str, float], documents: Sequence[int]) -> list[tuple[float, float]]:
        """For each of `documents`: the weight in `query` (term → weight above zero) of the terms that they
        share, and the weight of the same terms in the document."""
        if not documents:
            return []
        asked = np.zeros(len(self.terms), dtype=np.float32)
        number_of = self.terms.get
        for term, weight in query.items():
            number = number_of(term)
            if number is not None:
                asked[number] = weight
        rows = np.array(documents)
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        ends = lengths.cumsum()
        places = np.arange(ends[-1]) + (starts - ends + lengths).repeat(lengths)
        row_of = np.arange(len(documents)).repeat(lengths)
        found = asked[self.numbers[places]]
        own = np.where(found > 0, self.weights[places], 0)
        return list(
            zip(
                np.bincount(row_of, weights=found, minlength=len(documents)).tolist(),
                np.bincount(row_of, weights=own, minlength=len(documents)).tolist(),
                strict=True,
            )
        )

    def terms_of(self, document: int) -> list[str]:
        """The terms of one document, as they were given."""
        start, end = self.offsets[document], self.offsets[document + 1]
        return [self._names[number] for number in self.numbers[start:end].tolist()]

    @cached_property
    def _names(self) -> list[str]:
        return list(self.terms)


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
        np.array(numbers, dtype=np.int32),
        np.array(weights, dtype=np.float32),
    )
