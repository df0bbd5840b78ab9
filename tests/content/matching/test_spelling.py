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
        ("交的祖金能不能退", "租金"),
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
        # Seldom written here and right, though a word of the pack sounds alike: 不会.
        "收不回货款",
    ],
)
def test_right_words_are_left_alone(matcher: Matcher, text: str) -> None:
    assert matcher.match(text).repairs == ()


def test_the_packs_own_questions_are_never_repaired(compiled: Compiled, matcher: Matcher) -> None:
    repaired = {
        alternate: repairs[0].read_as
        for entry in list(compiled.pack.entries.values())[::3]
        for alternate in entry.alternates[::9]
        if (repairs := matcher.match(alternate).repairs)
    }
    assert repaired == {}
