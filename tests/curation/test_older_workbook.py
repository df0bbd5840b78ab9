"""A workbook that comes back after the base has moved on; and what a cell shows is what is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_at_once, preview, told
from huiqi.curation.roles import COMMAND_LINE
from huiqi.formats.pack_reader import read_folder
from huiqi.formats.shown_cell import NotShown, shown
from huiqi.formats.table_file import CellProblem
from huiqi.formats.workbook_writer import write_workbook
from huiqi.store.database import Database
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.transaction import transaction
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from tests.curation.test_workbook import column

ENTRY = "tea-stove"


@pytest.fixture
def base(database: Database, small_pack: Path) -> KnowledgeStore:
    found = KnowledgeStore(database)
    found.import_documents(read_folder(small_pack), "tests")
    return found


@pytest.fixture
def exported(base: KnowledgeStore, tmp_path: Path) -> Path:
    file = tmp_path / "kb.xlsx"
    write_workbook(base.files(), file, base.release())
    return file


def worked_on(file: Path, work: Callable[[Workbook], Any]) -> bytes:
    book = load_workbook(file)
    work(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell_of(book: Workbook, item: str, heading: str) -> str:
    sheet = book["条目"]
    at = column(book, "条目", "编号")
    row = next(cell.row for cell in sheet[at] if cell.value == item)
    return f"{column(book, '条目', heading)}{row}"


def wrote(item: str, **cells: str) -> Callable[[Workbook], None]:
    def work(book: Workbook) -> None:
        for heading, text in cells.items():
            book["条目"][cell_of(book, item, heading)] = text

    return work


def published_since(base: KnowledgeStore, **fields: Any) -> None:
    content = {**base.item("entry", ENTRY), **fields}
    with transaction(base.database):
        base.publish({("entry", ENTRY): content}, "老王", "之后改的")


def test_what_was_published_since_is_not_written_back(
    database: Database,
    base: KnowledgeStore,
    exported: Path,
) -> None:
    published_since(base, unit="茶室管理科")
    raw = worked_on(exported, wrote(ENTRY, 短标题="炉灶补贴"))
    reading = import_at_once(database, raw, COMMAND_LINE)
    now = base.item("entry", ENTRY)
    assert (now["unit"], now["short_title"]) == ("茶室管理科", "炉灶补贴")
    assert any("版时导出的" in note for note in reading.notes)


def test_a_file_that_nobody_touched_changes_nothing_however_old_it_is(
    database: Database,
    base: KnowledgeStore,
    exported: Path,
) -> None:
    published_since(base, unit="茶室管理科", keywords=["炉灶", "灶"])
    assert preview(database, exported.read_bytes()).changes == {}


def test_a_cell_that_both_changed_is_refused_with_all_three_texts(
    database: Database,
    base: KnowledgeStore,
    exported: Path,
) -> None:
    published_since(base, unit="茶室管理科")
    raw = worked_on(exported, wrote(ENTRY, 责任单位="市场科", 短标题="炉灶补贴"))
    with pytest.raises(WorkbookRefused) as refused:
        import_at_once(database, raw, COMMAND_LINE)
    (fault,) = refused.value.reading.problems
    assert fault.sheet == "条目" and fault.row > 1 and fault.column == "责任单位"
    assert "茶室管理科" in fault.message and "市场科" in fault.message
    assert base.item("entry", ENTRY)["short_title"] != "炉灶补贴"


def test_both_who_changed_it_to_the_same_agree(
    database: Database,
    base: KnowledgeStore,
    exported: Path,
) -> None:
    published_since(base, unit="茶室管理科")
    assert preview(database, worked_on(exported, wrote(ENTRY, 责任单位="茶室管理科"))).changes == {}


def test_an_entry_that_was_deleted_since_does_not_come_back(
    database: Database, base: KnowledgeStore, tmp_path: Path
) -> None:
    lamp = {
        **base.item("entry", ENTRY),
        "id": "tea-lamp",
        "title": "茶室换灯补多少",
        "alternates": ["换灯能补吗"],
    }
    with transaction(database):
        base.publish({("entry", "tea-lamp"): lamp}, "老王", "新条目")
    file = tmp_path / "kb.xlsx"
    write_workbook(base.files(), file, base.release())
    with transaction(database):
        base.publish({("entry", "tea-lamp"): None}, "老王", "删去")
    assert preview(database, worked_on(file, wrote(ENTRY, 短标题="炉灶补贴"))).changes.keys() == {
        ("entry", ENTRY)
    }
    with pytest.raises(WorkbookRefused):
        import_at_once(database, worked_on(file, wrote("tea-lamp", 短标题="换灯")), COMMAND_LINE)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.2, "0%", "20%"),
        (0.125, "0.0%", "12.5%"),
        (20, "General", 20),
        (0.1 + 0.2, "General", 0.3),
        (1234567, "#,##0", "1,234,567"),
        (3.5, "0.00", "3.50"),
        (True, "General", "是"),
        (False, "General", "否"),
        (datetime(2026, 11, 2), "yyyy-mm-dd", datetime(2026, 11, 2)),
        (datetime(2026, 11, 2, 15, 30), "yyyy-mm-dd hh:mm", "2026-11-02 15:30"),
        (75588211234, "General", 75588211234),
        ("0755-88211234", "@", "0755-88211234"),
        (None, "General", None),
    ],
)
def test_what_a_cell_shows_is_what_is_read(value: Any, number_format: str, text: Any) -> None:
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    ("value", "number_format"),
    [(75588211234, "0000-00000000"), (20, '0"万元"0'), (0.5, "# ?/?"), (1.0, "hh:mm")],
)
def test_what_is_shown_in_a_way_that_nobody_knows_is_refused(value: Any, number_format: str) -> None:
    with pytest.raises(NotShown):
        shown(value, number_format)


def test_a_share_and_a_strange_number_in_a_file(
    database: Database, base: KnowledgeStore, exported: Path
) -> None:
    def strange(book: Workbook) -> None:
        cell = book["条目"][cell_of(book, ENTRY, "短标题")]
        cell.value, cell.number_format = 0.2, "0%"
        other = book["条目"][cell_of(book, ENTRY, "责任单位")]
        other.value, other.number_format = 75588211234, "0000-00000000"

    reading = preview(database, worked_on(exported, strange))
    (fault,) = reading.problems
    assert fault.column == "责任单位" and "设成“文本”" in fault.remedy


def test_the_same_fault_in_many_rows_is_one_line() -> None:
    faults = [CellProblem("相似问", row, "条目", "没有这个条目", "改成已有的编号") for row in (3, 9, 5)]
    other = CellProblem("要素", 2, "来源", "来源是空的", "写上来源")
    assert told([*faults, other]) == [
        "工作表“相似问”第 3、5、9 行（共 3 行）“条目”列：没有这个条目；改成已有的编号",
        other.render(),
    ]
