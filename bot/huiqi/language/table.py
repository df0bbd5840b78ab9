"""Dictionaries of words that are quick to read from a file: with each of two hundred thousand words on its own, a cold start
would take longer to read than to answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any, NamedTuple

SEPARATOR = "\n"
"""No normalised word holds it."""


class Numbering(dict[str, int]):
    """Word → its place, counted in the order in which the words stand. Kept in a file as one text."""

    def __reduce__(self) -> tuple[Callable[..., Numbering], tuple[Any, ...]]:
        return _numbering, (SEPARATOR.join(self),)


class Table(dict[str, float]):
    """Word → number. Kept in a file by the places of its words in a numbering that holds most of them, which is kept there
    anyhow, and each number once."""

    def __init__(self, words: Mapping[str, float], numbering: Numbering) -> None:
        super().__init__(words)
        self._numbering = numbering

    def __reduce__(self) -> tuple[Callable[..., Table], tuple[Any, ...]]:
        numbering = self._numbering
        rest = {word: number for word, number in self.items() if word not in numbering}
        numbers, codes = _once_each(map(self.get, numbering))
        return _table, (numbering, numbers, codes, rest)


class Dictionary(Mapping[str, float]):
    """Word → number, of a whole language: of a hundred thousand words a question needs those that begin like one of it.
    Read from a file, they are taken apart when a text with their first character is first `opened`."""

    def __init__(self, words: Mapping[str, float]) -> None:
        self._known = dict(words)
        self._closed: dict[str, int] = {}
        self._stored = _Stored("", "", array("i"), array("i"), array("d"), array("i"))

    def opened(self, text: str) -> dict[str, float]:
        """The words that begin with a character of `text`, among others: the same dictionary every time."""
        if self._closed and not self._closed.keys().isdisjoint(text):
            for character in self._closed.keys() & set(text):
                place = self._closed.get(character)
                # Another thread may just have done the same, and have come to the same.
                if place is not None:
                    self._known.update(self._stored.group(place))
                    self._closed.pop(character, None)
        return self._known

    def whole(self) -> dict[str, float]:
        """All words."""
        return self.opened("".join(self._closed))

    def get(self, word: str, default: Any = None) -> Any:
        return self.opened(word[:1]).get(word, default)

    def __getitem__(self, word: str) -> float:
        return self.opened(word[:1])[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return len(self.whole())

    def __reduce__(self) -> tuple[Callable[..., Dictionary], tuple[_Stored]]:
        # Of what goes on from pack to pack it is made once.
        if not self._stored.firsts:
            self._stored = self._as_stored()
        return _dictionary, (self._stored,)

    def _as_stored(self) -> _Stored:
        words = dict(sorted(self.whole().items()))
        groups = [list(group) for _, group in groupby(words, key=itemgetter(0))]
        texts = list(map(SEPARATOR.join, groups))
        return _Stored(
            "".join(group[0][0] for group in groups),
            "".join(texts),
            array("i", accumulate(map(len, texts), initial=0)),
            array("i", accumulate(map(len, groups), initial=0)),
            *_once_each(words.values()),
        )


class _Stored(NamedTuple):
    """A dictionary as it is kept in a file: its words by their first characters, `firsts`; those of each begin in `words`
    at a place of `text_starts`, and their numbers, `numbers[codes[…]]`, at one of `word_starts`."""

    firsts: str
    words: str
    text_starts: array[int]
    word_starts: array[int]
    numbers: array[float]
    codes: array[int]

    def group(self, place: int) -> Iterator[tuple[str, float]]:
        """The words of one first character with their numbers."""
        words = self.words[self.text_starts[place] : self.text_starts[place + 1]].split(SEPARATOR)
        codes = self.codes[self.word_starts[place] : self.word_starts[place + 1]]
        return zip(words, [self.numbers[code] for code in codes], strict=True)


def _once_each(numbers: Iterable[float | None]) -> tuple[array[float], array[int]]:
    """Those that differ, and for each of all its place among these, -1 for None."""
    places: dict[float, int] = {}
    codes = array(
        "i", [-1 if number is None else places.setdefault(number, len(places)) for number in numbers]
    )
    return array("d", places), codes


def _table(numbering: Numbering, numbers: array[float], codes: array[int], rest: dict[str, float]) -> Table:
    one = numbers.tolist()
    held = {word: one[code] for word, code in zip(numbering, codes, strict=True) if code >= 0}
    held.update(rest)
    return Table(held, numbering)


def _numbering(words: str) -> Numbering:
    return Numbering(zip(split := _split(words), range(len(split)), strict=True))


def _dictionary(stored: _Stored) -> Dictionary:
    made = Dictionary({})
    made._stored, made._closed = stored, {first: place for place, first in enumerate(stored.firsts)}
    return made


def _split(words: str) -> list[str]:
    return words.split(SEPARATOR) if words else []
