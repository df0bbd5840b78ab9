"""The hit test: one question through the understanding that answers people, with everything it weighed in plain
words."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.matching.explanation import band, contributions
from huiqi.matching.features import Candidate
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.understanding.meaning import Understander


@dataclass(frozen=True)
class Hit:
    """One ranked entry. `for_it`, `against`: sentences; `missing`: words of the question it has never
    seen."""

    entry: str
    probability: float
    alternate: str | None
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    for_it: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True)
class HitTest:
    """`none`: the chance that no entry is meant. `band`: in words, why this outcome."""

    question: str
    outcome: str
    confidence: float
    none: float
    aspects: tuple[str, ...]
    band: str
    hits: tuple[Hit, ...]
    repairs: tuple[str, ...]
    bars: tuple[str, ...]


def hit_test(pack: Pack, matcher: Matcher, question: str) -> HitTest:
    understander = Understander(pack, matcher)
    meaning = understander.meaning(understander.reader.read(question, pack.office.today()))
    decision = meaning.decision
    return HitTest(
        question=question,
        outcome=decision.outcome,
        confidence=decision.confidence,
        none=decision.none,
        aspects=meaning.aspects,
        band=band(decision),
        hits=tuple(_hit(matcher, candidate) for candidate in decision.candidates[:6]),
        repairs=tuple(repair.read_as for repair in decision.repairs),
        bars=decision.bars,
    )


def _hit(matcher: Matcher, candidate: Candidate) -> Hit:
    weighed = contributions(matcher, candidate)
    return Hit(
        entry=matcher.entry_id(candidate.entry),
        probability=candidate.probability,
        alternate=None if candidate.alternate is None else matcher.base.alternates[candidate.alternate].text,
        matched=candidate.matched,
        missing=candidate.missing,
        for_it=tuple(f"{sentence}：＋{value:.1f}" for value, sentence in weighed if value > 0),
        against=tuple(f"{sentence}：－{-value:.1f}" for value, sentence in weighed if value < 0),
    )
