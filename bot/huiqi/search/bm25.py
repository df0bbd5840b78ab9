"""BM25 weights (Robertson and Zaragoza, 2009), worked out once when documents are indexed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Collection:
    """What BM25 asks of all documents together: how many there are, their mean length, and how many hold each term."""

    number: float
    mean: float
    held: Mapping[str, float]


def collection_of(documents: Sequence[Sequence[str]]) -> Collection:
    held = Counter(term for terms in documents for term in set(terms))
    number = len(documents)
    return Collection(number, sum(map(len, documents)) / max(number, 1) or 1.0, held)


def bm25(
    documents: Sequence[Sequence[str]],
    k1: float = 1.2,
    b: float = 0.5,
    weight: float = 1.0,
    collection: Collection | None = None,
) -> Iterator[Mapping[str, float]]:
    """For each tokenised document in turn, term → BM25 weight times `weight`.

    `k1`: how soon repetition stops counting. `b` (0–1): how much a long document is held against it.
    `collection`: that of `documents` unless another is given, which holds all their terms."""
    whole = collection or collection_of(documents)
    scale = {
        term: weight * (k1 + 1) * inverse_frequency(whole.number, count) for term, count in whole.held.items()
    }
    for terms in documents:
        norm = k1 * (1 - b + b * len(terms) / whole.mean)
        yield {term: scale[term] * count / (count + norm) for term, count in Counter(terms).items()}


def inverse_frequency(number: float, held: float) -> float:
    """The logarithm of how rare a term is that `held` of `number` documents hold; above zero for all of them, too."""
    return math.log(1.0 + (max(number - held, 0.0) + 0.5) / (held + 0.5))
