"""Who asks what the base does not tell must be told so, and who asks what it tells must not hear a doubt."""

from __future__ import annotations

import re
from datetime import date

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.content.conftest import Measured

DAYS = (date(2020, 3, 16), date(2026, 11, 26))
"""The days of the questions in tests/questions/particulars, by who saw the cards of the entries alone: for each of sixty entries one
of which the card tells the answer in other words (`first`), and one of which it does not."""
LEAST_SAID, MOST_DOUBTED = 0.3, 0.07
UNTOLD = re.compile("未查明|没有查到|没有读到")
DOUBT = "没有查到专门讲这一点"


@pytest.fixture(scope="module")
def assistant(compiled: Compiled, matcher: Matcher) -> Assistant:
    return Assistant(compiled.pack, matcher)


def ask(assistant: Assistant, question: str, day: date) -> Reply:
    return assistant.ask(Message(question, "test", day=day))


def first_line(reply: Reply) -> str:
    return next(block.text for block in reply.blocks if block.kind == "answer")


def test_a_third_of_what_is_not_told_is_said_and_hardly_any_of_what_is(measured: Measured) -> None:
    reports = [measured(f"particulars/{day}", day) for day in DAYS]
    right = [item for report in reports for item in report.in_scope if item.verdict == "right"]
    told = [first_line(item.reply) for item in right if item.row.first is not None]
    untold = [first_line(item.reply) for item in right if item.row.first is None]
    assert len(told) > 50 and len(untold) > 50
    assert sum(UNTOLD.search(line) is not None for line in untold) / len(untold) >= LEAST_SAID
    assert sum(DOUBT in line for line in told) / len(told) <= MOST_DOUBTED


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("变压器报停了，宿舍照明能保留吗", date(2020, 3, 16)),
        ("买车消费券可以转卖给同事吗", date(2020, 10, 8)),
        ("报停期间保安室照明能不能用", date(2020, 3, 16)),
    ],
)
def test_what_is_not_told_is_said(assistant: Assistant, question: str, day: date) -> None:
    reply = ask(assistant, question, day)
    assert first_line(reply).startswith(DOUBT)
    # A yes to something else would be taken for the answer.
    assert not re.search("：(?:有|可以|不用)：", first_line(reply))
    assert reply.reason == "facet_missing"


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("区里的贷款贴息能补多少", date(2020, 3, 16)),
        ("美元借的贷款区里给贴息吗", date(2020, 3, 16)),
        ("厂里28个人，残保金还用交吗", date(2026, 11, 26)),
        ("停工的厂能不能马上报停变压器", date(2020, 3, 16)),
        ("惠企15条", date(2020, 3, 16)),
        ("营业执照秒批怎么弄", date(2020, 3, 16)),
    ],
)
def test_what_is_told_comes_without_a_doubt(assistant: Assistant, question: str, day: date) -> None:
    assert DOUBT not in ask(assistant, question, day).text
