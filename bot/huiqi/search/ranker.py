"""Ranks any documents for a question, with no knowledge of policy: `huiqi rank`.

A document's score adds up three kinds of evidence, each BM25-weighted: neighbouring characters, words
with the shorter words in them, and single characters. The best passage counts beside the whole document, for
a long notice that answers the question does so in one place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from huiqi.language.lexicon import Lexicon
from huiqi.search.bm25 import bm25
from huiqi.search.index import best, build_index
from huiqi.search.terms import CHARACTER_WEIGHT, WORD_WEIGHT, Terms, characters, pairs

# The only tuned numbers, chosen with all the development questions in view.
BIGRAM_K1, BIGRAM_B = 1.2, 0.6
WORD_K1, WORD_B = 1.2, 0.75
PASSAGE_LENGTH, PASSAGE_STEP = 200, 100
PASSAGE_WEIGHT = 1.0


class Ranker:
    """An index over `texts`; documents are known by their position there."""

    def __init__(self, texts: Sequence[str], lexicon: Lexicon) -> None:
        self._terms = Terms(lexicon)
        normalised = [self._terms.normalise(text) for text in texts]
        paired = [pairs(text) for text in normalised]
        fields = (
            bm25(paired, BIGRAM_K1, BIGRAM_B),
            bm25([self._terms.words(text) for text in normalised], WORD_K1, WORD_B, WORD_WEIGHT),
            bm25([characters(text) for text in normalised], BIGRAM_K1, BIGRAM_B, CHARACTER_WEIGHT),
        )
        self._documents = build_index({**a, **b, **c} for a, b, c in zip(*fields, strict=True))
        passages = [list(_passages(terms)) for terms in paired]
        # Windows are of one length, so none needs to be made up for its own.
        self._passages = build_index(
            bm25([window for windows in passages for window in windows], BIGRAM_K1, 0.0, PASSAGE_WEIGHT)
        )
        counts = [len(windows) for windows in passages]
        self._first_passage = np.cumsum([0, *counts[:-1]]) if counts else np.zeros(0, dtype=np.int64)

    def rank(self, question: str, limit: int) -> list[tuple[int, float]]:
        """The `limit` best documents as (position, score), best first; without those that share nothing."""
        return best(self.scores(question), limit)

    def scores(self, question: str) -> npt.NDArray[np.float32]:
        text = self._terms.normalise(question)
        asked = Counter(pairs(text))
        if not len(self._first_passage):
            return np.zeros(0, dtype=np.float32)
        passages = self._passages.scores(asked)
        whole = self._documents.scores(
            asked + Counter(self._terms.words(text)) + Counter(characters(text))
        )
        return whole + np.maximum.reduceat(passages, self._first_passage)


def _passages(terms: Sequence[str]) -> Iterator[Sequence[str]]:
    """Overlapping windows over `terms`; at least one, however short the document."""
    for start in range(0, max(len(terms) - PASSAGE_LENGTH + PASSAGE_STEP, 1), PASSAGE_STEP):
        yield terms[start : start + PASSAGE_LENGTH]
