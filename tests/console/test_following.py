"""A browser whose owner agrees is told of changes at its next visit, once; one tap ends it, and forgetting takes it along."""

from __future__ import annotations

import os
from typing import Any

import pytest
from huiqi.curation.workbench import Workbench
from huiqi.store.notifications import Notifications
from huiqi.store.subscriptions import Subscriptions
from huiqi.store.transaction import transaction
from starlette.applications import Starlette
from starlette.testclient import TestClient

PICTURES = os.environ.get("HUIQI_PICTURES")
"""Where to put pictures of the pages, for who wants to look at them."""


def asked(client: TestClient, question: str, conversation: str = "c1") -> dict[str, Any]:
    body = {"question": question, "conversation": conversation, "page": True}
    answer: dict[str, Any] = client.post("/api/v1/ask", json=body).json()
    return answer


def publish(app: Starlette, text: str) -> None:
    bench = Workbench(app.state.staff, app.state.live)
    content = bench.drafting.current("entry", "tea-stove")
    changed = {**content, "facets": {**content["facets"], "标准": {"text": text, "source": ["S1"]}}}
    with transaction(app.state.staff):
        bench.knowledge.publish({("entry", "tea-stove"): changed}, "tests", "")
    app.state.live.refresh()
    bench.publishing.ask_again(5.0)


def rows(app: Starlette) -> int:
    return len(Subscriptions(app.state.staff).made_by("9999"))


def test_a_browser_agrees_is_told_and_ends_it(app: Starlette) -> None:
    client, other = TestClient(app), TestClient(app)
    answer = asked(client, "订阅茶室办法")
    (((label, address),),) = [
        [tuple(span) for span in block["spans"] if span[1]] for block in answer["blocks"]
    ]
    assert label == "订阅“茶室办法”" and address.startswith("/follow?kind=policy&about=tea")
    assert rows(app) == 0 and "huiqi_follows" not in client.cookies, "nothing before its owner agreed"
    page = client.get(address).text
    assert "同意，下次来时告诉我" in page and rows(app) == 0
    agreed = client.post("/follow", data={"act": "agree", "kind": "policy", "about": "tea"})
    assert "茶室办法" in agreed.text and "退订" in agreed.text and rows(app) == 1
    assert "有变化" not in client.get("/").text
    publish(app, "按票面补四成。")
    shown = client.get("/").text
    assert (
        "您订阅的“茶室办法”有变化：“茶室炉灶”的标准现在是：按票面补四成。" in shown
        and "退订茶室办法" in shown
    )
    assert "有变化：" not in client.get("/").text, "once"
    assert "有变化：" not in other.get("/").text
    states = [item.state for item in Notifications(app.state.staff).newest(9)]
    assert states == ["delivered"]
    (mine,) = Subscriptions(app.state.staff).made_by("9999")
    other.cookies.set("huiqi_follows", "x" * 24)
    other.post("/follow", data={"end": str(mine.id)})
    assert rows(app) == 1, "nobody ends what another has"
    assert "还没有" in client.post("/follow", data={"end": str(mine.id)}).text
    assert rows(app) == 0 and "huiqi_follows" not in client.cookies


def test_what_is_not_there_or_not_on_our_page_is_not_agreed_to(app: Starlette) -> None:
    client = TestClient(app)
    for about in ({"kind": "policy", "about": "x"}, {"kind": "x", "about": "tea"}, {"check": "'; drop"}):
        assert client.post("/follow", data={"act": "agree", **about}).status_code == 404
    assert rows(app) == 0
    assert (
        "不能订阅"
        in client.post("/api/v1/ask", json={"question": "订阅全部", "conversation": "p"}).json()["text"]
    )


@pytest.mark.parametrize("how", ["page", "script"])
def test_to_be_forgotten_takes_it_along(app: Starlette, how: str) -> None:
    client = TestClient(app)
    client.post("/follow", data={"act": "agree", "kind": "all"})
    assert rows(app) == 1
    if how == "page":
        client.post("/", data={"forget": "1", "conversation": "c1"})
        assert "huiqi_follows" not in client.cookies
    else:
        client.post("/api/v1/forget", json={"conversation": "c1"})
    assert rows(app) == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_done_in_a_browser(app: Starlette, address: str, chromium: Any, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.fill("#question", "换炉灶有补贴吗")
    page.press("#question", "Enter")
    page.get_by_role("button", name="订阅", exact=True).click()
    with context.expect_page() as opened:
        page.click("text=订阅“茶室炉灶”")
    consent = opened.value
    picture(page, f"follow-chat-{width}")
    consent.wait_for_load_state()
    picture(consent, f"follow-consent-{width}")
    consent.click("text=同意，下次来时告诉我")
    consent.wait_for_selector(".mine")
    picture(consent, f"follow-mine-{width}")
    assert consent.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    publish(app, "按票面补四成。")
    page.goto(address)
    page.wait_for_selector(".news")
    picture(page, f"follow-news-{width}")
    page.click("text=退订茶室炉灶")
    page.wait_for_selector("text=还没有")
    assert faults == []
    context.close()


def picture(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
