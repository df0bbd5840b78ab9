"""Nobody's question is forgotten: its number, its page, and being told on the web."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from huiqi.answering.tickets import wanted
from huiqi.curation.misses.queue import Filter
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.store.notifications import Notifications
from huiqi.store.tickets import MOST_WRONG, Tickets
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import PASSWORD, Browser

MISSED = "排烟罩补多少"
EDITOR, REVIEWER = Member("小李", "editor"), Member("老王", "reviewer")
PICTURES = os.environ.get("HUIQI_PICTURES")
"""Where to put pictures of the pages, for who wants to look at them."""


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("123", (123, "", False)),
        ("编号 123", (123, "", True)),
        ("１２３ ab7k", (123, "AB7K", True)),
        ("编号：123，查询码：AB7K", (123, "AB7K", True)),
        ("#45-HJ3K。", (45, "HJ3K", True)),
        ("2020年", None),
        ("50人以下", None),
        ("110 kV", None),
        ("第110号文", None),
        ("换炉灶有补贴吗", None),
    ],
)
def test_what_is_a_number_and_nothing_else(typed: str, expected: tuple[int, str, bool] | None) -> None:
    found = wanted(typed)
    assert (found and (found.number, found.code, found.is_named)) == expected


def asked(client: TestClient, question: str, conversation: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(
        "/api/v1/ask", json={"question": question, "conversation": conversation, "page": True}
    ).json()
    return answer


def workbench_of(app: Starlette) -> Workbench:
    return Workbench(app.state.staff, app.state.live)


def publish_answer(app: Starlette) -> int:
    """The missed question becomes an entry that is published; returns the miss."""
    bench = workbench_of(app)
    bench.miss_queue().gather()
    (row,) = bench.miss_queue().rows(Filter())
    draft = bench.miss_queue().make_entry(row.miss.id, "tea", "tea-hood", EDITOR)
    content = {
        **draft.content,
        "summary": {"text": "排烟罩按票面补两成。", "source": ["S1"]},
        "facets": {**draft.content["facets"], "标准": {"text": "按票面补两成。", "source": ["S1"]}},
        "alternates": [MISSED, *(f"排烟罩{end}" for end in ("补贴", "怎么申请", "有补助吗", "给多少钱"))],
        "sources": ["S1"],
    }
    saved = bench.drafting.save(EDITOR, "entry", "tea-hood", content, draft.version)
    bench.drafting.submit(saved.id, EDITOR)
    bench.drafting.approve(saved.id, REVIEWER)
    number = bench.publishing.start(REVIEWER)
    assert bench.publishing.run(number).state == "passed"
    bench.publish(number, REVIEWER)
    return row.miss.id


def test_web_askers_are_told_at_their_next_visit_and_on_the_page(app: Starlette) -> None:
    told, silent = TestClient(app), TestClient(app)
    first, second = asked(told, MISSED, "c1"), asked(silent, MISSED, "c2")
    ticket = first["ticket"]
    page = told.post(f"/q/{ticket['number']}/remember", data={"code": ticket["code"]})
    assert "先看到" in page.text and "等工作人员处理" in page.text
    assert "有答复了" not in told.get("/").text
    miss = publish_answer(app)
    notices = Notifications(app.state.staff)
    assert [(notice.channel, notice.state) for notice in notices.of_miss(miss)] == [("web", "pending")]
    again = told.get("/")
    assert f"您上次问的“{MISSED}”有答复了：" in again.text and "两成" in again.text
    assert [notice.state for notice in notices.of_miss(miss)] == ["delivered"]
    assert "有答复了" not in told.get("/").text, "once"
    page = silent.get(second["ticket"]["path"])
    assert "已答复" in page.text and "两成" in page.text


def test_without_the_code_nothing_is_shown_and_guesses_are_throttled(app: Starlette) -> None:
    client = TestClient(app)
    ticket = asked(client, MISSED, "c1")["ticket"]
    number, code = ticket["number"], ticket["code"]
    assert re.fullmatch("[A-Z][A-Z0-9]{3}", code)
    for path in (f"/q/{number}", f"/q/{number}?code=ZZZZ", f"/q/{number + 99}?code={code}", "/q/x?code=ABCD"):
        assert MISSED not in client.get(path).text
    assert client.get(f"/q/{number}?code={code.lower()}").status_code == 200
    for _ in range(MOST_WRONG):
        client.get(f"/q/{number}?code=ZZZZ")
    closed = client.get(f"/q/{number}?code={code}")
    assert closed.status_code == 429 and "过一小时" in closed.text and MISSED not in closed.text


def test_a_number_typed_into_a_channel_is_looked_up_and_no_miss(app: Starlette) -> None:
    client = TestClient(app)
    ticket = asked(client, MISSED, "c1")["ticket"]
    own = asked(client, f"编号 {ticket['number']}", "c1")
    assert own["outcome"] == "smalltalk" and MISSED in own["text"] and "等工作人员处理" in own["text"]
    assert "查询码" in asked(client, str(ticket["number"]), "c2")["text"]
    with_code = asked(client, f"{ticket['number']} {ticket['code']}", "c3")
    assert MISSED in with_code["text"] and with_code["reason"] == "ticket"
    assert "没有查到" in asked(client, f"{ticket['number']} ZZZZ", "c3")["text"]
    logged = [row["text"] for row in app.state.staff.query("select text from question where status = 'open'")]
    assert logged == [MISSED]
    assert ticket["code"] not in "".join(
        row["text"] for row in app.state.staff.query("select text from question")
    )


def test_staff_find_a_question_by_the_number_that_a_caller_reads_out(app: Starlette, editor: Browser) -> None:
    client = TestClient(app)
    number = asked(client, MISSED, "c1")["number"]
    answered = asked(client, "换炉灶有补贴吗", "c1")["number"]
    page = editor.get(f"/console/question?number={number}").text
    assert MISSED in page and "在这一组里" in page and f'id="q{number}"' in page
    assert "已回答" in editor.get(f"/console/question?number={answered}").text
    assert "没有编号" in editor.get("/console/question?number=99999").text


def test_a_correction_is_seen_and_sent_from_its_page(app: Starlette, reviewer: Browser) -> None:
    from huiqi.assistant.asking import Message

    app.state.live.ask(Message("换炉灶有补贴吗", "telegram", "7", "7"))
    bench = workbench_of(app)
    content = bench.drafting.current("entry", "tea-stove")
    newer = {"text": "按票面补四成。", "source": ["S1"]}
    changed = {**content, "summary": newer, "facets": {**content["facets"], "标准": newer}}
    bench.knowledge.publish({("entry", "tea-stove"): changed}, "tests", "")
    bench.publishing.ask_again(5.0)
    page = reviewer.get("/console/corrections").text
    assert "按票面补三成" in page and "按票面补四成" in page and "Telegram 1 人" in page
    assert ">换炉灶有补贴吗</a>" in page, "whom that is"
    sent = reviewer.post("/console/corrections/1", act="send", text="现在补四成。").text
    assert "发给 1 人" in sent and "没有要更正的" in sent
    assert "更正" in reviewer.get("/console/notices").text


def test_what_is_erased_takes_its_page_along(app: Starlette) -> None:
    client = TestClient(app)
    ticket = asked(client, MISSED, "c1")["ticket"]
    client.post("/api/v1/forget", json={"conversation": "c1"})
    assert client.get(ticket["path"]).status_code == 404
    assert Tickets(app.state.staff).get(ticket["number"]) is None
    assert not list(app.state.staff.query("select * from ticket"))


@pytest.mark.parametrize("width", [1280, 390])
def test_an_asker_follows_a_question_in_a_browser(
    app: Starlette, address: str, chromium: Any, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.fill("#question", MISSED)
    page.press("#question", "Enter")
    page.wait_for_selector(".ticket")
    picture(page, f"chat-missed-{width}")
    with context.expect_page() as opened:
        page.click("text=看处理情况")
    opened.value.wait_for_load_state()
    assert "等工作人员处理" in opened.value.inner_text("main")
    picture(opened.value, f"ticket-open-{width}")
    page.click("text=下次来时告诉我")
    page.wait_for_selector("text=先看到")
    publish_answer(app)
    page.goto(address)
    page.wait_for_selector(".news")
    picture(page, f"chat-news-{width}")
    page.click(".news a")
    assert "已答复" in page.inner_text("main") and "两成" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, f"ticket-answered-{width}")
    page.goto(f"{address}/q")
    picture(page, f"ticket-find-{width}")
    page.goto(f"{address}/console/login")
    page.fill("[name=name]", "小李")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".menu")
    for path in ("notices", "again", "inbox", "corrections", "brief"):
        response = page.goto(f"{address}/console/{path}")
        assert response.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        picture(page, f"{path}-{width}")
    assert not faults
    context.close()


def picture(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
