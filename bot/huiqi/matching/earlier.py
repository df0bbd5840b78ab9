"""What a base that was built before spares a newer one: the texts that are read now as they were then.

An officer changes an entry or two; the questions of all others need not be taken apart again, and only those are weighed
again in which a word's weight moved. The outcome is the same as building everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from huiqi.language.analysis import SOUND
from huiqi.language.lexicon import Lexicon
from huiqi.matching.term_counts import Integers, TermNumbers
from huiqi.pack.model import Entry, Pack

if TYPE_CHECKING:
    from huiqi.matching.corpus import EntryView, MatchingBase


@dataclass(frozen=True)
class Earlier:
    """`base` was built from `pack`."""

    pack: Pack
    base: MatchingBase

    @cached_property
    def _weights(self) -> dict[str, float]:
        """The weight of every term of the earlier base: nearly all are asked for."""
        return self.base.idf.whole()

    def unchanged(self, pack: Pack, entries: Iterable[Entry], lexicon: Lexicon) -> dict[str, int]:
        """Entry → its number in the earlier base, of those whose questions and keywords are read as before."""
        if not self._reads_alike(pack, lexicon):
            return {}
        numbers = {view.id: number for number, view in enumerate(self.base.entries)}
        alike = {
            entry.id: numbers[entry.id]
            for entry in entries
            if entry.id in numbers
            and _read_from(pack, entry) == _read_from(self.pack, self.pack.entries[entry.id])
        }
        words = self._other_words(lexicon)
        return {
            key: number
            for key, number in alike.items()
            if not self._hold_any(self.questions_of(number), words)
        }

    def questions_of(self, number: int) -> range:
        """The places of an entry's questions among the earlier base's alternates."""
        return range(self.base.starts[number], self.base.starts[number + 1])

    def written_at(self, places: Sequence[int]) -> tuple[list[str], list[frozenset[str]]]:
        """The texts of some alternates of the earlier base, and what each of them counts."""
        alternates = self.base.alternates
        return [alternates[place].text for place in places], [alternates[place].counted for place in places]

    def vocabularies(self, numbers: TermNumbers) -> list[tuple[Integers, Integers]]:
        """For each entry, and for what is out of scope, its terms by their new `numbers`, and how many of its questions hold
        each."""
        new = numbers.of(self.base.usage.terms)
        return [(new[own], counts) for own, counts in self.base.usage.rows()]

    @property
    def examples(self) -> range:
        """The places of what is out of scope among the earlier base's alternates."""
        return range(self.base.starts[-1], len(self.base.alternates))

    def writes_examples_of(self, pack: Pack, views: Sequence[EntryView], lexicon: Lexicon) -> bool:
        """Whether what is out of scope is the same, and written as before."""
        years = [frozenset().union(*(view.years for view in one)) for one in (views, self.base.entries)]
        return (
            self._reads_alike(pack, lexicon)
            and pack.out_of_scope == self.pack.out_of_scope
            and years[0] == years[1]
        )

    def reads_examples_alike(self, lexicon: Lexicon, idf: Mapping[str, float]) -> bool:
        """Whether what is out of scope, written as before, has the same words and sounds."""
        heard = {term for term in idf.keys() ^ self._weights.keys() if term[0] == SOUND}
        return (
            # A sound that nothing had so far may now be heard in an example.
            not self.base.usage.held(heard, [self.base.out_of_scope_entry])[0]
            and not self._hold_any(self.examples, self._other_words(lexicon))
        )

    def moved(self, idf: Mapping[str, float], default_idf: float) -> frozenset[int]:
        """The alternates of the earlier base that hold a term whose weight is another one now."""
        if default_idf != self.base.default_idf:
            return frozenset(range(len(self.base.alternates)))
        vectors, known = self.base.alternate_vectors, self._weights
        is_moved = np.array([idf.get(term) != known.get(term) for term in vectors.terms], dtype=np.int64)
        sums = np.concatenate(([0], is_moved[vectors.numbers].cumsum()))[vectors.offsets]
        return frozenset(np.diff(sums).nonzero()[0].tolist())

    def _reads_alike(self, pack: Pack, lexicon: Lexicon) -> bool:
        """Whether marks and synonyms are those of before; words may be others."""
        known = self.base.lexicon
        return (
            pack.places == self.pack.places
            and pack.office == self.pack.office
            and lexicon.concepts == known.concepts
            and (lexicon.rewrites, lexicon.fillers, lexicon.unknown)
            == (known.rewrites, known.fillers, known.unknown)
            and lexicon.traditional == known.traditional
            and lexicon.phrases == known.phrases
        )

    def _other_words(self, lexicon: Lexicon) -> list[str]:
        """Words that only one of the lexicons knows, or that weigh otherwise in the other."""
        known = self.base.lexicon
        # All others are the language's own, alike in both; what only begins a word weighs nothing.
        old, new = known.words, lexicon.words
        return [word for word in known.own ^ lexicon.own if (old.get(word) or 0.0) != (new.get(word) or 0.0)]

    def _hold_any(self, places: range, words: Collection[str]) -> bool:
        """Whether any of the alternates at `places` holds one of `words`."""
        if not words:
            return False
        texts = "\n".join(self.base.alternates.compact(places))
        return any(word in texts for word in words)


def _read_from(pack: Pack, entry: Entry) -> tuple[object, ...]:
    """All of a pack that an entry's view is made from."""
    return entry, pack.policies[entry.policy], *(pack.sources.get(key) for key in entry.sources)
