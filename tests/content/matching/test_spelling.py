"""Misspelt words of the pack are restored, and nothing else is touched."""

from __future__ import annotations

import pytest
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("稳岗返欢多少", "稳岗返还"),
        ("增值水平时怎么报", "增值税"),
        ("小规升有奖吗", "小升规"),
        ("知识产劝质押", "知识产权"),
        ("不可抗利证明", "不可抗力"),
        # Some of the pack's own questions are written with these slips.
        ("企业贷款贴西什么时候截止", "贷款贴息"),
        ("小规馍的税率是多少", "小规模"),
    ],
)
def test_slips_are_read_as_the_word_that_was_meant(matcher: Matcher, text: str, read_as: str) -> None:
    assert any(read_as in repair.read_as for repair in matcher.match(text).repairs)


@pytest.mark.parametrize(
    "text",
    [
        "宝安的厂房",
        "武汉的员工回不来",
        "手里的活放下了",
        "税务局的办税服务",
        "今天天气怎么样",
        "发公司债券要谁批",
        "公司债到期了",
        # 人才 is a word of the pack; here 人 is what is counted.
        "厂里32人裁了1个",
        "借几个服务员干一个月",
        # Seldom written here and right, though a word of the pack sounds alike: 不会, 减半, 租金, 工厂, 部分.
        "收不回货款",
        "减班了还给不给补助",
        "想租进科技园",
        "保供厂有什么优惠",
        "大厅不分窗口了吗",
    ],
)
def test_right_words_are_left_alone(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).repairs == ()


@pytest.fixture(scope="module")
def own(compiled: Compiled) -> list[str]:
    """Some of the pack's own questions."""
    return [
        alternate
        for entry in list(compiled.pack.entries.values())[::3]
        for alternate in entry.alternates[::4]
    ]


def test_the_packs_own_questions_are_never_repaired(matcher: Matcher, own: list[str]) -> None:
    repaired = {text: repairs[0].read_as for text in own if (repairs := matcher.read(text).repairs)}
    assert repaired == {}


def test_hardly_any_of_them_is_where_more_is_said(matcher: Matcher, own: list[str]) -> None:
    """Some are written with slips; that so few are read otherwise shows that right words are left alone."""
    repaired = [text for text in own if matcher.read(f"请问{text}").repairs]
    assert len(repaired) <= 0.005 * len(own)
