"""Term → the documents that hold it, with the weight it has there: an inverted index with fixed impacts.

"Here are weighted query terms, give me the documents with the highest sums." Impacts are worked out when the
index is built (as BM25S does), so a query only adds up. What a document is (an alternate, an entry, a whole
notice) is for the caller to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Integer = npt.NDArray[np.int32]


@dataclass(frozen=True)
class InvertedIndex:
    """Postings of all terms in two long arrays; those of term number t are `offsets[t]:offsets[t + 1]`."""

    terms: dict[str, int]
    offsets: npt.NDArray[np.int64]
    documents: Integer
    impacts: Float
    size: int

    def scores(self, query: Mapping[str, float]) -> Float:
        """The score of every document, in document order, for `query` (term → weight)."""
        documents, impacts = self._gather(query)
        if not documents:
            return np.zeros(self.size, dtype=np.float32)
        return np.bincount(
            np.concatenate(documents), weights=np.concatenate(impacts), minlength=self.size
        ).astype(np.float32)

    def top(self, query: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """The `limit` best documents as (document, score), best first; ties in document order."""
        scores = self.scores(query)
        return best(scores, limit)

    def _gather(self, query: Mapping[str, float]) -> tuple[list[Integer], list[Float]]:
        documents: list[Integer] = []
        impacts: list[Float] = []
        for term, weight in query.items():
            number = self.terms.get(term)
            if number is not None:
                start, end = self.offsets[number], self.offsets[number + 1]
                documents.append(self.documents[start:end])
                impacts.append(self.impacts[start:end] * np.float32(weight))
        return documents, impacts


def best(scores: Float, limit: int) -> list[tuple[int, float]]:
    """Positions and values of the `limit` highest scores above zero, highest first, ties by position."""
    if limit < len(scores):
        chosen = np.argpartition(scores, -limit)[-limit:]
        chosen.sort()
    else:
        chosen = np.arange(len(scores))
    order = chosen[np.argsort(-scores[chosen], kind="stable")]
    return [(int(document), float(scores[document])) for document in order if scores[document] > 0]


def build_index(documents: Sequence[Mapping[str, float]]) -> InvertedIndex:
    """An index over `documents`, each given as term → impact."""
    terms: dict[str, int] = {}
    postings_of: list[list[int]] = []
    impacts_of: list[list[float]] = []
    for document, weighted in enumerate(documents):
        for term, impact in weighted.items():
            number = terms.setdefault(term, len(terms))
            if number == len(postings_of):
                postings_of.append([])
                impacts_of.append([])
            postings_of[number].append(document)
            impacts_of[number].append(impact)
    offsets = np.zeros(len(terms) + 1, dtype=np.int64)
    np.cumsum([len(postings) for postings in postings_of], out=offsets[1:])
    return InvertedIndex(
        terms=terms,
        offsets=offsets,
        documents=np.fromiter(_chain(postings_of), dtype=np.int32, count=int(offsets[-1])),
        impacts=np.fromiter(_chain(impacts_of), dtype=np.float32, count=int(offsets[-1])),
        size=len(documents),
    )


def _chain(lists: Iterable[Iterable[float]]) -> Iterable[float]:
    for values in lists:
        yield from values
