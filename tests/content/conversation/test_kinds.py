"""Messages that are no question about a measure: what there is, anger, 听不懂, 从哪看来的, 打不通, 好的."""

from __future__ import annotations

import pytest
from huiqi.answering.reply import Reply

from tests.conversation.conftest import Talk

AFTER = "贷款贴息能补多少"
"""What was answered before; the entry is hq15-loan-interest."""


@pytest.mark.parametrize(
    "text",
    [
        "有什么补贴",
        "有什么政策可以享受",
        "个体户有什么补贴",
        "我们是做塑胶的，有什么优惠",
        "现在政府都有哪些扶持",
        "小微企业能拿到什么",
        "有啥好政策",
        "补贴去哪里申请",
        "去哪个网站申请惠企补贴",
        "我填一下公司信息，能帮我看看符合哪些政策吗",
        "有没有自动匹配政策的功能",
        "国家给不给补助",
        "个体户有没有补贴",
        "开个小面馆，政府有没有补助",
        "亏成这样有没有补偿",
        "有冇得补贴",
        "疫情期间咱公司补助有没有得拿",
        "个体户因为疫情有没有啥补贴",
        "疫情影响的饭店有没有补偿",
        "国家对小公司有没有扶持",
    ],
)
def test_who_asks_what_there_is_hears_of_the_self_check_and_is_asked_a_few_things(
    talk: Talk, text: str
) -> None:
    reply = talk(text)
    assert "自查" in reply.first
    assert "资格自查 1" in reply.text
    assert talk(text, "1").text.startswith("资格自查 2")


@pytest.mark.parametrize(
    "text", ["无人机有补贴吗", "装电梯政府给不给补贴", "买口罩给员工发，能报销吗", "修车棚有没有补助"]
)
def test_a_thing_that_is_named_is_not_answered_with_all_there_is(talk: Talk, text: str) -> None:
    assert talk(text).reason != "self_check"


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("口罩厂有啥扶持", "hq15-supplies-workshop"),
        ("企业去上市区里给不给支持", "quality-listing"),
        ("哪些公司能拿技改的补助", "quality-tech-upgrade"),
        ("疫情期间招工有补贴吗", "gd20-hire-subsidy"),
        ("疫情期间公司房租有补贴吗", "sz16-rent"),
    ],
)
def test_what_there_is_for_a_named_thing_is_the_entry_about_it(talk: Talk, text: str, entry: str) -> None:
    assert talk(text).entry == entry


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("上礼拜又借了一百五十万，有补助吗", "hq15-loan-interest"),
        ("招进来四十个工人，政府给不给补贴", "gd20-hire-subsidy"),
        ("黄冈的五个人没过来，钱照给着，有没有补的", "hq15-hubei-staff"),
        ("添了两台口罩机赶订单，有没有资助", "sz16-supplies-capacity"),
        ("隔离那几天的工资我们都发了，有没有补贴", "sz-isolation-subsidy"),
        ("老板捐了一批酒精给医院，有什么优惠", "cn-donation-tax"),
    ],
)
def test_whether_there_is_anything_for_what_was_done_is_the_entry_about_it(
    talk: Talk, text: str, entry: str
) -> None:
    assert talk(text).entry == entry


@pytest.mark.parametrize(
    "text",
    [
        "铺子关了快两个月，一分钱没进，有没有补助",
        "客人全退单了，员工还得养着，政府有什么帮扶",
        "货都烂在仓库里，亏惨了，能申请什么补贴",
        "我们十几号人的小厂，单子跑了一大半，有优惠政策吗",
    ],
)
def test_whether_there_is_anything_in_hard_times_is_the_self_check(talk: Talk, text: str) -> None:
    assert talk(text).reason == "self_check"


@pytest.mark.parametrize(
    "text",
    [
        "公司让我先垫医药费，说社保不报，这么做有依据吗",
        "房东说疫情不能免租，依据在哪里",
        "老板说年假抵停工，这个说法出自哪里",
    ],
)
def test_what_others_base_on_is_not_taken_for_what_an_answer_is_based_on(talk: Talk, text: str) -> None:
    assert talk(text).outcome != "smalltalk"


