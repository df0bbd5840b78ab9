"""Everything besides entries is edited in the console: drafts, faults at their fields, deletions that mend what links."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from huiqi.answering.wording import greeting
from huiqi.formats.content_tables import TABLES, record_of, texts_of
from huiqi.formats.shipped_language import shipped_language
from huiqi.pack.office import Notice, Office
from huiqi.people.due import due_at
from huiqi.people.working_days import after_working_days
from huiqi.service.settings import Settings
from huiqi.store.drafts import Draft
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import Browser, application, wait_for_checks
from tests.console.test_browser import ROOT, Person
from tests.console.test_new_entry import bench


@pytest.fixture
def app(workbench_settings: Settings, hashed_password: str, tmp_path: Path) -> Iterator[Starlette]:
    """The console on the made-up pack, which has something of everything."""
    folder = tmp_path / "xinghe"
    shutil.copytree(ROOT / "tests" / "packs" / "xinghe", folder)
    with application(replace(workbench_settings, pack_folder=folder), hashed_password) as app:
        yield app


def drafts(app: Starlette) -> dict[str, Draft]:
    return {draft.item: draft for draft in bench(app).drafting.open()}


def fields(page: str) -> dict[str, str]:
    """What the form of a record would send as it stands."""
    import html

    form = page[page.index('class="card" data-guard') : page.index('<div class="buttons">')]
    found = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    for name, choices in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', choices)
        if chosen:
            found[name] = chosen[1] if chosen[1] is not None else chosen[2]
    return {name: html.unescape(value) for name, value in found.items() if name != "csrf"}


@pytest.mark.parametrize(
    ("path", "field", "text", "item", "told"),
    [
        ("policies/stalls", "issuer", "星河镇测试办", "stalls", ("issuer", "星河镇测试办")),
        ("sources/X4", "title", "星河镇小店扶持办法（修订）", "sources.yaml", ("title", "（修订）")),
        ("replies/1", "reply", "您好，请直接问。", "smalltalk.yaml", ("reply", "请直接问")),
        ("synonyms/1", "weight", "0.8", "synonyms.yaml", ("weight", "0.8")),
        ("spoken", "rewrites", "咋弄 → 怎么办", "spoken.yaml", ("from", "咋弄")),
        ("places", "ours", "星河\n星河镇\n柳巷", "places.yaml", ("ours", "柳巷")),
        ("ladders/1", "topic", "修旧房", "ladders.yaml", ("topic", "修旧房")),
        ("office", "hotline.number", "6660-9999", "office.yaml", ("number", "6660-9999")),
        ("office", "levels.words", "镇：镇里、镇上\n县：县里、县级、全县", "office.yaml", ("words", "镇上")),
        ("days", "days_off", "2026-12-24", "office.yaml", ("days_off", "2026-12-24")),
    ],
)
def test_a_change_on_each_page_is_a_draft_of_that_field_alone(
    app: Starlette, editor: Browser, path: str, field: str, text: str, item: str, told: tuple[str, str]
) -> None:
    page = editor.get(f"/console/content/{path}").text
    assert (
        editor.post(f"/console/content/{path}", **fields(page) | {field: text, "act": "submit"}).status_code
        == 200
    )
    draft = drafts(app)[item]
    kind = "policy" if item == "stalls" else "file"
    assert draft.state == "in_review" and told[0] in str(draft.content) and told[1] in str(draft.content)
    desk = bench(app).drafting
    assert desk.problems(kind, item, draft.content) == []
    before = bench(app).knowledge.item(kind, item)
    if isinstance(before, dict) and before:
        changed = {
            key for key in before.keys() | draft.content.keys() if before.get(key) != draft.content.get(key)
        }
        assert len(changed) == 1


def test_a_form_that_changes_nothing_changes_nothing(app: Starlette) -> None:
    desk = bench(app).table_desk
    for table in TABLES:
        for one in desk.records(table):
            record = desk.record(table, one.key).content
            made, faults = record_of(table, texts_of(table, record), record)
            assert faults == {} and made == record, (table.name, one.key)


def test_a_fault_stands_beside_its_field_and_nothing_is_lost(app: Starlette, editor: Browser) -> None:
    editor.get("/console/content/notice")
    page = editor.post(
        "/console/content/notice", **{"notice.text": "下周搬家", "notice.until": "过几天", "act": "submit"}
    )
    assert page.status_code == 400 and "下周搬家" in page.text and "过几天" in page.text
    beside = page.text[page.text.index('id="m-notice.until"') :]
    assert "看不懂" in beside[: beside.index("</ul>")]
    page = editor.post(
        "/console/content/notice", **{"notice.text": "下周搬家", "notice.until": "", "act": "submit"}
    )
    beside = page.text[page.text.index('id="m-notice.until"') :]
    assert "“公告到哪天”还没有写" in beside[: beside.index("</ul>")]
    assert drafts(app) == {}
    editor.get("/console/content/synonyms/new")
    page = editor.post("/console/content/synonyms/new", concept="炉灶", words="", weight="很高", act="save")
    assert "“很高”不是数" in page.text
    page = editor.post("/console/content/synonyms/new", concept="炉灶", words="", weight="", act="save")
    assert page.status_code == 400 and drafts(app) == {}


def test_who_did_not_touch_a_field_never_writes_a_colleagues_back(
    app: Starlette, editor: Browser, admin: Browser
) -> None:
    page = editor.get("/console/content/office").text
    admin.get("/console/content/office")
    admin.post("/console/content/office", **fields(page) | {"about": "星河镇问答", "act": "save"})
    answer = editor.post("/console/content/office", **fields(page) | {"place": "星河", "act": "save"})
    assert answer.status_code == 200 and "草稿已保存" in answer.text
    content = drafts(app)["office.yaml"].content
    assert (content["about"], content["place"]) == ("星河镇问答", "星河")


def test_a_field_that_both_changed_is_shown_with_both_texts(
    app: Starlette, editor: Browser, admin: Browser
) -> None:
    page = editor.get("/console/content/office").text
    admin.get("/console/content/office")
    admin.post("/console/content/office", **fields(page) | {"about": "星河镇问答", "act": "save"})
    mine = {"about": "星河问事", "place": "星河", "act": "save"}
    answer = editor.post("/console/content/office", **fields(page) | mine)
    assert answer.status_code == 409 and "“主任”在您之后也改了" in answer.text
    assert "同事改成了：星河镇问答" in answer.text and 'value="星河问事"' in answer.text
    assert drafts(app)["office.yaml"].content["about"] == "星河镇问答"
    editor.post("/console/content/office", **fields(answer.text) | {"act": "save"})
    content = drafts(app)["office.yaml"].content
    assert (content["about"], content["place"]) == ("星河问事", "星河")


def test_two_pages_of_one_file_are_edited_side_by_side(
    app: Starlette, editor: Browser, admin: Browser
) -> None:
    one = fields(editor.get("/console/content/days").text)
    other = fields(admin.get("/console/content/notice").text)
    editor.post("/console/content/days", **one | {"days_off": "2026-12-24", "act": "save"})
    notice = {"notice.text": "下周搬家", "notice.until": "2099-01-01", "act": "save"}
    admin.post("/console/content/notice", **other | notice)
    content = drafts(app)["office.yaml"].content
    assert content["days_off"] and content["notice"]["text"] == "下周搬家"


def test_a_row_is_found_again_when_a_colleague_deletes_one_before_it(
    app: Starlette, editor: Browser, admin: Browser
) -> None:
    for concept in ("甲物", "乙物"):
        admin.get("/console/content/synonyms/new")
        words = f"{concept}\n{concept}的别名"
        admin.post("/console/content/synonyms/new", concept=concept, words=words, weight="", act="save")
    rows = drafts(app)["synonyms.yaml"].content
    key = next(number for number, row in enumerate(rows, 1) if row["concept"] == "乙物")
    page = editor.get(f"/console/content/synonyms/{key}").text
    admin.get(f"/console/content/synonyms/{key - 1}")
    admin.post(f"/console/content/synonyms/{key - 1}/delete", reason="用不着")
    editor.post(f"/console/content/synonyms/{key}", **fields(page) | {"words": "乙物\n乙件", "act": "save"})
    left = {row["concept"]: row["words"] for row in drafts(app)["synonyms.yaml"].content}
    assert left["乙物"] == ["乙物", "乙件"] and "甲物" not in left
    # Deleted under one's hands: what was written is there to be saved as a new one.
    page = editor.get(f"/console/content/synonyms/{key - 1}").text
    admin.get(f"/console/content/synonyms/{key - 1}")
    admin.post(f"/console/content/synonyms/{key - 1}/delete", reason="也用不着")
    answer = editor.post(
        f"/console/content/synonyms/{key - 1}", **fields(page) | {"words": "乙物\n乙器", "act": "save"}
    )
    assert answer.status_code == 409 and "删去了" in answer.text and "乙器" in answer.text
    assert 'action="/console/content/synonyms/new"' in answer.text


def test_what_was_published_meanwhile_is_not_written_back(
    app: Starlette, editor: Browser, reviewer: Browser, admin: Browser
) -> None:
    page = editor.get("/console/content/office").text
    admin.get("/console/content/office")
    admin.post("/console/content/office", **fields(page) | {"about": "星河镇问答", "act": "submit"})
    publish(editor, reviewer, app)
    assert "office.yaml" not in drafts(app)
    editor.get("/console/content/office")
    editor.post("/console/content/office", **fields(page) | {"place": "星河", "act": "save"})
    content = drafts(app)["office.yaml"].content
    assert (content["about"], content["place"]) == ("星河镇问答", "星河")


def test_no_page_shows_yaml_or_a_files_name(editor: Browser) -> None:
    for table in TABLES:
        page = editor.get(f"/console/content/{table.name}").text
        main = page[page.index("<main") : page.index("</main>")]
        assert ".yaml" not in re.sub(r'href="[^"]*"', "", main), table.name


def publish(editor: Browser, reviewer: Browser, app: Starlette) -> str:
    for draft in drafts(app).values():
        reviewer.get(f"/console/drafts/{draft.id}")
        reviewer.post(f"/console/drafts/{draft.id}", act="approve", version=draft.version)
    wait_for_checks()
    reviewer.get("/console/publish")
    gate = max(int(found) for found in re.findall(r"/publish/(\d+)", reviewer.page))
    reviewer.get(f"/console/publish/{gate}")
    return str(reviewer.post(f"/console/publish/{gate}", override="测试").text)


def test_a_notice_is_shown_until_its_day(app: Starlette, editor: Browser, reviewer: Browser) -> None:
    day = bench(app).engine.current()[0].office.today()
    visitor = TestClient(app)
    assert "下周搬家" not in visitor.get("/").text
    editor.get("/console/content/notice")
    editor.post(
        "/console/content/notice",
        **{
            "notice.text": "下周搬家，窗口停办两天。",
            "notice.until": str(day + timedelta(days=3)),
            "act": "submit",
        },
    )
    assert "已发布" in publish(editor, reviewer, app)
    for path in ("/", "/new", "/e/repair-house"):
        assert "下周搬家，窗口停办两天。" in visitor.get(path).text
    pack = bench(app).engine.current()[0]
    assert greeting(pack.office).startswith("下周搬家")
    over = replace(pack.office, notice=Notice("下周搬家", day - timedelta(days=1)))
    assert over.notice_now() == "" and replace(over, notice=Notice("今天止", day)).notice_now() == "今天止"


def test_deleting_an_entry_names_what_links_to_it_and_mends_it(
    app: Starlette, editor: Browser, reviewer: Browser
) -> None:
    page = editor.get("/console/entries/county-repair").text
    assert "旧房修缮" in page and "一并改好" in page
    refused = editor.post("/console/entries/county-repair/delete", reason="并入别条")
    assert refused.status_code == 400 and "一并改好" in refused.text
    assert drafts(app) == {}
    editor.get("/console/entries/county-repair")
    editor.post("/console/entries/county-repair/delete", reason="并入别条", mend="1")
    made = drafts(app)
    assert made["county-repair"].content is None
    assert [row["topic"] for row in made["ladders.yaml"].content] == ["店面换新"]
    assert all("county-repair" not in row["accept"] for row in made["golden.yaml"].content)
    assert {draft.state for draft in made.values()} == {"in_review"}
    assert "已发布" in publish(editor, reviewer, app)
    assert bench(app).knowledge.item("entry", "county-repair") is None


def test_deleting_a_source_puts_another_in_its_place(app: Starlette, editor: Browser) -> None:
    page = editor.get("/console/content/sources/X2").text
    assert "处写到它" in page
    refused = editor.post("/console/content/sources/X2/delete", reason="错了", mend="1")
    assert "换成哪一个来源" in refused.text and drafts(app) == {}
    editor.get("/console/content/sources/X2")
    editor.post("/console/content/sources/X2/delete", reason="错了", mend="1", instead="星河镇小店扶持办法")
    made = drafts(app)
    assert "X2" not in made["sources.yaml"].content
    assert all("X2" not in str(draft.content) for draft in made.values())
    assert any("X4" in str(draft.content) for name, draft in made.items() if name != "sources.yaml")


def test_deleting_a_policy_takes_its_entries_along(app: Starlette, editor: Browser) -> None:
    pack = bench(app).engine.current()[0]
    policy = pack.entries["repair-house"].policy
    own = [one.id for one in pack.entries.values() if one.policy == policy]
    editor.get(f"/console/content/policies/{policy}")
    editor.post(f"/console/content/policies/{policy}/delete", reason="废止", mend="1")
    made = drafts(app)
    assert made[policy].content is None
    assert all(made[item].content is None for item in own)


def test_fields_take_names_and_ids(app: Starlette, editor: Browser) -> None:
    editor.get("/console/content/policies/new")
    page = editor.post(
        "/console/content/policies/new",
        **{
            "title": "星河镇河灯管理办法",
            "sources~0": "星河镇小店扶持办法",
            "sources~1": "X1、X2",
            "act": "save",
        },
    )
    assert page.status_code == 200
    made = next(draft for draft in drafts(app).values() if draft.kind == "policy")
    assert made.content["sources"] == ["X4", "X1", "X2"]
    page = editor.post(
        "/console/content/policies/new", **{"title": "另一个办法", "sources~0": "没有的文件", "act": "save"}
    )
    assert page.status_code == 400 and "没有的文件" in page.text


def test_lines_for_names_grow_in_a_browser(app: Starlette, chromium: Any, address: str) -> None:
    editor = Person(chromium, address, "小李")
    editor.go("/console/content/ladders/1")
    lines = editor.page.locator('[data-picks="rungs"] input')
    assert lines.first.input_value() == bench(app).engine.current()[0].entries["repair-house"].title
    before = lines.count()
    lines.last.fill("摊位")
    assert lines.count() == before + 1
    assert editor.errors == []


def test_an_entrys_form_takes_titles_and_keeps_ids(app: Starlette, editor: Browser) -> None:
    page = editor.get("/console/entries/repair-house").text
    assert 'value="星河镇旧房修缮补助办法"' in page and 'value="X2"' not in page
    names = dict(re.findall(r'name="([^"]+)" value="([^"]*)" list="', page))
    texts = dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    plain = dict(re.findall(r'<input id="[^"]*" name="([^"~]+)" value="([^"]*)"', page))
    chosen = {
        name: (re.findall(r'<option value="([^"]*)" selected', choices) or [""])[0]
        for name, choices in re.findall(r'<select id="[^"]*" name="([^"]+)"[^>]*>(.*?)</select>', page, re.S)
    }
    form = {**plain, **texts, **chosen, **names, "act": "save", "version": "0"}
    assert editor.post("/console/entries/repair-house", **form).status_code == 200
    before = bench(app).knowledge.item("entry", "repair-house")
    assert drafts(app)["repair-house"].content == before
    editor.get("/console/entries/repair-house")
    more = {"see_also~7": "店面换新补多少" if "店面换新补多少" in page else "stall-fee", "version": "1"}
    editor.post("/console/entries/repair-house", **form | more)
    assert len(drafts(app)["repair-house"].content["see_also"]) == len(before["see_also"]) + 1


def test_the_offices_own_days_move_what_is_due() -> None:
    monday = date(2026, 11, 23)
    office = Office()
    assert after_working_days(monday, 3, office) == date(2026, 11, 26)
    closed = replace(office, days_off=(date(2026, 11, 24),))
    assert after_working_days(monday, 3, closed) == date(2026, 11, 27)
    seen = datetime(2026, 11, 27, 2, tzinfo=UTC)
    assert (due_at(seen, "out_of_scope", office) - seen).days == 5
    worked = replace(office, days_worked=(date(2026, 11, 28),))
    assert (due_at(seen, "out_of_scope", worked) - seen).days == 4


def test_a_new_one_never_takes_the_place_of_one_of_the_same_name(app: Starlette, editor: Browser) -> None:
    known = next(iter(bench(app).knowledge.item("file", "out_of_scope.yaml")))
    editor.get("/console/content/elsewhere/new")
    page = editor.post("/console/content/elsewhere/new", name=known, texts="别的一句", act="save")
    assert page.status_code == 400 and f"已经有“{known}”了" in page.text
    assert drafts(app) == {}


def test_replies_are_called_by_what_people_say_and_never_by_their_id(app: Starlette, editor: Browser) -> None:
    known = {one.id for one in shipped_language().smalltalk}
    page = editor.get("/console/content/replies").text
    labels = re.findall(r'data-name="标准问"><a href="[^"]+">([^<]+)</a>', page)
    assert labels and not known & set(labels)
