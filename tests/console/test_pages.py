"""The console without JavaScript: who may see and do what, and from a miss to an answer."""

from __future__ import annotations

import io
import re

from huiqi.service.settings import Settings
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import Browser, application, wait_for_checks
from tests.curation.conftest import MISSED

PAGES = (
    "/console/",
    "/console/inbox",
    "/console/inbox?state=ignored&reason=low_score&overdue=1",
    "/console/entries",
    "/console/entries?text=炉灶&level=区&state=published",
    "/console/entries/tea-stove",
    "/console/revisions/entry/tea-stove",
    "/console/content",
    "/console/content/policies",
    "/console/content/policies/tea",
    "/console/content/sources",
    "/console/content/sources/S1",
    "/console/content/replies/greeting",
    "/console/content/places",
    "/console/content/office",
    "/console/content/notice",
    "/console/test?q=换炉灶有补贴吗&entry=tea-stove",
    "/console/review",
    "/console/publish",
    "/console/golden?run=1",
    "/console/log",
    "/console/faults",
    "/console/health",
    "/console/stale",
    "/console/figures?days=7",
    "/console/figures.csv",
    "/console/workbook",
    "/console/users",
    "/console/audit",
    "/console/help",
)


def missed(app: Starlette, asker: str = "c1") -> None:
    client = TestClient(app)
    answer = client.post("/api/v1/ask", json={"question": MISSED, "conversation": asker}).json()
    assert answer["outcome"] == "unanswered"


def test_every_page_opens_for_a_viewer_and_nobody_else(app: Starlette) -> None:
    missed(app)
    stranger, viewer = Browser(app), Browser(app, "小张")
    for path in PAGES:
        page = stranger.get(path).text
        assert "用户名" in page and "退出" not in page, path
        response = viewer.get(path)
        assert response.status_code == 200, path
        assert response.headers["content-security-policy"].startswith("default-src 'none'"), path


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(app: Starlette) -> None:
    client = TestClient(app, base_url="https://huiqi.example")
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/console/login").text)
    assert token
    from tests.console.conftest import PASSWORD

    response = client.post(
        "/console/login",
        data={"csrf": token[1], "name": "小李", "password": PASSWORD},
        follow_redirects=False,
    )
    cookie = response.headers["set-cookie"]
    assert response.status_code == 303
    for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/;", "__Host-huiqi_session="):
        assert word in cookie


def test_a_form_without_the_pages_token_is_refused(app: Starlette, editor: Browser) -> None:
    missed(app)
    editor.get("/console/inbox")
    editor.page = ""
    response = editor.post("/console/inbox/1/ignore", reason="重复")
    assert response.status_code == 403
    assert "刷新页面" in response.text


def test_a_form_from_another_site_is_refused(app: Starlette, editor: Browser) -> None:
    editor.get("/console/")
    editor.client.headers["Origin"] = "https://elsewhere.example"
    assert editor.post("/console/logout").status_code == 403


def test_guessing_passwords_is_slowed_down(app: Starlette) -> None:
    browser = Browser(app)
    for _ in range(5):
        assert browser.log_in("小李", "猜错的密码").status_code == 401
    assert browser.log_in("小李").status_code == 429


def test_a_link_does_not_send_a_fresh_login_elsewhere(app: Starlette) -> None:
    browser = Browser(app)
    browser.get("/console/login?next=//evil.example")
    assert 'action="/console/login?next=/console"' in browser.page


def test_what_a_role_may_not_do_is_told_and_not_done(app: Starlette) -> None:
    missed(app)
    viewer = Browser(app, "小张")
    viewer.get("/console/inbox")
    response = viewer.post("/console/inbox/1/ignore", reason="重复")
    assert response.status_code == 403
    assert "需要“编辑”角色" in response.text
    assert MISSED in viewer.get("/console/inbox").text


def test_from_a_miss_to_a_published_answer_without_javascript(
    app: Starlette, editor: Browser, reviewer: Browser
) -> None:
    missed(app)
    assert MISSED in editor.get("/console/inbox").text
    editor.get("/console/inbox/1")
    assert "等另一位同事审核" in editor.post("/console/inbox/1/alias", entry="tea-stove", wording=MISSED).text
    page = reviewer.get("/console/drafts/1").text
    assert f"</span>{MISSED}</ins>" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    reviewer.post("/console/drafts/1", act="approve", version=version[1])
    reviewer.get("/console/publish")
    reviewer.post("/console/publish/check")
    wait_for_checks()
    page = reviewer.get("/console/publish/1").text
    assert "2 道标准题没有一道变错" in page
    assert "预期 1" in page and MISSED in page
    assert "已发布第 2 版" in reviewer.post("/console/publish/1").text
    answer = TestClient(app).post("/api/v1/ask", json={"question": MISSED}).json()
    assert (answer["outcome"], answer["entry"]) == ("answer", "tea-stove")


def entry_fields(page: str) -> dict[str, str]:
    """What the editor's form would send as it stands."""
    from html import unescape

    fields = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', page)
    }
    for name, text in re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        fields[name] = unescape(text)
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?>([^<]*)', options)
        found = chosen or first
        assert found
        fields[name] = found[1] if found[1] is not None else found[2]
    return fields


