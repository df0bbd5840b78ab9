"""Like questions are grouped as a person would group them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from huiqi.curation.misses.likeness import Likeness, LikeQuestions
from huiqi.matching.matcher import Matcher

TABLE = Path(__file__).with_name("like_questions.txt")


def labelled() -> list[tuple[str, int]]:
    """(question, number of its group) of the table."""
    rows, group = [], 0
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            group += 1
        elif not line.startswith("#"):
            rows.append((line.strip(), group))
    return rows


def grouped(likeness: Likeness, questions: list[str]) -> list[int]:
    """The group that each question falls into, taken one after another as the queue takes them."""
    like = LikeQuestions(likeness)
    found: list[int] = []
    for number, question in enumerate(questions):
        closest = like.closest(question)
        if closest is None:
            like.add(number, question)
        found.append(number if closest is None else closest)
    return found


def test_nine_in_ten_pairs_that_are_grouped_belong_together(matcher: Matcher) -> None:
    rows = labelled()
    found = grouped(Likeness(matcher), [question for question, _ in rows])
    pairs = list(combinations(range(len(rows)), 2))
    joined = [(one, other) for one, other in pairs if found[one] == found[other]]
    right = [(one, other) for one, other in joined if rows[one][1] == rows[other][1]]
    belong = [(one, other) for one, other in pairs if rows[one][1] == rows[other][1]]
    wrong = [(rows[one][0], rows[other][0]) for one, other in joined if (one, other) not in right]
    assert len(right) / len(joined) >= 0.9, wrong
    assert len(right) / len(belong) >= 0.6, "grouping that joins hardly anything helps nobody"


def test_the_same_questions_always_fall_into_the_same_groups(matcher: Matcher) -> None:
    questions = [question for question, _ in labelled()]
    assert grouped(Likeness(matcher), questions) == grouped(Likeness(matcher), questions)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("光明区充电桩补多少", "南山区充电桩补多少"),
        ("2020年充电桩补多少", "2021年充电桩补多少"),
        ("食堂改造30万能补吗", "食堂改造50万能补吗"),
        ("16条里有充电桩吗", "15条里有充电桩吗"),
        ("充电桩补贴要什么材料", "充电桩补贴打什么电话"),
        ("裁员的企业能拿充电桩补贴吗", "不裁员的企业能拿充电桩补贴吗"),
        ("市里的充电桩补贴多少", "省里的充电桩补贴多少"),
    ],
)
def test_what_pins_a_question_down_keeps_it_apart(matcher: Matcher, first: str, second: str) -> None:
    assert not Likeness(matcher).are_alike(first, second)
