"""What staff answered in a talk on a channel is a draft that can be opened, completed and given up."""

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
