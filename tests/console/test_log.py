"""The log is searched, a question has its talk, and an answer that was none is judged and mended."""

from __future__ import annotations

import re
from html import unescape

from huiqi.console.entry_form import EntryForm
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import Browser
from tests.console.test_new_entry import bench
from tests.curation.conftest import MISSED

STOVE = "换炉灶有补贴吗"


def ask(app: Starlette, text: str, conversation: str = "c1") -> int:
    answer = TestClient(app).post("/api/v1/ask", json={"question": text, "conversation": conversation})
    return int(answer.json()["number"])


def listed(browser: Browser, query: str) -> list[str]:
    page = browser.get(f"/console/log?{query}").text
    return re.findall(r'data-name="问题"><a[^>]*>([^<]*)', page)


def test_the_log_is_found_by_words_days_channel_outcome_and_number(app: Starlette, editor: Browser) -> None:
    first, second = ask(app, STOVE), ask(app, MISSED, "c2")
    assert listed(editor, "") == [MISSED, STOVE]
    assert listed(editor, "text=炉灶") == [STOVE]
    assert listed(editor, "text=100%25") == []
    assert listed(editor, "outcome=unanswered") == [MISSED]
    assert listed(editor, f"number={first}") == [STOVE]
    assert listed(editor, "channel=web") == [MISSED, STOVE] or listed(editor, "channel=api") == [
        MISSED,
        STOVE,
    ]
    assert listed(editor, "channel=telegram") == []
    today = str(app_day(app))
    assert listed(editor, f"since={today}&until={today}") == [MISSED, STOVE]
    assert listed(editor, "until=2020-01-01") == []
    assert listed(editor, f"before={second}") == [STOVE]
    assert "看不懂" in editor.get("/console/log?since=昨天").text


def app_day(app: Starlette):  # type: ignore[no-untyped-def]
    return bench(app).engine.current()[0].office.today()


def test_a_question_is_shown_with_the_talk_around_it_and_what_was_seen(
    app: Starlette, editor: Browser
) -> None:
    number = ask(app, STOVE)
    ask(app, "要什么材料")
    ask(app, MISSED, "another")
    page = editor.get(f"/console/log/{number}").text
    assert "要什么材料" in page and MISSED not in page
    seen = page[page.index("这个人看到的") : page.index("前后说的话")]
    assert "来源" in seen and "茶室" in seen
    assert editor.get("/console/log/999").status_code == 400


def test_a_thumb_down_is_judged_with_nothing_preselected_and_leads_to_the_field(
    app: Starlette, editor: Browser
) -> None:
    number = ask(app, STOVE)
    down = {"number": number, "value": "down", "conversation": "c1", "reason": "没说补多少"}
    TestClient(app).post("/api/v1/feedback", json=down)
    faults = editor.get("/console/faults").text
    assert STOVE in faults and "踩：没说补多少" in faults
    page = editor.get(f"/console/log/{number}").text
    assert "踩：没说补多少" in page
    assert not re.search(r'type="radio"[^>]*checked', page)
    assert re.search(r'/console/entries/tea-stove#(summary_text|facet_[^"]+_text)"', page)
    assert editor.post(f"/console/log/{number}").status_code == 400
    editor.get(f"/console/log/{number}")
    assert "记下了：只说了一部分" in editor.post(f"/console/log/{number}", verdict="partly").text
    assert STOVE not in editor.get("/console/faults").text
    assert "只说了一部分" in editor.get("/console/faults?all=1").text


def test_who_should_have_been_told_another_sentence_is_written_beside_it(
    app: Starlette, editor: Browser
) -> None:
    number = ask(app, STOVE)
    TestClient(app).post("/api/v1/feedback", json={"number": number, "value": "down", "conversation": "c1"})
    link = re.search(
        r'href="(/console/entries/tea-stove\?asked=[^"]+)#details"', editor.get(f"/console/log/{number}").text
    )
    assert link
    assert link[1] in editor.get(f"/console/test?q={STOVE}").text
    page = editor.get(unescape(link[1])).text
    assert re.search(rf'<textarea[^>]*name="details"[^>]*>\s*{STOVE} → ?</textarea>', page)
    content = bench(app).knowledge.item("entry", "tea-stove")
    form = EntryForm.of({**content, "details": [f"{STOVE} → 按票面补三成"]}).fields
    assert "草稿已保存" in editor.post("/console/entries/tea-stove", **form, act="save").text
    assert f"{STOVE} → 按票面补三成" in editor.get("/console/entries/tea-stove").text


def test_an_unknown_facet_leads_to_where_it_is_filled(app: Starlette, editor: Browser) -> None:
    number = ask(app, "换炉灶的补贴打什么电话问")
    page = editor.get("/console/faults?fault=facet_missing").text
    assert "打什么电话问" in page
    page = editor.get(f"/console/log/{number}").text
    assert 'href="/console/entries/tea-stove#facet_电话_text">去填“电话”' in page
    assert 'id="facet_电话_text"' in editor.get("/console/entries/tea-stove").text


def test_an_entrys_page_says_how_it_is_asked_for(app: Starlette, editor: Browser) -> None:
    for _ in range(2):
        number = ask(app, STOVE)
    TestClient(app).post("/api/v1/feedback", json={"number": number, "value": "down", "conversation": "c1"})
    page = editor.get("/console/entries/tea-stove").text
    assert "30 天里答了 2 次；90 天里答了 2 次" in page and "踩 1" in page
    assert listed(editor, "entry=tea-stove") == [STOVE, STOVE]


def test_what_was_asked_is_erased_with_its_verdict(app: Starlette, editor: Browser) -> None:
    number = ask(app, STOVE)
    editor.get(f"/console/log/{number}")
    editor.post(f"/console/log/{number}", verdict="right")
    TestClient(app).post("/api/v1/forget", json={"conversation": "c1"})
    assert editor.get(f"/console/log/{number}").status_code == 400
