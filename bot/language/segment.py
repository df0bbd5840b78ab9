"""Words of a text, by a jieba Tokenizer of our own with a dictionary cut down to what the pack needs.

jieba's own dictionary holds 350,000 words and takes half a second to load. A short question needs the
common ones and those of the pack; the rest only costs start-up time. Unknown words are left to character
bigrams, so the hidden Markov model of jieba is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import jieba

COMMONEST_WORD_FREQUENCY = 30
"""Words of jieba's dictionary seen less often than this in its corpus are left out."""

# How much a word that the pack does not know tells about a question's subject, by its part of speech in
# jieba's dictionary: names and nouns most, verbs less, function words next to nothing.
_WEIGHT_BY_PART_OF_SPEECH = {"v": 0.7, "a": 0.6, "t": 0.3, "f": 0.3, "i": 0.7, "l": 0.7, "b": 0.7, "s": 0.6}
_FUNCTION_WORDS = frozenset("cdepurmqyoxzhkg")
_FUNCTION_WEIGHT = 0.15


def read_dictionary() -> list[tuple[str, int, str]]:
    """jieba's dictionary: (word, frequency, part of speech)."""
    with jieba.get_module_res("dict.txt") as stream:
        rows = [line.decode("utf-8").split() for line in stream]
    return [(word, int(frequency), tag) for word, frequency, tag in rows]


def build_frequencies(own_words: Iterable[str]) -> tuple[dict[str, int], int]:
    """Frequencies with prefixes as jieba's Tokenizer keeps them, and their total."""
    frequencies = {
        word: frequency
        for word, frequency, _ in read_dictionary()
        if frequency >= COMMONEST_WORD_FREQUENCY or len(word) == 1
    }
    for word in own_words:
        if len(word) > 1:
            frequencies[word] = max(frequencies.get(word, 0), 2000 * len(word))
    total = sum(frequencies.values())
    for word in list(frequencies):
        for end in range(1, len(word)):
            frequencies.setdefault(word[:end], 0)
    return frequencies, total


def general_weights() -> dict[str, float]:
    """Weight of words whose part of speech makes them less telling than a noun (whose weight is 1)."""
    weights = {}
    for word, frequency, tag in read_dictionary():
        if frequency < COMMONEST_WORD_FREQUENCY and len(word) > 1:
            continue
        if tag[0] in _FUNCTION_WORDS:
            weights[word] = _FUNCTION_WEIGHT
        elif tag[0] in _WEIGHT_BY_PART_OF_SPEECH and tag != "vn":
            weights[word] = _WEIGHT_BY_PART_OF_SPEECH[tag[0]]
    return weights


class Segmenter:
    """Splits normalised text into words. Private: other users of jieba in the process are not touched."""

    def __init__(self, frequencies: Mapping[str, int], total: int) -> None:
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.FREQ = frequencies
        self._tokenizer.total = total
        self._tokenizer.initialized = True
        self._known = frequencies

    def words(self, text: str) -> list[str]:
        return [word for word in self._tokenizer.lcut(text, HMM=False) if not word.isspace()]

    def parts(self, word: str) -> list[str]:
        """The shorter words of two or three characters inside a long one, as search engines index them."""
        known = self._known
        return [
            part
            for size in (2, 3)
            if len(word) > size
            for start in range(len(word) - size + 1)
            if known.get(part := word[start : start + size])
        ]
