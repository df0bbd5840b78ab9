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
    MOST_QUESTIONS,
    NO,
    NOT_KNOWN,
    YES,
    EligibilityCheck,
    decode,
    encode,
)
from huiqi.eligibility.typed_answer import AnswerReader, Unchosen
from huiqi.formats.pack_reader import read_pack
from huiqi.formats.problem import PackError
from huiqi.pack.model import UNSURE, Pack
from huiqi.service.settings import Settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.conftest import DAY
from tests.conversation.checking import formula, meant, result, rows_of

NOODLE_SHOP = {"place": "开在镇上", "trade": "餐饮", "staff": "不到10人"}
FRONT, STAFF = "shop-front", "shop-staff"
ENDED = date(2025, 6, 1)
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
        (FRONT, {"front": "换过"}, YES),
        (FRONT, {"front": "换过", "place": "开在县里别处"}, NO),
        (FRONT, {"front": "换过", "staff": "10人以上"}, NO),
        (FRONT, {"front": "换过", "staff": UNSURE}, MAYBE),
        (FRONT, {"front": "没有换", "staff": UNSURE}, NO),
        (FRONT, {}, MAYBE),
        (STAFF, {"hire": "有"}, YES),
        (STAFF, {"hire": "有", "place": "开在县里别处"}, MAYBE),
        (STAFF, {"hire": "有", "trade": "修理、理发等服务"}, MAYBE),
        (STAFF, {"hire": "没有"}, NO),
        ("shop-rent", {"rent": "镇里的公房"}, YES),
        ("shop-rent", {"rent": "别人的房子"}, NO),
    ],
)
def test_verdicts_at_the_borders(
    check: EligibilityCheck, entry: str, changes: dict[str, str], expected: str
) -> None:
    assert result(check, entry, NOODLE_SHOP | changes) == expected


@hypothesis_settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_at_most_six_questions_each_of_which_still_tells_entries_apart(
    check: EligibilityCheck, data: st.DataObject
) -> None:
    answers: dict[str, int] = {}
    ruled_out: set[str] = set()
    while (question := check.next_question(answers)) is not None:
        assert question.id not in answers
        undecided = [verdict for verdict in check.verdicts(answers) if verdict.result != NO]
        assert any(question.id in verdict.open for verdict in undecided)
        answers[question.id] = data.draw(st.sampled_from([*range(len(question.choices)), NOT_KNOWN]))
        now_out = {verdict.entry.id for verdict in check.verdicts(answers) if verdict.result == NO}
        assert ruled_out <= now_out
        ruled_out = now_out
        code = Action("check", value=encode(answers)).code()
        assert len(code.encode()) <= 64
        assert Action.from_code(code).value == encode(answers)
    assert len(answers) <= MOST_QUESTIONS
    assert decode(check, encode(answers)) == answers


def test_an_old_button_still_goes_on_from_where_it_stood(assistant: Assistant) -> None:
    reply = assistant.ask(Message("", "test", day=DAY, action=Action.from_code("c::::place0.trade1")))
    assert reply.text.startswith("资格自查 3")


def test_what_nobody_knows_stays_possible_and_says_why(check: EligibilityCheck) -> None:
    verdict = check.verdict(check.pack.entries[FRONT], {"place": 0, "staff": NOT_KNOWN, "front": 0})
    assert verdict.reasons == ("公司的雇员人数还不清楚（雇员要不到10人）",)
    assert "staff" not in verdict.open


TYPED = {
    "place": """
        星河 → 开在镇上
        我的店在星河 → 开在镇上
        北桥的 → 开在县里别处
        海月 → 不在本县
        店在星河，仓库在北桥 → SEVERAL
        小店6条是什么 → ASKS""",
    "trade": """
        开面馆的 → 餐饮
        五金店 → 零售
        餐饮零售都做 → SEVERAL
        做手机壳的 → UNKNOWN
        小吃店有什么补贴 → ASKS""",
    "staff": """
        夫妻店 → 不到10人
        三个人 → 不到10人
        十二个 → 10人以上
        不确定 → 不清楚""",
    "hire": """
        有的 → 有
        对 → 有
        两个 → 有
        0个 → 没有
        没有 → 没有
        没招人 → 没有
        没注意 → 不清楚
        有没有补助 → ASKS""",
    "rent": """
        租的公房 → 镇里的公房
        私人房东 → 别人的房子
        不租 → 没有租房
        不是公房的 → UNKNOWN""",
}