def test_saving_an_entry_unchanged_changes_nothing(app: Starlette, editor: Browser) -> None:
    fields = entry_fields(editor.get("/console/entries/tea-stove").text)
    fields.pop("csrf")
    fields.pop("q", None)
    editor.post("/console/entries/tea-stove", act="save", **fields)
    assert "没有差别" in editor.get("/console/entries/tea-stove").text


def test_a_fault_is_told_beside_its_field_and_the_draft_is_kept(app: Starlette, editor: Browser) -> None:
    fields = entry_fields(editor.get("/console/entries/tea-stove").text)
    fields.pop("csrf")
    fields |= {"facet_材料_text": "营业执照", "facet_材料_source": "", "valid_to": "2020-02-31"}
    page = editor.post("/console/entries/tea-stove", act="submit", **fields).text
    assert "还有 2 处要改" in page
    assert re.search(
        r'id="m-facet_材料_source"><li>[^<]*没有写来源|id="m-facet_材料_source"><li>[^<]*来源是空的', page
    )
    assert re.search(r'id="m-valid_to"><li>[^<]*不存在', page)
    assert "营业执照" in editor.get("/console/entries/tea-stove").text


def test_the_editor_says_which_aspects_are_asked_and_which_nobody_asks(
    app: Starlette, editor: Browser
) -> None:
    fields = entry_fields(editor.get("/console/entries/tea-stove").text)
    assert "还没有一句问到" not in editor.page
    fields.pop("csrf")
    fields["alternates"] = fields["alternates"].replace("换灶要什么材料", "【材料】换灶要什么材料")
    page = editor.post("/console/entries/tea-stove", act="save", **fields).text
    assert "[材料] 换灶要什么材料" in entry_fields(page)["alternates"]
    assert "查明了，还没有一句问到：标准。" in page
    table = re.search(r'aria-label="每个方面有几句相似问">(.*?)</table>', page, re.S)
    assert table
    names, counts = re.findall(r"<th[^>]*>([^<]+)", table[1]), re.findall(r"<td>(?:<b[^>]*>)?(\d+)", table[1])
    asked = {name: count for name, count in zip(names, counts, strict=True) if count != "0"}
    assert asked == {"材料": "1", "整体": "7"}
    fields["alternates"] = fields["alternates"].replace("【材料】", "[财料]")
    page = editor.post("/console/entries/tea-stove", act="check", **fields).text
    assert re.search(r'id="m-alternates"><li>相似问没有“财料”这一组；改成“材料”', page)


def test_the_preview_shows_the_answer_as_the_page_and_telegram_show_it(
    app: Starlette, editor: Browser
) -> None:
    fields = entry_fields(editor.get("/console/entries/tea-stove").text)
    fields.pop("csrf")
    fields["facet_标准_text"] = "按票面补<b>五</b>成。"
    page = editor.post("/console/entries/tea-stove", act="check", **fields).text
    assert page.count("按票面补&lt;b&gt;五&lt;/b&gt;成。") >= 3
    asked = re.findall(r"<summary>问“([^”]+)”时", page)
    assert asked == ["整条", "标准", "全文", "各级对照", "来源与有效期"]
    assert "【茶室炉灶·全文】" in page and "有效期至：2020年12月31日" in page
    assert "按钮：全文　来源与有效期　茶室招牌" in page
    assert "<b>五</b>" not in page
    assert "还没有保存" in page
    assert "五" not in editor.get("/console/entries/tea-stove").text


def test_the_second_of_two_editors_is_told_and_keeps_what_they_typed(
    app: Starlette, editor: Browser, reviewer: Browser
) -> None:
    first = entry_fields(editor.get("/console/entries/tea-sign").text)
    second = entry_fields(reviewer.get("/console/entries/tea-sign").text)
    first.pop("csrf"), second.pop("csrf")
    editor.post("/console/entries/tea-sign", act="save", **(first | {"unit": "甲局"}))
    response = reviewer.post("/console/entries/tea-sign", act="save", **(second | {"unit": "乙局"}))
    assert response.status_code == 409
    assert "“小李”在您之后也改了：责任单位" in response.text
    assert 'value="乙局"' in response.text
    assert 'value="甲局"' in editor.get("/console/entries/tea-sign").text


def test_what_people_typed_is_shown_as_text(app: Starlette, editor: Browser) -> None:
    client = TestClient(app)
    client.post("/api/v1/ask", json={"question": "碳<script>alert(1)</script>怎么交易", "conversation": "c"})
    page = editor.get("/console/inbox").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_exactly_the_ticked_rows_are_exported_and_none_is_a_formula(app: Starlette, editor: Browser) -> None:
    client = TestClient(app)
    for question in ("=1+2 碳排放配额", MISSED, "南山区的补贴"):
        client.post("/api/v1/ask", json={"question": question, "conversation": "c"})
    page = editor.get("/console/inbox").text
    numbers = re.findall(
        r'name="miss" value="(\d+)" aria-label="勾选：=1|name="miss" value="(\d+)" aria-label="勾选：排', page
    )
    ticked = [one or other for one, other in numbers]
    response = editor.post("/console/inbox/bulk", act="csv", miss=ticked)
    lines = response.content.decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 1 + len(ticked)
    assert "南山区" not in response.text
    assert not any(line.split(",")[1].startswith("=") for line in lines)
    from openpyxl import load_workbook

    editor.get("/console/inbox")
    book = load_workbook(io.BytesIO(editor.post("/console/inbox/bulk", act="xlsx", miss=ticked).content))
    assert book.active is not None and book.active.max_row == 1 + len(ticked)


