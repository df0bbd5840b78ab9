"""The hit test: one question through the matcher that answers people, with everything it weighed in plain
words."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.matching.decision import ANSWER_AT, CLARIFY_AT
from huiqi.matching.features import FEATURES, Candidate
from huiqi.matching.matcher import Matcher
from huiqi.understanding.facets import detect_facet

PENALTIES = ("negative", "level_firm", "level_soft", "layoff", "unexplained", "heaviest")
"""Features that speak against an entry."""


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
    facet: str | None
    band: str
    hits: tuple[Hit, ...]
    repairs: tuple[str, ...]
    bars: tuple[str, ...]


def hit_test(matcher: Matcher, question: str) -> HitTest:
    decision = matcher.match(question)
    return HitTest(
        question=question,
        outcome=decision.outcome,
        confidence=decision.confidence,
        none=decision.none,
        facet=detect_facet(decision.question.text),
        band=_band(decision.outcome, decision.confidence),
        hits=tuple(_hit(matcher, candidate) for candidate in decision.candidates[:6]),
        repairs=tuple(repair.read_as for repair in decision.repairs),
        bars=decision.bars,
    )


def _hit(matcher: Matcher, candidate: Candidate) -> Hit:
    named = dict(zip(FEATURES, candidate.features, strict=True))
    for_it = tuple(
        f"{FEATURES[name]}：{value:.2f}"
        for name, value in named.items()
        if name not in PENALTIES and value >= 0.1
    )
    against = tuple(
        f"{FEATURES[name]}：{value:.2f}" for name, value in named.items() if name in PENALTIES and value > 0
    )
    return Hit(
        entry=matcher.entry_id(candidate.entry),
        probability=candidate.probability,
        alternate=candidate.alternate.text if candidate.alternate else None,
        matched=candidate.matched,
        missing=candidate.missing,
        for_it=for_it,
        against=against,
    )


def _band(outcome: str, confidence: float) -> str:
    if outcome == "answer":
        return f"把握 {confidence:.0%}，够得上直接回答（一般要 {ANSWER_AT:.0%}，并明显高于第二名）"
    if outcome == "clarify":
        return f"最高只有 {confidence:.0%}，几个条目难分，给出按钮让人选（合计要 {CLARIFY_AT:.0%}）"
    return f"最高只有 {confidence:.0%}，不够回答也不够反问，如实说答不上来"
