"""The self-check: few questions, typed answers, verdicts at the borders of the rules, estimates, the page to print."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from huiqi.answering.reply import Action, Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.cli.main import main
from huiqi.eligibility.calculator import Estimated, Wanting, reckon
from huiqi.eligibility.checklist import checklist, checklist_html
from huiqi.eligibility.rules import (
    MAYBE,
    NO,
    NOT_KNOWN,
    YES,
    EligibilityCheck,
)
from huiqi.pack.model import UNSURE, Pack
from huiqi.service.settings import Settings

from tests.content.conftest import DAY
from tests.conversation.checking import formula, meant, result, rows_of

PRIVATE = "民营企业、个体户"
MOULD_SHOP = {
    "place": "都在光明区",
    "trade": "其他工业",
    "size": "中小微企业",
    "loan": "有",
    "owner": PRIVATE,
}
Say = Callable[..., Reply]


@pytest.fixture(scope="module")
def check(pack: Pack) -> EligibilityCheck:
    return EligibilityCheck(pack)


@pytest.fixture
def say(assistant: Assistant) -> Say:
    def say(text: str, day: date = DAY, action: Action | None = None) -> Reply:
        return assistant.ask(Message(text, "test", "c1", "a1", day=day, action=action))

    return say


@pytest.mark.parametrize(
    ("entry", "changes", "expected"),
    [
        ("hq15-loan-interest", {}, YES),
        ("hq15-loan-interest", {"place": "在深圳，但不都在光明区"}, NO),
        ("hq15-loan-interest", {"loan": "没有"}, NO),
        ("hq15-loan-interest", {"size": "大型企业"}, NO),
        ("hq15-loan-interest", {"trade": "批发、零售"}, MAYBE),
        ("hq15-loan-interest", {"owner": "国有企业"}, NO),
        ("hq15-loan-interest", {"owner": "外资、港澳台资企业"}, MAYBE),
        ("hq15-hubei-staff", {"hubei": "有"}, YES),
        ("hq15-hubei-staff", {"hubei": "有", "size": "大型企业"}, MAYBE),
        ("hq15-hubei-staff", {"hubei": "有", "trade": "餐饮、住宿"}, MAYBE),
        ("hq15-hubei-staff", {"hubei": "没有"}, NO),
        ("hq15-hubei-staff", {}, MAYBE),
        ("hq15-delayed-resumption", {"late": "是"}, YES),
        ("hq15-delayed-resumption", {"late": "是", "trade": "其他服务业"}, NO),
        ("hq15-hr-agency", {"late": "是", "trade": "人力资源服务"}, YES),
        ("hq15-hr-agency", {"late": "不是", "trade": "人力资源服务"}, MAYBE),
        ("gd20-hire-subsidy", {"hire": "有", "trade": "口罩、防护服生产"}, YES),
        ("gd20-hire-subsidy", {"hire": "有", "trade": "口罩、防护服生产", "place": "不在深圳"}, MAYBE),
        ("hq15-supplies-workshop", {"trade": "口罩、防护服生产", "expand": "租了厂房"}, YES),
        ("hq15-supplies-workshop", {"trade": "其他防疫物资生产", "expand": "租了厂房"}, MAYBE),
        ("hq15-supplies-workshop", {"trade": "口罩、防护服生产", "expand": "买了设备"}, NO),
        ("sz16-supplies-capacity", {"trade": "其他防疫物资生产", "expand": "两样都有"}, YES),
        ("sz16-rent", {"rent": "市、区政府或市属、区属国企的"}, YES),
        ("sz16-rent", {"rent": "市、区政府或市属、区属国企的", "owner": "外资、港澳台资企业"}, YES),
        ("sz16-rent", {"rent": "市、区政府或市属、区属国企的", "owner": "国有企业"}, NO),
        ("sz16-rent", {"rent": "其他业主的"}, MAYBE),
        ("sz16-rent", {"rent": "没有租房"}, NO),
        ("cn-loss-carry", {"trade": "餐饮、住宿"}, MAYBE),
        ("cn-loss-carry", {}, NO),
        ("sz16-housing-fund", {"hard": "影响不大"}, NO),
        ("hq15-loan-interest", {"size": UNSURE}, MAYBE),
        ("hq15-loan-interest", {"size": UNSURE, "loan": "没有"}, NO),
        ("sz-social-relief", {"trade": UNSURE}, YES),
    ],
)
def test_verdicts_at_the_borders(
    check: EligibilityCheck, entry: str, changes: dict[str, str], expected: str
) -> None:
    assert result(check, entry, MOULD_SHOP | changes) == expected


def test_an_old_button_still_goes_on_from_where_it_stood(assistant: Assistant) -> None:
    reply = assistant.ask(Message("", "test", day=DAY, action=Action.from_code("c::::place0.trade2")))
    assert reply.text.startswith("资格自查 3")


def test_what_nobody_knows_stays_possible_and_says_why(check: EligibilityCheck) -> None:
    loan = check.pack.entries["hq15-loan-interest"]
    verdict = check.verdict(loan, {"place": 0, "trade": 2, "size": NOT_KNOWN, "owner": 0, "loan": 0})
    assert verdict.reasons == ("公司的规模还不清楚（要符合《中小企业划型标准规定》）",)
    assert "size" not in verdict.open


TYPED = {
    "place": """
        光明 → 都在光明区
        我们公司在光明 → 都在光明区
        两个地方都在光明区 → 都在光明区
        宝安的 → 在深圳，但不都在光明区
        一部分在光明 → 在深圳，但不都在光明区
        东莞 → 不在深圳
        注册在光明，办公在宝安 → SEVERAL
        不在光明区 → UNKNOWN
        深圳 → UNKNOWN
        57条是什么 → ASKS""",
    "trade": """
        我们做口罩的 → 口罩、防护服生产
        生产口罩的工厂 → 口罩、防护服生产
        餐饮 → 餐饮、住宿
        开饭店的，十二个人 → 餐饮、住宿
        五金厂 → 其他工业
        五金店 → 批发、零售
        物业服务业 → 物业管理
        做餐饮批发的 → SEVERAL
        其他 → SEVERAL
        做手机壳的 → UNKNOWN
        口罩厂有什么补贴 → ASKS
        口罩厂补贴 → ASKS""",
    "size": """
        大型 → 大型企业
        小微吧 → 中小微企业
        中小徽企业 → 中小微企业
        个体户 → 个体工商户
        我是个体户 → 个体工商户
        30人的小微企业 → 中小微企业
        不是大型企业 → UNKNOWN
        三十几个人 → PEOPLE
        三十来人 → PEOPLE
        十二个 → PEOPLE
        500人以上 → PEOPLE
        个体户呢 → ASKS
        什么叫中小微 → ASKS
        不确定 → 不清楚
        不知道选哪个 → 不清楚
        不知道怎么申请 → ASKS""",
    "loan": """
        有 → 有
        有的 → 有
        是的 → 有
        对 → 有
        贷了200万 → 有
        展期了 → 有
        没有 → 没有
        没 → 没有
        不是 → 没有
        没有展期 → 没有
        没贷款 → 没有
        没有吧，不清楚 → 不清楚
        没有呢 → 没有
        有，但是个人名义的 → 没有
        没注意 → 不清楚
        去年贷的 → UNKNOWN
        有没有贴息 → ASKS""",
    "rent": """
        租的国企的 → 市、区政府或市属、区属国企的
        私人房东 → 其他业主的
        不租 → 没有租房
        自己的厂房 → 没有租房
        不是国企的 → UNKNOWN""",
    "late": """
        是的，晚了二十天 → 是
        没有 → 不是
        按时复工的 → 不是""",
    "hubei": """
        2个 → 有
        三十几个人 → 有
        有两个没回来 → 有
        0个 → 没有
        都回来了 → 没有""",
    "layoff": """
        没有 → 没有裁员
        一个没裁 → 没有裁员
        裁了几个 → 裁了少数人
        裁了一半 → 裁了不少人
        裁了3个 → PEOPLE""",
    "vat": """
        不是小规模 → 不是
        不是一般纳税人 → 是
        小规模 → 是""",
    "hard": """
        撑不下去了 → 比较困难
        没什么影响 → 影响不大
        不怎么难 → 影响不大
        不太困难 → 影响不大""",
}


@pytest.mark.parametrize(
    ("question", "typed", "expected"),
    rows_of(TYPED),
)
def test_the_choice_that_a_typed_answer_means(
    check: EligibilityCheck, question: str, typed: str, expected: str
) -> None:
    assert meant(check, question, typed) == expected


@pytest.mark.parametrize("words", ["不做了", "算了", "算了，不做了", "那算了吧", "退出", "不查了", "0"])
def test_it_can_be_given_up_in_words(say: Say, words: str) -> None:
    say("/check")
    assert "到此为止" in say(words).text


def test_the_whole_check_in_words(say: Say, assistant: Assistant) -> None:
    say("/check")
    assert say("光明區").text.startswith("资格自查 2")
    assert say("我們做模具的").text.startswith("资格自查 3")
    again = say("三十几个人")
    assert again.first == "光看人数还定不了，请选一项："
    assert "1. 中小微企业\n2. 大型企业\n3. 个体工商户\n4. 不清楚\n0. 不做了" in again.text
    assert say("小微").text.startswith("资格自查 4")
    assert say("自己开的").text.startswith("资格自查 5")
    assert say("有的").text.startswith("资格自查 6")
    result = say("没注意").text
    assert result.startswith("自查结果：可以享受 2 项")
    assert "国有物业免租2个月（市）：免2个月租金" in result
    assert "还要看：公司的租房还不清楚（" in result
    assert say("材料清单").text.startswith("申请材料清单")
    assert assistant._log is not None and assistant._log.unanswered() == []


@pytest.mark.parametrize("words", ["还凑合", "都不是", "11", "1和3", "我是开厂做手机壳的"])
def test_what_fits_no_choice_is_asked_again(say: Say, words: str) -> None:
    say("/check")
    say("1")
    again = say(words).text
    assert again.startswith(f"“{words}”对不上选项，请选一项") and "资格自查 2" in again
    assert say("餐饮").text.startswith("资格自查 3")


def test_an_answer_to_a_question_yet_to_come_is_kept(say: Say) -> None:
    say("/check")
    reply = say("我们做口罩的")
    assert reply.first == "记下了：口罩、防护服生产。"
    assert "资格自查 2（最多 6 问）：公司的注册地和实际经营地在哪里？" in reply.text
    assert "主要做哪一行" not in say("光明").text


def test_a_number_of_the_list_is_that_choice_and_distress_is_heard_first(say: Say) -> None:
    say("/check")
    assert say("第二个").text.startswith("资格自查 2")
    assert "平安要紧" in say("撑不下去了，不想活了").text
    assert say("10").text.startswith("资格自查 3")


@pytest.mark.parametrize(
    ("entry", "numbers", "yuan"),
    [
        ("hq15-loan-interest", "80000", "16000"),
        ("hq15-loan-interest", "100万", "200000"),
        ("hq15-loan-interest", "1000001", "200000"),
        ("hq15-loan-interest", "999999.99", "200000.00"),
        ("hq15-loan-interest", "99.9万", "199800"),
        ("hq15-supplies-workshop", "300万", "3000000"),
        ("hq15-supplies-workshop", "3,000,001", "3000000"),
        ("sz16-supplies-capacity", "4000万", "20000000"),
        ("hq15-hubei-staff", "10 1,000", "5000"),
        ("sz-isolation-subsidy", "4350 10", "1000"),
        ("gd20-hire-subsidy", "3", "3000"),
    ],
)
def test_estimates_keep_to_the_formula_and_its_ceiling(
    pack: Pack, entry: str, numbers: str, yuan: str
) -> None:
    reckoned = reckon(formula(pack, entry), numbers)
    assert isinstance(reckoned, Estimated) and reckoned.yuan == Decimal(yuan)


LOAN, STAFF = "hq15-loan-interest", "hq15-hubei-staff"


@pytest.mark.parametrize(
    ("entry", "said", "read", "yuan"),
    [
        (LOAN, "200万，年利率5%，三个月", "200万元、年利率 5%、3 个月", "5000"),
        (LOAN, "两百万 借了半年 利息5个点", "200万元、年利率 5%、6 个月", "10000"),
        (LOAN, "贷了150万，一年，4.35%", "150万元、年利率 4.35%、6 个月（最多算 6 个月）", "6525"),
        (LOAN, "6个月 年化4.35 一百五十万", "150万元、年利率 4.35%、6 个月", "6525"),
        (LOAN, "200万5%6个月能补多少", "200万元、年利率 5%、6 个月", "10000"),
        (LOAN, "我们公司一共借了一百二十万，月息八厘，三个月", "120万元、年利率 9.6%、3 个月", "5760"),
        (LOAN, "每月千分之五，30万块，两个季度", "30万元、年利率 6%、6 个月", "1800"),
        (LOAN, "利息付了一万五", "期间实际支付的贷款利息 1.5万元", "3000"),
        (LOAN, "本金200万，利息8万", "期间实际支付的贷款利息 8万元", "16000"),
        (LOAN, "50w，6%，90天", "50万元、年利率 6%、3 个月", "1500"),
        (LOAN, "一百万年利率百分之五六个月", "100万元、年利率 5%、6 个月", "5000"),
        (LOAN, "200万，月息4厘5，半年", "200万元、年利率 5.4%、6 个月", "10800"),
        (STAFF, "十个人，每月2200元", "10 人、2,200元", "11000"),
        (STAFF, "八个湖北员工 每月两千二", "8 人、2,200元", "8800"),
        ("sz16-rent", "租金30000一个月", "3万元", "60000"),
        ("sz16-rent", "一年36万", "3万元", "60000"),
        (STAFF, "2200块 10个人", "10 人、2,200元", "11000"),
        (STAFF, "10个 2200", "10 人、2,200元", "11000"),
        ("sz16-property-mgmt", "2万平方", "20,000 平方米", "10000"),
        ("sz16-property-mgmt", "三千多平米", "3,000 平方米", "1500"),
        ("sz-isolation-subsidy", "12个工作日，基数四千三百五", "4,350元、12 天", "1200"),
        ("gd20-hire-subsidy", "招了12个", "12 人", "12000"),
    ],
)
def test_a_plain_sentence_is_read_by_its_units(
    pack: Pack, entry: str, said: str, read: str, yuan: str
) -> None:
    reckoned = reckon(formula(pack, entry), said)
    assert isinstance(reckoned, Estimated)
    assert (reckoned.read, reckoned.yuan) == (read, Decimal(yuan))


@pytest.mark.parametrize(
    ("entry", "said", "asked", "then", "yuan"),
    [
        (LOAN, "300000元 0.5% 6个月", "0.5%是年利率还是月利率？", "月利率", "1800"),
        (LOAN, "30万 八厘 半年", "八厘是年利率还是月利率？", "年的", "2400"),
        (LOAN, "30万 月息八厘?", "还差：付利息的月数（个月）。", "三个月", "1440"),
        (LOAN, "贷了200万", "还差：年利率（%）、付利息的月数（个月）。", "5%，3个月", "5000"),
        (LOAN, "200 5 3", "200 是 200 元，还是 200 万元？", "万", "5000"),
        (LOAN, "200 5 3", "200 是 200 元，还是 200 万元？", "200万", "5000"),
        (LOAN, "8", "8 是 8 元，还是 8 万元？", "万元", "16000"),
        (LOAN, "0.05 200万 3个月", "0.05 是百分之几？请写成“5%”这样。", "5%", "5000"),
        (LOAN, "每个月利息5000", "5000是一个月的，一共是多少元？", "三万", "6000"),
        (STAFF, "10", "要 2 个数，收到 1 个。", "2000", "10000"),
        (STAFF, "10", "要 2 个数，收到 1 个。", "10 2000", "10000"),
        (STAFF, "10个人", "还差：深圳市最低工资标准", "两千二", "11000"),
    ],
)
def test_what_is_missing_or_unclear_is_asked_for_in_a_sentence(
    pack: Pack, entry: str, said: str, asked: str, then: str, yuan: str
) -> None:
    wanting = reckon(formula(pack, entry), said)
    assert isinstance(wanting, Wanting) and wanting.sentence.startswith(asked)
    reckoned = reckon(formula(pack, entry), then, wanting.heard)
    assert isinstance(reckoned, Estimated) and reckoned.yuan == Decimal(yuan)


@pytest.mark.parametrize(
    "text", ["57条是什么", "300万怎么申请", "贷款贴息", "没有", "2020年3月的呢", "50人以下的企业有吗"]
)
def test_what_is_no_number_of_the_estimate_is_left_to_be_answered(pack: Pack, text: str) -> None:
    assert reckon(formula(pack, LOAN), text) is None


def test_the_whole_check_by_typed_numbers(say: Say, assistant: Assistant) -> None:
    assert "都在光明区" in say("我们公司能享受哪些政策").text
    for typed in ("1", "3", "1", "1", "1"):
        reply = say(typed)
        assert reply.text.startswith("资格自查")
    reply = say("1")
    assert reply.text.startswith("自查结果：可以享受 3 项")
    assert "自查没有问到，还须：受疫情影响较大；积极配合区政府防疫。" in reply.text
    assert "以主管部门认定为准" in reply.text
    assert say("1").text.startswith("估算“中小企业贷款贴息”")
    amount = say("8万")
    assert amount.first == "按期间实际支付的贷款利息 8万元算：估算约 16,000 元，以主管部门认定为准。"
    page = say(str(len(amount.buttons)))
    assert page.text.startswith("申请材料清单")
    assert "□ 材料：" in page.text
    assert assistant._log is not None and assistant._log.unanswered() == []


def test_the_buttons_alone_lead_through_the_check_without_a_conversation(assistant: Assistant) -> None:
    reply = assistant.ask(Message("/check", "test", day=DAY))
    while reply.text.startswith("资格自查"):
        reply = assistant.ask(Message("", "test", day=DAY, action=reply.buttons[0].action))
    assert reply.text.startswith("自查结果")


def test_a_question_in_the_middle_is_answered_and_leaves_the_check(say: Say) -> None:
    say("/check")
    assert say("57条是什么").entry == "env-57"
    assert not say("1").text.startswith("资格自查")


def test_the_way_in_says_that_the_check_starts_below_and_what_needs_no_application(
    say: Say, assistant: Assistant
) -> None:
    reply = say("有什么补贴")
    assert "自查" in reply.first and "下面开始" in reply.first and "电费按95%结算" in reply.first
    assert len(reply.first) <= 80
    assert "资格自查 1" in reply.text
    later = assistant.ask(Message("有什么补贴", "test", day=date(2025, 1, 1)))
    assert "下面开始" in later.first and "电费" not in later.first


def test_what_has_ended_is_said_to_have_ended(say: Say) -> None:
    reply = say("/check", day=date(2021, 6, 1))
    while reply.text.startswith("资格自查"):
        reply = say("1", day=date(2021, 6, 1))
    assert reply.text.startswith("自查结果：可以享受 0 项，可能 0 项")
    assert "按2021年6月1日来看已经结束" in reply.text
    assert "中小企业贷款贴息（2020年12月31日止）" in reply.text
    assert not any(button.action.kind in ("estimate", "checklist") for button in reply.buttons)


def test_an_estimate_asks_until_it_has_its_numbers_or_is_given_up(say: Say) -> None:
    reply = say("算", action=Action("estimate", STAFF))
    assert reply.text.startswith("估算“湖北籍员工工资补助”")
    assert "要 2 个数，收到 1 个" in say("10").text
    assert "知道了再回复" in say("不知道").text
    assert say("2000").text.startswith("按 10 人、2,000元算：估算约 10,000 元")
    say("算", action=Action("estimate", LOAN))
    assert say("57条是什么").entry == "env-57"
    say("算", action=Action("estimate", LOAN))
    assert say("不算了").text.startswith("好的，不算了。")


def test_the_page_to_print_lists_what_is_unknown_and_where_it_was_read(
    pack: Pack, check: EligibilityCheck
) -> None:
    verdicts = check.verdicts({"place": 0})
    text, page = checklist(pack, verdicts, DAY), checklist_html(pack, verdicts, DAY)
    assert "□ 材料：未查明" in text and "来源：" in text
    assert page.startswith("<!doctype html>") and "《贷款贴息申请表》" in page and "src=" not in page


def test_the_command_asks_and_saves_the_page(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n3\n1\n1\n1\n1\n"))
    page = tmp_path / "page.html"
    assert main(["check", "--as-of", "2020-03-16", "--html", str(page)]) == 0
    assert "自查结果：可以享受 3 项" in capsys.readouterr().out
    assert "《贷款贴息申请表》" in page.read_text(encoding="utf-8")
