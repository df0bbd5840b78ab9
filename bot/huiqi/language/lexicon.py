"""All that the language steps need to know, built once from a pack and stored beside it.

A Lexicon holds plain dictionaries only, so that it loads in milliseconds; OpenCC, pypinyin and jieba's
dictionary are read when it is built, never when a question is answered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from huiqi.language import pinyin, segment
from huiqi.language.normalise import Normaliser
from huiqi.language.numerals import otherwise_counted
from huiqi.language.segment import Segmenter
from huiqi.language.shortenings import LONGEST_WORD, Shortened, shortened
from huiqi.language.table import Dictionary

Concepts = dict[str, tuple[tuple[str, float], ...]]

LEXICON_VERSION = 9
"""Raised whenever what a Lexicon holds changes, so that no old cache is read."""


@dataclass(frozen=True)
class Lexicon:
    """`concepts`: phrase → the synonym groups it stands for, each with its weight (0–1).
    `sounds`: character → toneless syllable. `readings`: see pinyin.readings. `words`: see segment.log_probabilities. `unknown`: log probability of
    a character that is no word. `weights`: word → how telling it is when the pack lacks it. `connectives`: see segment.
    `own`: the words that the pack brought. `shortened`: see shortenings."""

    traditional: dict[int, int]
    phrases: dict[str, str]
    rewrites: tuple[tuple[str, str], ...]
    fillers: tuple[str, ...]
    words: Dictionary
    unknown: float
    weights: Dictionary
    connectives: frozenset[str]
    concepts: Concepts
    prefixes: frozenset[str]
    sounds: dict[str, str]
    readings: dict[str, str]
    blurs: dict[str, str]
    own: frozenset[str]
    shortened: Shortened

    def normaliser(self) -> Normaliser:
        return Normaliser(self.traditional, self.rewrites, self.fillers, self.phrases)


@dataclass(frozen=True)
class Vocabulary:
    """What a pack brings to the language: its synonym groups, spoken forms, words to keep whole, and the terms by which
    its entries are named."""

    synonyms: tuple[tuple[str, tuple[str, ...], float], ...] = ()
    fillers: tuple[str, ...] = ()
    rewrites: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@cache
def traditional_table() -> Mapping[int, int]:
    """Code point of a traditional character → of its simplified form (OpenCC's TSCharacters). Read once a process."""
    return {ord(old): ord(new) for old, new in _rows_of_opencc("TSCharacters").items() if old != new}


@cache
def phrase_table() -> Mapping[str, str]:
    """Traditional word → simplified word (OpenCC's TSPhrases), where its characters one by one would become another.
    Read once a process."""
    characters = traditional_table()
    return {old: new for old, new in _rows_of_opencc("TSPhrases").items() if old.translate(characters) != new}


def _rows_of_opencc(name: str) -> dict[str, str]:
    """Each left side of one of OpenCC's dictionaries with the first that it may become."""
    # Its file alone: of OpenCC itself nothing is needed.
    package = find_spec("opencc")
    assert package and package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "dictionary" / f"{name}.txt"
    rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {row[0]: row[1].split(" ")[0] for row in rows}


def build_lexicon(
    vocabulary: Vocabulary, texts: Iterable[str] = (), earlier: Lexicon | None = None
) -> Lexicon:
    """The Lexicon for a pack; `texts` are all its questions, whose characters get a sound. `earlier`: one built before,
    which spares the reading of dictionaries; the outcome is the same without."""
    if earlier is None:
        traditional, phrases = dict(traditional_table()), dict(phrase_table())
    else:
        traditional, phrases = earlier.traditional, earlier.phrases
    plain = Normaliser(traditional, (), (), phrases)
    rewrites = tuple(
        (plain.simplified(source), plain.simplified(target)) for source, target in vocabulary.rewrites
    )
    names = [plain.simplified(name) for name in (*vocabulary.terms, *vocabulary.words)]
    rewrites += tuple((written, name) for name in dict.fromkeys(names) for written in otherwise_counted(name))
    fillers = tuple(plain.simplified(filler) for filler in vocabulary.fillers)
    normalise = Normaliser(traditional, rewrites, (), phrases)
    concepts: dict[str, dict[str, float]] = {}
    for concept, words, weight in vocabulary.synonyms:
        name = normalise(concept)
        for word in (concept, *words):
            phrase = normalise(word).replace(" ", "")
            if not phrase:
                continue
            strength = 1.0 if phrase == name else weight
            groups = concepts.setdefault(phrase, {})
            groups[name] = max(groups.get(name, 0.0), strength)
    own = frozenset(
        word
        for word in {normalise(word).replace(" ", "") for word in vocabulary.words} | set(concepts)
        if len(word) <= 8
    )
    if earlier is None or own != earlier.own:
        frequencies, total = segment.build_frequencies(own)
        likely, unknown = Dictionary(segment.log_probabilities(frequencies, total)), -math.log(total)
    else:
        likely, unknown = earlier.words, earlier.unknown
    characters = "".join(dict.fromkeys("".join(texts) + "".join(word for word in likely if len(word) == 1)))
    sounds = pinyin.build_table(characters, earlier.sounds if earlier else {})
    return Lexicon(
        traditional=traditional,
        phrases=phrases,
        rewrites=rewrites,
        fillers=fillers,
        words=likely,
        unknown=unknown,
        weights=earlier.weights if earlier else Dictionary(segment.general_weights()),
        connectives=earlier.connectives if earlier else segment.connectives(),
        concepts={phrase: tuple(sorted(groups.items())) for phrase, groups in concepts.items()},
        prefixes=frozenset(phrase[:end] for phrase in concepts for end in range(1, len(phrase))),
        sounds=sounds,
        readings=earlier.readings if earlier and likely is earlier.words else pinyin.readings(likely, sounds),
        blurs={syllable: pinyin.blurred(syllable) for syllable in set(sounds.values())},
        own=own,
        shortened=shortened(
            dict.fromkeys([*concepts, *(normalise(term).replace(" ", "") for term in vocabulary.terms)]),
            Segmenter(_short_words(), unknown).words,
        ),
    )


@cache
def _short_words() -> Dictionary:
    """The words of the language of which long terms are put together. Read once a process."""
    frequencies, total = segment.build_frequencies(())
    short = {word: count for word, count in frequencies.items() if len(word) <= LONGEST_WORD}
    return Dictionary(segment.log_probabilities(short, total))


def find_phrases(text: str, phrases: Mapping[str, object], prefixes: frozenset[str]) -> list[tuple[int, int]]:
    """(start, end) of every longest phrase of `phrases` in `text`, overlaps included, one a start."""
    found = []
    length = len(text)
    for start in range(length):
        end, last = start + 1, 0
        while end <= length:
            piece = text[start:end]
            if piece in phrases:
                last = end
            if piece not in prefixes:
                break
            end += 1
        if last:
            found.append((start, last))
    return found
