"""Whatever somebody sends, a mistake of theirs is told in a sentence and is never an error of ours."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from huiqi.channels import rates as rates_module
from huiqi.channels.rates import OwnMoments, Rate, Rates, TooOften
from huiqi.service import bodies
from huiqi.service.settings import Settings, SettingsError, load_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from tests.console.conftest import Browser, connection, listening
from tests.curation.test_workbook_bombs import merged

ASK = "/api/v1/ask"
ODD = ["²", "-1", "9" * 30, "9" * 5000, "\x00", "\ufffe", "'", "%", "../..", "１", "٣", "x" * 3000, "\n"]


@pytest.fixture
def client(app: Starlette) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 60_000, 400),
        (b'{"a":' * 12_000, 400),
        (b'{"question": ' + b"9" * 5000 + b"}", 400),
        (b'{"question": "a", "conversation": "' + b"c" * 129 + b'"}', 400),
        (b'{"question": "a", "conversation": "\\ud83d"}', 400),
        (b'{"question": "' + "ﷺ".encode() * 2000 + b'"}', 400),
        (b'{"question": "' + "ﷺ".encode() * 111 + b'"}', 200),
        (b'{"question": "\\u0000\\ufffe\\u001b[2J"}', 200),
        (b'{"question": "' + b"1" * 2000 + b'"}', 200),
        (b'{"question": "' + b"9" * 1999 + '个"}'.encode(), 200),
        (b'{"question": ' + b"\xef\xbb\xbf" + b'"a"}', 400),
        (b'\xef\xbb\xbf{"question": "a"}', 200),
        (b'{"question": "a"}\x00', 400),
        (b"NaN", 400),
        (b"\xff\xfe{\x00}\x00", 400),
    ],
)
def test_a_body_that_makes_no_sense_is_no_error_of_ours(client: TestClient, body: bytes, status: int) -> None:
    response = client.post(ASK, content=body)
    assert response.status_code == status
    assert status == 200 or response.json()["error"]


@pytest.mark.parametrize("number", [10**30, -1, 2**63, 1.5, True, "1", None, [1]])
def test_a_number_that_no_answer_has_cannot_be_rated(client: TestClient, number: object) -> None:
    body = json.dumps({"number": number, "value": "up", "conversation": "c1"})
    assert client.post("/api/v1/feedback", content=body).status_code == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
BODIES = JSON | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("question", "conversation", "action", "number", "value"), JSON)
)


@given(body=BODIES, path=st.sampled_from([ASK, "/api/v1/feedback"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_json_at_all_is_an_error_of_ours(client: TestClient, body: object, path: str) -> None:
    assert client.post(path, content=json.dumps(body)).status_code < 500


def addresses(app: Starlette) -> Iterator[tuple[str, str]]:
    """(method, path) of everything that may be asked for, with odd values where a path has a place for one."""
    routes = [(route, "") for route in app.routes if isinstance(route, Route)]
    for mount in app.routes:
        if isinstance(mount, Mount):
            routes += [(route, mount.path) for route in mount.routes if isinstance(route, Route)]
    for route, before in routes:
        for odd in ODD if "{" in route.path else [""]:
            path = before + route.path
            for name in route.param_convertors:
                is_number = f"{{{name}:row}}" in path
                value = odd
                path = path.replace(f"{{{name}{':row' if is_number else ''}}}", quote(value, safe=""))
            for method in sorted((route.methods or set()) - {"HEAD"}):
                if not path.endswith("/logout"):
                    yield method, path


def test_no_page_breaks_on_odd_numbers_names_and_fields(app: Starlette, admin: Browser) -> None:
    client = TestClient(app, raise_server_exceptions=False, cookies=admin.client.cookies)
    token = admin.get("/console/users").text.split('name="csrf" value="')[1].split('"')[0]
    names = [
        "start",
        "state",
        "reason",
        "days",
        "before",
        "actor",
        "outcome",
        "kind",
        "search",
        "question",
        "q",
        "miss",
        "act",
        "to",
        "draft",
        "version",
        "note",
        "name",
        "role",
        "password",
        "old",
        "new",
        "session",
        "gate",
        "release",
        "override",
        "policy",
        "id",
        "entry",
        "wording",
        "text",
        "type",
        "field",
    ]
    odd = itertools.cycle(ODD)
    broken = []
    for method, path in addresses(app):
        fields = {name: next(odd) for name in names}
        if method == "GET":
            fields = {name: value[:100] for name, value in fields.items()}
            response = client.get(path, params=fields)
        else:
            response = client.post(path, data=fields | {"csrf": token})
        if response.status_code >= 500 and not path.endswith("/readyz"):
            broken.append((method, path[:60], response.status_code))
    assert broken == []


def test_a_body_is_cut_while_it_arrives_whatever_length_it_names(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST", 100_000)
    sent = 0
    with listening(app) as address, connection(address) as own:
        own.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        try:
            piece = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n' + b"a" * 10_000
            for _ in range(20_000):
                own.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
        except ConnectionError:
            pass
    assert sent < 20_000_000


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/", 70_000, 413),
        ("/api/v1/ask", 70_000, 413),
        ("/console/login", 70_000, 413),
        ("/console/sources", 100_000, 401),
    ],
)
def test_a_body_that_is_too_large_is_refused_in_a_sentence(
    app: Starlette, path: str, size: int, status: int
) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    response = client.post(
        path, content=b"a=" + b"a" * size, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code == status
    assert status != 413 or "最多 64 KB" in response.text


def test_a_form_of_who_is_logged_in_may_be_larger(editor: Browser) -> None:
    token = editor.get("/console/sources").text.split('name="csrf" value="')[1].split('"')[0]
    assert (
        editor.client.post("/console/sources", data={"csrf": token, "note": "a" * 100_000}).status_code < 500
    )
    assert editor.client.post("/console/sources", data={"note": "a" * 2_100_000}).status_code == 413


# How often somebody may ask.


def test_a_rate_lets_half_a_minutes_worth_through_at_once_and_then_one_at_a_time() -> None:
    rate = Rate(60)
    assert [rate.wait("a", 0.0) for _ in range(30)] == [0.0] * 30
    assert 0 < rate.wait("a", 0.0) <= 1
    assert rate.wait("b", 0.0) == 0
    assert rate.wait("a", 1.0) == 0 < rate.wait("a", 1.0)


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.integers(1, 100))
def test_no_more_than_the_rate_gets_through_in_the_long_run(pauses: list[float], a_minute: int) -> None:
    rate, now, through = Rate(a_minute), 0.0, 0
    for pause in pauses:
        now += pause
        through += rate.wait("a", now) == 0
    assert through <= max(1, a_minute * 0.5) + now * a_minute / 60 + 1e-6


def test_many_strangers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "MOST_KEYS", 100)
    moments = OwnMoments()
    rate = Rate(60, "address", moments)
    for number in range(1000):
        rate.wait(str(number), float(number))
    assert len(moments._moments) <= 100


def limited(settings: Settings, **limits: int) -> Rates:
    from dataclasses import replace

    none = {"limit_conversation": 0, "limit_address": 0, "limit_all": 0}
    return Rates(replace(settings, **(none | limits)), lambda: 0.0)


def test_an_address_is_what_a_trusted_proxy_says_and_a_whole_network_of_ipv6(settings: Settings) -> None:
    rates = limited(settings, limit_address=2)
    rates.enter("203.0.113.9", "a")
    with pytest.raises(TooOften):
        rates.enter("203.0.113.9", "b")
    rates.enter("203.0.113.10", "b")
    rates.enter("2001:db8::1", None)
    with pytest.raises(TooOften):
        rates.enter("2001:db8::ffff", None)
    rates.enter("2001:db8:1::1", None)
    for _ in range(10):
        # Our own proxy, which did not say for whom it asks: it is not taken for one hasty person.
        rates.enter("127.0.0.1", None)


def test_over_all_there_are_only_so_many_and_so_many_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = limited(settings, limit_all=4)
    rates.enter("203.0.113.1", "a")
    rates.enter("203.0.113.2", "b")
    with pytest.raises(TooOften):
        rates.enter("203.0.113.3", "c")
    monkeypatch.setattr(rates_module, "MOST_AT_ONCE", 3)
    rates = limited(settings)
    for number in range(3):
        rates.enter(None, str(number))
    with pytest.raises(TooOften):
        rates.enter(None, "d")
    rates.leave()
    rates.enter(None, "d")


def test_haste_is_answered_politely_with_when_to_come_again(client: TestClient) -> None:
    statuses = [
        client.post(ASK, json={"question": "换炉灶有补贴吗", "conversation": "c"}).status_code
        for _ in range(20)
    ]
    assert statuses[:15] == [200] * 15 and set(statuses[15:]) == {429}
    refused = client.post(ASK, json={"question": "换炉灶有补贴吗", "conversation": "c"})
    assert 1 <= int(refused.headers["retry-after"]) <= 60 and "有点快" in refused.json()["error"]
    page = client.post("/", data={"question": "换炉灶有补贴吗", "conversation": "c"})
    assert page.status_code == 429 and "有点快" in page.text and page.headers["retry-after"]
    assert client.post(ASK, json={"question": "换炉灶有补贴吗", "conversation": "d"}).status_code == 200


@pytest.mark.parametrize("written", ["-1", "many", "１０", "1e3", "9" * 30])
def test_a_limit_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("HUIQI_LIMIT_ADDRESS", written)
    with pytest.raises(SettingsError, match="HUIQI_LIMIT_ADDRESS"):
        load_settings()


def test_a_bomb_that_is_uploaded_is_refused_on_the_page(editor: Browser) -> None:
    token = editor.get("/console/workbook").text.split('name="csrf" value="')[1].split('"')[0]
    file = ("a.xlsx", merged(b"A1:XFD1048576"))
    for act in ("", "drafts"):
        page = editor.client.post("/console/workbook", data={"csrf": token, "act": act}, files={"file": file})
        assert page.status_code == 400 and "取消合并" in page.text
