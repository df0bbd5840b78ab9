"""What a message tells before it asks weighs less than what it asks, unless that points back to it."""

from __future__ import annotations

import pytest
from huiqi.language.asking import asking_parts, is_question
from huiqi.matching.matcher import Matcher
from huiqi.matching.told import told_parts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("各地都推迟了开工 单位可否叫人早回来", {0}),
        ("仓库淹了 设备也坏了 保险公司是否要赔", {0, 1}),
        ("我们搬了新厂房 执照要不要改 多久能办好", {0}),
        ("贷款贴息补多少 要什么材料", set()),
        ("想降点工资 这样做合不合规", set()),
        ("租金减免怎么申请", set()),
        ("厂里停工了", set()),
        ("同行都在传 停业的店不用报税 是真的吗", {0}),
        ("租店面能退一半租金 有这回事吗", set()),
        ("开分店补五千 是不是真的", set()),
    ],
)
def test_what_is_told_is_known_by_what_is_asked_beside_it(text: str, told: set[int]) -> None:
    assert told_parts(text.split(" "), frozenset()) == told


def test_who_asks_is_not_told() -> None:
    assert told_parts(["我们是做灯具的", "仓库淹了", "保险公司赔不赔"], frozenset({0})) == {1}


@pytest.mark.parametrize("text", ["可否延期", "是否要交滞纳金", "有无期限", "为何没到账", "去何处领"])
def test_a_question_in_written_language_is_one(text: str) -> None:
    assert is_question(text)
    assert asking_parts(["设备坏了", text]) == [text]


@pytest.mark.parametrize(
    ("text", "is_aside"),
    [
        # What was done is what is asked about where nothing else is.
        ("刚进了两台冷柜 有补助吗", False),
        # Who asks stays who asks; and beside a subject so does what was done.
        ("我们是卖水果的 有补助吗", True),
        ("刚进了两台冷柜 夜市几点收摊", True),
        # A rule that is named is a subject.
        ("刚进了两台冷柜 6条有什么", True),
    ],
)
def test_what_was_done_is_an_aside_only_beside_a_subject(matcher: Matcher, text: str, is_aside: bool) -> None:
    question = matcher.read(text, lambda pieces: frozenset({0}))
    assert question.is_aside[0] == is_aside
