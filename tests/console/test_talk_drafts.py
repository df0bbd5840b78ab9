"""Talks of staff in the workbench: taken, said, ended; and what they answered is a draft that can be opened."""

from __future__ import annotations

from huiqi.curation.drafts.from_talks import offer_drafts
from huiqi.store.handovers import Handovers
from starlette.applications import Starlette

from tests.console.conftest import Browser


def test_an_answer_of_a_talk_is_offered_as_a_draft(app: Starlette, editor: Browser) -> None:
    database = app.state.staff
    talks = Handovers(database)
    talks.begin("wxkf", "a/b", "zhang")
    talks.said("wxkf", "a/b", "1", "月亮搬迁能补多少，我的电话13800138000", None)
    talks.said("wxkf", "a/b", "2", "目前没有补贴。", "zhang")
    talks.said("wxkf", "a/b", "2", "目前没有补贴。", "zhang")
    talks.said("wxkf", "a/b", "3", "谢谢", None)
    exchanges = talks.end("wxkf", "a/b")
    assert [(item.asked, item.answered) for item in exchanges] == [
        ("月亮搬迁能补多少，我的电话" + exchanges[0].asked[13:], "目前没有补贴。")
    ]
    assert "13800138000" not in exchanges[0].asked and not talks.is_with_staff("wxkf", "a/b")
    assert len(offer_drafts(database, exchanges)) == 1
    page = editor.get("/console/entries/talk-1")
    assert page.status_code == 200 and "月亮搬迁能补多少" in page.text and "目前没有补贴。" in page.text


def test_staff_take_a_talk_on_a_page(app: Starlette, editor: Browser) -> None:
    database = app.state.staff
    talks = Handovers(database)
    assert "没有人在等" in editor.get("/console/talks").text
    talks.want_person("wecom", "lihua", "lihua")
    assert "在等" in editor.get("/console/talks").text
    assert "人工对话 <b" in editor.page
    viewer = Browser(app, "小张")
    assert "接起" not in viewer.get("/console/talks/1").text
    editor.get("/console/talks/1")
    assert "已接起" in editor.post("/console/talks/1", act="take").text
    talks.said("wecom", "lihua", "1", "月亮搬迁能补多少", None)
    assert "月亮搬迁能补多少" in editor.get("/console/talks/1").text
    page = editor.post("/console/talks/1", act="say", text="目前没有补贴。").text
    assert "目前没有补贴。" in page and "等待发出" in page
    assert "请先写" in editor.post("/console/talks/1", act="say", text=" ").text
    other = Browser(app, "老王")
    assert "小李 接着" in other.get("/console/talks/1").text and "接过来" in other.page
    editor.get("/console/talks/1")
    assert "答复成了 1 份草稿" in editor.post("/console/talks/1", act="end").text
    assert "已经结束" in editor.get("/console/talks/1").text
    draft = editor.get("/console/entries/talk-1").text
    assert "月亮搬迁能补多少" in draft and "目前没有补贴。" in draft


def test_a_talk_that_nobody_takes_stays_among_the_misses(app: Starlette, editor: Browser) -> None:
    Handovers(app.state.staff).want_person("wecom", "lihua", "lihua")
    editor.get("/console/talks/1")
    assert "还在待处理里" in editor.post("/console/talks/1", act="drop").text
    assert "没有人在等" in editor.get("/console/talks").text
