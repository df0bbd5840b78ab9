"""What was asked before is answered as before, and logged each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from huiqi.assistant import asking
from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from sqlite_utils import Database

from tests.conftest import DAY

STALL = "摆个夜市摊要交多少钱"


def ask(assistant: Assistant, text: str, conversation: str, day: date = DAY) -> tuple[object, ...]:
    reply = assistant.ask(Message(text, "web", conversation, day=day))
    return replace(reply, number=None), reply.number


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were worked out."""
    texts: list[str] = []
    work = Assistant._turn

    def turn(self: Assistant, message: Message, context: asking.Context) -> asking.Turn:
        texts.append(message.text)
        return work(self, message, context)

    monkeypatch.setattr(Assistant, "_turn", turn)
    return texts


def test_the_same_answer_is_given_and_logged_to_each(
    assistant: Assistant, database: Database, worked: list[str]
) -> None:
    (first, one), (again, two) = ask(assistant, STALL, "a"), ask(assistant, STALL, "b")
    assert (first, worked) == (again, [STALL])
    rows = {row["id"]: row for row in database["question"].rows}
    assert [(rows[number]["text"], rows[number]["conversation"]) for number in (one, two)] == [
        (STALL, "a"),
        (STALL, "b"),
    ]
    # Each goes on from there by itself.
    assert ask(assistant, "找谁办", "a")[0] == ask(assistant, "找谁办", "b")[0]


def test_what_stands_in_a_conversation_is_worked_out_in_it(assistant: Assistant, worked: list[str]) -> None:
    for text in (STALL, STALL):
        ask(assistant, text, "a")
    assert worked == [STALL, STALL]


def test_another_day_is_another_question(assistant: Assistant, worked: list[str]) -> None:
    ask(assistant, STALL, "a")
    ask(assistant, STALL, "b", DAY + timedelta(days=1))
    assert worked == [STALL, STALL]


def test_what_holds_personal_data_is_not_kept(assistant: Assistant, worked: list[str]) -> None:
    text = f"{STALL}，我的手机是13800138000"
    ask(assistant, text, "a")
    ask(assistant, text, "b")
    assert worked == [text, text]


def test_no_more_is_kept_than_has_room(
    pack: Pack, matcher: Matcher, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_TURNS", 2)
    assistant = Assistant(pack, matcher)
    for text in ("一", "二", "三", "三", "一"):
        ask(assistant, text, "a")
    assert worked == ["一", "二", "三", "一"]