@pytest.mark.parametrize("text", ["能申请吗", "我们能申请吗", "哪些企业能申请", "政府有没有补贴"])
def test_after_an_answer_the_same_words_are_about_that_answer(talk: Talk, text: str) -> None:
    assert talk(AFTER, text).entry == "hq15-loan-interest"


KINDS = [
    ("complaint", ["什么垃圾", "答非所问", "根本不是我问的", "服务太差了", "说了等于没说"]),
    ("hotline_busy", ["热线打不通", "12345一直占线", "打过去一直忙音", "电话打不通"]),
    ("acknowledgement", ["好的知道了", "明白了", "好嘞", "收到", "知道了谢谢"]),
]


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, row in KINDS for text in row])
def test_it_gets_a_reply_of_its_own_before_and_after_an_answer(talk: Talk, reason: str, text: str) -> None:
    def heard(reply: Reply) -> bool:
        return reply.outcome == "smalltalk" and reply.reason in (reason, "thanks")

    assert heard(talk(text)), talk(text).text
    assert heard(talk(AFTER, text)), talk(AFTER, text).text


@pytest.mark.parametrize(
    "text", ["出处", "出处呢", "从哪看来的", "你这消息哪来的", "哪个文件说的", "依据是什么"]
)
def test_where_it_comes_from_is_told_of_what_was_just_answered(talk: Talk, text: str) -> None:
    told = talk(AFTER, text)
    assert told.entry == "hq15-loan-interest"
    assert "（深光府〔2020〕9号）" in told.text and "http" in told.text
    assert any(block.links for block in told.blocks)


@pytest.mark.parametrize("text", ["从哪看来的", "你这消息哪来的"])
def test_where_it_comes_from_is_told_in_general_where_nothing_was_answered(talk: Talk, text: str) -> None:
    assert talk(text).reason == "where_from"


@pytest.mark.parametrize("text", ["都有效吗", "现在还有效吗", "过期了吗", "这个还算数吗"])
def test_whether_it_holds_is_told_of_what_was_just_answered(talk: Talk, text: str) -> None:
    told = talk(AFTER, text)
    assert told.entry == "hq15-loan-interest"
    assert "还在有效期内：到2020年12月31日" in told.first


@pytest.mark.parametrize("text", ["听不懂", "没看明白", "看不懂你说的", "能说简单点吗"])
def test_who_does_not_understand_is_told_the_gist_again(talk: Talk, text: str) -> None:
    told = talk(AFTER, text)
    assert told.entry == "hq15-loan-interest"
    assert talk(text).outcome != "unanswered"


def test_anger_is_not_logged_as_a_question_and_leaves_what_was_talked_about(talk: Talk) -> None:
    assert talk(AFTER, "什么垃圾", "要什么材料").entry == "hq15-loan-interest"


@pytest.mark.parametrize("text", ["你帮我们拿个主意，关厂还是再撑撑", "公司撑不下去了，不想活了", "转人工"])
def test_advice_distress_and_a_person_come_before_the_front_door(talk: Talk, text: str) -> None:
    assert talk(text).reason in ("advice", "distress", "human")


@pytest.mark.parametrize(
    "text", ["修围墙有没有补助", "买除湿机政府补吗", "请保姆有补贴吗", "搬迁费有补贴没有"]
)
def test_a_named_thing_that_nobody_knows_reaches_the_staff_instead_of_the_front_door(
    talk: Talk, text: str
) -> None:
    assert talk(text).outcome == "unanswered"


@pytest.mark.parametrize("text", ["你们的电话", "你们电话多少啊"])
def test_who_wants_to_call_the_office_is_told_the_hotline(talk: Talk, text: str) -> None:
    assert talk(text).reason == "human"
    assert talk(AFTER, "电话多少").entry == "hq15-loan-interest"


@pytest.mark.parametrize(
    "text", ["容我考虑考虑", "外面下雨了", "你会唱歌吗", "不想弄了", "我去问下老板", "中午吃什么"]
)
def test_chat_after_an_answer_is_not_answered_with_that_answer_again(talk: Talk, text: str) -> None:
    assert talk(AFTER, text).outcome != "answer"
    assert talk(AFTER, text, "那要什么材料").entry == "hq15-loan-interest"
