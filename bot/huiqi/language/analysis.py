"""A text turned into the terms that the index knows: words, synonym concepts, bigrams."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count
from operator import add, itemgetter

from huiqi.language import shortenings
from huiqi.language.lexicon import Lexicon, find_phrases
from huiqi.language.normalise import SHORT_FILLER
from huiqi.language.segment import Segmenter

LATIN = "0123456789abcdefghijklmnopqrstuvwxyz.%+"
"""What numbers and Latin words are written with."""
_LATIN = re.compile(f"[{LATIN}]")
_UNITS = re.compile(rf"[{LATIN}]+|[^\s{LATIN}]")

MOST_PAIRS = 100_000
"""Bigrams whose terms are kept ready. More than any pack writes; whoever types more only loses time."""

TELLING = 0.5
"""The least weight of a word, by its part of speech, one of which a shortening holds: 在上 is none."""

# Term kinds share one namespace; the prefix keeps a word and a bigram of the same letters apart.
CONCEPT, BIGRAM, SOUND = "=", "_", "'"


@dataclass(frozen=True, slots=True)
class Analysis:
    """One text, normalised and taken apart.

    `compact`: the text without spaces, for comparing whole strings. `all_words` leaves out nothing, `words` the
    particles. `terms`: term → its share (1.0, or the synonym's weight). `spans`: where each word stands in `compact`.
    `concepts_of`: for each word, the concept terms whose phrase overlaps it. `pairs`: the terms of each bigram, as written
    and as it sounds. `places`: written bigram → where it begins in `compact`.
    """

    text: str
    compact: str
    all_words: tuple[str, ...]
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    terms: dict[str, float]
    concepts_of: tuple[tuple[str, ...], ...]
    pairs: Sequence[tuple[str, ...]]
    places: dict[str, int]

    def is_joined(self, place: int) -> bool:
        """Whether the word at `place` in `words` follows right on the one before it, in one piece of the text."""
        start = self.spans[place][0]
        return self.spans[place - 1][1] == start and start not in self._ends

    @property
    def _ends(self) -> tuple[int, ...]:
        """Where in `compact` the pieces of the text (those between its spaces) end."""
        return tuple(accumulate(map(len, self.text.split(" "))))

    def stand_in(self, pieces: frozenset[int]) -> tuple[bool, ...]:
        """For each word whether it stands in one of the `pieces` of the text (those between its spaces, by number)."""
        if not pieces:
            return (False,) * len(self.spans)
        ends = self._ends
        return tuple(bisect_right(ends, start) in pieces for start, _ in self.spans)

    def without(self, places: frozenset[int]) -> str:
        """The text without the words at `places` in `words`."""
        if not places:
            return self.text
        gone = {position for place in places for position in range(*self.spans[place])}
        positions = count()
        return "".join(letter for letter in self.text if letter == " " or next(positions) not in gone)

    def plain_of(self) -> dict[str, str]:
        """Sound bigram → the written bigram that sounds so."""
        return {pair[1]: pair[0] for pair in self.pairs if len(pair) > 1}


class Analyser:
    """Turns text into an Analysis. One instance serves a process; it keeps nothing of who asked what. `written`: the terms
    that a pack holds; with them shortenings are read, which is for what people ask: what a pack says itself is known as it
    is written."""

    def __init__(self, lexicon: Lexicon, written: Container[str] | None = None) -> None:
        self.lexicon = lexicon
        self._written = None if written is None else _WrittenPairs(written)
        self.normalise = lexicon.normaliser()
        self._segmenter = Segmenter(lexicon.words, lexicon.unknown)
        self._groups: dict[str, dict[str, float]] = {}
        self._pairs = _Pairs(self.terms_of_pair)
        self._particles = frozenset(filler for filler in lexicon.fillers if len(filler) <= SHORT_FILLER)

    def __call__(self, raw: str) -> Analysis:
        return self.of_normalised(self.normalise(raw))

    def words(self, raw: str) -> list[str]:
        """The words of a text but for the particles."""
        return [word for word in self._segmenter.words(self.normalise(raw)) if word not in self._particles]

    def cut(self, text: str) -> list[str]:
        """All words of a normalised text."""
        return self._segmenter.words(text)

    def of_normalised(self, text: str) -> Analysis:
        pieces, words, starts = self._words(text)
        spans = [(start, start + len(word)) for start, word in zip(starts, words, strict=True)]
        terms = dict.fromkeys(words, 1.0)
        concepts_of: list[tuple[str, ...]] = [()] * len(words)
        compact = text.replace(" ", "")
        for start, end, groups in self._phrases(compact):
            _raise(terms, groups)
            for number, (word_start, word_end) in enumerate(spans):
                if word_start >= end:
                    break
                if start < word_end:
                    concepts_of[number] += tuple(groups)
        if self._written is not None:
            self._read_shortenings(words, terms, concepts_of, self._written)
        found, places = placed_bigrams(text)
        pairs = list(map(self._pairs.__getitem__, found))
        terms.update(dict.fromkeys(chain.from_iterable(pairs), 1.0))
        return Analysis(
            text,
            compact,
            tuple(pieces),
            tuple(words),
            tuple(spans),
            terms,
            tuple(concepts_of),
            pairs,
            dict(zip(map(_FIRST, pairs), places, strict=True)),
        )

    def without_pairs(self, text: str) -> tuple[list[str], list[int], dict[str, float]]:
        """Of normalised text the words, where each begins in it without its spaces, and the terms but for the bigrams: a
        hundred thousand questions are read for no more."""
        _, words, starts = self._words(text)
        terms = dict.fromkeys(words, 1.0)
        for _, _, groups in self._phrases(text.replace(" ", "")):
            _raise(terms, groups)
        return words, starts, terms

    def _words(self, text: str) -> tuple[list[str], list[str], list[int]]:
        """All words, those that are no particles, and where each of these begins in the text without spaces."""
        pieces, particles = self._segmenter.words(text), self._particles
        words: list[str] = []
        starts: list[int] = []
        position = 0
        for word in pieces:
            if word not in particles:
                words.append(word)
                starts.append(position)
            position += len(word)
        return pieces, words, starts

    def _phrases(self, compact: str) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Each phrase of a synonym group: its start and end, and the terms of the groups that it stands for."""
        for start, end in find_phrases(compact, self.lexicon.concepts, self.lexicon.prefixes):
            phrase = compact[start:end]
            yield start, end, self._groups.get(phrase) or self._group(phrase)

    def _read_shortenings(
        self,
        words: Sequence[str],
        terms: dict[str, float],
        concepts_of: list[tuple[str, ...]],
        written: Container[str],
    ) -> None:
        # A character by itself (税, 补) says little of what it stands for here.
        is_open = [len(word) == 1 or not concepts for word, concepts in zip(words, concepts_of, strict=True)]
        found = shortenings.read(words, is_open, self.lexicon.shortened, written, self._meaning)
        for first, end, meant in found:
            if max(self.lexicon.weights.get(word) or 1.0 for word in words[first:end]) < TELLING:
                continue
            for term, weight in meant.items():
                terms[term] = max(weight, terms.get(term, 0.0))
            for number in range(first, end):
                concepts_of[number] += tuple(meant)

    def _meaning(self, term: str) -> dict[str, float]:
        """The synonym groups that a term stands for; where there are none, its own words."""
        if term in self.lexicon.concepts:
            return self._groups.get(term) or self._group(term)
        return dict.fromkeys((word for word in self._segmenter.words(term) if len(word) > 1), 1.0)

    def _group(self, phrase: str) -> dict[str, float]:
        """The terms of the synonym groups that a phrase of the lexicon stands for, each with its weight."""
        groups = self._groups[phrase] = {
            CONCEPT + concept: weight for concept, weight in self.lexicon.concepts[phrase]
        }
        return groups

    def _syllable(self, character: str) -> str:
        syllable = self.lexicon.sounds.get(character)
        return character if syllable is None else self.lexicon.blurs.get(syllable, syllable)

    def syllables(self, text: str) -> list[str]:
        """The blurred syllable of each character of `text` (see pinyin)."""
        return list(map(self._syllable, text))

    def terms_of_pair(self, bigram: str) -> tuple[str, ...]:
        """The terms of a bigram: as written, and as it sounds where it is two characters."""
        plain = BIGRAM + bigram
        return (plain, SOUND + self.sound(bigram)) if len(bigram) == 2 else (plain,)

    def sound(self, text: str) -> str:
        """Blurred syllables of `text`, run together (see pinyin)."""
        return "".join(map(self._syllable, text))


class _WrittenPairs:
    """The pairs of characters among terms."""

    def __init__(self, terms: Container[str]) -> None:
        self._terms = terms

    def __contains__(self, pair: object) -> bool:
        return f"{BIGRAM}{pair}" in self._terms


class _Pairs(dict[str, tuple[str, ...]]):
    """Bigram → its terms."""

    def __init__(self, terms_of: Callable[[str], tuple[str, ...]]) -> None:
        super().__init__()
        self._terms_of = terms_of

    def __missing__(self, bigram: str) -> tuple[str, ...]:
        if len(self) >= MOST_PAIRS:
            self.clear()
        pair = self[bigram] = self._terms_of(bigram)
        return pair


def _raise(terms: dict[str, float], groups: Mapping[str, float]) -> None:
    """Add `groups` to `terms`; of a term that is there already the greater share stays."""
    for term, weight in groups.items():
        if weight > terms.get(term, 0.0):
            terms[term] = weight


_FIRST = itemgetter(0)


def placed_bigrams(text: str) -> tuple[list[str], list[int]]:
    """Neighbouring characters of each run without spaces, and where each pair starts in the text without
    spaces; a number or a Latin word counts as one character."""
    pairs: list[str] = []
    starts: list[int] = []
    offset = 0
    for run in text.split(" "):
        if _LATIN.search(run):
            units = _UNITS.findall(run)
            places = list(accumulate(map(len, units), initial=offset))
            if len(units) == 1 and len(units[0]) > 1:
                pairs.append(units[0])
                starts.append(offset)
            pairs += map(add, units, units[1:])
            starts += places[: max(len(units) - 1, 0)]
            offset = places[-1]
        elif run:
            pairs += map(add, run, run[1:])
            starts += range(offset, offset + len(run) - 1)
            offset += len(run)
    return pairs, starts


def bigrams(text: str) -> list[str]:
    """The pairs of `placed_bigrams`, without their places."""
    return placed_bigrams(text)[0]