@pytest.mark.parametrize(
    ("question", "typed", "expected"),
    rows_of(TYPED),
)
def test_the_choice_that_a_typed_answer_means(
    check: EligibilityCheck, question: str, typed: str, expected: str
) -> None:
    assert meant(check, question, typed) == expected


@pytest.mark.parametrize("words", ["不做了", "算了", "算了，不做了", "那算了吧", "退出", "0"])
def test_it_can_be_given_up_in_words(say: Say, words: str) -> None:
    say("/check")
    assert "到此为止" in say(words).text


@pytest.mark.parametrize("words", ["还凑合", "都不是", "11", "1和3"])
def test_what_fits_no_choice_is_asked_again(say: Say, words: str) -> None:
    say("/check")
    say("1")
    again = say(words).text
    assert again.startswith(f"“{words}”对不上选项，请选一项") and "资格自查 2" in again
    assert say("夫妻店").text.startswith("资格自查 3")


def test_an_answer_to_a_question_yet_to_come_is_kept(say: Say) -> None:
    say("/check")
    reply = say("我们开面馆的")
    assert reply.first == "记下了：餐饮。"
    assert "资格自查 2（最多 6 问）：店开在哪里？" in reply.text
    assert "哪一行" not in say("星河").text


def test_a_number_of_the_list_is_that_choice_and_distress_is_heard_first(say: Say) -> None:
    say("/check")
    assert say("第一个").text.startswith("资格自查 2")
    assert "平安要紧" in say("撑不下去了，不想活了").text


@pytest.mark.parametrize(
    ("entry", "said", "read", "yuan"),
    [
        (FRONT, "5000", "工程款 5,000元", "1500"),
        (FRONT, "工程花了一万", "工程款 1万元", "2000"),
        (FRONT, "面积40平方米，每平方米100元", "40 平方米、100元", "1200"),
        (STAFF, "招了3个", "3 人", "1200"),
        (STAFF, "两个人", "2 人", "800"),
    ],
)
def test_a_plain_sentence_is_read_by_its_units_and_kept_to_the_ceiling(
    pack: Pack, entry: str, said: str, read: str, yuan: str
) -> None:
    reckoned = reckon(formula(pack, entry), said)
    assert isinstance(reckoned, Estimated)
    assert (reckoned.read, reckoned.yuan) == (read, Decimal(yuan))


def test_what_is_missing_is_asked_for_in_a_sentence(pack: Pack) -> None:
    wanting = reckon(formula(pack, FRONT), "面积40平方米")
    assert isinstance(wanting, Wanting) and wanting.sentence.startswith("还差：每平方米的工价（元）")
    reckoned = reckon(formula(pack, FRONT), "100元", wanting.heard)
    assert isinstance(reckoned, Estimated) and reckoned.yuan == Decimal(1200)


@pytest.mark.parametrize("text", ["小店6条是什么", "5000怎么申请", "店面换新", "没有"])
def test_what_is_no_number_of_the_estimate_is_left_to_be_answered(pack: Pack, text: str) -> None:
    assert reckon(formula(pack, FRONT), text) is None


@hypothesis_settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(
        "零一两五十百千万亿wk几多来半0159.，%‰年月个天日人元厘分点平利息率贷借的没不有 第", max_size=20
    ),
    heard=st.text("一五十万0159.，%年月个人元厘", max_size=12),
)
def test_whatever_is_typed_is_read_or_left(
    check: EligibilityCheck, pack: Pack, text: str, heard: str
) -> None:
    for entry in (FRONT, STAFF):
        reckoned = reckon(formula(pack, entry), text, heard)
        assert not isinstance(reckoned, Estimated) or reckoned.yuan >= 0
    for question in pack.check_questions:
        read = AnswerReader(pack.check_words).read(question, text)
        assert isinstance(read, Unchosen) or read == NOT_KNOWN or 0 <= read < len(question.choices)


