"""Who asks, from where, when and why is no part of what is asked."""

from __future__ import annotations

import pytest

from tests.conversation.conftest import Talk, changed_by_asides

QUESTIONS = [
    "贷款贴息要什么材料",
    "市里国有物业免租几个月",
    "国家公积金缓缴到什么时候",
    "营业执照秒批要多久",
    "湖北籍员工没返岗，工资照发有补助吗",
    "小升规奖多少",
    "不可抗力证明去哪里开",
]
BEFORE = [
    "我们是光明区的电子厂",
    "我司在公明做五金加工",
    "本人是公司财务",
    "老板让我来问一下",
    "您好，打扰了",
    "我在光明开了一家小餐馆",
    "厂里六十多号人",
    "今年订单少了一大半",
    "我是新来的会计，不太懂",
    "听朋友说起",
    "急，在线等",
    "我们公司注册在光明，是做模具的",
]
AFTER = ["谢谢", "麻烦您了", "急", "盼复"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_said_before_or_after_it_changes_neither_entry_nor_aspect(talk: Talk, question: str) -> None:
    changed, asked = changed_by_asides(talk, question, BEFORE, AFTER)
    assert len(changed) <= 0.1 * asked, changed


SAYS_NOTHING = ["如果", "那么", "另外", "最近", "一般", "好像", "一直", "究竟", "因为疫情", "如今"]
TRADES = [
    "花店",
    "我们五金厂",
    "我是开网吧的",
    "搞装修的",
    "卖水果的",
    "文具店",
    "足浴店",
    "物流公司",
    "健身房",
    "电动车行",
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("words", [SAYS_NOTHING, TRADES], ids=["says nothing", "trades"])
def test_said_in_one_breath_before_it_they_change_no_entry(
    talk: Talk, words: list[str], question: str
) -> None:
    plain = talk(question).entry
    changed = [word for word in words if talk(word + question).entry != plain]
    assert len(changed) <= 0.1 * len(words), changed


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("口罩厂租厂房能补多少", "hq15-supplies-workshop"),
        ("物业公司防疫补贴多少", "hq15-property-mgmt"),
        ("人力资源公司介绍工人有奖吗", "hq15-hr-agency"),
    ],
)
def test_a_trade_that_a_measure_is_for_still_says_which(talk: Talk, text: str, entry: str) -> None:
    assert talk(text).entry == entry


def test_what_an_entry_says_of_the_trade_is_told(talk: Talk) -> None:
    reply = talk("我们幼儿园社保能免吗")
    assert any("幼儿园" in block.text for block in reply.blocks[:3])


def test_the_answer_reads_the_same_and_says_nothing_against_the_asker(talk: Talk) -> None:
    plain = talk("贷款贴息能补多少")
    assert talk("我们是光明区的电子厂，贷款贴息能补多少").text == plain.text
    assert not any(block.kind == "notice" for block in plain.blocks)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("我们是光明区的电子厂，国家公积金怎么缓缴", "cn-housing-fund"),
        ("我们公司在光明，市里的公积金能缓多久", "sz16-housing-fund"),
        ("光明区的小厂一家，省里国有物业的租金怎么减", "gd20-rent"),
    ],
)
def test_where_the_asker_is_names_no_level(talk: Talk, text: str, entry: str) -> None:
    assert talk(text).entry == entry


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我们在龙华，贷款贴息能申请吗", "龙华"),
        ("我们公司在宝安，惠企15条的贷款贴息怎么申请", "宝安"),
        ("我们在坪山区开厂，延迟复工有补助吗", "坪山区"),
    ],
)
def test_who_is_in_another_district_is_sent_there_for_what_is_the_districts_own(
    talk: Talk, text: str, place: str
) -> None:
    reply = talk(text)
    assert reply.outcome == "unanswered"
    assert f"“{place}”的事请问当地主管部门" in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "我们在龙华，国家社保减免到几月",
        "我们公司在宝安，小规模纳税人增值税降到多少",
        "我们公司在光明，总部在上海，贷款贴息怎么申请",
        "客户在珠海，我们在光明，不可抗力证明去哪里开",
    ],
)
def test_what_holds_there_as_well_is_told_without_it(talk: Talk, text: str) -> None:
    reply = talk(text)
    assert reply.outcome == "answer"
    assert not any(block.kind == "notice" for block in reply.blocks)


@pytest.mark.parametrize("text", ["龙华区的贷款贴息能补多少", "宝安的企业怎么免租", "东莞有没有延迟复工补助"])
def test_another_place_that_is_asked_about_is_not_answered(talk: Talk, text: str) -> None:
    reply = talk(text)
    assert reply.outcome == "unanswered"
    assert "请问当地主管部门" in reply.text


@pytest.mark.parametrize("text", ["因延长春节假期没开工，工资怎么发", "延长春节假期那几天工资怎么算"])
def test_no_place_is_read_across_two_words(talk: Talk, text: str) -> None:
    assert talk(text).entry == "sz-wage-not-resumed"


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("财务上个月辞职了，账目一团糟，公积金缴存比例最低能降到多少", "sz16-housing-fund"),
        ("隔壁园区天天放鞭炮，老板心情不好，小规模增值税现在按几个点", "cn-vat-small"),
        ("电梯坏了半个月没人修，客户都不来，电费按95折是到几月", "cn-power-price"),
        ("去年搞团建花了不少，现在手头紧，技改补贴补几个点", "quality-tech-upgrade"),
    ],
)
def test_whatever_is_told_before_it_a_question_is_answered(talk: Talk, text: str, entry: str) -> None:
    assert talk(text).entry == entry


def test_a_question_of_a_company_that_is_elsewhere_is_not_read_without_that(talk: Talk) -> None:
    assert talk("机器坏了修不好，老板心情不好，我们公司在宝安，惠企15条贷款贴息怎么申请").entry is None
