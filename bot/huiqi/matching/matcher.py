"""Question in, Decision out: the table of contents of matching, for every channel, test and gate alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huiqi.language.analysis import Analyser
from huiqi.matching import training
from huiqi.matching.choice import ChoiceModel
from huiqi.matching.corpus import MatchingBase, build_base
from huiqi.matching.decision import Decision, decide
from huiqi.matching.features import Candidate, Question, describe, take_apart
from huiqi.matching.guards import bar, names_document
from huiqi.matching.marks import Marker
from huiqi.pack.model import Pack, Places

VERBATIM = 8.0
"""Utility added to an entry that has the very question among its alternates: staff's word is final."""
DOCUMENT = 4.0
"""… to the entries of the document whose number is asked for;"""
OVERVIEW = 3.0
"""… and to its overview, which also answers for articles whose numbers are not known (惠企15条第3条)."""


@dataclass(frozen=True)
class CompiledMatcher:
    """All that matching needs, as plain data for a file."""

    base: MatchingBase
    model: ChoiceModel
    places: Places


def compile_pack(pack: Pack) -> CompiledMatcher:
    """Build the index over `pack` and fit the model from it. Deterministic; ten seconds or so."""
    base, analyser, marker = build_base(pack)
    return CompiledMatcher(base, training.train(base, analyser, marker), pack.places)


def _verbatim(question: Question, candidate: Candidate) -> bool:
    alternate = candidate.alternate
    return alternate is not None and alternate.compact == question.analysis.compact


class Matcher:
    def __init__(self, compiled: CompiledMatcher) -> None:
        self.base = compiled.base
        self.model = compiled.model
        self.analyser = Analyser(compiled.base.lexicon)
        self.marker = Marker(compiled.places)

    def match(self, text: str, boosts: Mapping[str, float] | None = None) -> Decision:
        """The decision on one question. `boosts` (entry id → added utility) come from the conversation."""
        normalised = self.analyser.normalise(text)
        marks = self.marker(normalised)
        analysis = self.analyser.of_normalised(normalised)
        repaired, repairs = self.base.speller.repair(
            normalised, analysis.all_words, self.analyser, self.base.idf
        )
        if repairs:
            analysis = self.analyser.of_normalised(repaired)
        question = take_apart(self.base, analysis, marks)
        if not analysis.words:
            return decide(question, [], 1.0)
        candidates, outside = describe(self.base, question)
        kept, bars = [], []
        for candidate in candidates:
            guard = (
                None if _verbatim(question, candidate) else bar(question, self.base.entries[candidate.entry])
            )
            if guard is not None:
                candidate.barred = guard.name
                bars.append(guard.name)
            if guard is None or guard.keeps_mass:
                kept.append(candidate)
        extra = [
            (boosts or {}).get(self.entry_id(candidate.entry), 0.0) + self._named(question, candidate)
            for candidate in kept
        ]
        chances, none = self.model.probabilities([candidate.features for candidate in kept], outside, extra)
        for candidate, chance in zip(kept, chances, strict=True):
            candidate.probability = chance
        return decide(question, kept, none, repairs, tuple(dict.fromkeys(bars)))

    def _named(self, question: Question, candidate: Candidate) -> float:
        """What being named outright adds to an entry's utility, whatever the model was fitted on."""
        view = self.base.entries[candidate.entry]
        marks = question.marks
        added = VERBATIM if _verbatim(question, candidate) else 0.0
        if marks.document_number is not None and names_document(marks.document_number, view):
            added += DOCUMENT + (OVERVIEW if view.is_overview else 0.0)
        if marks.article is not None and view.is_overview and marks.counted & view.counted:
            added += OVERVIEW
        return added

    def entry_id(self, number: int) -> str:
        return self.base.entries[number].id
