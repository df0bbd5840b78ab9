"""What an answer says first, and how short it stays."""

from __future__ import annotations

import re
from datetime import date
from statistics import median

import pytest
from huiqi.assistant.asking import Assistant, Message

from tests.content.conftest import DAY
from tests.conversation.conftest import Talk, first_words


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("防疫贷款的钱能拿去理财吗", "不得用于"),
        ("捐赠的口罩能不能开增值税专用发票", "不得开具增值税专用发票"),
        ("租人才住房的能免房租吗", "人才住房"),
        ("培训补贴派遣人员算不算", "劳务派遣"),
        ("申请缓税的进度在哪查", "我要查询"),
        ("微信预约办税最多几个有效预约", "3个有效预约"),
        ("逾期交社保会影响个人权益记录吗", "不影响"),
        ("停工不安排工作的生活费按多少发", "80%"),
        ("发票日期不在支持期内的设备补不补", "发票日期"),
        ("纸质的免税资格材料要寄过去吗", "留存备查"),
        # In other words than those of the sentence.
        ("贷款贴息，老板个人名下的贷款行吗", "企业名义"),
        ("贷款贴息，借的是美元能补吗", "人民币"),
        ("社保减免以后员工退休的年限少不少", "不受影响"),
        ("延迟复工补助，武汉那边的人能领两份吗", "不重复"),
        ("适岗培训补贴，劳务公司派来的人算吗", "劳务派遣"),
        ("贷款贴息错过了时间还能补交吗", "逾期视为放弃"),
        ("各级政府都给买设备的钱，能一起拿吗", "合计不超过"),
        # A sentence that also says what is not known.
        ("光明产业空间管理办法是哪一年发布的", "2019年8月"),
        # Who may have it, one of several kinds.
        ("按单位参保的个体户能不能免社保", "单位缴费部分减免"),
        ("民办的会计师事务所社保能免吗", "登记为"),
        ("超市能不能比别人早几天复工", "更早复工"),
        # One of many papers, and what is needed on the whole.
        ("首次申请隔离补贴要银行账户证明吗", "单位银行账户确认证明书"),
        ("隔离补贴要什么材料", "申请表"),
    ],
)
def test_who_asks_about_a_detail_is_told_that_detail_first(talk: Talk, question: str, first: str) -> None:
    assert first in first_words(talk(question))


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("贷款贴息补多少，要什么材料", ("标准", "材料")),
        ("贷款贴息要什么材料，补多少", ("材料", "标准")),
        ("贷款贴息要什么材料，找哪个部门", ("材料", "部门")),
        ("稳岗返还什么条件，返多少", ("条件", "标准")),
        ("污水处理费返还几个月，要不要申请", ("标准", "流程")),
        ("开办企业一窗通怎么申请，要几天", ("流程", "时限")),
        ("贷款贴息能补多少，什么时候截止，找谁办", ("标准", "时限", "部门")),
        # By the name of an aspect alone.
        ("贷款贴息能补多少、申请条件", ("标准", "条件")),
        ("营业执照秒批要多久、办理流程", ("时限", "流程")),
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
    ("question", "facet"),
    [
        ("头一回上规，区里给不给钱", "标准"),
        ("口罩厂租的车间，租金政府是不是全出", "标准"),
        ("租国有的铺面，省里第一个月是不是全免", "标准"),
    ],
)
def test_whoever_asks_whether_at_all_is_told_which_facet_the_first_line_tells_of(
    talk: Talk, question: str, facet: str
) -> None:
    assert talk(question).facet == facet


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("贷款能不能延期还", "可以"),
        ("贷款延期还要不要自己申请", "要申请"),
        ("电费打95折要不要申请", "不用申请"),
        ("深圳社保减免要自己去申请吗", "不用"),
        ("员工被隔离期间工资还要发吗", "要发"),
        ("社保缓缴收不收滞纳金", "不收滞纳金"),
        ("深圳社保可以晚点交吗", "可以"),
        ("市里公积金能缓缴吗", "可以"),
        ("湖北籍员工没回来，照发工资有补助吗", "有"),
        ("延迟复工有没有补助", "有"),
        ("口罩厂扩产租厂房有支持吗", "有"),
        ("不可抗力证明要收费吗", "免费|不收"),
        ("人社业务能线上办吗", "可以线上办"),
    ],
)
def test_yes_or_no_is_asked_and_said(talk: Talk, question: str, begins: str) -> None:
    assert re.match(begins, first_words(talk(question)))


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("租国有物业免租要什么材料", "材料"),
        ("污水处理费返还要交什么材料", "材料"),
        ("稳岗返还打哪个电话", "电话"),
        ("光明区24小时政务e站的电话", "电话"),
        ("小升规奖励的联系电话是多少", "电话"),
        ("国家公积金缓缴要交哪些材料", "材料"),
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


def test_what_is_not_known_of_several_is_said_on_its_line(talk: Talk) -> None:
    lines = talk("公积金缓缴要什么材料，能缓多久").text.splitlines()
    assert lines[0].endswith("材料：没有查到（未查明）。")
    assert lines[1].startswith("时限：") and "12个月" in lines[1]


