"""Dictionaries of words that are quick to read from a file: with each of two hundred thousand words on its own, a cold start
would take longer to read than to answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any, NamedTuple

SEPARATOR = "\n"
"""No normalised word holds it."""


class Numbering(dict[str, int]):
    """Word → its place, counted in the order in which the words stand. Kept in a file as one text."""

    def __reduce__(self) -> tuple[Callable[..., Numbering], tuple[Any, ...]]:
        return _numbering, (SEPARATOR.join(self),)


class Table(Mapping[str, float]):
    """Word → number, kept by the places of its words in a numbering that holds most of them: of a hundred thousand words,
    none is taken up before it is asked for."""

    def __init__(self, words: Mapping[str, float], numbering: Numbering) -> None:
        self._numbering = numbering
        self._numbers, self._codes = _once_each(map(words.get, numbering))
        self._rest = {word: number for word, number in words.items() if word not in numbering}
        self._place_of: Callable[[Any], int | None] = numbering.get

    def get(self, word: str, default: Any = None) -> Any:
        place = self._place_of(word)
        if place is None:
            return self._rest.get(word, default)
        code = self._codes[place]
        return default if code < 0 else self._numbers[code]

    def __getitem__(self, word: str) -> float:
        number: float | None = self.get(word)
        if number is None:
            raise KeyError(word)
        return number

    def __contains__(self, word: object) -> bool:
        place = self._place_of(word)
        return word in self._rest if place is None else self._codes[place] >= 0

    def whole(self) -> dict[str, float]:
        """All words, in the order of the numbering, for those who ask for most of them."""
        numbers = map([*self._numbers, None].__getitem__, self._codes)
        known = {
            word: number for word, number in zip(self._numbering, numbers, strict=True) if number is not None
        }
        return known | self._rest

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return sum(code >= 0 for code in self._codes) + len(self._rest)

    def __reduce__(self) -> tuple[Callable[..., Table], tuple[Any, ...]]:
        return _table, (self._numbering, self._numbers, self._codes, self._rest)


class Dictionary(Mapping[str, float]):
    """Word → number, of a whole language: of a hundred thousand words a question needs those that begin like one of it.
    Read from a file, they are taken apart when a text with their first character is first `opened`."""

    def __init__(self, words: Mapping[str, float]) -> None:
        self._known = dict(words)
        self._closed: dict[str, int] = {}
        self._stored = _Stored(grouped(()), (), ())

    @classmethod
    def of_places(cls, words: Grouped) -> Dictionary:
        """Word → its place among `words`."""
        places = range(words.word_starts[-1])
        return _dictionary(_Stored(words, places, places))

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
        if not self._stored.words.firsts:
            words = dict(sorted(self.whole().items()))
            self._stored = _Stored(grouped(words), *_once_each(words.values()))
        return _dictionary, (self._stored,)


class Grouped(NamedTuple):
    """Words in order as they are kept in a file: those that begin with each of `firsts` stand together in `text`, from a
    place of `text_starts` on, and are counted from one of `word_starts` on."""

    firsts: str
    text: str
    text_starts: array[int]
    word_starts: array[int]


class _Stored(NamedTuple):
    """A dictionary as it is kept in a file: its words, and for each in their order its number, `numbers[codes[…]]`."""

    words: Grouped
    numbers: Sequence[float]
    codes: Sequence[int]

    def group(self, place: int) -> Iterator[tuple[str, float]]:
        """The words of one first character with their numbers."""
        text, text_starts, word_starts = self.words[1:]
        words = text[text_starts[place] : text_starts[place + 1]].split(SEPARATOR)
        codes = self.codes[word_starts[place] : word_starts[place + 1]]
        return zip(words, [self.numbers[code] for code in codes], strict=True)


def grouped(words: Iterable[str]) -> Grouped:
    """Sorted words by their first characters."""
    groups = [list(group) for _, group in groupby(words, key=itemgetter(0))]
    texts = list(map(SEPARATOR.join, groups))
    return Grouped(
        "".join(group[0][0] for group in groups),
        "".join(texts),
        array("i", accumulate(map(len, texts), initial=0)),
        array("i", accumulate(map(len, groups), initial=0)),
    )


def _once_each(numbers: Iterable[float | None]) -> tuple[array[float], array[int]]:
    """Those that differ, and for each of all its place among these, -1 for None."""
    places: dict[float, int] = {}
    codes = array(
        "i", [-1 if number is None else places.setdefault(number, len(places)) for number in numbers]
    )
    return array("d", places), codes


def _table(numbering: Numbering, numbers: array[float], codes: array[int], rest: dict[str, float]) -> Table:
    made = Table({}, Numbering())
    made._numbering, made._numbers, made._codes, made._rest = numbering, numbers, codes, rest
    made._place_of = numbering.get
    return made


def _numbering(words: str) -> Numbering:
    return Numbering(zip(split := _split(words), range(len(split)), strict=True))


def _dictionary(stored: _Stored) -> Dictionary:
    made = Dictionary({})
    made._stored, made._closed = stored, {first: place for place, first in enumerate(stored.words.firsts)}
    return made


def _split(words: str) -> list[str]:
    return words.split(SEPARATOR) if words else []
