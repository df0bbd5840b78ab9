"""Words of a text: jieba's way of cutting, over a dictionary cut down to what the pack needs.

jieba's own dictionary holds 350,000 words and takes half a second to load. A short question needs the
common ones and those of the pack; the rest only costs start-up time. Unknown words are left to character
bigrams, so the hidden Markov model of jieba is not used. The cutting itself is written out here, for jieba's
general loop costs a short question several times what its dictionary look-ups do. The words are the same as
those of jieba's `lcut(text, HMM=False)`; a test holds the two side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from math import log
from pathlib import Path

from huiqi.language.table import Dictionary

COMMONEST_WORD_FREQUENCY = 30
"""Words of jieba's dictionary seen less often than this in its corpus are left out."""

# How much a word that the pack does not know tells about a question's subject, by its part of speech in
# jieba's dictionary: names and nouns most, verbs less, function words next to nothing.
_WEIGHT_BY_PART_OF_SPEECH = {"v": 0.7, "a": 0.6, "t": 0.3, "f": 0.3, "i": 0.7, "l": 0.7, "b": 0.7, "s": 0.6}
_FUNCTION_WORDS = frozenset("cdepurmqyoxzhkg")
_FUNCTION_WEIGHT = 0.15
_CONNECTIVES = frozenset("crupeyo")


@cache
def read_dictionary() -> tuple[tuple[str, int, str], ...]:
    """The words of jieba's dictionary that are common enough or single characters: (word, frequency, part of
    speech). Read once a process."""
    # Its file alone: importing jieba takes a while, and from Python 3.12 on warns on the screen of its own source.
    package = find_spec("jieba")
    assert package and package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "dict.txt"
    rows = (line.split(" ") for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(
        (word, int(frequency), tag)
        for word, frequency, tag in rows
        # A number of one digit is below the border, whatever it is.
        if len(word) == 1 or (len(frequency) > 1 and int(frequency) >= COMMONEST_WORD_FREQUENCY)
    )


def build_frequencies(own_words: Iterable[str]) -> tuple[dict[str, int], int]:
    """Frequencies with prefixes as jieba's Tokenizer keeps them, and their total."""
    general, total = _general_frequencies()
    plain = Segmenter(general, total)
    frequencies = dict(general)
    own = {word for word in own_words if len(word) > 1}
    for word in own:
        frequencies[word] = max(general.get(word, 0), _just_enough(plain.words(word), general, total))
    _add_prefixes(frequencies, own)
    return frequencies, total


@cache
def _general_frequencies() -> tuple[Mapping[str, int], int]:
    """What `build_frequencies` makes of no words. Made once a process."""
    frequencies = {word: frequency for word, frequency, _ in read_dictionary()}
    total = sum(frequencies.values())
    _add_prefixes(frequencies, list(frequencies))
    return frequencies, total


def _just_enough(parts: list[str], frequencies: Mapping[str, int], total: int) -> int:
    """The frequency at which a word is kept whole and no more (jieba's suggest_freq): it must not tear up the
    words beside it, as 线上办 would 线上办理."""
    likelihood = 1.0
    for part in parts:
        likelihood *= max(frequencies.get(part, 0), 1) / total
    return int(likelihood * total) + 1


def _add_prefixes(frequencies: dict[str, int], words: Iterable[str]) -> None:
    for word in words:
        for end in range(1, len(word)):
            frequencies.setdefault(word[:end], 0)


def log_probabilities(frequencies: Mapping[str, int], total: int) -> dict[str, float]:
    """Word → logarithm of its share of `total`; 0 for what only begins a word."""
    log_total = log(total)
    return {word: log(count) - log_total if count else 0.0 for word, count in frequencies.items()}


def general_weights() -> dict[str, float]:
    """Weight of words whose part of speech makes them less telling than a noun (whose weight is 1)."""
    weights = {}
    for word, _, tag in read_dictionary():
        if tag[0] in _FUNCTION_WORDS:
            weights[word] = _FUNCTION_WEIGHT
        elif tag[0] in _WEIGHT_BY_PART_OF_SPEECH and tag != "vn":
            weights[word] = _WEIGHT_BY_PART_OF_SPEECH[tag[0]]
    return weights


def connectives() -> frozenset[str]:
    """Words that only join, point or qualify (如果, 此次, 已): conjunctions, pronouns, prepositions, particles, and adverbs of one
    character. However seldom a pack uses them, they say nothing of a subject."""
    return frozenset(
        word
        for word, _, tag in read_dictionary()
        if tag[0] in _CONNECTIVES or (tag[0] == "d" and len(word) == 1)
    )


# jieba's border between what it looks up in the dictionary and what it leaves as single characters.
_RUN_OR_CHARACTER = re.compile(r"([\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+)|\S")
_IMPOSSIBLE = float("-inf")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


class Segmenter:
    """Splits normalised text into the words whose frequencies, multiplied, are the highest."""

    def __init__(self, words: Mapping[str, float], unknown: float) -> None:
        """`words`: see `log_probabilities`. `unknown`: that of a character which no word is."""
        self._words = words if isinstance(words, Dictionary) else Dictionary(words)
        self._unknown = unknown
        self._parts: dict[str, tuple[str, ...]] = {}

    def words(self, text: str) -> list[str]:
        words: list[str] = []
        for match in _RUN_OR_CHARACTER.finditer(text):
            if match[1]:
                self._cut(match[1], words)
            else:
                words.append(match[0])
        return words

    def _cut(self, run: str, words: list[str]) -> None:
        """Append the words of `run` to `words`: the likeliest path, found from the end (Viterbi)."""
        probability_of = self._words.opened(run).get
        length = len(run)
        best = [0.0] * (length + 1)
        end_of = [0] * length
        for start in range(length - 1, -1, -1):
            end = chosen = start + 1
            highest = _IMPOSSIBLE
            probability = probability_of(run[start])
            while probability is not None:
                if probability:
                    score = probability + best[end]
                    # Of equals the longer word is taken, as jieba does.
                    if score >= highest:
                        highest, chosen = score, end
                if end == length:
                    break
                end += 1
                probability = probability_of(run[start:end])
            best[start] = best[start + 1] + self._unknown if highest == _IMPOSSIBLE else highest
            end_of[start] = chosen
        start = latin = 0
        while start < length:
            end = end_of[start]
            if end - start > 1 or run[start] not in _LATIN:
                if latin < start:
                    words.append(run[latin:start])
                words.append(run[start:end])
                latin = end
            start = end
        if latin < length:
            words.append(run[latin:])

    def parts(self, word: str) -> tuple[str, ...]:
        """The shorter words of two or three characters inside a long one, as search engines index them."""
        parts = self._parts.get(word)
        if parts is None:
            known = self._words.opened(word)
            parts = tuple(
                part
                for size in (2, 3)
                if len(word) > size
                for start in range(len(word) - size + 1)
                if known.get(part := word[start : start + size])
            )
            # Only dictionary words come again, so the memory stays within the dictionary's size.
            if word in known:
                self._parts[word] = parts
        return parts