@pytest.mark.parametrize(
    "turns",
    [
        ("贷款贴息能补多少", "要什么材料"),
        ("贷款贴息能补多少", "要什么材料", "找哪个部门"),
        ("小升规奖多少", "什么条件"),
        ("营业执照秒批怎么办", "要多久"),
    ],
)
def test_a_follow_up_repeats_neither_source_nor_office(talk: Talk, turns: tuple[str, ...]) -> None:
    first, last = talk(turns[0]), talk(*turns)
    assert last.entry == first.entry
    assert {block.kind for block in first.blocks} >= {"source", "contact"}
    assert {block.kind for block in last.blocks} == {"title", "answer"}


def test_a_follow_up_to_what_is_not_known_still_says_whom_to_ask(talk: Talk) -> None:
    kinds = [block.kind for block in talk("稳岗返还多少", "要什么材料").blocks]
    assert "contact" in kinds and "source" not in kinds


def test_another_measure_is_told_with_its_own_source(talk: Talk) -> None:
    kinds = [block.kind for block in talk("小升规奖多少", "那贷款贴息呢").blocks]
    assert {"source", "contact"} <= set(kinds)


def test_who_asks_for_the_office_is_told_it_once(talk: Talk) -> None:
    text = talk("贷款贴息找哪个部门").text
    assert text.count("光明区金融工作局") == 1


def test_first_lines_are_short_and_so_are_answers(quick: Assistant) -> None:
    sample = [
        text for entry in quick.pack.entries.values() for text in (entry.title, *entry.alternates[::50])
    ]
    replies = [quick.ask(Message(text, "test", day=DAY)) for text in sample]
    answers = [reply for reply in replies if reply.outcome == "answer"]
    assert len(answers) >= 300
    assert sum(len(reply.first) <= 80 for reply in answers) >= 0.9 * len(answers)
    assert median(len(reply.text) for reply in answers) <= 160


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("深圳社保能缓缴多久", "sz16-social-insurance"),
        ("广东省社保可以延到什么时候缴", "gd20-social-insurance"),
        ("深圳公积金能缓缴多久", "sz16-housing-fund"),
        ("广东租国有物业减几个月", "gd20-rent"),
        ("我市社保免几个月", "sz-social-relief"),
        # That of the city does not know how much.
        ("深圳电费打几折", "cn-power-price"),
    ],
)
def test_of_rules_about_one_thing_that_of_the_place_named_answers(talk: Talk, text: str, entry: str) -> None:
    assert talk(text).entry == entry


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("深圳增量留抵退税怎么办", "cn-vat-refund"),
        ("深圳的小规模纳税人增值税按几个点", "cn-vat-small"),
        ("广东餐饮企业亏损能结转几年", "cn-loss-carry"),
        ("光明区企业捐口罩能税前扣除吗", "cn-donation-tax"),
        ("深圳划型怎么划，律所算哪种", "cn-social-size-class"),
        ("我省社保减免到几月", "cn-social-relief"),
    ],
)
def test_a_rule_of_a_farther_level_answers_who_names_a_place(talk: Talk, text: str, entry: str) -> None:
    found = talk(text)
    assert found.entry == entry
    assert not found.text.startswith("注意")


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("员工隔离观察那几天还有没有工资", "cn-isolation-wage"),
        ("被隔离的职工还能拿到工资不", "cn-isolation-wage"),
        ("隔离的员工工资照发了，政府补给公司多少", "sz-isolation-subsidy"),
    ],
)
def test_what_is_owed_and_what_is_paid_back_are_two_matters(talk: Talk, text: str, entry: str) -> None:
    found = talk(text)
    assert found.candidates[0][0] == entry
    assert found.entry in (entry, None)


@pytest.mark.parametrize("place", ["", "深圳", "光明区", "广东省", "我市"])
@pytest.mark.parametrize(
    "text",
    [
        "契税怎么算",
        "网约车驾驶证怎么考",
        "居住证去哪里办",
        "生育津贴能领多少",
        "养犬登记要打疫苗吗",
        "消防验收找谁",
        "车船税多少钱",
        "商标怎么注册",
        "残疾证办理",
        "食品厂排污许可怎么申请",
        "环评怎么做",
        "驾照换证",
    ],
)
def test_what_is_not_ours_is_no_more_so_for_the_place_before_it(talk: Talk, place: str, text: str) -> None:
    assert talk(place + text).entry is None


@pytest.mark.parametrize(
    ("text", "day", "says"),
    [
        ("幼儿园社保减免怎样划型", DAY, "幼儿园"),
        ("租着国企的仓储物流园，能免几个月租金", DAY, "仓储物流"),
        ("商事登记秒批个体户注销也能办吗", DAY, "登记和注销都能办"),
        ("算小微企业人数的时候派遣工要不要算，标准是多少人", date(2026, 11, 20), "从业人数包括劳务派遣用工"),
    ],
)
def test_a_telling_word_that_the_first_line_leaves_out_is_answered_below_it(
    talk: Talk, text: str, day: date, says: str
) -> None:
    reply = talk(text, day=day)
    assert says in "".join(block.text for block in reply.blocks if block.kind == "answer")


