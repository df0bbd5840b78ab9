"""BM25 weights (Robertson and Zaragoza, 2009), worked out once when documents are indexed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence


def bm25(
    documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.5, weight: float = 1.0
) -> Iterator[Mapping[str, float]]:
    """For each tokenised document in turn, term → BM25 weight times `weight`.

    `k1`: how soon repetition stops counting. `b` (0–1): how much a long document is held against it."""
    held = Counter(term for terms in documents for term in set(terms))
    number = len(documents)
    mean = sum(map(len, documents)) / max(number, 1) or 1.0
    scale = {
        term: weight * (k1 + 1) * math.log(1 + (number - count + 0.5) / (count + 0.5))
        for term, count in held.items()
    }
    for terms in documents:
        norm = k1 * (1 - b + b * len(terms) / mean)
        yield {term: scale[term] * count / (count + norm) for term, count in Counter(terms).items()}
