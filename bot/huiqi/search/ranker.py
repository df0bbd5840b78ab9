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

from huiqi.language.analysis import BIGRAM, bigrams
from huiqi.language.lexicon import Lexicon
from huiqi.language.segment import Segmenter
from huiqi.search.bm25 import bm25
from huiqi.search.index import best, build_index

CHARACTER = "."
"""Prefix of a single character as a term, beside those of `huiqi.language.analysis`."""

# The only tuned numbers, chosen with all the development questions in view.
BIGRAM_K1, BIGRAM_B = 1.2, 0.6
WORD_K1, WORD_B, WORD_WEIGHT = 1.2, 0.75, 0.5
CHARACTER_WEIGHT = 0.3
PASSAGE_LENGTH, PASSAGE_STEP = 200, 100
PASSAGE_WEIGHT = 1.0


class Ranker:
    """An index over `texts`; documents are known by their position there."""

    def __init__(self, texts: Sequence[str], lexicon: Lexicon) -> None:
        self._normalise = lexicon.normaliser()
        self._segmenter = Segmenter(lexicon.words, lexicon.unknown)
        normalised = [self._normalise(text) for text in texts]
        pairs = [_bigrams(text) for text in normalised]
        fields = (
            bm25(pairs, BIGRAM_K1, BIGRAM_B),
            bm25([self._words(text) for text in normalised], WORD_K1, WORD_B, WORD_WEIGHT),
            bm25([_characters(text) for text in normalised], BIGRAM_K1, BIGRAM_B, CHARACTER_WEIGHT),
        )
        self._documents = build_index({**a, **b, **c} for a, b, c in zip(*fields, strict=True))
        passages = [list(_passages(terms)) for terms in pairs]
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
        text = self._normalise(question)
        pairs = Counter(_bigrams(text))
        if not len(self._first_passage):
            return np.zeros(0, dtype=np.float32)
        passages = self._passages.scores(pairs)
        whole = self._documents.scores(pairs + Counter(self._words(text)) + Counter(_characters(text)))
        return whole + np.maximum.reduceat(passages, self._first_passage)

    def _words(self, text: str) -> list[str]:
        words = self._segmenter.words(text)
        return words + [part for word in words if len(word) > 2 for part in self._segmenter.parts(word)]


def _bigrams(text: str) -> list[str]:
    return [BIGRAM + pair for pair in bigrams(text)]


def _characters(text: str) -> list[str]:
    return [CHARACTER + character for character in text if character != " "]


def _passages(terms: Sequence[str]) -> Iterator[Sequence[str]]:
    """Overlapping windows over `terms`; at least one, however short the document."""
    for start in range(0, max(len(terms) - PASSAGE_LENGTH + PASSAGE_STEP, 1), PASSAGE_STEP):
        yield terms[start : start + PASSAGE_LENGTH]
