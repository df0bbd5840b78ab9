"""Dialogues by who saw the cards of the entries alone: what is asked next, in one sitting, must be understood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.report import ConversationMemory
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.conftest import ROOT

WRITTEN = ROOT / "tests" / "questions" / "dialogues" / "written.jsonl"
"""For each turn the entries that may answer it, and what its first line must hold."""
LEAST_RIGHT, LEAST_FIRST = 0.89, 0.82
"""Of the turns after the first, the least share from the right entry, and with the right first line."""


@pytest.fixture(scope="module")
def assistant(compiled: Compiled, matcher: Matcher) -> Assistant:
    return Assistant(compiled.pack, matcher, None, ConversationMemory())


def lines_of(reply: Reply) -> Iterator[str]:
    for part in reply.parts or (reply,):
        yield from [block.text for block in part.blocks if block.kind == "answer"][:1]


def test_nine_later_turns_in_ten_are_answered_from_the_right_entry(assistant: Assistant) -> None:
    right, first = [], []
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        dialogue = json.loads(line)
        for place, turn in enumerate(dialogue["turns"]):
            message = Message(
                turn["question"],
                "test",
                conversation=dialogue["id"],
                day=date.fromisoformat(dialogue["day"]),
            )
            reply = assistant.ask(message)
            if not place or not turn["accept"]:
                continue
            entries = {part.entry for part in reply.parts or (reply,)}
            right.append(reply.outcome == "answer" and not entries.isdisjoint(turn["accept"]))
            first.append(any(re.search(turn["first"], told) for told in lines_of(reply)))
    assert len(right) == 191
    assert sum(right) / len(right) >= LEAST_RIGHT
    assert sum(first) / len(first) >= LEAST_FIRST


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
