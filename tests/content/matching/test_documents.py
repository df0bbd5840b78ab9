"""A document's number or full title says where a measure stands: the measure answers, of that document only."""

from __future__ import annotations

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.content.conftest import DAY

TITLE = "《深圳市光明区关于应对新型冠状病毒肺炎疫情支持企业共渡难关的若干措施》"


@pytest.fixture(scope="module")
def quick(compiled: Compiled, matcher: Matcher) -> Assistant:
    return Assistant(compiled.pack, matcher)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("深光府〔2020〕9号贷款贴息", "hq15-loan-interest"),
        ("按深光府[2020]9号，贴息最高能拿多少", "hq15-loan-interest"),
        ("深光府（2020）9号文的贷款贴息要什么材料", "hq15-loan-interest"),
        ("深光府【2020】9号的贷款贴息找谁办", "hq15-loan-interest"),
        ("深光府〔2020〕9号的物业租金减免怎么说", "hq15-rent"),
        ("深光府〔2020〕9号里湖北籍员工怎么补", "hq15-hubei-staff"),
        ("〔2020〕9号的延迟复工补助", "hq15-delayed-resumption"),
        ("粤府〔2020〕12号里失业保险费率怎么降", "gd-insurance-rate"),
        ("人社部发〔2020〕11号免征到几月", "cn-social-relief"),
        (f"{TITLE}里的贷款贴息怎么申请", "hq15-loan-interest"),
        (f"{TITLE}中，延迟复工的企业有什么补助", "hq15-delayed-resumption"),
        ("深光府〔2020〕9号", "hq15-overview"),
        ("深光府〔2020〕9号是什么文件", "hq15-overview"),
        ("深光府（2020）9号还有效吗", "hq15-overview"),
        (TITLE, "hq15-overview"),
        ("9号文过期没", "hq15-overview"),
        ("人社11号文的社保费怎么免", "cn-social-relief"),
        ("13号公告的1%用到哪天", "cn-vat-small"),
    ],
)
def test_the_measure_of_the_document_answers(quick: Assistant, text: str, entry: str) -> None:
    assert quick.ask(Message(text, "test", day=DAY)).entry == entry


@pytest.mark.parametrize(
    "text",
    [
        "深光府〔2020〕10号贷款贴息",
        "深光府（2021）9号贷款贴息怎么申请",
        "深府[2020]77号免租几个月",
    ],
)
def test_the_same_measure_under_another_number_is_not_answered(quick: Assistant, text: str) -> None:
    reply = quick.ask(Message(text, "test", day=DAY))
    assert reply.outcome == "unanswered"
    assert "知识库里没有文号为" in reply.text


def test_a_document_that_is_known_is_never_said_to_be_missing(quick: Assistant) -> None:
    for text in ("深光府〔2020〕9号里的股票怎么买", "深光府〔2020〕9号今天天气"):
        assert "没有文号为" not in quick.ask(Message(text, "test", day=DAY)).text
