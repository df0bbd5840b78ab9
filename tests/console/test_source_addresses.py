"""A source's address is one of the web: what a browser would run instead is refused wherever sources come in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.problem import PackError
from huiqi.service.settings import Settings
from huiqi.store.knowledge import KnowledgeStore
from openpyxl import load_workbook
from sqlite_utils import Database

from tests.conftest import Ran
from tests.console.conftest import Browser

WRONG = [
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)"),
    *(
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.cn/a.pdf",
    ),
    *("//example.cn/a", "www.example.cn", "http://", "https:///a", "http://[", "见附件"),
]
RIGHT = ["http://example.cn", "https://example.cn/通知?编号=1#第一条", "HTTPS://EXAMPLE.CN/A"]


def written(folder: Path, address: str) -> Path:
    quoted = address.replace("\t", "\\t")
    (folder / "sources.yaml").write_text(
        f'S1: {{title: 测试来源, date: 2020-02-09, urls: ["{quoted}"], confidence: 官方}}\n', encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize("address", WRONG)
def test_a_folder_is_refused(small_pack: Path, address: str) -> None:
    with pytest.raises(PackError) as error:
        read_pack(written(small_pack, address))
    problem = error.value.problems[0]
    assert problem.file == "sources.yaml" and problem.line == 1
    assert "不是网页的地址" in problem.message and "http://" in problem.remedy


@pytest.mark.parametrize("address", RIGHT)
def test_an_address_of_the_web_is_taken(small_pack: Path, address: str) -> None:
    assert read_pack(written(small_pack, address)).sources["S1"].urls == (address,)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://example.cn/a"])
def test_the_console_refuses_it(editor: Browser, address: str) -> None:
    editor.get("/console/sources")
    refused = editor.post(
        "/console/sources",
        id="S9",
        title="附件",
        date="2020-02-09",
        urls=address,
        confidence="官方",
        policies="无",
    )
    assert refused.status_code == 400 and "不是网页的地址" in editor.page
    editor.get("/console/sources")
    assert address not in editor.page


def test_a_workbook_is_refused(huiqi: Callable[..., Ran], small_settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"
    assert huiqi("kb", "import", small_settings.pack_folder).code == 0
    assert huiqi("kb", "export", file).code == 0
    book = load_workbook(file)
    sheet, row, column = _cell_of(book, "测试来源", "网址")
    sheet.cell(row, column).value = "javascript:alert(1)"
    book.save(file)
    ran = huiqi("kb", "import", file)
    assert ran.code == 1 and "不是网页的地址" in ran.out + ran.err


def _cell_of(book: Any, title: str, heading: str) -> tuple[Any, int, int]:
    for sheet in book.worksheets:
        headings = {cell.value: cell.column for cell in sheet[1]}
        for row in sheet.iter_rows(min_row=2):
            if heading in headings and any(cell.value == title for cell in row):
                return sheet, row[0].row, headings[heading]
    raise AssertionError("no such row")


def test_what_was_published_before_still_answers_without_the_address(
    database: Database, small_pack: Path
) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(written(small_pack, "https://example.cn/a")), "tests")
    with database.conn as connection:
        connection.execute(
            "update revision set content = replace(content, 'https://example.cn/a', 'javascript:alert(1)')"
        )
    assert knowledge.pack().sources["S1"].urls == ()
