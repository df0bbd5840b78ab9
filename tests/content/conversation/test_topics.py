"""Messages that only name a topic, asked of the shipped pack on the day of its conversation."""

from __future__ import annotations

import pytest

from tests.conversation.conftest import Talk


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("房租", {"sz16-rent", "hq15-rent", "gd20-rent"}),
        ("贷款", {"hq15-loan-interest", "cn-loan-defer", "sz16-risk-pool", "gd-finance-green"}),
        ("社保", {"sz16-social-insurance", "cn-social-relief", "sz-social-relief", "cn-social-defer"}),
        ("工资", {"sz-wage-hardship", "sz-wage-not-resumed", "cn-isolation-wage"}),
        ("发票", {"sz-tax-invoice", "sz-tax-online"}),
        ("税", {"sz16-tax", "sz-tax-online", "sz-tax-filing", "sz-tax-invoice", "cn-vat-small", "gd20-tax"}),
        ("口罩", {"hq15-supplies-workshop", "sz16-supplies-capacity"}),
    ],
)
def test_what_there_is_about_a_topic_is_listed(talk: Talk, text: str, among: set[str]) -> None:
    found = talk(text)
    assert found.outcome == "clarify"
    assert 2 <= len(found.candidates) <= 3
    assert found.candidates[0][0] in among


@pytest.mark.parametrize("text", ["残保金", "生育津贴", "契税", "环评", "学位", "车牌"])
def test_of_a_topic_that_is_not_ours_nothing_is_listed(talk: Talk, text: str) -> None:
    assert talk(text).outcome == "unanswered"


@pytest.mark.parametrize(
    "text",
    [
        "房租呢",
        "电费呢",
        "贷款呢",
        "市里呢",
        "厂房呢",
        "税呢",
        "算力",
        "律所",
        "食堂",
        "招不到工人",
        "房东不肯",
    ],
)
def test_few_words_about_a_trade_are_no_chat(talk: Talk, text: str) -> None:
    assert talk(text).outcome != "smalltalk"
    assert talk("区里的贷款贴息是怎么回事", text).outcome != "smalltalk"


@pytest.mark.parametrize("text", ["生意不好做啊", "账上没钱了", "小店快开不下去了"])
def test_who_tells_of_trouble_hears_what_there_is(talk: Talk, text: str) -> None:
    assert talk(text).reason == "self_check"


@pytest.mark.parametrize(
    "text", ["合伙人闹翻了，公司注销要公示几天", "业务员跳槽去了对家，竞业补偿每个月给多少"]
)
def test_a_question_after_a_story_is_no_chat(talk: Talk, text: str) -> None:
    assert talk(text).outcome == "unanswered"
