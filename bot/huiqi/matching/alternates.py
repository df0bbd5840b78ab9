"""The questions of a pack as weighted terms: read one by one, weighed all at once.

What a word weighs is known only when all questions have been read. So of each only its terms are kept meanwhile, as
numbers in long arrays; a hundred thousand questions taken apart would fill the memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from huiqi.language.analysis import BIGRAM, CONCEPT, SOUND, Analysis
from huiqi.language.table import Numbering
from huiqi.matching.marks import NONE
from huiqi.matching.term_counts import TermNumbers
from huiqi.search.vectors import TermVectors, assembled, coded, numbered_as_they_come, smallest

if TYPE_CHECKING:
    from huiqi.matching.earlier import Earlier

KIND_WEIGHTS = {"": 1.0, CONCEPT: 0.9, BIGRAM: 0.45, SOUND: 0.3}
"""How much a term of each kind counts beside a whole word."""

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


class Alternate(NamedTuple):
    """One question of the knowledge base, ready to be compared. `entry` is a number, -1 for out of scope;
    `total` is the weight of its terms, which are in MatchingBase.alternate_vectors."""

    text: str
    entry: int
    total: float
    counted: frozenset[str]

    @property
    def compact(self) -> str:
        """The text without spaces, for comparing whole strings."""
        return self.text.replace(" ", "")


@dataclass(frozen=True, eq=False)
class Alternates(Sequence[Alternate]):
    """The questions of a knowledge base, a column a thing: as objects of their own they would take four times the memory.
    `written`: their texts, one after the other; that of question q begins at `starts[q]` and ends where the next begins.
    `counted`: of those that count something (15条)."""

    written: str
    starts: npt.NDArray[np.int32]
    entries: npt.NDArray[np.int32]
    totals: Numbers
    counted: dict[int, frozenset[str]]

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, place: int) -> Alternate: ...

    @overload
    def __getitem__(self, place: slice) -> list[Alternate]: ...

    def __getitem__(self, place: int | slice) -> Alternate | list[Alternate]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return Alternate(
            self.written[self.starts[place] : self.starts[place + 1]],
            int(self.entries[place]),
            float(self.totals[place]),
            self.counted.get(place, NONE),
        )

    def compact(self, places: Sequence[int]) -> list[str]:
        """The texts of some without spaces."""
        chosen, written = np.array(places, dtype=np.int64), self.written
        begins, ends = self.starts[chosen].tolist(), self.starts[chosen + 1].tolist()
        return [written[begin:end].replace(" ", "") for begin, end in zip(begins, ends, strict=True)]


def in_columns(questions: Iterable[Alternate]) -> Alternates:
    """These questions in columns."""
    texts: list[str] = []
    entries, totals, starts = array("i"), array("d"), array("i", [0])
    counted: dict[int, frozenset[str]] = {}
    for text, entry, total, counts in questions:
        if counts:
            counted[len(texts)] = counts
        texts.append(text)
        entries.append(entry)
        totals.append(total)
        starts.append(starts[-1] + len(text))
    return Alternates("".join(texts), np.array(starts), np.array(entries), np.array(totals), counted)


class AlternateWriter:
    """Puts the alternates of a base together, those of an earlier one beside new ones: `read` each new one, `put` or
    `keep` them in order, then take them `weighed`."""

    def __init__(self, earlier: Earlier | None) -> None:
        self._earlier = earlier
        self.numbers = TermNumbers()
        self._terms, self._shares, self._lengths = array("i"), array("d"), array("i")
        self._pairs_begin, self._pair_counts = array("i"), array("i")
        self._words, self._spans, self._word_counts = array("i"), array("i"), array("i")
        self._texts: list[str] = []
        self._counted: list[frozenset[str]] = []
        self._sets: dict[frozenset[str], frozenset[str]] = {}
        self._rows: list[tuple[int, int]] = []
        self._entries: list[int] = []

    def read(self, analysed: Iterable[Analysis], counted: Iterable[frozenset[str]]) -> range:
        """Note new questions; their places among all that were read."""
        start, number_of = len(self._texts), self.numbers.__getitem__
        for analysis, counts in zip(analysed, counted, strict=True):
            self._terms.extend(map(number_of, analysis.terms))
            self._shares.extend(analysis.terms.values())
            self._lengths.append(len(analysis.terms))
            self._pairs_begin.extend(analysis.places.values())
            self._pair_counts.append(len(analysis.places))
            self._words.extend(map(number_of, analysis.words))
            self._spans.extend(chain.from_iterable(analysis.spans))
            self._word_counts.append(len(analysis.words))
            self._texts.append(analysis.text)
            # Most have none, and most others the same few.
            self._counted.append(self._sets.setdefault(counts, counts))
        return range(start, len(self._texts))

    def read_of_entry(
        self, analysed: Sequence[Analysis], counted: Iterable[frozenset[str]]
    ) -> tuple[range, Integers]:
        """The same, and the numbers of their terms."""
        before = len(self._terms)
        places = self.read(analysed, counted)
        return places, np.array(self._terms[before:], dtype=np.int32)

    def put(self, places: Iterable[int], entry: int) -> None:
        """Let new questions, by their places, be those of `entry`."""
        self._add([(0, place) for place in places], entry)

    def keep(self, places: Iterable[int], entry: int) -> None:
        """Take over alternates of the earlier base, by their places there."""
        self._add([(1, place) for place in places], entry)

    def _add(self, rows: Sequence[tuple[int, int]], entry: int) -> None:
        self._rows += rows
        self._entries += [entry] * len(rows)

    def weighed(self, idf: Mapping[str, float], default_idf: float) -> tuple[Alternates, TermVectors]:
        """All alternates in order, and their terms with the weight of each."""
        vectors, totals = self._weigh(idf, default_idf)
        known: Sequence[Alternate] = ()
        if self._earlier:
            known = self._earlier.base.alternates
            vectors = assembled([vectors, self._earlier.base.alternate_vectors], self._rows)
        else:
            terms, numbers = numbered_as_they_come(vectors.numbers, list(self.numbers))
            vectors = replace(vectors, terms=terms, numbers=numbers)
        alternates = in_columns(
            known[place]._replace(entry=entry)
            if is_kept
            else Alternate(self._texts[place], entry, totals[place], self._counted[place])
            for (is_kept, place), entry in zip(self._rows, self._entries, strict=True)
        )
        return alternates, vectors

    def _weigh(self, idf: Mapping[str, float], default_idf: float) -> tuple[TermVectors, list[float]]:
        """The vectors of the new questions, and the weight of each without its sounds."""
        names = list(self.numbers)
        kinds = np.array([name[0] if name[0] in KIND_WEIGHTS else "" for name in names], dtype="<U1")
        usual = np.array([idf.get(name, default_idf) for name in names])
        terms = np.array(self._terms)
        lengths = np.array(self._lengths, dtype=np.int64)
        offsets = np.concatenate(([0], lengths.cumsum()))
        kind_weights = np.array([KIND_WEIGHTS[kind] for kind in kinds.tolist()])
        # In doubles, and in this order, the weights are those of `term_weights` to the last digit.
        weights = np.array(self._shares) * kind_weights[terms] * usual[terms]
        is_pair = (kinds == BIGRAM)[terms]
        pairs = terms[is_pair]
        sizes = np.array(list(map(len, names)), dtype=np.int64)[pairs] - len(BIGRAM)
        carried = self._carried(usual, sizes)
        weights[is_pair] = KIND_WEIGHTS[BIGRAM] * np.minimum(usual[pairs], carried)
        row_of = np.arange(len(lengths)).repeat(lengths)
        told = np.where((kinds == SOUND)[terms], 0.0, weights)
        totals = np.bincount(row_of, weights=told, minlength=len(lengths)).tolist()
        numbers = terms.astype(smallest(len(names)))
        vectors = TermVectors(Numbering(self.numbers), offsets, numbers, *coded(weights.astype(np.float32)))
        return vectors, totals

    def _carried(self, usual: Numbers, sizes: Integers) -> Numbers:
        """For each pair of characters the mean weight of the two words in which it begins and ends. `usual`: the weight
        of each term; `sizes`: the length of each pair in characters."""
        spans = np.array(self._spans, dtype=np.int64).reshape(-1, 2)
        word_counts = np.array(self._word_counts, dtype=np.int64)
        lengths = np.array(list(map(len, self._texts)), dtype=np.int64)
        begins = lengths.cumsum() - lengths
        starts = spans[:, 0] + begins.repeat(word_counts)
        widths = spans[:, 1] - spans[:, 0]
        # A particle weighs nothing.
        at = np.zeros(lengths.sum() + 1)
        ends = widths.cumsum()
        inside = np.arange(ends[-1] if len(ends) else 0) + (starts - ends + widths).repeat(widths)
        at[inside] = usual[np.array(self._words, dtype=np.int64)].repeat(widths)
        first = np.array(self._pairs_begin, dtype=np.int64) + begins.repeat(np.array(self._pair_counts))
        carried: Numbers = (at[first] + at[first + sizes - 1]) / 2.0
        return carried
