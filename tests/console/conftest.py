"""The web application on the small pack, with people who may log in, and a browser where there is one."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from huiqi.channels.guarded_http import guarded
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.web import web_application
from huiqi.store.clock import now
from huiqi.store.database import open_database
from huiqi.store.staff import Account, StaffStore
from starlette.applications import Starlette
from starlette.testclient import TestClient

PASSWORD = "测试用的长密码"
PEOPLE = {"小张": "viewer", "小李": "editor", "老王": "reviewer", "主任": "admin"}
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@pytest.fixture(scope="session")
def hashed_password(quick_hashes: None) -> str:
    from huiqi.curation import accounts

    return accounts.hasher().hash(PASSWORD)


@contextmanager
def application(settings: Settings, hashed_password: str) -> Iterator[Starlette]:
    """The web application on `settings`, with one account of each role."""
    answering = open_database(settings.database)
    staff = open_database(settings.database)
    live = LiveAssistant(settings, lambda sentence: None, answering)
    for name, role in PEOPLE.items():
        StaffStore(staff).put(Account(name, hashed_password, role, None, True, now()))
    app = web_application(settings, live, answering, staff)
    app.state.live, app.state.staff = live, staff
    yield app
    live.close()
    staff.close()


@pytest.fixture
def app(workbench_settings: Settings, hashed_password: str) -> Iterator[Starlette]:
    with application(workbench_settings, hashed_password) as app:
        yield app


class Browser:
    """One person's visit without JavaScript: follows redirects, fills the token of the page into each form."""

    def __init__(self, app: Starlette, name: str = "") -> None:
        self.client = TestClient(app, follow_redirects=True)
        self.page = ""
        if name:
            assert self.log_in(name).status_code == 200

    def log_in(self, name: str, password: str = PASSWORD):  # type: ignore[no-untyped-def]
        self.get("/console/login")
        return self.post("/console/login", name=name, password=password)

    def get(self, path: str):  # type: ignore[no-untyped-def]
        response = self.client.get(path)
        self.page = response.text
        return response

    def post(self, path: str, **fields: object):  # type: ignore[no-untyped-def]
        tokens = CSRF.findall(self.page)
        data = {"csrf": tokens[0] if tokens else "", **fields}
        response = self.client.post(path, data=data)
        self.page = response.text
        return response


def wait_for_checks() -> None:
    """Checks run beside the pages; their end is awaited at the threads that do them."""
    for thread in threading.enumerate():
        if thread.name.startswith("gate "):
            thread.join(60)


@pytest.fixture
def editor(app: Starlette) -> Browser:
    return Browser(app, "小李")


@pytest.fixture
def reviewer(app: Starlette) -> Browser:
    return Browser(app, "老王")


@pytest.fixture
def admin(app: Starlette) -> Browser:
    return Browser(app, "主任")


@contextmanager
def listening(app: Starlette) -> Iterator[str]:
    """The application served on a free port of this machine: its address."""
    own = socket.socket()
    own.bind(("127.0.0.1", 0))
    server = uvicorn.Server(guarded(app, timeout_graceful_shutdown=2))
    started = threading.Event()
    original = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await original(sockets)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [own]}, daemon=True)
    thread.start()
    assert started.wait(30)
    yield f"http://127.0.0.1:{own.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    own.close()


@contextmanager
def connection(address: str) -> Iterator[socket.socket]:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as own:
        yield own


@contextmanager
def served(settings: Settings, hashed_password: str) -> Iterator[tuple[Starlette, str]]:
    with application(settings, hashed_password) as app, listening(app) as address:
        yield app, address


@pytest.fixture
def address(app: Starlette) -> Iterator[str]:
    with listening(app) as address:
        yield address


@pytest.fixture(scope="session")
def running_chromium() -> Iterator[tuple[Any, asyncio.AbstractEventLoop | None]]:
    """A headless Chromium, and the event loop in which Playwright has it. Without one the tests are skipped by name; on
    a CI machine they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine, and CI is set: install it (apt-get install chromium)")
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
        browser.close()


# Between two calls Playwright leaves its loop marked as running: no other test could start one.
@pytest.fixture(scope="module")
def launched(running_chromium: tuple[Any, asyncio.AbstractEventLoop | None]) -> Iterator[Any]:
    """The Chromium of this process, for the tests of one module."""
    browser, loop = running_chromium
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@pytest.fixture
def chromium(launched: Any) -> Iterator[Any]:
    """The module's browser; what a test opened in it goes on no longer than the test."""
    yield launched
    for context in launched.contexts:
        context.close()