def test_a_good_answer_becomes_a_golden_question_and_a_bad_one_a_miss(
    app: Starlette, editor: Browser
) -> None:
    client = TestClient(app)
    client.post("/api/v1/ask", json={"question": "灶台坏了能不能报销", "conversation": "c"})
    editor.get("/console/log")
    editor.post("/console/golden", question="灶台坏了能不能报销", accept="tea-stove", facet="")
    assert "灶台坏了能不能报销" in editor.get("/console/golden").text
    editor.get("/console/log")
    editor.post("/console/log/bad", question="1", note="答得不对")
    assert "灶台坏了能不能报销" in editor.get("/console/inbox?reason=thumbs_down").text


def test_a_golden_question_says_what_its_first_line_must_hold(app: Starlette, editor: Browser) -> None:
    editor.get("/console/golden")
    page = editor.post("/console/golden", question="炉灶怎么补", accept="tea-stove", first="五成(").text
    assert "“first”的写法“五成(”不是合法的正则表达式" in page
    editor.get("/console/golden")
    editor.post("/console/golden", question="炉灶怎么补", accept="tea-stove", facet="", first="五成|50%")
    page = editor.get("/console/golden?run=1").text
    assert '<td data-name="第一句">五成|50%</td>' in page
    assert "<b>2 / 3 道答对。</b>" in page
    assert '<b class="flag">第一句没答到</b>：【茶室炉灶' in page


def test_a_check_that_a_first_line_blocks_shows_the_line_and_older_checks_still_open(
    app: Starlette, reviewer: Browser
) -> None:
    from huiqi.store.gates import GateStore

    gates = GateStore(app.state.staff)
    older = {"outcome": "answer", "entry": "tea-sign", "facet": None, "text": "先报备再挂。", "reason": None}
    newer = {**older, "entry": "tea-stove", "firsts": ["【茶室炉灶】有补贴。"]}
    row = {"question": "换炉灶有补贴吗", "accept": ["tea-stove"], "facet": None}
    result = {
        "golden": 2,
        "replayed": 0,
        "broken": [
            {**row, "after": older},
            {**row, "question": "炉灶怎么补", "first": "三成", "fault": "first", "after": newer},
        ],
        "still_wrong": [],
        "changes": [],
        "shifts": [],
    }
    number = gates.add({}, "", "老王")
    gates.finish(number, "blocked", result)
    page = reviewer.get(f"/console/publish/{number}").text
    assert "2 道标准题会变错" in page
    assert "会变成 回答 茶室招牌" in page
    assert "第一句要有 三成，会变成 <q>【茶室炉灶】有补贴。</q>" in page


def test_an_admin_makes_changes_and_ends_accounts(app: Starlette, admin: Browser) -> None:
    admin.get("/console/users")
    admin.post("/console/users", name="新人", role="editor", password="新人的一个长密码")
    newcomer = Browser(app)
    assert newcomer.log_in("新人", "新人的一个长密码").status_code == 200
    admin.get("/console/users")
    admin.post("/console/users/新人", role="viewer", is_active="0", telegram="", password="")
    assert "退出" not in newcomer.get("/console/inbox").text
    assert "修改用户" in admin.get("/console/audit").text


def test_the_page_of_a_miss_shows_the_originals_words_and_makes_an_entry_of_them(
    workbench_settings: Settings, hashed_password: str
) -> None:
    documents = workbench_settings.pack_folder / "documents"
    documents.mkdir()
    (documents / "notice.md").write_text(
        "---\ntitle: 茶室排烟管理通知\nsource: S1\n---\n\n一、排烟罩每年清洗两次。\n", encoding="utf-8"
    )
    with application(workbench_settings, hashed_password) as app:
        asked = TestClient(app).post(
            "/api/v1/ask", json={"question": "排烟罩每年清洗几次", "conversation": "c"}
        )
        assert asked.json()["passages"][0]["words"] == "一、排烟罩每年清洗两次。"
        editor = Browser(app, "小李")
        editor.get("/console/inbox")
        page = editor.get("/console/inbox/1").text
        assert "原文里最接近的段落" in page and "《茶室排烟管理通知》一" in page and "用这段写新条目" in page
        begun = editor.get("/console/entries/new?miss=1&passage=0").text
        assert "一、排烟罩每年清洗两次。" in begun and "排烟罩每年清洗几次" in begun
        draft = editor.post("/console/inbox/1/entry", policy="tea", id="new-1", passage="0").text
        assert "原话填进了概要" in draft and "一、排烟罩每年清洗两次。" in draft
