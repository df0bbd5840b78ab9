"""The questions of a pack as weighted terms: read one by one, weighed all at once.

What a word weighs is known only when all questions have been read. So of each only its terms are kept meanwhile, as
numbers in long arrays; a hundred thousand questions taken apart would fill the memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from huiqi.language.analysis import BIGRAM, CONCEPT, SOUND, Analyser, Analysis
from huiqi.language.pairs import pairs_of
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

    def texts(self, places: Sequence[int]) -> list[str]:
        """The texts of some."""
        chosen, written = np.array(places, dtype=np.int64), self.written
        begins, ends = self.starts[chosen].tolist(), self.starts[chosen + 1].tolist()
        return [written[begin:end] for begin, end in zip(begins, ends, strict=True)]

    def compact(self, places: Sequence[int]) -> list[str]:
        """The texts of some without spaces."""
        return [text.replace(" ", "") for text in self.texts(places)]


def in_columns(questions: Iterable[Alternate]) -> Alternates:
    """These questions in columns."""
    texts: list[str] = []
    entries, totals, starts = array("i"), array("f"), array("i", [0])
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
        self._terms, self._ends = array("i"), array("i", [0])
        self._shares: dict[int, float] = {}
        self._pairs_begin, self._pair_counts = array("i"), array("i")
        self._words, self._word_starts, self._word_counts = array("i"), array("i"), array("i")
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
            self._note_shares(analysis.terms)
            self._pairs_begin.extend(analysis.places.values())
            self._pair_counts.append(len(analysis.places))
            self._words.extend(map(number_of, analysis.words))
            self._word_starts.extend(start for start, _ in analysis.spans)
            self._word_counts.append(len(analysis.words))
            self._note_text(analysis.text, counts)
        return range(start, len(self._texts))

    def read_without_pairs(
        self, texts: Iterable[str], analyser: Analyser, counted: Iterable[frozenset[str]]
    ) -> range:
        """The same for normalised texts, of which no more is made than is kept. `add_pairs` adds what they lack."""
        start, number_of = len(self._texts), self.numbers.__getitem__
        for text, counts in zip(texts, counted, strict=True):
            words, starts, terms = analyser.without_pairs(text)
            self._terms.extend(map(number_of, terms))
            self._note_shares(terms)
            self._words.extend(map(number_of, words))
            self._word_starts.extend(starts)
            self._word_counts.append(len(words))
            self._note_text(text, counts)
        return range(start, len(self._texts))

    def add_pairs(self, analyser: Analyser) -> None:
        """Give all questions that were read so far, without pairs, the terms of these: to be called once."""
        pairs = pairs_of(self._texts)
        number_of = self.numbers.__getitem__
        terms = [tuple(map(number_of, analyser.terms_of_pair(written))) for written in pairs.written]
        plain = np.array([own[0] for own in terms], dtype=np.int64)[pairs.kinds]
        sound = np.array([own[-1] for own in terms], dtype=np.int64)[pairs.kinds]
        # Of a pair that comes again its last place stands at its first.
        firsts, lasts = _firsts_and_lasts(pairs.texts, plain)
        self._pairs_begin = array("i", pairs.places[lasts].astype(np.int32).tobytes())
        counts = np.bincount(pairs.texts[firsts], minlength=len(self._texts))
        self._pair_counts = array("i", counts.astype(np.int32).tobytes())
        # The sound stands behind the writing, each at its first place in the text.
        both, text_of = np.stack((plain, sound), axis=1).ravel(), pairs.texts.repeat(2)
        kept, _ = _firsts_and_lasts(text_of, both)
        self._insert(both[kept], text_of[kept])

    def read_again(
        self, texts: Sequence[str], counted: Sequence[frozenset[str]], analyser: Analyser
    ) -> range:
        """Note questions whole, with their pairs, after `add_pairs`."""
        more = AlternateWriter(None)
        more.numbers = self.numbers
        more.read_without_pairs(texts, analyser, counted)
        more.add_pairs(analyser)
        begin, held = len(self._texts), len(self._terms)
        self._terms += more._terms
        self._ends.extend(held + end for end in more._ends[1:])
        self._shares.update((held + place, share) for place, share in more._shares.items())
        self._pairs_begin += more._pairs_begin
        self._pair_counts += more._pair_counts
        self._words += more._words
        self._word_starts += more._word_starts
        self._word_counts += more._word_counts
        self._texts += more._texts
        self._counted += more._counted
        return range(begin, len(self._texts))

    def _insert(self, numbers: Integers, texts: Integers) -> None:
        """Put terms behind those that the `texts`, in order, have so far."""
        ends = np.array(self._ends, dtype=np.int64)
        before, more = np.diff(ends), np.bincount(texts, minlength=len(self._texts))
        moved = more.cumsum() - more
        own, row_of = np.array(self._terms, dtype=np.int64), np.arange(len(before)).repeat(before)
        merged = np.empty(len(own) + len(numbers), dtype=np.int32)
        merged[np.arange(len(own)) + moved[row_of]] = own
        merged[np.arange(len(numbers)) + ends[1:][texts]] = numbers
        rows = dict(zip(self._shares, row_of[list(self._shares)].tolist(), strict=True))
        self._shares = {place + int(moved[rows[place]]): share for place, share in self._shares.items()}
        self._terms = array("i", merged.tobytes())
        self._ends = array("i", np.concatenate(([0], (before + more).cumsum())).astype(np.int32).tobytes())

    def terms_of(self, places: range) -> npt.NDArray[np.int32]:
        """The numbers of the terms of questions that were read."""
        begin, end = self._ends[places.start], self._ends[places.stop]
        return np.frombuffer(self._terms, dtype=np.int32)[begin:end].copy()

    def _note_shares(self, terms: Mapping[str, float]) -> None:
        """Note the shares of the terms that were noted last, of which most are 1."""
        if any(share != 1.0 for share in terms.values()):
            begin = len(self._terms) - len(terms)
            self._shares.update(
                (begin + place, share) for place, share in enumerate(terms.values()) if share != 1.0
            )

    def _note_text(self, text: str, counts: frozenset[str]) -> None:
        self._ends.append(len(self._terms))
        self._texts.append(text)
        # Most have none, and most others the same few.
        self._counted.append(self._sets.setdefault(counts, counts))

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
        known = in_columns(())
        if self._earlier:
            known = self._earlier.base.alternates
            vectors = assembled([vectors, self._earlier.base.alternate_vectors], self._rows)
        else:
            terms, numbers = numbered_as_they_come(vectors.numbers, list(self.numbers))
            vectors = replace(vectors, terms=terms, numbers=numbers)
        begins, old = known.starts.tolist(), known.totals.tolist()
        texts = [
            known.written[begins[place] : begins[place + 1]] if is_kept else self._texts[place]
            for is_kept, place in self._rows
        ]
        weights = [old[place] if is_kept else totals[place] for is_kept, place in self._rows]
        counts = [
            known.counted.get(place, NONE) if is_kept else self._counted[place]
            for is_kept, place in self._rows
        ]
        return in_columns(map(Alternate, texts, self._entries, weights, counts)), vectors

    def _weigh(self, idf: Mapping[str, float], default_idf: float) -> tuple[TermVectors, list[float]]:
        """The vectors of the new questions, and the weight of each without its sounds."""
        names = list(self.numbers)
        kinds = np.array([name[0] if name[0] in KIND_WEIGHTS else "" for name in names], dtype="<U1")
        usual = np.array([idf.get(name, default_idf) for name in names])
        terms = np.array(self._terms)
        offsets = np.array(self._ends, dtype=np.int64)
        lengths = np.diff(offsets)
        shares = np.ones(len(terms))
        shares[list(self._shares)] = list(self._shares.values())
        kind_weights = np.array([KIND_WEIGHTS[kind] for kind in kinds.tolist()])
        # In doubles, and in this order, the weights are those of `term_weights` to the last digit.
        weights = shares * kind_weights[terms] * usual[terms]
        is_pair = (kinds == BIGRAM)[terms]
        pairs = terms[is_pair]
        sizes = np.array(list(map(len, names)), dtype=np.int64)
        carried = self._carried(usual, sizes, sizes[pairs] - len(BIGRAM))
        weights[is_pair] = KIND_WEIGHTS[BIGRAM] * np.minimum(usual[pairs], carried)
        row_of = np.arange(len(lengths)).repeat(lengths)
        told = np.where((kinds == SOUND)[terms], 0.0, weights)
        totals = np.bincount(row_of, weights=told, minlength=len(lengths)).tolist()
        numbers = terms.astype(smallest(len(names)))
        vectors = TermVectors(Numbering(self.numbers), offsets, numbers, *coded(weights.astype(np.float32)))
        return vectors, totals

    def _carried(self, usual: Numbers, sizes: Integers, pair_sizes: Integers) -> Numbers:
        """For each pair of characters the mean weight of the two words in which it begins and ends. `usual`: the weight
        of each term; `sizes`: its length; `pair_sizes`: that of each pair in characters."""
        words = np.array(self._words, dtype=np.int64)
        word_counts = np.array(self._word_counts, dtype=np.int64)
        lengths = np.array(list(map(len, self._texts)), dtype=np.int64)
        begins = lengths.cumsum() - lengths
        starts = np.array(self._word_starts, dtype=np.int64) + begins.repeat(word_counts)
        widths = sizes[words]
        # A particle weighs nothing.
        at = np.zeros(lengths.sum() + 1)
        ends = widths.cumsum()
        inside = np.arange(ends[-1] if len(ends) else 0) + (starts - ends + widths).repeat(widths)
        at[inside] = usual[words].repeat(widths)
        first = np.array(self._pairs_begin, dtype=np.int64) + begins.repeat(np.array(self._pair_counts))
        carried: Numbers = (at[first] + at[first + pair_sizes - 1]) / 2.0
        return carried


def _firsts_and_lasts(texts: Integers, numbers: Integers) -> tuple[Integers, Integers]:
    """Of each number in each text where it first stands and where last, by the first. `texts` rise."""
    keys = texts * (int(numbers.max(initial=0)) + 1) + numbers
    order = keys.argsort(kind="stable")
    differs = np.diff(keys[order]).astype(bool)
    firsts = order[np.concatenate(([True], differs))[: len(order)]]
    lasts = order[np.append(differs, True)[: len(order)]]
    by_first = firsts.argsort()
    return firsts[by_first], lasts[by_first]
