"""What is typed after a list: a number, a place, a level, a name, several of them, none of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.report import ConversationMemory
from huiqi.matching.costs import Costs
from huiqi.matching.matcher import Matcher
from huiqi.pack.office import Office
from huiqi.service.wiring import Compiled
from huiqi.understanding.choosing import chosen_numbers
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DAY

LIST = ("国有物业免租2个月（市）", "15条物业租金减免（区）", "省里国有物业减租（省）")
UNCLEAR = "小店"
"""A question that several entries may mean."""


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("2", (2,)),
        ("２", (2,)),
        ("②", (2,)),
        ("2.", (2,)),
        ("（2）", (2,)),
        ("2）", (2,)),
        ("二", (2,)),
        ("2吧", (2,)),
        ("第二个", (2,)),
        ("第2项", (2,)),
        ("选2", (2,)),
        ("我选第二个", (2,)),
        ("那就2吧", (2,)),
        ("选项2", (2,)),
        ("最后一个", (3,)),
        ("倒数第一个", (3,)),
        ("都要", (1, 2, 3)),
        ("全部", (1, 2, 3)),
        ("1和2", (1, 2)),
        ("1、3", (1, 3)),
        ("3跟1", (3, 1)),
        ("第一个和第三个", (1, 3)),
        ("选1和3", (1, 3)),
        ("1和1", (1,)),
        ("省里的", (3,)),
        ("区级", (2,)),
        ("市里那个", (1,)),
        ("国家的", ()),
        ("国有物业免租", (1,)),
        ("物业租金减免", (2,)),
        ("0", (0,)),
        ("都不是", (0,)),
        ("不是这些", (0,)),
        ("一个都不是", (0,)),
        ("不是", (0,)),
        ("没有我要的", (0,)),
        ("9", (9,)),
        ("第9个", (9,)),
        # What only looks like a choice: a policy, a time, an amount, a question.
        ("57条", ()),
        ("两个月", ()),
        ("8万", ()),
        ("1年", ()),
        ("第二个要什么材料", ()),
        ("都有效吗", ()),
        ("全部材料有哪些", ()),
        ("", ()),
    ],
)
def test_what_a_list_is_answered_with(typed: str, numbers: tuple[int, ...]) -> None:
    assert chosen_numbers(typed, LIST, Office()) == numbers


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("2", (2,)),
        ("0", (0,)),
        ("⓪", (0,)),
        ("24", (24,)),
        ("第二个", (2,)),
        ("选2", (2,)),
        ("不是0", (0,)),
        # Without a list these are words of a conversation.
        ("两", ()),
        ("最后一个", ()),
        ("都要", ()),
        ("国家的", ()),
        ("不是", ()),
        ("15条", ()),
        ("第三条", ()),
    ],
)
def test_without_a_list_only_what_can_be_nothing_else_is_a_choice(
    typed: str, numbers: tuple[int, ...]
) -> None:
    assert chosen_numbers(typed, ()) == numbers


def test_the_words_of_a_choice_come_before_what_they_mean_elsewhere() -> None:
    assert chosen_numbers("没有", ("有", "没有")) == (2,)
    assert chosen_numbers("不是", ("是", "不是")) == (2,)
    assert chosen_numbers("都没有", ("租了厂房", "买了设备", "都没有")) == (3,)


@given(st.integers(1, 999), st.sampled_from(["{}", "第{}个", "选{}", "{}吧", "我要{}"]))
def test_a_number_is_never_taken_for_another(number: int, form: str) -> None:
    assert chosen_numbers(form.format(number), LIST) == (number,)


@given(st.text(max_size=12), st.lists(st.sampled_from(LIST), max_size=3))
def test_whatever_is_typed_no_choice_is_below_none(typed: str, labels: list[str]) -> None:
    assert all(number >= 0 for number in chosen_numbers(typed, labels))


Say = Callable[..., Reply]


@pytest.fixture
def say(compiled: Compiled) -> Say:
    """Says the messages in a new conversation with an assistant that asks back readily; the last reply."""
    matcher = Matcher(compiled.matcher, costs=Costs(look=0.1))
    assistant = Assistant(compiled.pack, matcher, None, ConversationMemory())
    numbers = itertools.count()

    def say(*messages: str) -> Reply:
        conversation = f"c{next(numbers)}"
        replies = [assistant.ask(Message(text, "test", conversation, day=DAY)) for text in messages]
        return replies[-1]

    return say


@pytest.fixture
def offered(say: Say) -> list[str]:
    reply = say(UNCLEAR)
    assert reply.outcome == "clarify"
    assert reply.text.endswith("0. 都不是")
    return [button.action.entry or "" for button in reply.buttons[:-1]]


@pytest.mark.parametrize("typed", ["2", "第二个", "选2", "2吧", "②"])
def test_the_second_is_answered(say: Say, offered: list[str], typed: str) -> None:
    assert say(UNCLEAR, typed).entry == offered[1]


def test_the_last_and_the_one_of_a_level_are_answered(
    say: Say, offered: list[str], compiled: Compiled
) -> None:
    assert say(UNCLEAR, "最后一个").entry == offered[-1]
    levels = [compiled.pack.entries[entry].level for entry in offered]
    assert levels.count("县") == 1
    assert say(UNCLEAR, "县里的").entry == offered[levels.index("县")]
    short_title = compiled.pack.entries[offered[0]].short_title
    assert say(UNCLEAR, short_title).entry == offered[0]


@pytest.mark.parametrize("typed", ["都要", "1和2", "第一个和第二个"])
def test_several_are_answered_one_after_the_other(say: Say, offered: list[str], typed: str) -> None:
    reply = say(UNCLEAR, typed)
    assert [part.entry for part in reply.parts][:2] == offered[:2]
    assert all(part.outcome == "answer" for part in reply.parts)


@pytest.mark.parametrize("typed", ["不是这些", "都不是", "0", "不是"])
def test_none_of_them_asks_for_other_words(say: Say, offered: list[str], typed: str) -> None:
    assert "请换一种说法" in say(UNCLEAR, typed).text


def test_a_number_that_is_not_on_the_list_is_said_and_the_list_stays_open(
    say: Say, offered: list[str]
) -> None:
    reply = say(UNCLEAR, "9")
    assert reply.outcome == "smalltalk"
    assert reply.text.startswith(f"列出来的只有 {len(offered)} 项")
    assert say(UNCLEAR, "9", "2").entry == offered[1]


def test_after_a_miss_the_list_stays_open(say: Say, offered: list[str]) -> None:
    assert say(UNCLEAR, "今天天气怎么样").outcome == "unanswered"
    assert say(UNCLEAR, "今天天气怎么样", "1").entry == offered[0]
    assert say(UNCLEAR, "谢谢", "1").entry == offered[0]


def test_after_an_answer_the_list_is_closed(say: Say, offered: list[str]) -> None:
    assert say(UNCLEAR, "小店6条是什么").entry == "shop-overview"
    assert "没有可以选的列表" in say(UNCLEAR, "小店6条是什么", "2").text


@pytest.mark.parametrize("typed", ["0", "0.", "⓪", "不是0", "9", "24", "第二个", "选2"])
def test_without_a_list_a_number_chooses_nothing_and_is_no_miss(
    assistant: Assistant, say: Say, typed: str
) -> None:
    assert "没有可以选的列表" in say(typed).text
    assert "没有可以选的列表" in say("小店6条是什么", typed).text
    assistant.ask(Message(typed, "test", "c1", day=DAY))
    assert assistant._log is not None and assistant._log.unanswered() == []


def test_the_answers_of_the_self_check_may_be_typed_in_their_own_words(say: Say) -> None:
    turns = ["/check", "开在镇上", "夫妻店", "餐饮", "私人", "没换"]
    for end in range(1, len(turns) + 1):
        assert say(*turns[:end]).text.startswith(f"资格自查 {end}")
    assert "到此为止" in say("/check", "不做了").text