def test_the_whole_check_by_typed_numbers(say: Say, assistant: Assistant) -> None:
    assert "开在镇上" in say("我们公司能享受哪些政策").text
    for _ in range(5):
        reply = say("1")
        assert reply.text.startswith("资格自查")
    reply = say("1")
    assert reply.text.startswith("自查结果：可以享受 3 项")
    assert "自查没有问到，还须：动工前报备。" in reply.text
    assert "以主管部门认定为准" in reply.text
    assert say("1").text.startswith("估算“店面换新补助”")
    amount = say("五千")
    assert amount.first == "按工程款 5,000元算：估算约 1,500 元，以主管部门认定为准。"
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
    assert say("小店6条是什么").entry == "shop-overview"
    assert not say("1").text.startswith("资格自查")


def test_the_way_in_says_that_the_check_starts_below_and_what_needs_no_application(
    say: Say, assistant: Assistant
) -> None:
    reply = say("有什么补贴")
    assert "自查" in reply.first and "下面开始" in reply.first and "公房免租" in reply.first
    assert len(reply.first) <= 80
    assert "资格自查 1" in reply.text
    later = assistant.ask(Message("有什么补贴", "test", day=ENDED))
    assert "下面开始" in later.first and "公房" not in later.first


def test_what_has_ended_is_said_to_have_ended(say: Say) -> None:
    reply = say("/check", day=ENDED)
    while reply.text.startswith("资格自查"):
        reply = say("1", day=ENDED)
    assert reply.text.startswith("自查结果：可以享受 0 项，可能 0 项")
    assert "按2025年6月1日来看已经结束" in reply.text
    assert "店面换新补助（2024年12月31日止）" in reply.text
    assert not any(button.action.kind in ("estimate", "checklist") for button in reply.buttons)


def test_an_estimate_asks_until_it_has_its_numbers_or_is_given_up(say: Say) -> None:
    reply = say("算", action=Action("estimate", STAFF))
    assert reply.text.startswith("估算“招人补助”")
    assert "知道了再回复" in say("不知道").text
    assert say("3").text.startswith("按 3 人算：估算约 1,200 元")
    say("算", action=Action("estimate", FRONT))
    assert say("小店6条是什么").entry == "shop-overview"
    say("算", action=Action("estimate", FRONT))
    assert say("不算了").text.startswith("好的，不算了。")


def test_the_page_to_print_lists_what_is_unknown_and_where_it_was_read(
    pack: Pack, check: EligibilityCheck
) -> None:
    verdicts = check.verdicts({"place": 0})
    text, page = checklist(pack, verdicts, DAY), checklist_html(pack, verdicts, DAY)
    assert "□ 材料：未查明" in text and "来源：" in text
    assert page.startswith("<!doctype html>") and "换新补助申请表" in page and "src=" not in page


def test_the_command_asks_and_saves_the_page(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n" * 6))
    page = tmp_path / "page.html"
    assert main(["check", "--as-of", DAY.isoformat(), "--html", str(page)]) == 0
    assert "自查结果：可以享受 3 项" in capsys.readouterr().out
    assert "换新补助申请表" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("question: hire, accept: [有]", "question: hyre, accept: [有]", "没有编号为“hyre”的问题"),
        ("question: hire, accept: [有]", "question: hire, accept: [有的]", "“有的”不是问题“hire”的选项"),
        ("question: hire, accept: [有]", "question: hire", "没有一个选项符合"),
    ],
)
def test_kb_check_finds_a_broken_rule(pack_folder: Path, was: str, becomes: str, message: str) -> None:
    file = pack_folder / "policies" / "shops.yaml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read_pack(pack_folder)
    assert [problem.file for problem in caught.value.problems] == ["policies/shops.yaml"]
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("开在镇上: [星河", "在镇上: [星河", "“在镇上”不是问题“place”的选项"),
        ("people: {有: [1", "people: {又: [1", "“又”不是问题“hire”的选项"),
        ("  不做了: [", "  不坐了: [", "“不坐了”不是哪一问的选项"),
    ],
)
def test_kb_check_finds_words_of_a_choice_that_is_not_there(
    pack_folder: Path, was: str, becomes: str, message: str
) -> None:
    file = pack_folder / "eligibility.yaml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read_pack(pack_folder)
    assert [(problem.file, problem.message) for problem in caught.value.problems] == [
        ("eligibility.yaml", message)
    ]
