"""A yes or no is told to those whom it is for only."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conversation.conftest import Talk, first_words

CRISIS, TODAY = date(2020, 3, 16), date(2026, 11, 26)


@pytest.mark.parametrize(
    ("question", "day", "entry", "said"),
    [
        (
            "同银行订的借款合同贴不贴印花，我司属中型企业",
            TODAY,
            "now-cn-stamp-tax",
            "没有查到对中型企业的规定",
        ),
        ("我们是大厂，贷款还本能往后延吗", CRISIS, "cn-loan-defer", "没有查到对大型企业的规定"),
        ("大型工厂晚开工有没有补助", CRISIS, "hq15-delayed-resumption", "没有查到对大型企业的规定"),
        ("湖北的工人已经回来了还补不补", CRISIS, "hq15-hubei-staff", "没有查到对已经返岗的人的规定"),
        ("一般纳税人月销售不到10万免不免增值税", TODAY, "now-cn-vat-small", "没有查到对一般纳税人的规定"),
        (
            "复工只迟了六天有没有补助",
            CRISIS,
            "hq15-delayed-resumption",
            "中小工业企业复工延迟半个月以上",
        ),
    ],
)
def test_who_is_not_meant_is_told_no_yes(talk: Talk, question: str, day: date, entry: str, said: str) -> None:
    reply = talk(question, day=day)
    assert reply.entry == entry
    assert first_words(reply).startswith(said), reply.first


@pytest.mark.parametrize(
    ("question", "day", "said"),
    [
        ("小微企业跟银行签借款合同，印花税免不免", TODAY, "不用"),
        ("小厂的贷款本金能申请延期吗", CRISIS, "可以"),
        ("复工延迟了一个月，有没有补助", CRISIS, "有"),
        ("刚买的机器380万，可以一次性税前扣吗", TODAY, "可以"),
    ],
)
def test_who_is_meant_is_told_it(talk: Talk, question: str, day: date, said: str) -> None:
    assert first_words(talk(question, day=day)).startswith(said)


@pytest.mark.parametrize("question", ["厂房能一次性税前扣除吗", "固定资产加速折旧，房子能一次性扣吗"])
def test_what_is_excluded_is_told_so_without_a_yes(talk: Talk, question: str) -> None:
    reply = talk(question, day=TODAY)
    assert "房屋、建筑物以外" in reply.first and "可以：" not in reply.text


def test_what_is_known_of_their_class_comes_first(talk: Talk) -> None:
    reply = talk("三项社保大型企业减多少", day=CRISIS)
    assert "大型企业" in reply.first and "没有查到" not in reply.first


@pytest.mark.parametrize("question", ["大企业压着我们小厂的货款不给", "进了大厂的供应链有什么奖"])
def test_whom_they_deal_with_is_not_who_asks(talk: Talk, question: str) -> None:
    assert "大型企业的规定" not in talk(question, day=TODAY).text


def test_that_nothing_is_known_of_their_class_goes_to_the_review(talk: Talk) -> None:
    assert talk("我们是大厂，贷款还本能往后延吗", day=CRISIS).reason == "facet_missing"
