"""Tables that open in Excel: right characters, no formula from an asker, whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.store import export
from huiqi.store.export import TABLE_SUFFIXES, Cell, ExportError, write_table
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from openpyxl import load_workbook
from sqlite_utils import Database

from tests.conftest import Ran

HEADER = ["问题", "次数"]
DANGEROUS = ["=1+1", "+86", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]


def _read(path: Path) -> list[list[Cell]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [list(row) for row in csv.reader(stream)]
    return [list(row) for row in load_workbook(path).worksheets[0].iter_rows(values_only=True)]


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
@pytest.mark.parametrize("cell", DANGEROUS, ids=repr)
def test_cell_that_would_be_a_formula_is_defused(tmp_path: Path, suffix: str, cell: str) -> None:
    file = tmp_path / f"表{suffix}"
    write_table(file, HEADER, [[cell, 1]])
    shown = str(_read(file)[1][0])
    assert shown.startswith("'")
    assert shown[1:].strip() == cell.strip()


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_ordinary_cells_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"表{suffix}"
    write_table(file, HEADER, [["贴息20%，要\n什么“材料”？", 3], ["", 0]])
    rows = _read(file)
    assert rows[0] == HEADER
    assert rows[1][0] == "贴息20%，要\n什么“材料”？"
    assert str(rows[1][1]) == "3"


def test_number_stays_a_number_in_a_sheet(tmp_path: Path) -> None:
    write_table(tmp_path / "a.xlsx", HEADER, [["问", -3]])
    assert _read(tmp_path / "a.xlsx")[1][1] == -3


def test_csv_starts_with_the_mark_that_excel_needs(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", HEADER, [])
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


UNREADABLE = "\x00\x08\x0c\x1b\x7f\x85\x9f\ud83d\ufffe\uffff\ufdd0\U0001ffff"


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
@pytest.mark.parametrize("sign", UNREADABLE, ids=ascii)
def test_what_nobody_can_read_never_reaches_an_export(tmp_path: Path, suffix: str, sign: str) -> None:
    file = tmp_path / f"表{suffix}"
    write_table(file, HEADER, [[f"贴{sign}息", 1]])
    assert str(_read(file)[1][0]).replace("\n", "") == "贴息"


def test_control_characters_do_not_break_a_sheet(tmp_path: Path) -> None:
    write_table(tmp_path / "a.xlsx", HEADER, [["贴\x00息\x1b[0m", 1]])
    assert _read(tmp_path / "a.xlsx")[1][0] == "贴息[0m"


def test_failed_export_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("旧的")

    def fail(path: Path, table: object) -> None:
        path.write_text("一半")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(export._WRITERS, ".csv", fail)
    with pytest.raises(ExportError, match="原来的文件没有动"):
        write_table(file, HEADER, [["新", 1]])
    assert file.read_text() == "旧的"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_unanswered_are_exported_grouped(
    huiqi: Callable[..., Ran], database: Database, tmp_path: Path, suffix: str
) -> None:
    log = QuestionLog(database)
    for text in ("=量子补贴有吗", "＝量子补贴有吗？", "火星厂房"):
        log.add(LoggedQuestion("cli", text, "unanswered", reason="no_match"), text.strip("=＝？"))
    ran = huiqi("unanswered", "export", tmp_path / f"未答{suffix}")
    assert (ran.code, ran.out) == (0, "")
    assert "2 组" in ran.err
    rows = _read(tmp_path / f"未答{suffix}")
    assert [row[0] for row in rows] == ["问题", "'=量子补贴有吗", "火星厂房"]
    assert str(rows[1][1]) == "2"


def test_other_formats_are_refused_before_anything_is_written(
    huiqi: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = huiqi("unanswered", "export", tmp_path / "a.pdf")
    assert ran.code == 2
    assert ".csv" in ran.err
    assert not (tmp_path / "a.pdf").exists()


def test_folder_that_is_not_there_is_said_in_a_sentence(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    ran = huiqi("unanswered", "export", tmp_path / "没有" / "a.csv")
    assert ran.code == 1
    assert "写不进文件夹" in ran.err
