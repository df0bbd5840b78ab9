"""收文 in the console: a document becomes submitted drafts, with and without a browser's scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huiqi.curation.drafts.from_documents import published_texts
from huiqi.pack.model import Source
from huiqi.store.documents import DocumentStore
from starlette.applications import Starlette

from tests.console.conftest import Browser
from tests.console.test_browser import Person
from tests.intake.test_reading import word

DOCUMENT = """星河镇人民政府办公室关于印发星河镇茶馆业扶持办法的通知
星府办规〔2026〕9号
各街道办事处，区直各单位：
现将《星河镇茶馆业扶持办法》印发给你们，请遵照执行。
星河镇人民政府办公室
2026年5月8日
第一章 总则
第一条 为支持茶馆业发展，制定本办法。
第二条 本办法适用于在星河镇注册、具有独立法人资格的茶馆企业。
第二章 扶持措施
第三条 【茶具采购补贴】对采购茶具总额20万元以上的企业，按照采购额的15%给予补贴，每家最高不超过30万元。
申请茶具采购补贴的企业，上一年度营业收入应当不低于200万元，且近三年未发生重大安全生产事故。
第四条 【茶艺培训补贴】对组织员工参加茶艺培训的企业，按照每人800元给予补贴，每家企业每年最高5万元。
第五条 【门店装修补贴】对新开设门店的企业，按照装修投入的20%给予补贴，单个门店最高10万元。
第三章 申请和审核
第六条 申请企业应当提交以下材料：
（一）申请表；
（二）营业执照复印件；
（三）采购合同和发票。
第七条 企业于每年9月1日至9月30日登录产业扶持资金管理系统提交申请，区商务局在20个工作日内完成审核。
第四章 附则
第八条 本办法由区商务局负责解释，咨询电话：0755-88211234。
第九条 本办法自2026年6月1日起施行，有效期3年。原《星河镇茶馆扶持办法》（星府办规〔2023〕3号）同时废止。"""
MOST_CLICKS = 15


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "茶馆业扶持办法.docx"
    path.write_bytes(word(*DOCUMENT.splitlines()))
    return path


def upload(browser: Browser, path: Path) -> str:
    """The page of the document that is there after it was brought."""
    browser.get("/console/documents")
    token = re.findall(r'name="csrf" value="([^"]+)"', browser.page)[0]
    response = browser.client.post(
        "/console/documents", data={"csrf": token}, files={"file": (path.name, path.read_bytes())}
    )
    browser.page = response.text
    return str(response.url)


def version(browser: Browser) -> str:
    return re.findall(r'name="version" value="(\d+)"', browser.page)[0]


def test_from_a_document_to_submitted_drafts_in_a_few_clicks(
    chromium: Any, address: str, app: Starlette, file: Path
) -> None:
    editor = Person(chromium, address, "小李")
    editor.page.add_init_script(
        "addEventListener('click', () => sessionStorage.clicks = 1 + Number(sessionStorage.clicks || 0), true)"
    )
    editor.go("/console/")
    editor.page.get_by_role("link", name="收文").click()
    editor.page.set_input_files("#file", file)
    editor.press("收下")
    editor.sees("已收下《星河镇茶馆业扶持办法》")
    assert editor.page.locator(".draft-entry").count() >= 3
    editor.page.locator(".statements li", has_text="15%").locator(".quote").first.click()
    lit = editor.page.locator(".original mark").inner_text()
    assert "按照采购额的15%给予补贴" in lit
    titles = editor.page.locator(".draft-entry input[name^=title-]")
    for number in range(titles.count()):
        if "补贴" in titles.nth(number).input_value():
            editor.page.locator(".draft-entry").nth(number).get_by_text("采用", exact=True).click()
    # The small pack knows no names of places, from which the level would be seen.
    editor.page.get_by_text("这份政策：").click()
    editor.page.select_option("#policy-level", "区")
    editor.press("采用的送去审核")
    editor.sees("3 条已存为草稿并提交审核")
    # Two more in the dialog of the operating system, where the file is chosen, and two for the level.
    clicks = int(editor.page.evaluate("sessionStorage.clicks")) + 4
    print(f"{clicks} clicks")
    assert clicks <= MOST_CLICKS
    waiting = app.state.staff.execute("select kind from draft where state = 'in_review'").fetchall()
    assert sorted(kind for (kind,) in waiting) == ["entry", "entry", "entry", "file", "policy"]
    assert editor.errors == []


def test_each_step_can_be_taken_back_without_javascript(editor: Browser, file: Path) -> None:
    page = upload(editor, file)

    def act(**fields: object) -> None:
        editor.post(page, version=version(editor), **fields)

    before = editor.page.count('class="draft-entry"')
    act(act="without.0")
    assert editor.page.count('class="draft-entry"') == before - 1 and "可以撤回" in editor.page
    act(act="undo")
    assert editor.page.count('class="draft-entry"') == before
    act(act="merge.1")
    assert editor.page.count('class="draft-entry"') == before - 1
    act(act="undo")
    act(act="part", chosen="1.0")
    assert editor.page.count('class="draft-entry"') == before + 1
    act(act="undo")
    act(act="drop", chosen="1.0")
    act(act="undo")
    act(act="save", **{"title-1": "茶具补贴怎么拿", "taken": "1"})
    assert "茶具补贴怎么拿" in editor.page and "采用 1 条" in editor.page
    act(act="undo")
    assert "茶具补贴怎么拿" not in editor.page


def test_who_saves_later_overwrites_nobody(editor: Browser, file: Path) -> None:
    page = upload(editor, file)
    old = version(editor)
    editor.post(page, version=old, act="without.0")
    assert editor.post(page, version=old, act="without.0").status_code == 409
    assert "别人改过" in editor.page


def test_a_document_is_kept_once_and_as_it_was(editor: Browser, file: Path) -> None:
    assert upload(editor, file) == upload(editor, file)
    response = editor.get("/console/documents/1/original")
    assert response.content == file.read_bytes()
    assert response.headers["content-disposition"].startswith("attachment")


def test_what_cannot_be_read_says_so(editor: Browser, tmp_path: Path) -> None:
    path = tmp_path / "通知.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    upload(editor, path)
    assert "另存为 .docx" in editor.page
    editor.post("/console/documents", text="", address="")
    assert "请粘贴文件的正文" in editor.page


def test_sending_nothing_says_what_to_do(editor: Browser, file: Path) -> None:
    page = upload(editor, file)
    editor.post(page, version=version(editor), act="send")
    assert "还没有采用任何条目" in editor.page


def test_nobody_else_reads_in_a_document_before_its_source_is_published(
    app: Starlette, editor: Browser, file: Path
) -> None:
    upload(editor, file)
    documents = DocumentStore(app.state.staff)
    pack, _ = app.state.live.current()
    assert published_texts(documents, pack) == []
    [kept] = documents.all()
    source = Source(f"DOC-1-{kept.digest[:6]}", kept.title, None, (), "原文转载")
    published = replace(pack, sources={**pack.sources, source.id: source})
    [text] = published_texts(documents, published)
    assert "按照采购额的15%给予补贴" in text.text and text.number == "星府办规〔2026〕9号"


def test_viewers_read_and_change_nothing(app: Starlette, editor: Browser, file: Path) -> None:
    page = upload(editor, file)
    viewer = Browser(app, "小张")
    viewer.get(page.removeprefix("http://testserver"))
    assert "采购额的15%" in viewer.page and 'name="act"' not in viewer.page
    assert viewer.post(page, version="1", act="undo").status_code == 403