@pytest.mark.parametrize(
    ("turns", "says", "not_first"),
    [
        (("租私人业主的厂房能免租吗",), "和业主商量", "国企物业"),
        (("公司租的房子能免租吗", "不是政府的，私人老板的"), "和业主商量", "国企物业"),
        (("租国企的楼能免租吗",), "国企物业", "个人业主"),
        (("规下企业技改补多少",), "规下企业", "规上企业"),
        (("规上企业技改最高补多少",), "规上企业", "规下企业"),
    ],
)
def test_of_two_opposite_sides_the_one_that_was_said_is_told_first(
    talk: Talk, turns: tuple[str, ...], says: str, not_first: str
) -> None:
    line = first_words(talk(*turns))
    assert says in line and not_first not in line


def test_on_demand_everything_known_is_told(talk: Talk) -> None:
    short, whole = talk("贷款贴息能补多少"), talk("贷款贴息能补多少", "全文")
    assert len(whole.text) > 3 * len(short.text)
    for facet in ("对象", "标准", "条件", "材料", "流程", "时限", "部门"):
        assert f"{facet}：" in whole.text
    assert "未查明：电话。" in whole.text


@pytest.mark.parametrize(
    "question",
    [
        "贷款贴息的钱多久能收到",
        "交齐了资料，贷款贴息几时打款",
        "疫情期间，贷款贴息款几时拨下来",
        "小升规的奖金怎么还没发",
    ],
)
def test_when_money_comes_is_neither_how_long_a_relief_lasts_nor_a_list_of_papers(
    talk: Talk, question: str
) -> None:
    reply = talk(question)
    assert reply.aspects == ("到账",)
    assert first_words(reply) == "多久到账没有查到（未查明）。"


@pytest.mark.parametrize(
    ("question", "facet"),
    [("贷款贴息几号截止", "时限"), ("贷款贴息最长贴几个月", "时限"), ("贷款贴息怎么领", "流程")],
)
def test_other_questions_of_time_are_not_taken_for_when_money_comes(
    talk: Talk, question: str, facet: str
) -> None:
    assert talk(question).facet == facet


def test_whether_two_go_together_is_said_to_be_unknown_only_where_it_was_asked(talk: Talk) -> None:
    assert "未查明" in talk("国有物业免租能跟贷款贴息叠加吗").first
    assert "减半收取" in talk("省里国有房租是先免一个月再减半吗").first


def test_a_question_of_another_year_is_told_so_only_where_nothing_of_that_year_is_near(talk: Talk) -> None:
    assert "没有2021年的这项内容" in talk("2021年房租减免几个月").text
    assert "没有2020年" not in talk("2020年的社保补助是几个月呀").text


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("贷款贴息几号文", "深光府〔2020〕9号"),
        ("惠企15条的文号", "深光府〔2020〕9号"),
        ("国家降医保费的文件编号", "医保发〔2020〕6号"),
        ("社保减半的文号多少，现在还执行吗", "人社部发〔2020〕11号"),
    ],
)
def test_who_asks_for_the_documents_number_hears_it_first(talk: Talk, question: str, number: str) -> None:
    assert number in talk(question).first


@pytest.mark.parametrize("question", ["国家降医保费的文件编号", "贷款贴息几号文"])
def test_a_documents_number_is_no_phone_and_no_amount(talk: Talk, question: str) -> None:
    reply = talk(question)
    assert (reply.aspects, reply.reason) == ((), None)


def test_which_files_to_hand_in_is_no_question_about_the_document(talk: Talk) -> None:
    reply = talk("开公司登记要交什么文件", day=date(2026, 11, 26))
    assert reply.aspects == ("材料",) and "依据《" not in reply.first


def test_a_story_is_not_told_back(talk: Talk) -> None:
    story = "我们公司在光明租了国企的厂房做模具，去年生意还行，今年过完年订单少了一半，工人也没来齐，国企厂房能免几个月租金"
    reply = talk(f"{story}？另外稳岗返还能退多少？")
    titles = [
        block.text
        for block in reply.blocks
        if block.kind == "title" and block.text.startswith(("【1】", "【2】"))
    ]
    assert len(titles) == 2 and all(len(title) <= 43 for title in titles)
    assert titles[0].endswith("能免几个月租金")


def test_what_is_asked_twice_in_other_words_is_told_once(talk: Talk) -> None:
    reply = talk(
        "买设备能一次性扣除吗？不知道我买的这台设备是不是也能当年一次性扣除。", day=date(2026, 11, 26)
    )
    answers = [block.text for block in reply.blocks if block.kind == "answer"]
    assert reply.entry == "now-cn-equipment-tax" and len(answers) == len(set(answers))
