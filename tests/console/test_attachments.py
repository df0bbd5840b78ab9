"""Files to download with an entry: brought on its page, given out once it is published, and never before."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import Workbook
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import Browser
from tests.console.test_content import drafts, publish
from tests.console.test_new_entry import bench

STOVE = "换炉灶有补贴吗"
NAME = "炉灶 申请表.xlsx"


def sheet() -> bytes:
    stream = io.BytesIO()
    Workbook().save(stream)
    return stream.getvalue()


def upload(browser: Browser, name: str, content: bytes):  # type: ignore[no-untyped-def]
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/console/entries/tea-stove").text)
    assert token
    response = browser.client.post(
        "/console/attachments/tea-stove", data={"csrf": token[1]}, files={"file": (name, content)}
    )
    browser.page = response.text
    return response


def test_a_form_is_brought_published_and_downloaded(
    app: Starlette, editor: Browser, reviewer: Browser
) -> None:
    content = sheet()
    assert NAME in upload(editor, NAME, content).text
    assert editor.client.get(f"/console/attachments/tea-stove/{NAME}").content == content
    draft = drafts(app)["tea-stove"]
    (kept,) = draft.content["attachments"]
    visitor, place = TestClient(app), f"/files/{kept['sha256']}/{NAME}"
    assert visitor.get(place).status_code == 404, "not before it is published"
    editor.get(f"/console/drafts/{draft.id}")
    editor.post(f"/console/drafts/{draft.id}", act="submit", version=draft.version)
    assert NAME in reviewer.get(f"/console/drafts/{draft.id}").text
    assert "已发布" in publish(editor, reviewer, app)
    answer = visitor.post("/api/v1/ask", json={"question": STOVE, "conversation": "c"}).json()
    (block,) = [block for block in answer["blocks"] if block["kind"] == "attachment"]
    assert block["text"] == f"附件：{NAME}"
    (link,) = [address for _, address in block["spans"] if address]
    told = visitor.get(link)
    assert told.content == content
    assert told.headers["content-disposition"].startswith("attachment;")
    assert told.headers["x-content-type-options"] == "nosniff"
    assert f'href="{link}"' in visitor.get("/e/tea-stove").text
    assert f'href="{link}"' in visitor.post("/", data={"question": STOVE, "conversation": "d"}).text
    assert visitor.get(f"/files/{kept['sha256']}/别的名字.xlsx").status_code == 404


def test_where_nobody_can_open_our_pages_the_name_alone_is_told(
    app: Starlette, editor: Browser, reviewer: Browser
) -> None:
    from dataclasses import replace

    from huiqi.answering.reply import Block, Reply, at_home
    from huiqi.channels.telegram.render import messages_of

    reply = Reply("answer", (Block("attachment", "附件：表.pdf", (("表.pdf", "/files/00/a.pdf"),)),))
    assert messages_of(at_home(reply, None)) == ["附件：表.pdf"]
    assert (
        'href="https://ask.example/files/00/a.pdf"' in messages_of(at_home(reply, "https://ask.example"))[0]
    )
    assert at_home(reply, "https://ask.example").text == "附件：表.pdf https://ask.example/files/00/a.pdf"
    whole = replace(reply, blocks=(), parts=(reply,))
    assert at_home(whole, "/huiqi").parts[0].blocks[0].links == (("表.pdf", "/huiqi/files/00/a.pdf"),)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("表.exe", b"MZ", "附件只能是"),
        ("表.html", b"<script>", "附件只能是"),
        ("表.pdf", b"<script>alert(1)</script>", "里面不是 .pdf 文件"),
        ("表.docx", b"%PDF-1.7", "里面不是 .docx 文件"),
        ("长" * 90 + ".pdf", b"%PDF-1.7", "文件名太长"),
        ("表.pdf", b"%PDF-" + b"0" * (5 * 1024 * 1024), "最多 5 MB"),
    ],
)
def test_what_is_no_form_is_refused(
    app: Starlette, editor: Browser, name: str, content: bytes, sentence: str
) -> None:
    response = upload(editor, name, content)
    assert response.status_code == 400 and sentence in response.text
    assert drafts(app) == {}


def test_a_newer_file_takes_the_place_of_its_name_and_the_form_keeps_files(
    app: Starlette, editor: Browser
) -> None:
    upload(editor, "表.pdf", b"%PDF-1.7 old")
    upload(editor, "C:\\文件\\表.pdf", b"%PDF-1.7 new")
    (kept,) = drafts(app)["tea-stove"].content["attachments"]
    assert bench(app).attachments.content(kept["sha256"]) == b"%PDF-1.7 new"
    editor.get("/console/entries/tea-stove")
    editor.post("/console/attachments/tea-stove", act="remove", name="表.pdf")
    assert "attachments" not in drafts(app)["tea-stove"].content
