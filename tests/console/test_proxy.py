"""Behind a reverse proxy, in a folder of its site: every link, form, script and redirect stays in the folder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from huiqi.service.settings import Settings, SettingsError, load_settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conftest import ROOT
from tests.console.conftest import CSRF, PASSWORD, application, listening, served
from tests.console.test_browser import PAGES, Person

FOLDER = "/huiqi"
LINK = re.compile(r'(?:href|src|action|data-[a-z]+)="(/[^"]*)"')


def proxy(backend: str, takes_off: bool) -> Starlette:
    """A site that passes its folder on, with its name on the path or without."""

    async def forward(request: Request) -> Response:
        if not f"{request.url.path}/".startswith(f"{FOLDER}/"):
            return Response("another site", 404)
        path = request.scope["raw_path"].decode()
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                request.method,
                backend + (path.removeprefix(FOLDER) if takes_off else path) + query,
                headers=headers,
                content=await request.body(),
            )
        passed = Response(answer.content, answer.status_code)
        passed.raw_headers = [
            (name, value)
            for name, value in answer.headers.raw
            if name.lower() not in (b"transfer-encoding", b"content-encoding")
        ]
        return passed

    return Starlette(routes=[Route("/{path:path}", forward, methods=["GET", "POST"])])


@dataclass
class Site:
    address: str
    backend: str


@contextmanager
def site(settings: Settings, hashed_password: str, takes_off: bool) -> Iterator[Site]:
    with (
        served(replace(settings, root_path=FOLDER), hashed_password) as (_, backend),
        listening(proxy(backend, takes_off)) as address,
    ):
        yield Site(address, backend)


@pytest.fixture(params=[True, False], ids=["folder taken off", "folder left on"])
def behind(
    request: pytest.FixtureRequest, workbench_settings: Settings, hashed_password: str
) -> Iterator[Site]:
    with site(workbench_settings, hashed_password, request.param) as behind:
        yield behind


def test_every_link_of_every_page_stays_in_the_folder(behind: Site) -> None:
    with httpx.Client(base_url=behind.address + FOLDER, trust_env=False) as browser:
        refused = browser.get("/console/")
        assert refused.headers["location"] == f"{FOLDER}/console/login?next={FOLDER}/console/"
        form = browser.get("/console/login").text
        token = CSRF.findall(form)[0]
        entered = browser.post(
            "/console/login?next=/huiqi/console/inbox",
            data={"csrf": token, "name": "主任", "password": PASSWORD},
        )
        assert (entered.status_code, entered.headers["location"]) == (303, f"{FOLDER}/console/inbox")
        assert f"Path={FOLDER}/console" in entered.headers["set-cookie"]
        strays, seen = [], 0
        for path in (*PAGES, "/console/nothing", "/console/inbox/99"):
            page = browser.get(path)
            links = LINK.findall(page.text)
            seen += len(links)
            strays += [(path, link) for link in links if not f"{link}/".startswith(f"{FOLDER}/")]
            missing = [
                link
                for link in links
                if re.search(r"\.(js|css|jpg)$", link)
                and browser.get(behind.address + link).status_code != 200
            ]
            assert missing == [], path
        assert strays == [] and seen > 300


def test_work_leads_back_into_the_folder(behind: Site) -> None:
    with httpx.Client(base_url=behind.address + FOLDER, trust_env=False) as browser:
        assert browser.get("/console").headers["location"] == f"{FOLDER}/console/"
        token = CSRF.findall(browser.get("/console/login").text)[0]
        elsewhere = browser.post(
            "/console/login?next=/console/inbox", data={"csrf": token, "name": "主任", "password": PASSWORD}
        )
        assert elsewhere.headers["location"] == f"{FOLDER}/console"
        token = CSRF.findall(browser.get("/console/users").text)[0]
        added = browser.post(
            "/console/users",
            data={"csrf": token, "name": "小王", "password": "足够长的密码一个", "role": "viewer"},
        )
        assert (added.status_code, added.headers["location"]) == (303, f"{FOLDER}/console/users")
        again = browser.post(
            "/console/users", data={"csrf": token, "name": "小王", "password": "x", "role": "viewer"}
        )
        assert again.status_code == 400 and f'href="{FOLDER}/console' in again.text
        left = browser.post("/console/logout", data={"csrf": token})
        assert left.headers["location"] == f"{FOLDER}/console/login"
        assert browser.get("/console/users").status_code == 303


def test_programs_and_pages_without_javascript_ask_in_the_folder(behind: Site) -> None:
    with httpx.Client(base_url=behind.address + FOLDER, trust_env=False) as browser:
        assert "按票面补三成" in browser.post("/", data={"question": "换炉灶有补贴吗"}).text
        answer = browser.post("/api/v1/ask", json={"question": "换炉灶有补贴吗"}).json()
        assert answer["entry"] == "tea-stove"
        assert browser.get("/api/v1/openapi.json").json()["servers"] == [{"url": FOLDER}]
        assert httpx.get(f"{behind.backend}/healthz", trust_env=False).text == "ok\n"


def test_chat_widget_and_console_work_in_a_browser(
    chromium: Any, workbench_settings: Settings, hashed_password: str
) -> None:
    with site(workbench_settings, hashed_password, takes_off=True) as behind:
        visitor = Person(chromium, behind.address + FOLDER)
        strays: list[str] = []
        visitor.page.on(
            "response", lambda answer: strays.append(answer.url) if answer.status >= 400 else None
        )
        visitor.go("/")
        visitor.page.fill("#question", "换炉灶有补贴吗")
        visitor.press("发送")
        visitor.sees("按票面补三成")
        visitor.press("有用")
        visitor.sees("谢谢。")
        guest = Person(chromium, behind.address)
        guest.page.set_content(f'<h1>别的网站</h1><script src="{behind.address}{FOLDER}/widget.js"></script>')
        guest.page.locator("button").click()
        guest.page.frame_locator("iframe").get_by_role("button", name="发送").wait_for()

        editor = Person(chromium, behind.address + FOLDER, "小李")
        editor.page.on("response", lambda answer: strays.append(answer.url) if answer.status >= 400 else None)
        editor.page.get_by_role("link", name="条目", exact=True).click()
        editor.page.get_by_role("link", name="茶室换炉灶补多少").click()
        editor.page.wait_for_load_state()
        editor.page.fill("#unit", "测试局")
        editor.sees("草稿已自动保存")
        assert strays == visitor.errors == guest.errors == editor.errors == []


@pytest.mark.parametrize(
    ("written", "is_read_as"), [("", ""), ("/", ""), ("huiqi", "/huiqi"), ("/a/b/", "/a/b"), (" /h ", "/h")]
)
def test_the_folder_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, written: str, is_read_as: str
) -> None:
    monkeypatch.setenv("HUIQI_ROOT_PATH", written)
    assert load_settings().root_path == is_read_as


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIQI_ROOT_PATH", '/a"b'),
        ("HUIQI_ROOT_PATH", "https://a.cn/huiqi"),
        ("HUIQI_TRUSTED_PROXIES", "proxy.example"),
        ("HUIQI_TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_a_setting_that_cannot_be_is_told(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


@pytest.mark.parametrize("folder", ["/console", "/api/huiqi"])
def test_a_folder_with_the_name_of_a_page_of_ours_is_refused(
    workbench_settings: Settings, hashed_password: str, folder: str
) -> None:
    with (
        pytest.raises(SettingsError, match="换一个"),
        application(replace(workbench_settings, root_path=folder), hashed_password),
    ):
        pass


@pytest.mark.parametrize(("trusted", "is_secure"), [("127.0.0.0/8, 10.0.0.2", True), ("10.0.0.2", False)])
def test_only_a_trusted_proxy_says_that_the_visitor_came_by_https(
    settings: Settings, compiled: object, trusted: str, is_secure: bool
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"HUIQI_DATABASE": settings.database, "HUIQI_TRUSTED_PROXIES": trusted}
    with subprocess.Popen(
        [sys.executable, "-m", "huiqi", "serve", "--port", str(port), "--root-path", FOLDER],
        cwd=ROOT,
        env=os.environ | variables,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            while f":{port}{FOLDER}/console" not in process.stderr.readline():
                assert process.poll() is None
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{FOLDER}/console/login", headers={"X-Forwarded-Proto": "https"}
            )
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            for _ in range(100):
                try:
                    with opener.open(request, timeout=30) as answer:
                        assert ("Secure" in answer.headers["set-cookie"]) is is_secure
                    break
                except ConnectionError:
                    time.sleep(0.05)
                except urllib.error.URLError as error:
                    assert isinstance(error.reason, ConnectionRefusedError)
                    time.sleep(0.05)
        finally:
            process.terminate()
            assert process.wait(10) == 0
