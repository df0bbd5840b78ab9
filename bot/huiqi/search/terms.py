"""The terms of any text: neighbouring characters, words with the shorter words in them, single characters."""

from __future__ import annotations

from huiqi.language.analysis import BIGRAM, bigrams
from huiqi.language.lexicon import Lexicon
from huiqi.language.segment import Segmenter

CHARACTER = "."
"""Prefix of a single character as a term, beside those of `huiqi.language.analysis`."""

# Chosen with all the development questions in view; those of pairs of characters count one.
WORD_WEIGHT = 0.5
CHARACTER_WEIGHT = 0.3


class Terms:
    """Turns texts into terms, without a pack's own words."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.normalise = lexicon.normaliser()
        self._segmenter = Segmenter(lexicon.words, lexicon.unknown)

    def of(self, text: str) -> list[str]:
        """All terms of a text as it was written."""
        normalised = self.normalise(text)
        return pairs(normalised) + self.words(normalised) + characters(normalised)

    def words(self, normalised: str) -> list[str]:
        words = self._segmenter.words(normalised)
        return words + [part for word in words if len(word) > 2 for part in self._segmenter.parts(word)]


def pairs(normalised: str) -> list[str]:
    return [BIGRAM + pair for pair in bigrams(normalised)]


def characters(normalised: str) -> list[str]:
    return [CHARACTER + character for character in normalised if character != " "]


def kind_weight(term: str) -> float:
    """How much a term counts for what it is: a pair of characters, a word, or a single character."""
    return {BIGRAM: 1.0, CHARACTER: CHARACTER_WEIGHT}.get(term[0], WORD_WEIGHT)
