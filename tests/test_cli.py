"""The command as an office would use it: right exit codes, data apart from remarks, sentences instead of traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.service.settings import VARIABLES, Settings
from sqlite_utils import Database

from tests.conftest import ROOT, Ran

pytestmark = pytest.mark.usefixtures("published")

DAY = "2024-06-03"

QUESTIONS = [
    ("小店6条是什么", "shop-overview", "6条"),
    ("夜市摊子申请要带什么", "stall-apply", "身份证"),
    ("2023年摊位费多少钱", "stall-fee-2023", "3元"),
    ("家里老屋翻修，镇上补多少", "repair-house", "3000元"),
    ("请了两个帮手，镇里给补吗", "shop-staff", "400元"),
    ("夜市几点收摊", "stall-close", "23点"),
    ("店面换新补多少", "shop-front", "30%"),
]


@pytest.mark.parametrize(("question", "entry", "words"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_question_gets_its_sourced_answer_from_the_command(
    huiqi: Callable[..., Ran], question: str, entry: str, words: str
) -> None:
    ran = huiqi("ask", question, "--as-of", DAY, "--json")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert (answer["outcome"], answer["entry"]) == ("answer", entry)
    assert words in answer["text"]
    assert "来源：" in answer["text"]


def test_answer_is_plain_text_on_standard_output(huiqi: Callable[..., Ran]) -> None:
    ran = huiqi("ask", "店面换新补多少", "--as-of", DAY)
    assert "2000元" in ran.out
    assert "\x1b" not in ran.out
    assert ran.err == ""


def test_explanation_names_what_was_matched(huiqi: Callable[..., Ran]) -> None:
    ran = huiqi("ask", "店面换新补多少", "--as-of", DAY, "--explain")
    assert "换新" in ran.out.split("2000元")[-1]


def test_question_is_logged_with_the_revision_that_answered(
    huiqi: Callable[..., Ran], settings: Settings
) -> None:
    huiqi("ask", "店面换新补多少", "--as-of", DAY)
    row = next(Database(settings.database).query("select * from question"))
    assert (row["text"], row["outcome"], row["entry"]) == ("店面换新补多少", "answer", "shop-front")
    assert row["revision"]
    assert row["channel"] == "cli"
    assert row["pack"]


def test_personal_data_in_a_question_is_not_logged(huiqi: Callable[..., Ran], settings: Settings) -> None:
    huiqi("ask", "店面换新补多少，我的手机13812345678", "--as-of", DAY)
    dump = "\n".join(Database(settings.database).conn.iterdump())
    assert "[手机号]" in dump
    assert "13812345678" not in dump


def test_misses_are_listed_grouped_with_how_often(huiqi: Callable[..., Ran]) -> None:
    for question in ("火星移民怎么买票", "火星移民怎么买票？"):
        assert json.loads(huiqi("ask", question, "--json").out)["outcome"] == "unanswered"
    ran = huiqi("unanswered", "list", "--json")
    (row,) = [json.loads(line) for line in ran.out.splitlines()]
    assert row["count"] == 2
    assert row["status"] == "open"
    assert set(row) >= {
        "cluster",
        "question",
        "count",
        "askers",
        "reason",
        "candidates",
        "first_seen",
        "last_seen",
    }
    assert "火星移民怎么买票" in huiqi("unanswered", "list").out


def test_the_brief_of_a_week_in_which_nobody_asked_is_told_before_anything_else_was_done(
    huiqi: Callable[..., Ran],
) -> None:
    ran = huiqi("brief", "--week", "2026-W47")
    assert ran.code == 0 and ran.out.startswith("2026-W47 周报") and "提问 0 次" in ran.out


def test_misses_of_another_status_or_later_day_are_none(huiqi: Callable[..., Ran]) -> None:
    huiqi("ask", "火星移民怎么买票")
    for more in (["--status", "closed"], ["--since", "2999-01-01"]):
        ran = huiqi("unanswered", "list", *more)
        assert (ran.code, ran.out) == (0, "")


WRONG_USES = [
    [],
    ["ask"],
    ["ask", "  "],
    ["ask", "问", "--jsonl"],
    ["ask", "问", "--as-of", "2020年"],
    ["ask", "问", "--as-of", "2020-02-30"],
    ["answer", "问"],
    ["ask", "问", "--colour"],
    ["unanswered"],
    ["unanswered", "list", "--status", "lost"],
    ["unanswered", "list", "--since", "昨天"],
    ["kb"],
    ["kb", "check", "/nowhere/at/all"],
    ["kb", "import", "/nowhere/at/all"],
]


@pytest.mark.parametrize("arguments", WRONG_USES, ids=" ".join)
def test_wrong_use_is_one_sentence_and_exit_code_2(huiqi: Callable[..., Ran], arguments: list[str]) -> None:
    ran = huiqi(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.strip().splitlines()) == 1
    assert any("一" <= character <= "鿿" for character in ran.err)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--config", "none.toml", "ask", "问"], "找不到设置文件 none.toml"),
        (["--config", "bad.toml", "ask", "问"], "不是合法的 TOML"),
        (["--config", "odd.toml", "ask", "问"], "不认识的项：COLOUR"),
    ],
)
def test_settings_file_that_cannot_be_used_is_said_in_a_sentence(
    huiqi: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    says: str,
) -> None:
    (tmp_path / "bad.toml").write_text("a = = 1")
    (tmp_path / "odd.toml").write_text('COLOUR = "red"')
    monkeypatch.chdir(tmp_path)
    ran = huiqi(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err


def test_settings_file_names_the_database(
    huiqi: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUIQI_DATABASE")
    (tmp_path / "huiqi.toml").write_text(f'HUIQI_DATABASE = "{tmp_path}/mine.db"')
    assert huiqi("--config", tmp_path / "huiqi.toml", "unanswered", "list").code == 0
    assert (tmp_path / "mine.db").exists()


def test_database_that_is_none_is_said_in_a_sentence(
    huiqi: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.db").write_bytes(b"\x89PNG" * 1000)
    monkeypatch.setenv("HUIQI_DATABASE", str(tmp_path / "photo.db"))
    ran = huiqi("unanswered", "list")
    assert (ran.code, ran.out) == (1, "")
    assert "打不开" in ran.err
    assert (tmp_path / "photo.db").read_bytes() == b"\x89PNG" * 1000


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("mysql://clerk:secret@db/huiqi", "SQLite 文件的路径，或 postgresql://"),
        ("postgresql://clerk:secret@127.0.0.1:1/huiqi", "连不上数据库 postgresql://clerk@127.0.0.1:1/huiqi"),
        ("postgresql://127.0.0.1:1/huiqi?user=clerk&password=secret", "password=***"),
        ("postgresql://clerk:top@secret@127.0.0.1:1/huiqi", "%40"),
        ("postgresql://clerk:secret%@127.0.0.1:1/huiqi", "写得不对"),
    ],
)
def test_a_database_elsewhere_is_refused_without_telling_its_password(
    huiqi: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUIQI_DATABASE", named)
    ran = huiqi("unanswered", "list")
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err and "secret" not in ran.err
    assert "secret" not in huiqi("doctor").out
    assert {file.name for file in tmp_path.iterdir()} <= {"huiqi.db"}


def test_doctor_says_what_is_set_and_never_shows_a_secret(
    huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:very-secret-token")
    monkeypatch.setenv("HUIQI_SECRET_KEY", "another secret")
    ran = huiqi("doctor")
    assert ran.code == 0
    assert "令牌已设置" in ran.out
    assert "secret" not in ran.out + ran.err


def test_doctor_finds_what_is_wrong_and_exits_1(
    huiqi: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.db").write_bytes(b"\x89PNG" * 1000)
    monkeypatch.setenv("HUIQI_DATABASE", str(tmp_path / "photo.db"))
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "not a token")
    ran = huiqi("doctor")
    assert ran.code == 1
    assert "错误  数据库：" in ran.out
    assert "错误  Telegram：" in ran.out


def test_doctor_names_what_is_missing_but_not_needed(huiqi: Callable[..., Ran]) -> None:
    ran = huiqi("doctor")
    assert ran.code == 0
    assert "注意  Telegram：没有设置 TELEGRAM_BOT_TOKEN" in ran.out


def test_doctor_speaks_of_every_setting(huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    without = huiqi("doctor").out
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:token")
    said = without + huiqi("doctor").out
    assert [name for name in VARIABLES if name not in said] == []


def _process(settings: Settings, arguments: list[str], words: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "huiqi", *arguments],
        cwd=ROOT,
        input=words,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        check=False,
    )


def test_conversation_through_a_pipe_is_plain_and_choices_are_numbers(settings: Settings) -> None:
    ran = _process(
        settings, ["chat", "--as-of", DAY], "店面换新补多少\n那材料呢\n/facets\n/help\n/quit\n还在吗\n"
    )
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout
    turns = ran.stdout.split("问> ")
    assert "【店面换新补助·标准】" in turns[1]
    assert "1.对象" in turns[1] and "6.更多" in turns[1] and "7." not in turns[1]
    assert "来源：" in turns[1]
    assert "【店面换新补助·材料】" in turns[2] and "来源：" not in turns[2]
    assert "电话（未查明）" in turns[3]
    assert "/facets" in turns[4]
    assert "再见" in turns[5]
    assert "还在吗" not in ran.stdout


SLOW_TO_LOAD = (
    "huiqi.console",
    "huiqi.curation",
    "huiqi.service.web",
    "telegram",
    "starlette",
    "openpyxl",
    "cryptography",
    "mcp",
    "httpx",
)


def test_a_question_on_a_cold_start_does_not_pay_for_the_console(settings: Settings) -> None:
    ask = "import sys; from huiqi.cli.main import main; main(['ask', '店面换新']); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = ran.stdout.splitlines()[-1].split()
    assert "huiqi.assistant.asking" in loaded
    assert [name for name in SLOW_TO_LOAD if name in loaded] == []


def test_reader_that_stops_reading_is_no_fault(settings: Settings) -> None:
    process = subprocess.Popen(
        f'"{sys.executable}" -m huiqi kb check | head -c 1',
        shell=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate()
    assert len(out) == 1
    assert b"Traceback" not in err


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "nowhere/at.jsonl"])
def test_a_file_that_is_none_is_told_in_a_sentence(huiqi: Callable[..., Ran], name: str) -> None:
    ran = huiqi("eval", name)
    assert (
        ran.code in (1, 2)
        and "Traceback" not in ran.err
        and ran.err.strip().endswith(("请检查路径", "请去掉"))
    )
