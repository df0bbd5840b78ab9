"""Keys of other systems: made in the console, shown once, each for what it is for and as often as it may; requests that
come again; problems in two languages; no script of another site unless it is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from huiqi.service.settings import Settings, SettingsError, load_settings
from huiqi.service.web import application
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import Browser

QUESTION = {"question": "换炉灶有补贴吗", "conversation": "c"}


@pytest.fixture
def people(app: Starlette, chosen: Settings, hashed_password: str) -> None:
    from huiqi.store.clock import now
    from huiqi.store.database import open_database
    from huiqi.store.staff import Account, StaffStore

    database = open_database(chosen.database)
    for name, role in (("主任", "admin"), ("小李", "editor")):
        StaffStore(database).put(Account(name, hashed_password, role, None, True, now()))
    database.close()


def test_a_key_is_made_in_the_console_shown_once_and_ended(app: Starlette, people: None) -> None:
    admin = Browser(app, "主任")
    page = admin.get("/console/keys").text
    assert "还没有密钥" in page
    made = admin.post(
        "/console/keys", act="make", name="区政务大模型", a_minute="60", **{"scope-retrieval": "1"}
    )
    [secret] = re.findall(r"<code>(hq_[\w-]{20,})</code>", made.text)
    asked = {"knowledge_id": "all", "query": "炉灶", "retrieval_setting": {"top_k": 1, "score_threshold": 0}}
    client = TestClient(app)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/retrieval", json=asked, headers=headers).status_code == 200
    page = admin.get("/console/keys").text
    assert secret not in page and secret[:8] in page and "区政务大模型" in page
    [number] = re.findall(r'name="key" value="(\d+)"', page)
    assert "已停用" in admin.post("/console/keys", act="end", key=number).text
    assert client.post("/retrieval", json=asked, headers=headers).status_code == 403
    assert "请至少选一项" in admin.post("/console/keys", act="make", name="x", a_minute="60").text


def test_only_an_administrator_makes_keys(app: Starlette, people: None) -> None:
    editor = Browser(app, "小李")
    assert "新密钥" not in editor.get("/console/keys").text
    assert editor.post("/console/keys", act="make", name="x", a_minute="1").status_code == 403


def test_a_key_is_for_what_it_was_made_for(client: TestClient, key: Callable[..., str]) -> None:
    ask = {"Authorization": f"Bearer {key('ask')}"}
    assert client.post("/api/v1/ask", json=QUESTION, headers=ask).status_code == 200
    assert client.post("/retrieval", json={}, headers=ask).status_code == 403
    assert client.post("/mcp", json={}, headers=ask).status_code == 403
    other = {"Authorization": f"Bearer {key('retrieval')}"}
    assert client.post("/api/v1/ask", json=QUESTION, headers=other).status_code == 403
    assert (
        client.post("/api/v1/ask", json=QUESTION, headers={"Authorization": "Bearer hq_no"}).status_code
        == 401
    )
    assert client.post("/api/v1/ask", json=QUESTION).status_code == 200


def test_a_key_has_a_limit_of_its_own(client: TestClient, key: Callable[..., str]) -> None:
    slow, other = key("ask", a_minute=4), key("ask", a_minute=4)
    headers = {"Authorization": f"Bearer {slow}"}
    answers = [client.post("/api/v1/ask", json=QUESTION, headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert client.post("/api/v1/ask", json=QUESTION, headers={"Authorization": f"Bearer {other}"}).is_success


def test_a_request_that_comes_again_is_done_once(client: TestClient, chosen: Settings) -> None:
    headers = {"Idempotency-Key": "request-1"}
    first = client.post("/api/v1/ask", json=QUESTION, headers=headers).json()
    again = client.post("/api/v1/ask", json=QUESTION, headers=headers).json()
    assert first == again
    other = client.post("/api/v1/ask", json=QUESTION | {"question": "招牌报备"}, headers=headers)
    assert other.status_code == 422
    assert (
        client.post("/api/v1/ask", json=QUESTION, headers={"Idempotency-Key": "has space"}).status_code == 400
    )
    assert client.post("/api/v1/ask", json=QUESTION).json()["number"] == first["number"] + 1
    wrong = client.post("/api/v1/ask", content=b"{", headers={"Idempotency-Key": "request-2"})
    assert wrong.status_code == 400
    mended = client.post("/api/v1/ask", json=QUESTION, headers={"Idempotency-Key": "request-2"})
    assert mended.status_code == 200


def test_a_problem_is_told_in_two_languages(client: TestClient) -> None:
    accept = {"Accept": "application/problem+json"}
    chinese = client.get("/api/v1/entries/nothing", headers=accept)
    assert chinese.headers["content-type"] == "application/problem+json"
    assert chinese.json()["title"] == "没有这个地址或条目" and "nothing" in chinese.json()["detail"]
    english = client.get("/api/v1/entries/nothing", headers=accept | {"Accept-Language": "en-GB,zh;q=0.5"})
    assert english.json()["title"] == "There is no such address or entry"
    assert english.json()["error"] == chinese.json()["error"]
    plain = client.get("/api/v1/entries/nothing")
    assert plain.headers["content-type"] == "application/json" and plain.json()["error"] == "没有条目 nothing"


def test_scripts_of_other_sites_are_let_in_only_where_they_are_named(
    chosen: Settings, client: TestClient
) -> None:
    origin = {"Origin": "https://www.example.cn"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert "access-control-allow-origin" not in client.options("/api/v1/ask", headers=origin | asked).headers
    named = replace(chosen, api_origins=("https://www.example.cn",))
    with application(named, lambda sentence: None) as app:
        other = TestClient(app)
        allowed = other.options("/api/v1/ask", headers=origin | asked)
        assert allowed.headers["access-control-allow-origin"] == "https://www.example.cn"
        answer = other.post("/api/v1/ask", json=QUESTION, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://www.example.cn"
        evil = other.post("/api/v1/ask", json=QUESTION, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in evil.headers
        assert "access-control-allow-origin" not in other.get("/console/login", headers=origin).headers


def test_an_origin_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_API_ORIGINS", "*")
    with pytest.raises(SettingsError, match="HUIQI_API_ORIGINS"):
        load_settings()
    monkeypatch.setenv("HUIQI_API_ORIGINS", "https://a.cn, https://b.cn:8443/")
    assert load_settings().api_origins == ("https://a.cn", "https://b.cn:8443")
