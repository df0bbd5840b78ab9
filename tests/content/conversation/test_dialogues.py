"""Turns of dialogues and parts of messages, as a company would write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message

from tests.content.conftest import DAY
from tests.content.conversation.tables import dialogues, messages

Say = Callable[..., Reply]


@pytest.fixture
def say(assistant: Assistant) -> Say:
    """Says something in one conversation on the day of the tests."""

    def say(text: str, conversation: str = "c1", **fields: object) -> Reply:
        return assistant.ask(Message(text, "test", conversation, asker="a1", day=DAY, **fields))  # type: ignore[arg-type]

    return say


def test_nine_turns_in_ten_of_the_table_are_right(say: Say) -> None:
    misses, turns = [], 0
    for dialogue in dialogues():
        for expected in dialogue:
            reply = say(expected.question, conversation=f"line {dialogue[0].line}")
            turns += 1
            if not expected.is_met_by(reply):
                misses.append(
                    f"dialogues.txt:{expected.line} {expected.question} → {reply.entry} {reply.facet}"
                )
    assert turns >= 190
    assert len(misses) <= 0.1 * turns, "\n".join(misses)


def test_seven_parts_in_eight_of_messages_with_several_questions_are_right(say: Say) -> None:
    misses, parts = [], 0
    for number, (message, expected) in enumerate(messages()):
        if not expected:
            continue
        reply = say(message, conversation=f"message {number}")
        found = reply.parts or (reply,)
        for place, part in enumerate(expected):
            parts += 1
            if len(found) != len(expected) or not part.is_met_by(found[place]):
                misses.append(
                    f"messages.txt:{part.line} {message} → {[(r.question, r.entry) for r in found]}"
                )
    assert parts >= 40
    assert len(misses) <= 0.125 * parts, "\n".join(misses)


@pytest.mark.parametrize("message", [message for message, parts in messages() if not parts])
def test_a_single_question_is_not_taken_apart(say: Say, message: str) -> None:
    assert say(message).parts == ()


def test_a_new_subject_does_not_stick_to_the_old_one(say: Say) -> None:
    say("中小企业贷款贴息怎么申请")
    assert say("换个问题，营业执照秒批要多久").entry == "mp-licence"
    assert say("57条是什么").entry == "env-57"


def test_what_was_talked_about_belongs_to_one_chat_and_one_person(say: Say, assistant: Assistant) -> None:
    say("中小企业贷款贴息怎么申请")
    other = Message("那材料呢", "test", "c1", asker="a2", day=DAY)
    assert assistant.ask(other).entry is None
    assert say("那材料呢", conversation="c2").entry is None
    assert say("那材料呢").entry == "hq15-loan-interest"


def test_another_district_is_not_answered_from_what_was_talked_about(say: Say) -> None:
    say("国有物业免租免几个月")
    reply = say("南山的呢")
    assert reply.outcome == "unanswered"
    assert "南山" in reply.text


def test_a_level_without_a_counterpart_is_said_to_be_not_found(say: Say) -> None:
    say("光明区24小时政务e站在哪里")
    reply = say("国家的呢")
    assert reply.outcome == "unanswered"
    assert "国家一级" in reply.text


@pytest.mark.parametrize(
    ("text", "entry", "aspects"),
    [
        ("贷款能不能延期还？能延到什么时候？", "cn-loan-defer", ("时限",)),
        ("贷款贴息补多少？要什么材料？", "hq15-loan-interest", ("材料",)),
    ],
)
def test_a_second_question_that_names_nothing_is_about_the_first_and_repeats_nothing(
    say: Say, text: str, entry: str, aspects: tuple[str, ...]
) -> None:
    first, second = say(text).parts
    assert (first.entry, second.entry, second.aspects) == (entry, entry, aspects)
    assert "来源：" in first.text and "来源：" not in second.text


def test_short_questions_about_one_thing_are_one_answer(say: Say) -> None:
    reply = say("贷款贴息要什么材料，找哪个部门")
    assert (reply.parts, reply.aspects) == ((), ("材料", "部门"))


def test_the_parts_that_fail_are_the_only_ones_logged_as_misses(say: Say, assistant: Assistant) -> None:
    reply = say("代开发票怎么办？今天天气怎么样？")
    assert [part.outcome for part in reply.parts] == ["answer", "unanswered"]
    assert assistant._log is not None
    assert [cluster.question for cluster in assistant._log.unanswered()] == ["今天天气怎么样"]


def test_a_long_story_is_answered_and_what_was_understood_is_said_back(say: Say) -> None:
    reply = say(
        "我们是公明街道一家做塑胶模具的民营小厂，去年生意还可以，今年过年以后一直没接到单，三月初向银行借了八十万周转，"
        "每个月光利息就要好几千，会计说光明区有贷款贴息，请问要准备哪些材料？"
    )
    assert reply.entry == "hq15-loan-interest"
    assert reply.text.splitlines()[0] == "我的理解：您问的是“中小企业贷款贴息”的“材料”。"
