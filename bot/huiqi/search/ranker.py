"""Ranks any documents for a question, with no knowledge of policy: `huiqi rank`.

A document's score adds up three kinds of evidence, each BM25-weighted: neighbouring characters, words
with the shorter words in them, and single characters. The best passage counts beside the whole document, for
a long notice that answers the question does so in one place.

Where documents are questions with their answers, the question that is asked is also compared with each of theirs as a
whole: what else a question asks tells against it (the cosine of both, weighted by rarity). How much that counts is the
share of documents that begin with a question; in a collection of notices nearly nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from huiqi.language.lexicon import Lexicon
from huiqi.search.bm25 import bm25, inverse_frequency
from huiqi.search.index import best, build_index
from huiqi.search.passages import sentences
from huiqi.search.terms import CHARACTER_WEIGHT, WORD_WEIGHT, Terms, characters, kind_weight, pairs

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
        self._questions = _Questions(texts, self._terms)
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
        whole = self._documents.scores(asked + Counter(self._terms.words(text)) + Counter(characters(text)))
        found = whole + np.maximum.reduceat(passages, self._first_passage)
        return found + self._questions.scores(self._terms.of(question)) if self._questions.share else found


class _Questions:
    """The questions that documents ask themselves. `share`: of the documents, those that begin with one."""

    def __init__(self, texts: Sequence[str], terms: Terms) -> None:
        cut = [[text[piece.start : piece.end] for piece in sentences(text)] for text in texts]
        asking = [[sentence for sentence in found if _asks(sentence)] for found in cut]
        self.share = sum(bool(found) and _asks(found[0]) for found in cut) / max(len(texts), 1)
        # What is rare is counted over all sentences: 如何 stands in most questions and in few others.
        of_sentence = {sentence: frozenset(terms.of(sentence)) for found in cut for sentence in found}
        self._number = len(of_sentence)
        self._held = Counter(term for held in of_sentence.values() for term in held)
        self._size = len(texts)
        self._document = np.array(
            [place for place, found in enumerate(asking) for _ in found], dtype=np.int64
        )
        self._index = build_index(self._unit(of_sentence[sentence]) for found in asking for sentence in found)

    def scores(self, asked: Sequence[str]) -> npt.NDArray[np.float32]:
        """For each document the cosine of the question in it that is most like the asked one, in units of BM25: times
        what a document would score that holds all that is asked, and the share."""
        worth = {term: self._worth(term) for term in set(asked)}
        alike = self._index.scores(dict.fromkeys(worth, 1.0)) * math.sqrt(sum(worth.values())) * self.share
        best_of = np.zeros(self._size, dtype=np.float32)
        np.maximum.at(best_of, self._document, alike)
        return best_of

    def _worth(self, term: str) -> float:
        return kind_weight(term) * inverse_frequency(self._number, self._held[term])

    def _unit(self, terms: frozenset[str]) -> dict[str, float]:
        worth = {term: self._worth(term) for term in terms}
        length = math.sqrt(sum(worth.values()))
        return {term: value / length for term, value in worth.items()}


def _asks(sentence: str) -> bool:
    return sentence.endswith(("?", "？"))


def _passages(terms: Sequence[str]) -> Iterator[Sequence[str]]:
    """Overlapping windows over `terms`; at least one, however short the document."""
    for start in range(0, max(len(terms) - PASSAGE_LENGTH + PASSAGE_STEP, 1), PASSAGE_STEP):
        yield terms[start : start + PASSAGE_LENGTH]
