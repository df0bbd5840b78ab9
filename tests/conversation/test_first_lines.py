"""What an answer says first, and how short it stays."""

from __future__ import annotations

import re

import pytest
from huiqi.answering.composing import Asked
from huiqi.assistant.asking import Assistant
from huiqi.matching.matcher import Matcher

from tests.conftest import DAY
from tests.conversation.conftest import Talk, first_words


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("店面换新补多少，要什么材料", ("标准", "材料")),
        ("店面换新要什么材料，补多少", ("材料", "标准")),
        ("店面换新什么条件，找哪个部门", ("条件", "部门")),
        ("店面换新能补多少，什么时候截止，找谁办", ("标准", "时限", "部门")),
        ("摊位费怎么交，交多少", ("流程", "标准")),
    ],
)
def test_several_aspects_are_told_line_by_line_in_the_order_asked(
    talk: Talk, question: str, aspects: tuple[str, ...]
) -> None:
    reply = talk(question)
    heads = [line.split("：")[0].split("】")[-1] for line in reply.text.splitlines()]
    assert reply.aspects == aspects
    assert tuple(head for head in heads if head in aspects) == aspects


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("租公房能免租吗", "可以"),
        ("公房免租要不要自己申请", "不用申请"),
        ("招人有补助吗", "有"),
        ("我能把车停在中心后院吗", "后院可以停车"),
    ],
)
def test_yes_or_no_is_asked_and_said(talk: Talk, question: str, begins: str) -> None:
    assert re.match(begins, first_words(talk(question)))


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("公房免租要交什么材料", "材料"),
        ("屋顶报备打哪个电话", "电话"),
        ("招人补助打哪个电话", "电话"),
    ],
)
def test_what_is_not_known_takes_half_a_sentence_then_comes_the_nearest_then_whom_to_ask(
    talk: Talk, question: str, aspect: str
) -> None:
    reply = talk(question)
    said, _, nearest = first_words(reply).partition("，查到的是：")
    assert said == f"{aspect}没有查到（未查明）"
    assert len(nearest) > 5 and not nearest.startswith("未查明")
    assert reply.reason == "facet_missing"
    assert reply.blocks[-1].kind == "contact"


@pytest.mark.parametrize(
    "question",
    [
        "店面换新，夜里敲墙扰民要罚款吗",
        "店面换新领了钱，中途转让给别人要退吗",
        "店面换新的补助，拿到手以后店倒闭了要还吗",
    ],
)
def test_what_an_entry_does_not_tell_is_said_before_what_comes_nearest(talk: Talk, question: str) -> None:
    reply = talk(question)
    assert reply.entry == "shop-front"
    said, _, nearest = first_words(reply).partition("，最接近的是：")
    assert said == "没有查到专门讲这一点的规定（未查明）"
    assert len(nearest) > 5
    assert reply.reason == "facet_missing"
    assert reply.blocks[-1].kind == "contact"


@pytest.mark.parametrize(
    "question",
    [
        "店面换新，先斩后奏行不行",
        "店面换新补助，厨师加服务员十二个人还行吗",
        "店面换新的钱什么时候打过来",
        "店面换新",
        "招了三个人，有补助吗",
    ],
)
def test_what_an_entry_tells_is_told_without_a_doubt(talk: Talk, question: str) -> None:
    assert "没有查到专门讲这一点" not in talk(question).text


def test_what_is_not_known_of_several_is_said_on_its_line(talk: Talk) -> None:
    lines = talk("摊位费要什么材料，怎么交").text.splitlines()
    assert lines[0].endswith("材料：没有查到（未查明）。")
    assert lines[1] == "流程：每月月底到便民服务中心交。"


@pytest.mark.parametrize(
    "turns",
    [
        ("店面换新补多少", "要什么材料"),
        ("店面换新补多少", "要什么材料", "找哪个部门"),
        ("摊位怎么申请", "要带什么材料"),
    ],
)
def test_a_follow_up_repeats_neither_source_nor_office(talk: Talk, turns: tuple[str, ...]) -> None:
    first, last = talk(turns[0]), talk(*turns)
    assert last.entry == first.entry
    assert {block.kind for block in first.blocks} >= {"source", "contact"}
    assert {block.kind for block in last.blocks} == {"title", "answer"}


def test_a_follow_up_to_what_is_not_known_still_says_whom_to_ask(talk: Talk) -> None:
    kinds = [block.kind for block in talk("招人补助多少", "找谁").blocks]
    assert "contact" in kinds and "source" not in kinds


def test_another_measure_is_told_with_its_own_source(talk: Talk) -> None:
    kinds = [block.kind for block in talk("店面换新补多少", "那招人补助呢").blocks]
    assert {"source", "contact"} <= set(kinds)


def test_who_asks_for_the_office_is_told_it_once(talk: Talk) -> None:
    assert talk("店面换新补助找谁办").text.count("便民服务中心") == 1


def test_on_demand_everything_known_is_told(talk: Talk) -> None:
    short, whole = talk("店面换新补多少"), talk("店面换新补多少", "全文")
    assert len(whole.text) > len(short.text)
    for facet in ("对象", "标准", "条件", "材料", "流程", "时限", "部门"):
        assert f"{facet}：" in whole.text
    assert "未查明：电话。" in whole.text


def test_when_money_comes_is_neither_how_long_a_relief_lasts_nor_a_list_of_papers(talk: Talk) -> None:
    reply = talk("店面换新的钱多久能收到")
    assert reply.aspects == ("到账",)
    assert first_words(reply) == "多久到账没有查到（未查明）。"


@pytest.mark.parametrize(
    ("question", "facet"), [("店面换新几号截止", "时限"), ("店面换新补助怎么领", "流程")]
)
def test_other_questions_of_time_are_not_taken_for_when_money_comes(
    talk: Talk, question: str, facet: str
) -> None:
    assert talk(question).facet == facet


def test_counterparts_are_told_from_the_nearest_level_with_what_goes_together(talk: Talk) -> None:
    lines = talk("店面换新补多少", "各级对照").text.splitlines()
    assert lines[0] == "各级对照（店面换新）："
    assert [line[1:3].strip("：") for line in lines[1:3]] == ["镇", "县"]
    assert lines[3].startswith("可叠加（“店面换新补助”与“县级政策”）：")
    assert lines[4:] == ["星河镇的商户可先问镇级的“店面换新补助”。"]


def test_what_stands_alone_says_so(talk: Talk) -> None:
    assert "没有查到（未查明）" in talk("夜市几点收摊", "各级对照").text


@pytest.mark.parametrize(
    ("chances", "first"),
    [((0.5, 0.99), "材料："), ((0.6, 0.95), "材料："), ((0.9, 0.9), "时限："), ((0.99, 0.5), "时限：")],
)
def test_two_aspects_are_told_in_the_order_asked_unless_one_is_hardly_asked(
    quick: Assistant, matcher: Matcher, chances: tuple[float, float], first: str
) -> None:
    question = matcher.read("几点去合适 店面换新要带哪些材料吗")
    aspects = ("时限", "材料")
    asked = Asked(DAY, aspects, dict(zip(aspects, chances, strict=True)), question)
    told = quick._composer.answer(quick.pack.entries["shop-front"], asked)
    assert next(block.text for block in told.blocks if block.kind == "answer").startswith(first)
