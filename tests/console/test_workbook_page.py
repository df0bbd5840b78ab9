"""Excel in the console: shown first, taken over without choosing the file again."""

from __future__ import annotations

import io
import re

from openpyxl import load_workbook
from starlette.applications import Starlette

from tests.console.conftest import CSRF, Browser
from tests.curation.test_older_workbook import cell_of


def sent(editor: Browser, raw: bytes, act: str = "preview"):  # type: ignore[no-untyped-def]
    page = editor.get("/console/workbook").text
    return editor.client.post(
        "/console/workbook",
        data={"csrf": CSRF.findall(page)[0], "act": act},
        files={"file": ("茶室.xlsx", raw)},
    )


def changed(editor: Browser, heading: str, text: str) -> bytes:
    answer = editor.get("/console/workbook.xlsx")
    assert re.search(r'filename="huiqi-\d+\.xlsx"', answer.headers["content-disposition"])
    book = load_workbook(io.BytesIO(answer.content))
    book["条目"][cell_of(book, "tea-stove", heading)] = text
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_what_was_shown_is_taken_over_without_the_file(app: Starlette, editor: Browser) -> None:
    page = sent(editor, changed(editor, "责任单位", "茶室管理科"))
    assert page.status_code == 200 and "1 项会变" in page.text
    assert "茶室管理科" in page.text and "茶室.xlsx" in page.text
    kept = re.search(r'name="kept" value="([^"]+)"', page.text)
    assert kept
    editor.page = page.text
    done = editor.post("/console/workbook", act="drafts", kept=kept[1])
    assert "已存为 1 份草稿" in done.text
    editor.get("/console/workbook")
    assert "已经不在了" in editor.post("/console/workbook", act="drafts", kept=kept[1]).text


def test_nobody_has_a_colleagues_file(app: Starlette, editor: Browser, reviewer: Browser) -> None:
    page = sent(editor, changed(editor, "责任单位", "茶室管理科"))
    kept = re.search(r'name="kept" value="([^"]+)"', page.text)
    assert kept
    reviewer.get("/console/workbook")
    assert reviewer.post("/console/workbook", act="drafts", kept=kept[1]).status_code == 400


def test_a_file_with_faults_is_not_offered_for_taking_over(editor: Browser) -> None:
    page = sent(editor, changed(editor, "有效期止", "2020-02-31"))
    assert page.status_code == 400 and 'name="kept"' not in page.text
