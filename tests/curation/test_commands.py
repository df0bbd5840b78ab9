"""Staff commands: accounts, Excel, health, backup and restore."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.curation.accounts import Accounts
from huiqi.service.settings import Settings
from huiqi.store.database import open_database

from tests.conftest import Ran

Run = Callable[..., Ran]


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_user_is_added_and_can_log_in(
    huiqi: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "一个长的密码\u0021\u0021\n")
    assert huiqi("user", "add", "小李", "--role", "editor", "--password-stdin").code == 0
    database = open_database(settings.database)
    _, login = Accounts(database).log_in("小李", "一个长的密码!!", "127.0.0.1")
    assert login.member.role == "editor"
    database.close()


@pytest.mark.parametrize(
    ("arguments", "password", "code", "sentence"),
    [
        (("小李", "--role", "editor"), "", 2, "--password-stdin"),
        (("小李", "--role", "boss", "--password-stdin"), "", 2, "boss"),
        (("小李", "--role", "editor", "--password-stdin"), "短\n", 1, "至少要 8 个字符"),
    ],
)
def test_a_user_that_cannot_be_added_is_told_why(
    huiqi: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    password: str,
    code: int,
    sentence: str,
) -> None:
    typed(monkeypatch, password)
    ran = huiqi("user", "add", *arguments)
    assert ran.code == code
    assert sentence in ran.err


def test_the_base_goes_to_excel_and_comes_back_unchanged(huiqi: Run, tmp_path: Path) -> None:
    file = tmp_path / "知识库.xlsx"
    assert huiqi("kb", "export", file).code == 0
    ran = huiqi("kb", "import", file, "--dry-run")
    assert ran.code == 0
    assert "修改" not in ran.out and "新增" not in ran.out


def test_an_excel_file_that_is_none_is_told(huiqi: Run, tmp_path: Path) -> None:
    file = tmp_path / "旧.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    ran = huiqi("kb", "import", file)
    assert ran.code == 1
    assert "另存为" in ran.err


def test_a_backup_brings_back_what_was_there(
    huiqi: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "一个足够长的密码\n")
    huiqi("user", "add", "小李", "--role", "editor", "--password-stdin")
    assert huiqi("backup", tmp_path / "safe.db").code == 0
    typed(monkeypatch, "一个足够长的密码\n")
    huiqi("user", "add", "老王", "--role", "reviewer", "--password-stdin")
    ran = huiqi("restore", tmp_path / "safe.db")
    assert ran.code == 0
    assert "另存为" in ran.err
    database = open_database(settings.database)
    assert [account.name for account in Accounts(database).all()] == ["小李"]
    database.close()


def test_a_backup_is_never_overwritten_and_another_file_never_restored(huiqi: Run, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("不是备份", encoding="utf-8")
    assert "没有覆盖" in huiqi("backup", other).err
    ran = huiqi("restore", other)
    assert ran.code == 1
    assert "不是 huiqi backup 写出的文件" in ran.err
    assert other.read_text(encoding="utf-8") == "不是备份"


def test_lint_names_the_entry_and_the_remedy(huiqi: Run) -> None:
    ran = huiqi("kb", "lint", "--json")
    findings = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 1
    assert all(finding["entry"] and finding["remedy"] for finding in findings)
    kinds = {finding["kind"] for finding in findings}
    assert "expired" in kinds and "not_hit" not in kinds, "nobody could ask what was taken over just now"
