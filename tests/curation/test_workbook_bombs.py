"""A file that would take gigabytes or minutes is refused in a sentence, and one with a stray cell far out is read."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from huiqi.curation.drafts import workbook_import
from huiqi.curation.drafts.workbook_import import import_as_drafts, preview
from huiqi.curation.workbench import Workbench
from huiqi.formats import table_child
from huiqi.formats.table_child import read_tables
from huiqi.formats.table_file import Table, WorkbookError, tables_of
from huiqi.formats.workbook_writer import write_workbook
from huiqi.service.settings import Settings
from huiqi.store.knowledge import KnowledgeStore
from openpyxl import Workbook, load_workbook

from tests.curation.conftest import EDITOR

SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"
MOST_MEMORY = 500 * 1024
"""Kilobytes, as Linux counts them."""
WATCHED = """
import sys; sys.path[:0] = {path!r}
from huiqi.formats.table_child import main
try:
    main()
finally:
    sys.stderr.write([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""


@pytest.fixture
def peaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The most memory that each child had which said so; one that was ended did not get there."""
    found: list[int] = []
    run = subprocess.run

    def watched(*arguments: Any, **options: Any) -> Any:
        done = run(*arguments, **options)
        found.extend(int(word) for word in done.stderr.split()[-1:] if word.isdigit())
        return done

    monkeypatch.setattr(table_child, "PROGRAM", WATCHED)
    monkeypatch.setattr(subprocess, "run", watched)
    yield found


def plain() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["问题", "答案"])
    sheet.append(["换炉灶有补贴吗", "有"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(name: str, old: bytes, new: bytes) -> bytes:
    """The plain file with a piece of one of its parts replaced."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain())) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for member in source.infolist():
            part = source.read(member)
            if member.filename == name:
                assert old in part
                part = part.replace(old, new, 1)
            target.writestr(member.filename, part)
    return stream.getvalue()


def in_sheet(before: bytes, piece: bytes) -> bytes:
    return with_part(SHEET, before, piece + before)


def merged(reference: bytes, times: int = 1) -> bytes:
    merges = b'<mergeCell ref="%s"/>' % reference * times
    return in_sheet(b"<pageMargins", b"<mergeCells>" + merges + b"</mergeCells>")


def linked(reference: bytes, times: int = 1) -> bytes:
    links = b'<hyperlink ref="%s" location="A1"/>' % reference * times
    return in_sheet(b"<pageMargins", b"<hyperlinks>" + links + b"</hyperlinks>")


LAUGHS = (
    b"<!DOCTYPE a ["
    + b'<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + step, b"&%c;" % (97 + step) * 10) for step in range(9))
    + b"]>"
)

BOMBS: dict[str, Callable[[], bytes]] = {
    "a merge over the whole sheet": lambda: merged(b"A1:XFD1048576"),
    "a merge written backwards": lambda: merged(b"XFD1048576:A1"),
    "a merge with dollars": lambda: merged(b"$A$1:$XFD$1048576"),
    "a merge of two columns": lambda: merged(b"A1:B1048576"),
    "many merges": lambda: merged(b"A1:CV100", 1000),
    "a link on the whole sheet": lambda: linked(b"A1:XFD1048576"),
    "many links": lambda: linked(b"A1:C9", 100_000),
    "seventy thousand rows": lambda: in_sheet(b"</sheetData>", b'<row><c t="n"><v>1</v></c></row>' * 70_000),
    "a million cells": lambda: in_sheet(b"</sheetData>", (b"<row>" + b"<c/>" * 10_000 + b"</row>") * 100),
    "two hundred megabytes of nothing": lambda: in_sheet(b"</sheetData>", b" " * 210_000_000),
    "an endless text": lambda: in_sheet(
        b"</sheetData>", b'<row><c t="inlineStr"><is><t>' + b"a" * 190_000_000 + b"</t></is></c></row>"
    ),
    "a billion laughs": lambda: with_part(SHEET, b"<worksheet", LAUGHS + b"<worksheet"),
    "a hundred thousand formats": lambda: with_part(
        STYLES, b"</cellXfs>", b"<xf/>" * 100_000 + b"</cellXfs>"
    ),
    "millions of names": lambda: with_part(
        BOOK,
        b"<calcPr",
        b"<definedNames>" + b'<definedName name="a"/>' * 3_000_000 + b"</definedNames><calcPr",
    ),
    "a deep tree": lambda: in_sheet(b"<sheetData", b"<extLst>" * 300_000 + b"</extLst>" * 300_000),
    "broken XML": lambda: with_part(SHEET, b"</sheetData>", b"</sheet"),
    "no rows but words": lambda: with_part(SHEET, b"</sheetData>", b'</sheetData><row r="x"/>'),
    "a cell that is nowhere": lambda: in_sheet(b"</sheetData>", b'<row r="9"><c r="ZZZZ9"/></row>'),
    "a format that there is not": lambda: in_sheet(
        b"</sheetData>", b'<row r="9"><c r="A9" s="999"><v>1</v></c></row>'
    ),
    "a number of five thousand digits": lambda: in_sheet(
        b"</sheetData>", b'<row r="9"><c r="A9"><v>' + b"9" * 5000 + b"</v></c></row>"
    ),
    "another encoding": lambda: with_part(
        BOOK, b"<workbook", b'<?xml version="1.0" encoding="x-none"?><workbook'
    ),
    "nothing but commas": lambda: b"a,b\n" + b"," * 12_000_000,
    "an endless line of tabs": lambda: b"\t" * 12_000_000 + b"a",
    "a zip of nothing": lambda: b"PK\x05\x06" + b"\0" * 18,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_a_sentence_or_harmless(bomb: Callable[[], bytes], peaks: list[int]) -> None:
    raw = bomb()
    try:
        read_tables(raw)
    except WorkbookError as error:
        assert str(error).count("，") >= 1
    assert all(peak < MOST_MEMORY for peak in peaks), peaks


STRAYS = {
    "a blank cell in the last column": b'<row r="3"><c r="XFD3"/></row>',
    "a blank cell in the last row": b'<row r="1048576"><c r="XFD1048576"/></row>',
    "a blank cell far out": b'<row r="60000"><c r="XFD60000"/></row>',
    "forty thousand blank cells": b'<row r="3">%s</row>'
    % b"".join(b'<c r="XFD%d"/>' % row for row in range(3, 40_003)),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_a_stray_blank_cell_changes_nothing(stray: bytes, peaks: list[int]) -> None:
    (table,) = read_tables(in_sheet(b"</sheetData>", stray))
    assert table.rows == [(2, ["换炉灶有补贴吗", "有"])]
    assert all(peak < MOST_MEMORY for peak in peaks), peaks


def test_a_whole_base_with_a_stray_cell_is_read_as_before(workbench: Workbench, tmp_path: Any) -> None:
    files = KnowledgeStore(workbench.database).files()
    write_workbook(files, tmp_path / "kb.xlsx")
    book = load_workbook(tmp_path / "kb.xlsx")
    for sheet in book.worksheets:
        sheet["XFD1"].value = " "
    book.save(tmp_path / "stray.xlsx")
    assert preview(workbench.database, (tmp_path / "stray.xlsx").read_bytes()).changes == {}


def test_what_the_child_reads_is_what_was_written() -> None:
    from datetime import date, datetime, time, timedelta

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["甲", "乙"])
    for value in (
        "字\n行",
        3,
        2.5,
        1e300,
        True,
        datetime(2020, 3, 16, 9),
        date(2020, 3, 16),
        time(9),
        timedelta(1),
    ):
        sheet.append(["值", value])
    sheet.append(["式", "=1+1"])
    stream = io.BytesIO()
    book.save(stream)
    assert read_tables(stream.getvalue()) == tables_of(stream.getvalue())


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_child, "SECONDS", 0.2)
    monkeypatch.setattr(table_child, "PROGRAM", "import time; time.sleep(60) #{path}")
    with pytest.raises(WorkbookError, match="没有读完"):
        read_tables(plain())


def test_the_log_is_not_locked_while_a_file_is_read_and_compared(
    workbench: Workbench, workbench_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    write_workbook(KnowledgeStore(workbench.database).files(), tmp_path / "kb.xlsx")
    writes: list[str] = []
    with closing(sqlite3.connect(workbench_settings.database, timeout=0)) as other:

        def watched(owner: Any, name: str) -> None:
            original = getattr(owner, name)

            def work(*arguments: Any, **options: Any) -> Any:
                with other:
                    other.execute(
                        "insert into conversation (id, state, updated_at) values (?, '{}', '')", [name]
                    )
                writes.append(name)
                return original(*arguments, **options)

            monkeypatch.setattr(owner, name, work)

        watched(workbook_import, "read_tables")
        watched(workbook_import, "compare")
        import_as_drafts(workbench.database, (tmp_path / "kb.xlsx").read_bytes(), workbench.drafting, EDITOR)
    assert writes == ["read_tables", "compare"]


def test_a_base_that_changes_while_a_file_is_compared_is_compared_again(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    knowledge = KnowledgeStore(workbench.database)
    write_workbook(knowledge.files(), tmp_path / "kb.xlsx")
    compare = workbook_import.compare
    seen: list[Any] = []

    def overtaken(tables: list[Table], files: Any, kind: str | None) -> Any:
        seen.append(files)
        found = compare(tables, files, kind)
        if len(seen) == 1:
            content = {**knowledge.item("entry", "tea-stove"), "unit": "光明区测试局"}
            with workbench.database.conn:
                knowledge.publish({("entry", "tea-stove"): content}, "老王", "测试")
        return found

    monkeypatch.setattr(workbook_import, "compare", overtaken)
    reading = import_as_drafts(
        workbench.database, (tmp_path / "kb.xlsx").read_bytes(), workbench.drafting, EDITOR
    )
    # The file still holds the old unit, which is a change of the base as it is now.
    assert len(seen) == 2 and list(reading.changes) == [("entry", "tea-stove")]
