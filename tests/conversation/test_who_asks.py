"""Who asks, from where, when and why is no part of what is asked."""

from __future__ import annotations

import pytest
from huiqi.understanding.asides import AsideFinder
from hypothesis import given
from hypothesis import strategies as st

from tests.conversation.conftest import Talk, changed_by_asides

QUESTIONS = ["店面换新要什么材料", "县里的换新奖励有多少", "证明盖章找谁", "夜市摊位怎么申请"]
BEFORE = [
    "我们是星河镇的小饭馆",
    "我在镇上做五金加工",
    "老板让我来问一下",
    "您好，打扰了",
    "听朋友说起",
    "急，在线等",
]
AFTER = ["谢谢", "麻烦您了", "急", "盼复"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_said_before_or_after_it_changes_neither_entry_nor_aspect(talk: Talk, question: str) -> None:
    changed, asked = changed_by_asides(talk, question, BEFORE, AFTER)
    assert len(changed) <= 0.1 * asked, changed


def test_the_answer_reads_the_same_and_says_nothing_against_the_asker(talk: Talk) -> None:
    plain = talk("店面换新补多少")
    assert talk("我们是星河镇的小饭馆，店面换新补多少").text == plain.text
    assert not any(block.kind == "notice" for block in plain.blocks)


@pytest.mark.parametrize("text", ["我在北桥镇开店，店面换新能申请吗", "北桥镇的店面换新补多少"])
def test_what_is_the_offices_own_is_not_told_of_another_place(talk: Talk, text: str) -> None:
    reply = talk(text)
    assert reply.outcome == "unanswered"
    assert "“北桥镇”的事请问当地主管部门" in reply.text


@given(st.lists(st.sampled_from(["谢谢", "我们是小饭馆", "急", "店面换新补多少", "你好"]), max_size=6))
def test_a_message_is_never_all_aside(pieces: list[str]) -> None:
    found = AsideFinder()(pieces)
    assert found <= set(range(len(pieces)))
    assert not pieces or len(found) < len(pieces)
