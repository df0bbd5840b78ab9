"""Question in, Decision out: the table of contents of matching, for every channel, test and gate alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from huiqi.language.analysis import Analyser
from huiqi.language.asking import is_question
from huiqi.language.document_number import DocumentNumber, find_asked_number, shortened
from huiqi.matching.choice import ChoiceModel
from huiqi.matching.corpus import MatchingBase, build_base
from huiqi.matching.costs import DEFAULT_COSTS, Costs
from huiqi.matching.decision import KEY_WORD, KEY_WORD_OF_SMALL, Decision, decide
from huiqi.matching.earlier import Earlier
from huiqi.matching.features import Candidate, Question, Talk, describe, take_apart
from huiqi.matching.guards import bar, is_of_other_year
from huiqi.matching.marks import Marker, OppositeRows, read_opposites
from huiqi.matching.trades import Trades, read_trades
from huiqi.matching.weights import weights_of
from huiqi.pack.model import Pack, Places
from huiqi.pack.office import Office

FITS_AS_WELL = 0.3
"""Entries of the year that a question names are meant rather than one of another year where they are together at least this
likely, of what the other is."""
Asides = Callable[[list[str]], frozenset[int]]
"""Which of a text's pieces only say who asks (see huiqi.understanding.asides)."""


@dataclass(frozen=True)
class CompiledMatcher:
    """All that matching needs, as plain data for a file."""

    base: MatchingBase
    places: Places
    office: Office
    opposites: OppositeRows
    trades: Trades
    model: ChoiceModel


def compile_pack(pack: Pack, earlier: Earlier | None = None) -> CompiledMatcher:
    """Build the index over `pack`. Deterministic; nothing is fitted: the weights come with the package, or the pack. `earlier`: what
    was built from a pack before, which spares most of the work where little changed."""
    base, _, _ = build_base(pack, earlier)
    weights = weights_of(pack, base.smallness)
    return CompiledMatcher(base, pack.places, pack.office, read_opposites(), read_trades(), weights)


class Matcher:
    def __init__(
        self, compiled: CompiledMatcher, model: ChoiceModel | None = None, costs: Costs = DEFAULT_COSTS
    ) -> None:
        self.base = compiled.base
        self.model = model or compiled.model
        self.analyser = Analyser(compiled.base.lexicon, compiled.base.idf)
        self.marker = Marker(compiled.places, compiled.office, compiled.opposites, self.analyser.cut)
        self._trades = compiled.trades
        self.costs = costs
        courtesies = [filler for filler in compiled.base.lexicon.fillers if len(filler) > 1]
        self._opening = (
            re.compile(f"^(?:{'|'.join(map(re.escape, courtesies))})+(?=..)") if courtesies else None
        )
        self._short = frozenset(
            shortened(key) for view in compiled.base.entries for key in view.document_numbers
        )
        self.numbers = {view.id: number for number, view in enumerate(compiled.base.entries)}

    def read(self, text: str, asides: Asides | None = None) -> Question:
        """`text` taken apart once; whatever is asked of it later takes this Question."""
        normalised = self.analyser.normalise(text)
        number = self._number_in(normalised)
        said, titled = self._without_document(normalised, number)
        analysis = self.analyser.of_normalised(said)
        repaired, repairs = self.base.speller.repair(said, analysis.all_words, self.analyser, self.base.idf)
        if repairs and self.base.alternates.holds(analysis.text):
            # Staff wrote it so.
            repairs = ()
        if repairs:
            analysis = self.analyser.of_normalised(repaired)
        pieces = analysis.text.split(" ")
        aside = asides(pieces) if asides is not None and len(pieces) > 1 else frozenset()
        kept = [piece for number, piece in enumerate(normalised.split(" ")) if number not in aside]
        asking = " ".join(kept) if said == normalised else normalised
        # A place in a piece that only tells (地址是…, 我们在…) says where the asker is, not what is asked about.
        asked = [piece for piece in asking.split(" ") if is_question(piece)]
        marks = self.marker(asking, normalised, " ".join(asked) or asking)
        if number is not None and number.is_short:
            marks = replace(marks, document_number=number.key, document_name=number.text)
        return take_apart(self.base, analysis, marks, aside, repairs, self._opening, titled, self._trades)

    def _number_in(self, normalised: str) -> DocumentNumber | None:
        """The document number in a question; one without its year only where a document of the pack bears it."""
        number = find_asked_number(normalised)
        return None if number is not None and number.is_short and number.key not in self._short else number

    def _without_document(self, normalised: str, number: DocumentNumber | None) -> tuple[str, str | None]:
        """The question without the number or the title of a document, which pin it down and are no words of its
        subject, and the policy whose title it was. Unchanged where nothing else would be left."""
        rest, titled = normalised, None
        if number:
            rest = rest[: number.start] + " " + rest[number.end :]
        for title, policy in self.base.titles:
            if title in rest:
                rest, titled = rest.replace(title, " "), policy
                break
        rest = " ".join(rest.split())
        return (rest, titled) if len(rest) > 1 else (normalised, titled)

    def match(
        self, question: Question | str, talk: Talk | None = None, to_come: frozenset[int] = frozenset()
    ) -> Decision:
        """The decision on one question, after what was talked about. `to_come`: entries that nobody knew of on the day
        asked about."""
        if isinstance(question, str):
            question = self.read(question)
        if not question.analysis.words and talk is None:
            return decide(question, [], 1.0, (), self.costs)
        candidates, outside = describe(self.base, question, talk=talk, to_come=to_come)
        kept, bars = [], []
        for candidate in candidates:
            talked = talk is not None and candidate.entry in talk.siblings
            guard = (
                None if candidate.is_verbatim else bar(question, self.base.entries[candidate.entry], talked)
            )
            if guard is not None:
                candidate.barred = guard.name
                bars.append(guard.name)
            if guard is None or guard.keeps_mass:
                kept.append(candidate)
        none = self._weigh(kept, outside)
        of_the_year = self._of_the_year(question, kept)
        if len(of_the_year) < len(kept):
            kept, none = of_the_year, self._weigh(of_the_year, outside)
        key_word = KEY_WORD_OF_SMALL if self.base.smallness else KEY_WORD
        return decide(question, kept, none, tuple(dict.fromkeys(bars)), self.costs, key_word)

    def _weigh(self, candidates: Sequence[Candidate], outside: Sequence[float]) -> float:
        """Set the probability of each candidate, and return that of none of them."""
        chances, none = self.model.probabilities([item.features for item in candidates], outside)
        for item, chance in zip(candidates, chances, strict=True):
            item.probability = chance
        return none

    def utility(self, candidate: Candidate) -> float:
        """What speaks for a candidate, in nats."""
        return float(np.dot(candidate.features, self.model.weights))

    def _of_the_year(self, question: Question, candidates: list[Candidate]) -> list[Candidate]:
        """The candidates but for those of another year than the question names, where those of that year fit as well: the
        year says which of the two is meant, even if it only tells when something happened."""
        years, entries = question.marks.named_years, self.base.entries
        others = {item.entry for item in candidates if is_of_other_year(entries[item.entry], years)}
        other = max((item.probability for item in candidates if item.entry in others), default=0.0)
        if not other:
            return candidates
        of_it = [
            item.probability
            for item in candidates
            if item.barred is None and entries[item.entry].years & years
        ]
        if sum(of_it) < FITS_AS_WELL * other:
            return candidates
        return [item for item in candidates if item.entry not in others]

    def entry_id(self, number: int) -> str:
        return self.base.entries[number].id
