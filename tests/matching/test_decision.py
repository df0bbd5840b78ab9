"""Three outcomes: answer, clarify, unanswered."""

from __future__ import annotations

import pytest
from huiqi.matching.costs import Costs
from huiqi.matching.decision import decide
from huiqi.matching.features import Candidate, take_apart
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled
from hypothesis import given
from hypothesis import strategies as st


def candidates(*chances: float, barred: int | None = None) -> list[Candidate]:
    made = [Candidate(number, [], probability=chance) for number, chance in enumerate(chances)]
    if barred is not None:
        made[barred].barred = "year"
    return made


@pytest.fixture(scope="module")
def question(matcher: Matcher):  # type: ignore[no-untyped-def]
    analysis = matcher.analyser("店面换新")
    return take_apart(matcher.base, analysis, matcher.marker(analysis.text))


@pytest.mark.parametrize(
    ("chances", "none", "outcome"),
    [
        ((0.9, 0.05), 0.05, "answer"),
        ((0.52, 0.45), 0.03, "clarify"),
        ((0.4, 0.1, 0.1), 0.1, "answer"),
        ((0.4, 0.1, 0.1), 0.4, "clarify"),
        ((0.1, 0.05), 0.8, "unanswered"),
        ((), 1.0, "unanswered"),
    ],
)
def test_bands(question, chances: tuple[float, ...], none: float, outcome: str) -> None:  # type: ignore[no-untyped-def]
    assert decide(question, candidates(*chances), none).outcome == outcome


def test_what_a_guard_rules_out_is_not_replaced_by_the_next_best(question) -> None:  # type: ignore[no-untyped-def]
    decision = decide(question, candidates(0.7, 0.25, barred=0), 0.05, bars=("year",))
    assert (decision.outcome, decision.reason) == ("unanswered", "out_of_scope")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_buttons_are_two_or_three_and_ranked(question, chances: list[float]) -> None:  # type: ignore[no-untyped-def]
    total = sum(chances) or 1.0
    decision = decide(question, candidates(*(chance / total for chance in chances)), 0.0)
    ranked = [candidate.probability for candidate in decision.candidates]
    assert ranked == sorted(ranked, reverse=True)
    if decision.outcome == "clarify":
        assert 2 <= len(decision.candidates) <= 3


CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=6).map(
    lambda parts: [part / (sum(parts) or 1.0) for part in parts]
)
COSTS = st.builds(Costs, st.floats(0.1, 5), st.floats(0.1, 2), st.floats(0.05, 2))


@given(chances=CHANCES, costs=COSTS, dearer=st.floats(0, 10))
def test_a_dearer_wrong_answer_never_turns_another_outcome_into_an_answer(  # type: ignore[no-untyped-def]
    question, chances: list[float], costs: Costs, dearer: float
) -> None:
    *entries, none = chances
    cheap = decide(question, candidates(*entries), none, costs=costs)
    dear = decide(
        question,
        candidates(*entries),
        none,
        costs=Costs(costs.wrong_answer + dearer, costs.hand_over, costs.look),
    )
    assert not (cheap.outcome != "answer" and dear.outcome == "answer")


@given(chances=CHANCES, costs=COSTS, dearer=st.floats(0, 10))
def test_a_dearer_hand_over_never_makes_more_of_them(  # type: ignore[no-untyped-def]
    question, chances: list[float], costs: Costs, dearer: float
) -> None:
    *entries, none = chances
    cheap = decide(question, candidates(*entries), none, costs=costs)
    dear = decide(
        question,
        candidates(*entries),
        none,
        costs=Costs(costs.wrong_answer, costs.hand_over + dearer, costs.look),
    )
    assert not (cheap.outcome != "unanswered" and dear.outcome == "unanswered")


@given(chances=CHANCES)
def test_what_is_certain_is_answered_and_what_is_not_ours_is_not(question, chances: list[float]) -> None:  # type: ignore[no-untyped-def]
    assert decide(question, candidates(1.0, *(0.0 for _ in chances)), 0.0).outcome == "answer"
    assert decide(question, candidates(*(0.0 for _ in chances)), 1.0).outcome == "unanswered"


def test_an_office_that_fears_wrong_answers_answers_fewer(compiled: Compiled) -> None:
    asked = [text[: len(text) // 2] for entry in compiled.pack.entries.values() for text in entry.alternates]
    answered = [
        sum(Matcher(compiled.matcher, costs=costs).match(text).outcome == "answer" for text in asked)
        for costs in (Costs(wrong_answer=1.0), Costs(wrong_answer=50.0))
    ]
    assert answered[0] > answered[1] > 0
