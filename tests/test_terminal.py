"""Talking in a terminal: buttons are numbers, commands start with a slash."""

from __future__ import annotations

from datetime import date

import pytest

from bot.assistant import Assistant
from bot.channels.terminal import PlainScreen, Talk, run_chat


@pytest.fixture
def talk(assistant: Assistant) -> Talk:
    return Talk(assistant, PlainScreen(), date(2020, 3, 16))


def test_number_chooses_the_button_of_the_last_answer(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    talk.hear("贷款贴息要什么材料")
    offered = capsys.readouterr().out.split("（输入编号）：")[1]
    number = next(
        choice.split(".")[0] for choice in offered.split("　") if choice.split(".")[1].strip() == "流程"
    )
    talk.hear(number)
    assert "【中小企业贷款贴息·流程】" in capsys.readouterr().out


def test_number_that_was_not_offered_is_just_a_question(talk: Talk) -> None:
    talk.hear("贷款贴息要什么材料")
    talk.hear("99")
    assert talk.last is not None
    assert talk.last.entry != "hq15-loan-interest"


def test_facets_without_a_subject_asks_for_a_question(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    assert talk.hear("/facets")
    assert "请先问一个问题" in capsys.readouterr().out


def test_blank_line_says_nothing(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    assert talk.hear("   ")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("line", ["/quit", " /quit ", "/exit", "/q"])
def test_leaving(talk: Talk, line: str) -> None:
    assert not talk.hear(line)


def test_every_answer_has_the_source_and_reads_without_buttons(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    talk.hear("二房东乱涨租金怎么举报")
    assert "来源：" in capsys.readouterr().out


def test_end_of_input_ends_the_conversation(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("贷款贴息能补多少"))
    assert run_chat(assistant, date(2020, 3, 16)) == 0
    assert capsys.readouterr().out.rstrip().endswith("再见。")
