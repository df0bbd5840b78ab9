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
from huiqi.language.pairs import SPACE, characters_of, pairs_of
from huiqi.language.table import Numbering
from huiqi.matching.marks import NONE
from huiqi.matching.term_counts import TermNumbers
from huiqi.search.vectors import TermVectors, assembled, coded, numbered_as_they_come, smallest, taken

if TYPE_CHECKING:
    from huiqi.matching.corpus import MatchingBase
    from huiqi.matching.earlier import Earlier

KIND_WEIGHTS = {"": 1.0, CONCEPT: 0.9, BIGRAM: 0.45, SOUND: 0.3}
"""How much a term of each kind counts beside a whole word."""

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


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
class Cuts:
    """How questions were cut into words and terms, from which they are weighed again without being read again.
    `words`: beside each character of their texts NO_WORD, BEGINS or GOES_ON; `shares`: of the terms whose share is not 1, by
    their places among the terms of all questions (`places`, rising)."""

    words: npt.NDArray[np.uint8]
    places: npt.NDArray[np.int32]
    shares: Numbers

    def dense(self, size: int) -> Numbers:
        """The share of each of `size` terms."""
        shares = np.ones(size)
        shares[self.places] = self.shares
        return shares


NO_WORD, BEGINS, GOES_ON = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Alternates(Sequence[Alternate]):
    """The questions of a knowledge base, a column a thing: as objects of their own they would take four times the memory.
    `written`: their texts, one after the other; that of question q begins at `starts[q]` and ends where the next begins.
    `counted`: of those that count something (15条)."""

    written: str
    starts: npt.NDArray[np.int32]
    entries: npt.NDArray[np.int32]
    totals: Singles
    counted: dict[int, frozenset[str]]
    cuts: Cuts

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

    def holds(self, text: str) -> bool:
        """Whether one of them is `text`, word for word."""
        at = self.written.find(text)
        while at >= 0:
            place = int(np.searchsorted(self.starts, at))
            if self.starts[place] == at and self.starts[place + 1] == at + len(text):
                return True
            at = self.written.find(text, at + 1)
        return False

    def compact(self, places: Sequence[int]) -> list[str]:
        """The texts of some without spaces."""
        return [text.replace(" ", "") for text in self.texts(places)]


