"""The self-check: few questions, verdicts at the borders of the rules, estimates, the page to print."""

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
from huiqi.eligibility.checklist import checklist, checklist_html
from huiqi.eligibility.rules import (
    MAYBE,
    MOST_QUESTIONS,
    NO,
    YES,
    EligibilityCheck,
    decode,
    encode,
    estimate,
    read_numbers,
)
from huiqi.formats.pack_reader import read_pack
from huiqi.formats.problem import PackError
from huiqi.pack.model import Pack
from huiqi.service.settings import Settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.conftest import DAY

MOULD_SHOP = {"place": "都在光明区", "trade": "其他工业", "size": "中小微企业", "loan": "有"}
Say = Callable[..., Reply]


@pytest.fixture(scope="module")
def check(pack: Pack) -> EligibilityCheck:
    return EligibilityCheck(pack)


@pytest.fixture
def say(assistant: Assistant) -> Say:
    def say(text: str, day: date = DAY, action: Action | None = None) -> Reply:
        return assistant.ask(Message(text, "test", "c1", "a1", day=day, action=action))

    return say


def result(check: EligibilityCheck, entry: str, answers: dict[str, str]) -> str:
    numbers = {}
    for identifier, answer in answers.items():
        question = check.question(identifier)
        assert question is not None
        numbers[identifier] = question.choices.index(answer)
    return check.verdict(check.pack.entries[entry], numbers).result


@pytest.mark.parametrize(
    ("entry", "changes", "expected"),
    [
        ("hq15-loan-interest", {}, YES),
        ("hq15-loan-interest", {"place": "在深圳，但不都在光明区"}, NO),
        ("hq15-loan-interest", {"loan": "没有"}, NO),
        ("hq15-loan-interest", {"size": "大型企业"}, NO),
        ("hq15-loan-interest", {"trade": "批发、零售"}, MAYBE),
        ("hq15-hubei-staff", {"hubei": "有"}, YES),
        ("hq15-hubei-staff", {"hubei": "没有"}, NO),
        ("hq15-hubei-staff", {}, MAYBE),
        ("hq15-delayed-resumption", {"late": "是"}, YES),
        ("hq15-delayed-resumption", {"late": "是", "trade": "其他服务业"}, NO),
        ("hq15-supplies-workshop", {"trade": "口罩、防护服生产", "expand": "租了厂房"}, YES),
        ("hq15-supplies-workshop", {"trade": "其他防疫物资生产", "expand": "租了厂房"}, MAYBE),
        ("hq15-supplies-workshop", {"trade": "口罩、防护服生产", "expand": "买了设备"}, NO),
        ("sz16-supplies-capacity", {"trade": "其他防疫物资生产", "expand": "两样都有"}, YES),
        ("sz16-rent", {"rent": "市、区政府或市属、区属国企的"}, YES),
        ("sz16-rent", {"rent": "其他业主的"}, MAYBE),
        ("sz16-rent", {"rent": "没有租房"}, NO),
        ("cn-loss-carry", {"trade": "餐饮、住宿"}, MAYBE),
        ("cn-loss-carry", {}, NO),
        ("sz16-housing-fund", {"hard": "影响不大"}, NO),
    ],
)
def test_verdicts_at_the_borders(
    check: EligibilityCheck, entry: str, changes: dict[str, str], expected: str
) -> None:
    assert result(check, entry, MOULD_SHOP | changes) == expected


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
        answers[question.id] = data.draw(st.integers(0, len(question.choices) - 1))
        now_out = {verdict.entry.id for verdict in check.verdicts(answers) if verdict.result == NO}
        assert ruled_out <= now_out
        ruled_out = now_out
        assert len(Action("check", value=encode(answers)).code().encode()) <= 64
    assert len(answers) <= MOST_QUESTIONS
    assert decode(check, encode(answers)) == answers


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
    eligibility = pack.entries[entry].eligibility
    assert eligibility is not None and eligibility.estimate is not None
    assert estimate(eligibility.estimate, read_numbers(numbers)) == Decimal(yuan)


def test_the_whole_check_by_typed_numbers(say: Say, assistant: Assistant) -> None:
    assert "都在光明区" in say("我们公司能享受哪些政策").text
    for typed in ("1", "3", "1", "1", "1"):
        reply = say(typed)
        assert reply.text.startswith("资格自查")
    reply = say("2")
    assert reply.text.startswith("自查结果：可以享受 3 项")
    assert "以主管部门认定为准" in reply.text
    assert say("1").text.startswith("估算“中小企业贷款贴息”")
    amount = say("8万")
    assert amount.text.startswith("估算约 16,000 元，以主管部门认定为准。")
    page = say(str(len(amount.buttons)))
    assert page.text.startswith("惠企政策申请材料清单")
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


def test_it_can_be_given_up(say: Say) -> None:
    say("/check")
    assert "到此为止" in say("0").text


def test_what_has_ended_is_said_to_have_ended(say: Say) -> None:
    reply = say("/check", day=date(2021, 6, 1))
    while reply.text.startswith("资格自查"):
        reply = say("1", day=date(2021, 6, 1))
    assert "现在不能再申请" in reply.text and "已到期" in reply.text


def test_a_wrong_number_of_figures_is_asked_for_again(say: Say) -> None:
    reply = say("算", action=Action("estimate", "hq15-hubei-staff"))
    assert reply.text.startswith("估算“湖北籍员工工资补助”")
    assert "要 2 个数，收到 1 个" in say("10").text
    assert say("10 2000").text.startswith("估算约 10,000 元")


def test_the_page_to_print_lists_what_is_unknown_and_where_it_was_read(
    pack: Pack, check: EligibilityCheck
) -> None:
    verdicts = check.verdicts({"place": 0})
    text, page = checklist(pack, verdicts, DAY), checklist_html(pack, verdicts, DAY)
    assert "□ 材料：未查明" in text and "来源：" in text
    assert page.startswith("<!doctype html>") and "《贷款贴息申请表》" in page and "src=" not in page


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("question: loan, accept: [有]", "question: lown, accept: [有]", "没有编号为“lown”的问题"),
        ("question: loan, accept: [有]", "question: loan, accept: [有的]", "“有的”不是问题“loan”的选项"),
        ("question: loan, accept: [有]", "question: loan", "没有一个选项符合"),
    ],
)
def test_kb_check_finds_a_broken_rule(pack_folder: Path, was: str, becomes: str, message: str) -> None:
    file = pack_folder / "policies" / "hq15.yaml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read_pack(pack_folder)
    assert [problem.file for problem in caught.value.problems] == ["policies/hq15.yaml"]
    assert message in caught.value.problems[0].message


def test_the_command_asks_and_saves_the_page(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n3\n1\n1\n1\n2\n"))
    page = tmp_path / "page.html"
    assert main(["check", "--as-of", "2020-03-16", "--html", str(page)]) == 0
    assert "自查结果：可以享受 3 项" in capsys.readouterr().out
    assert "《贷款贴息申请表》" in page.read_text(encoding="utf-8")
