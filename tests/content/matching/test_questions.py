"""Questions and the entries that answer them, from a table and from the held-out sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from huiqi.evaluation.report import Report
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.content.conftest import Measured

TABLE = Path(__file__).with_name("questions.txt")


def rows() -> list[tuple[str, str, str]]:
    found = []
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            question, wanted = (part.strip() for part in line.split("|"))
            found.append((f"questions.txt:{number}", question, wanted))
    return found


@pytest.mark.parametrize(("place", "question", "wanted"), rows())
def test_the_table_of_questions(matcher: Matcher, place: str, question: str, wanted: str) -> None:
    decision = matcher.match(question)
    found = [matcher.entry_id(candidate.entry) for candidate in decision.candidates]
    if wanted == "-":
        assert decision.outcome == "unanswered", f"{place}: answered with {found[:1]}"
    elif wanted.startswith("?"):
        assert decision.outcome != "unanswered" and wanted[1:] in found[:3], f"{place}: {found}"
    else:
        assert decision.outcome == "answer" and found[0] == wanted, f"{place}: {decision.outcome} {found}"


def test_held_out_questions_are_answered_rightly_in_every_style(measured: Measured) -> None:
    report = measured("heldout")
    rates = report.rates()
    assert rates["answered_right"] >= 0.95
    assert rates["right_or_offered"] >= 0.98
    for style, count, right, _, _ in report.by(lambda outcome: outcome.row.style):
        assert right / count >= 0.90, style


def test_what_is_not_ours_is_not_answered(measured: Measured) -> None:
    report = measured("heldout-out")
    assert report.rates()["false_answers"] <= 0.05
    strangers = [
        item for item in report.outcomes if item.row.style in ("other_district", "other_city", "other_year")
    ]
    # Who tells of being elsewhere may be told what holds here, if that is said first.
    told = [item for item in strangers if item.verdict == "false"]
    assert [item.row.question for item in told if "请问当地主管部门" not in item.reply.blocks[0].text] == []


def test_numbers_levels_and_years_are_never_confused(measured: Measured) -> None:
    report = measured("heldout-guards")
    assert report.count("right", "refused") / len(report.outcomes) >= 0.95
    assert report.count("wrong") == 0


def test_confidence_means_what_it_says(measured: Measured) -> None:
    report = measured("heldout")
    strangers = measured("heldout-out")
    rates = Report([*report.outcomes, *strangers.outcomes]).rates()
    assert rates["calibration_error"] <= 0.05
    assert rates["right_when_sure"] >= 0.95


def test_what_staff_wrote_down_is_answered_word_for_word(compiled: Compiled, matcher: Matcher) -> None:
    wrong = []
    for entry in list(compiled.pack.entries.values())[::4]:
        for alternate in entry.alternates[::6]:
            decision = matcher.match(alternate)
            best = decision.best
            if decision.outcome != "answer" or best is None or matcher.entry_id(best.entry) != entry.id:
                wrong.append(alternate)
    assert wrong == []
