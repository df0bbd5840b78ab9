"""Talking in a terminal: buttons are numbers, commands start with a slash."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huiqi.answering.reply import Action, Block, Button, Reply
from huiqi.assistant.asking import Assistant
from huiqi.channels.terminal import PROMPT, PlainScreen, Talk, run_chat
from huiqi.service.settings import Settings

from tests.conftest import DAY, ROOT


@pytest.fixture
def talk(assistant: Assistant) -> Talk:
    return Talk(assistant, PlainScreen(), DAY)


def test_number_chooses_the_button_of_the_last_answer(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    talk.hear("店面换新要什么材料")
    offered = capsys.readouterr().out.split("（输入编号）：")[1]
    number = next(
        choice.split(".")[0] for choice in offered.split("　") if choice.split(".")[1].strip() == "流程"
    )
    talk.hear(number)
    assert "【店面换新补助·流程】" in capsys.readouterr().out


def offered(shown: str) -> list[str]:
    """What the line of numbers under an answer offers."""
    choices = shown.split("（输入编号）：")[1].split("\n")[0].split("　")
    assert [choice.split(".")[0] for choice in choices] == [
        str(place) for place in range(1, len(choices) + 1)
    ]
    return [choice.split(".")[1] for choice in choices]


def test_an_answer_offers_at_most_six_and_the_rest_under_more(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    talk.hear("店面换新要什么材料")
    first = offered(capsys.readouterr().out)
    assert len(first) <= 6 and first[-1] == "更多"
    talk.hear(str(len(first)))
    listed = capsys.readouterr().out
    assert "（输入编号）" not in listed, "a list that is numbered already is not numbered twice"
    number = next(line.split(".")[0] for line in listed.splitlines() if line.endswith(". 全文"))
    talk.hear(number)
    assert "【店面换新补助·全文】" in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["2", "2.", "第二个", "选②", "第2项"])
def test_a_choice_may_be_typed_in_the_ways_people_do(
    talk: Talk, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    talk.hear("店面换新要什么材料")
    second = offered(capsys.readouterr().out)[1]
    talk.hear(typed)
    assert f"【店面换新补助·{second}】" in capsys.readouterr().out


def test_several_numbers_are_several_answers(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    talk.hear("店面换新要什么材料")
    names = offered(capsys.readouterr().out)
    talk.hear("1和3")
    shown = capsys.readouterr().out
    assert f"·{names[0]}】" in shown and f"·{names[2]}】" in shown and f"·{names[1]}】" not in shown


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("全文", "【店面换新补助·全文】"),
        ("各级对照", "各级对照（店面换新）："),
        ("来源与有效期", "【店面换新补助·来源与有效期】"),
        ("更多", "关于“店面换新补助”还可以看"),
    ],
)
def test_what_is_told_on_demand_may_be_asked_by_its_name(
    talk: Talk, capsys: pytest.CaptureFixture[str], word: str, said: str
) -> None:
    talk.hear("店面换新要什么材料")
    talk.hear(word)
    assert said in capsys.readouterr().out


def test_all_of_a_list_is_told_without_saying_anything_twice(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    talk.hear("店面换新要什么材料")
    talk.hear("更多")
    capsys.readouterr()
    talk.hear("都要")
    shown = capsys.readouterr().out
    assert "·全文】" in shown and "·来源与有效期】" in shown and "各级对照（" in shown
    assert "·材料】" not in shown, "the whole has it already"
    assert "【2】" not in shown, "one question does not head each part"


def test_the_number_of_a_miss_is_shown_beside_what_may_be_asked_next(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = (Block("answer", "甲"), Block("hint", "查询编号：7"))
    talk._show(Reply("answer", blocks, buttons=(Button("全文", Action("whole", "a")),)))
    shown = capsys.readouterr().out
    assert "查询编号：7" in shown and offered(shown) == ["全文"]


def test_a_follow_up_repeats_neither_source_nor_office(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    talk.hear("店面换新补助怎么申请")
    first = capsys.readouterr().out
    talk.hear("那要什么材料")
    follow = capsys.readouterr().out
    assert "来源：" in first and "咨询：" in first
    assert "·材料】" in follow and "来源：" not in follow and "咨询：" not in follow


def test_a_self_check_is_given_up_by_the_word_that_it_offers(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    talk.hear("/check")
    assert "0. 不做了" in capsys.readouterr().out
    talk.hear("不做了")
    assert "自查到此为止" in capsys.readouterr().out


def test_number_that_was_not_offered_is_just_a_question(talk: Talk) -> None:
    talk.hear("店面换新要什么材料")
    talk.hear("99")
    assert talk.last is not None
    assert talk.last.entry != "shop-front"


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
    talk.hear("夜市几点收摊")
    assert "来源：" in capsys.readouterr().out


def test_end_of_input_ends_the_conversation(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("店面换新补多少"))
    assert run_chat(assistant, DAY) == 0
    assert capsys.readouterr().out.rstrip().endswith("再见。")


class Terminal:
    """A real terminal with `huiqi chat` in it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "huiqi", "chat", "--as-of", "2024-06-03"],
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"} | environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        self.shown = ""
        self._raw = b""
        self._seen = 0

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, words: str, seconds: float = 90) -> None:
        """Read until `words` are on the screen, after what was waited for before."""
        end = time.monotonic() + seconds
        while (place := self.shown.find(words, self._seen)) < 0:
            ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
            assert ready, f"{words!r} never came; there was: {self.shown[self._seen :]!r}"
            try:
                self._raw += os.read(self._master, 65536)
            except OSError:
                # The other end of a terminal that was left reads as an error on Linux.
                pytest.fail(f"it left before {words!r}; there was: {self.shown[self._seen :]!r}")
            self.shown = self._raw.decode(errors="ignore")
        self._seen = place + len(words)

    def wait_for_prompt(self) -> None:
        """Read until keys are taken: a prompt that was left is drawn once more before that."""
        self.wait_for("\x1b[?2004h")
        self.wait_for(PROMPT.strip())

    def end(self) -> int:
        return self._process.wait(timeout=60)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


@pytest.fixture
def terminal(published: Settings, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal({"XDG_DATA_HOME": str(tmp_path)})
    yield terminal
    terminal.close()


def test_real_terminal_has_a_prompt_colours_history_and_leaves_on_ctrl_d(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.wait_for_prompt()
    terminal.type("店面换新要什么材料\r")
    terminal.wait_for("换新补助申请表")
    terminal.wait_for_prompt()
    terminal.type("\x03")
    terminal.wait_for_prompt()
    terminal.type("\x04")
    terminal.wait_for("再见")
    assert terminal.end() == 0
    assert "\x1b[" in terminal.shown
    assert "店面换新要什么材料" in (tmp_path / "huiqi" / "chat-history").read_text(encoding="utf-8")