class AlternateWriter:
    """Puts the alternates of a base together, those of an earlier one beside new ones: `read` each new one, `put` or
    `keep` them in order, then take them `weighed`. Of those that are kept, the ones are weighed again in which the weight of a
    word is another one now."""

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

    def _take_again(self, places: Sequence[int], earlier: MatchingBase) -> None:
        """Note questions of the `earlier` base, by their places there, as if they had been read again."""
        chosen = [(0, place) for place in places]
        vectors, known = earlier.alternate_vectors, earlier.alternates
        ends, terms = taken([vectors.offsets], chosen)
        held = len(self._terms)
        new = self.numbers.of(vectors.terms).astype(np.int32)
        self._terms.frombytes(new[vectors.numbers[terms]].tobytes())
        self._ends.extend((ends[1:] + held).tolist())
        shares = known.cuts.dense(len(vectors.numbers))[terms]
        (partial,) = (shares != 1.0).nonzero()
        self._shares.update(zip((partial + held).tolist(), shares[partial].tolist(), strict=True))
        texts = known.texts(places)
        ends, characters = taken([known.starts], chosen)
        words = known.cuts.words[characters]
        (begins,) = (words == BEGINS).nonzero()
        (stops,) = (np.append(words, NO_WORD) != GOES_ON).nonzero()
        stops = stops[np.searchsorted(stops, begins, side="right")]
        joined = "".join(texts)
        number_of = self.numbers.__getitem__
        found = [joined[begin:stop] for begin, stop in zip(begins.tolist(), stops.tolist(), strict=True)]
        self._words.extend(map(number_of, found))
        in_text = np.searchsorted(ends, begins, side="right") - 1
        compact = _without_spaces(joined)
        self._word_starts.extend((compact[begins] - compact[ends[in_text]]).tolist())
        self._word_counts.extend(np.bincount(in_text, minlength=len(texts)).tolist())
        pairs = pairs_of(texts)
        firsts, lasts = _firsts_and_lasts(pairs.texts, pairs.kinds)
        self._pairs_begin.extend(pairs.places[lasts].tolist())
        self._pair_counts.extend(np.bincount(pairs.texts[firsts], minlength=len(texts)).tolist())
        self._texts += texts
        self._counted += [known.counted.get(place, NONE) for place in places]

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
        if not self._earlier:
            vectors, totals = self._weigh(idf, default_idf)
            terms, numbers = numbered_as_they_come(vectors.numbers, list(self.numbers))
            return self._in_columns(totals), replace(vectors, terms=terms, numbers=numbers)
        moved = self._earlier.moved(idf, default_idf)
        again = [place for is_kept, place in self._rows if is_kept and place in moved]
        new = dict(zip(again, range(len(self._texts), len(self._texts) + len(again)), strict=True))
        self._take_again(again, self._earlier.base)
        self._rows = [
            (0, new[place]) if is_kept and place in new else (is_kept, place) for is_kept, place in self._rows
        ]
        vectors, totals = self._weigh(idf, default_idf)
        vectors = assembled([vectors, self._earlier.base.alternate_vectors], self._rows)
        return self._in_columns(totals, self._earlier.base), vectors

    def _in_columns(self, totals: Singles, earlier: MatchingBase | None = None) -> Alternates:
        """All alternates in order. `totals`: the weight of each question that was read."""
        joined = "".join(self._texts)
        starts = _starts(self._texts)
        cuts = self._cuts_of(joined)
        if earlier is None:
            counted = {place: counts for place, counts in enumerate(self._counted) if counts}
            return Alternates(joined, starts, np.array(self._entries, np.int32), totals, counted, cuts)
        known = earlier.alternates
        begins = known.starts.tolist()
        texts = [
            known.written[begins[place] : begins[place + 1]] if is_kept else self._texts[place]
            for is_kept, place in self._rows
        ]
        counts = (
            known.counted.get(place, NONE) if is_kept else self._counted[place]
            for is_kept, place in self._rows
        )
        _, characters = taken([starts, known.starts], self._rows)
        offsets = np.array(self._ends, dtype=np.int64), earlier.alternate_vectors.offsets
        _, terms = taken(offsets, self._rows)
        shares = np.concatenate((cuts.dense(offsets[0][-1]), known.cuts.dense(offsets[1][-1])))[terms]
        words = np.concatenate((cuts.words, known.cuts.words))[characters]
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 2)
        return Alternates(
            "".join(texts),
            _starts(texts),
            np.array(self._entries, np.int32),
            np.concatenate((totals, known.totals))[rows[:, 1] + len(totals) * rows[:, 0]],
            {place: count for place, count in enumerate(counts) if count},
            _cuts(words, shares),
        )

    def _cuts_of(self, joined: str) -> Cuts:
        """How the questions that were read were cut, whose texts stand one after the other in `joined`."""
        sizes = np.array(list(map(len, self.numbers)), dtype=np.int64)
        (at,) = (characters_of(joined) != SPACE).nonzero()
        compact = np.full(len(at) + 1, NO_WORD, np.uint8)
        lengths = np.fromiter(
            (len(text) - text.count(" ") for text in self._texts), np.int64, len(self._texts)
        )
        begins = (lengths.cumsum() - lengths).repeat(np.array(self._word_counts, dtype=np.int64))
        begins += np.array(self._word_starts, dtype=np.int64)
        compact[_ranges(begins, sizes[np.array(self._words, dtype=np.int64)])] = GOES_ON
        compact[begins] = BEGINS
        words = np.full(len(joined), NO_WORD, np.uint8)
        words[at] = compact[:-1]
        return _cuts(words, self._shares_of_terms())

    def _shares_of_terms(self) -> Numbers:
        shares = np.ones(len(self._terms))
        shares[list(self._shares)] = list(self._shares.values())
        return shares

    def _weigh(self, idf: Mapping[str, float], default_idf: float) -> tuple[TermVectors, Singles]:
        """The vectors of the new questions, and the weight of each without its sounds."""
        names = list(self.numbers)
        kinds = np.array([name[0] if name[0] in KIND_WEIGHTS else "" for name in names], dtype="<U1")
        usual = np.array([idf.get(name, default_idf) for name in names])
        terms = np.array(self._terms)
        offsets = np.array(self._ends, dtype=np.int64)
        lengths = np.diff(offsets)
        shares = self._shares_of_terms()
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
        # As single precision they take half the memory.
        totals = np.bincount(row_of, weights=told, minlength=len(lengths)).astype(np.float32)
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
        at[_ranges(starts, widths)] = usual[words].repeat(widths)
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


def _ranges(starts: Integers, lengths: Integers) -> Integers:
    """The whole numbers from each of `starts` on, so many of each, one after the other."""
    ends = lengths.cumsum()
    ranges: Integers = np.arange(ends[-1] if len(ends) else 0) + (starts - ends + lengths).repeat(lengths)
    return ranges


def _starts(texts: Sequence[str]) -> npt.NDArray[np.int32]:
    """Where each of `texts` begins in all of them one after the other, and where the last ends."""
    lengths = np.fromiter(map(len, texts), np.int32, len(texts))
    return np.concatenate(([0], lengths.cumsum())).astype(np.int32)


def _without_spaces(text: str) -> Integers:
    """For each character, and the end, how many before it are no spaces."""
    return np.concatenate(([0], (characters_of(text) != SPACE).cumsum()))


def _cuts(words: npt.NDArray[np.uint8], shares: Numbers) -> Cuts:
    (places,) = (shares != 1.0).nonzero()
    return Cuts(words, places.astype(np.int32), shares[places])
