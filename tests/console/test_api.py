"""The HTTP API and the chat page, as programs and people without JavaScript meet them."""

from __future__ import annotations

import re

import pytest
from huiqi.answering.reply import Block, Reply
from huiqi.channels.web.api import answer_of
from starlette.applications import Starlette
from starlette.testclient import TestClient


@pytest.fixture
def client(app: Starlette) -> TestClient:
    return TestClient(app)


def test_an_answer_has_the_answer_line_and_its_buttons(client: TestClient) -> None:
    answer = client.post("/api/v1/ask", json={"question": "换炉灶有补贴吗", "conversation": "c"}).json()
    assert (answer["outcome"], answer["entry"]) == ("answer", "tea-stove")
    assert 0 <= answer["confidence"] <= 1
    assert answer["candidates"][0]["entry"] == "tea-stove"
    button = next(button for button in answer["buttons"] if button["label"] == "茶室招牌")
    pressed = client.post("/api/v1/ask", json={"action": button["code"], "conversation": "c"}).json()
    assert pressed["entry"] == "tea-sign"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "JSON"),
        (b"[]", "对象"),
        (b"{}", "question"),
        (b'{"question": 3}', "文字"),
        (b'{"action": "boo"}', "按钮"),
        (b'{"action": "e:tea-stove::-1"}', "按钮"),
        (b'{"action": "a:tea-stove:3:"}', "按钮"),
        (b'{"question": "\\ud800"}', "编码"),
        (b'{"question": "' + b"a" * 2001 + b'"}', "太长"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_request_that_makes_no_sense_is_told_why(client: TestClient, body: bytes, sentence: str) -> None:
    response = client.post("/api/v1/ask", content=body)
    assert response.status_code == 400
    assert sentence in response.json()["error"]


def test_an_error_of_ours_is_told_kindly_and_logged(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(message: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(app.state.live.assistant, "decide", broken)
    response = TestClient(app).post("/api/v1/ask", json={"question": "换炉灶有补贴吗", "conversation": "c"})
    assert response.status_code == 500
    assert "已经记下（编号 1）" in response.json()["error"] and "broken" not in response.text
    row = app.state.staff.conn.execute("select text, reason, status from question").fetchone()
    assert row == ("换炉灶有补贴吗", "error", "open")


def test_an_entry_is_given_with_its_sources(client: TestClient) -> None:
    entry = client.get("/api/v1/entries/tea-stove").json()
    assert entry["facets"]["标准"] == {"text": "按票面补三成。", "sources": ["S1"]}
    assert entry["facets"]["材料"] is None
    assert client.get("/api/v1/entries/nothing").status_code == 404


def test_only_the_conversation_that_got_an_answer_may_rate_it(client: TestClient) -> None:
    answer = client.post("/api/v1/ask", json={"question": "换炉灶有补贴吗", "conversation": "c"}).json()
    rating = {"number": answer["number"], "value": "down"}
    assert client.post("/api/v1/feedback", json=rating | {"conversation": "other"}).status_code == 400
    beyond = rating | {"conversation": "c", "number": 2**70}
    assert client.post("/api/v1/feedback", json=beyond).status_code == 400
    assert client.post("/api/v1/feedback", json=rating | {"conversation": "c"}).status_code == 200


def test_whoever_runs_it_can_watch_it(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json()["ready"] is True
    client.post("/api/v1/ask", json={"question": "换炉灶有补贴吗"})
    assert 'huiqi_questions_total{channel="web",outcome="answer"} 1' in client.get("/metrics").text


def test_the_description_names_every_address(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert {
        "/api/v1/ask",
        "/api/v1/entries/{id}",
        "/api/v1/feedback",
        "/api/v1/forget",
        "/api/v1/leave",
        "/api/v1/question",
        "/retrieval",
        "/healthz",
        "/readyz",
        "/metrics",
    } == set(described["paths"])


def test_the_chat_page_answers_without_javascript(client: TestClient) -> None:
    page = client.post("/", data={"question": "换炉灶有补贴吗", "conversation": "c"}).text
    assert "按票面补三成" in page
    assert 'name="action"' in page


def test_the_page_without_javascript_shows_what_was_pressed_and_always_the_source(
    client: TestClient,
) -> None:
    page = client.post("/", data={"question": "换炉灶有补贴吗", "conversation": "c"}).text
    assert "来源：" in page
    for label in ("全文", "来源与有效期", "标准"):
        pressed = re.search(rf'name="action" value="([^"]+ {label})"', page)
        assert pressed, label
        page = client.post("/", data={"action": pressed[1], "conversation": "c"}).text
        assert f'<div class="me"><p>{label}</p></div>' in page
        if label == "来源与有效期":
            assert "有效期至：2020年12月31日" in page
    # Each page is read alone: what was told on the page before is told again.
    assert "【茶室炉灶·标准】" in page and "来源：" in page and "咨询：" in page
    typed = client.post("/", data={"question": "全文", "conversation": "c"}).text
    assert "【茶室炉灶·全文】" in typed


def test_the_page_without_javascript_makes_a_list_into_its_buttons(client: TestClient) -> None:
    client.post("/", data={"question": "换炉灶有补贴吗", "conversation": "c"})
    page = client.post("/", data={"question": "更多", "conversation": "c"}).text
    labels = re.findall(r'name="action" value="[^"]+">([^<]+)</button>', page)
    assert labels == ["1. 标准", "2. 全文", "3. 来源与有效期", "4. 茶室招牌", "5. 订阅"]
    assert '<p class="choice">' not in page
    chosen = client.post("/", data={"question": "第二个", "conversation": "c"}).text
    assert "【茶室炉灶·全文】" in chosen


def test_a_button_nobody_made_is_told_so_on_the_page(client: TestClient) -> None:
    page = client.post("/", data={"action": "e:tea-stove::-1 材料", "conversation": "c"}).text
    assert "action 不是本站给出的按钮" in page


def test_a_block_has_its_links_where_they_stand_in_the_text() -> None:
    block = Block(
        "source", "· 甲（官方发布） https://a.cn/", (("甲", "https://a.cn/"), ("乙", "javascript:0"))
    )
    (shown,) = answer_of(Reply("answer", (block,)))["blocks"]  # type: ignore[misc]
    assert shown["spans"] == [["· ", None], ["甲", "https://a.cn/"], ["（官方发布）", None]]
    assert shown["text"] == block.text, "who cannot show links has the address"


def test_a_follow_up_repeats_neither_source_nor_office(client: TestClient) -> None:
    first = client.post("/api/v1/ask", json={"question": "换炉灶有补贴吗", "conversation": "c"}).json()
    kinds = {block["kind"] for block in first["blocks"]}
    assert {"source", "contact"} <= kinds and len(first["buttons"]) <= 6
    facet = {"action": "f:tea-stove:1:", "conversation": "c"}
    follow = client.post("/api/v1/ask", json=facet).json()
    assert {block["kind"] for block in follow["blocks"]} == {"title", "answer"}


def test_the_widget_is_a_script_for_other_sites(client: TestClient) -> None:
    response = client.get("/widget.js")
    assert "javascript" in response.headers["content-type"]
    assert "iframe" in response.text
