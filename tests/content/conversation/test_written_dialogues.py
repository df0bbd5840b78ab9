"""Dialogues by who saw the cards of the entries alone: what is asked next, in one sitting, must be understood."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.report import ConversationMemory
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.content.conftest import Measured

DAYS = (date(2020, 3, 16), date(2026, 11, 26))
LEAST_RIGHT, LEAST_FIRST = 0.89, 0.82
"""Of the turns after the first, the least share from the right entry, and with the right first line."""


@pytest.fixture(scope="module")
def assistant(compiled: Compiled, matcher: Matcher) -> Assistant:
    return Assistant(compiled.pack, matcher, None, ConversationMemory())


def test_nine_later_turns_in_ten_are_answered_from_the_right_entry(measured: Measured) -> None:
    reports = [measured(f"dialogues/{day}", day) for day in DAYS]
    later = [item for report in reports for item in report.in_scope if item.row.is_follow_up]
    assert len(later) == 191
    assert sum(item.verdict == "right" for item in later) / len(later) >= LEAST_RIGHT
    assert sum(item.is_first_right for item in later) / len(later) >= LEAST_FIRST


@pytest.mark.parametrize(
    ("before", "after", "entry"),
    [
        # A case of the same measure, told without its name.
        (
            "国外买的防护服捐给定点医院，进口税收不收",
            "上礼拜已经缴掉的要得回来吗",
            "cn-import-duty",
        ),
        ("公积金可以停缴吗", "员工买房碍事不", "sz16-housing-fund"),
        ("口罩厂租厂房区里给补吗", "我们隔着马路租的仓库呢", "hq15-supplies-workshop"),
        # Another measure, at a level where the one before has none.
        ("租金减免是几个月", "省里的招工补助呢", "gd20-hire-subsidy"),
    ],
)
def test_what_follows_stays_or_names_another(
    assistant: Assistant, before: str, after: str, entry: str
) -> None:
    day = date(2020, 3, 16)
    assistant.ask(Message(before, "test", conversation=after, day=day))
    assert assistant.ask(Message(after, "test", conversation=after, day=day)).entry == entry


@pytest.mark.parametrize("after", ["今年几时截止", "今年的报完没有", "今年还收材料吗"])
def test_the_year_of_a_follow_up_names_no_other_measure(assistant: Assistant, after: str) -> None:
    day = date(2026, 11, 26)
    for text in ("参展补贴最高多少", after):
        reply = assistant.ask(Message(text, "test", conversation=after, day=day))
        assert reply.entry == "now-gm-manufacturing-exhibition"
