"""Nobody holds the service up from outside by saying nothing, half of something, or too much."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

import httpx
import pytest
from huiqi.channels import guarded_http
from huiqi.service.settings import Settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conftest import ROOT
from tests.console.conftest import connection, listening

ASK = b'{"question": "\xe6\x8d\xa2\xe7\x82\x89\xe7\x81\xb6\xe6\x9c\x89\xe8\xa1\xa5\xe8\xb4\xb4\xe5\x90\x97"}'


def head(length: int = len(ASK), more: str = "") -> bytes:
    return f"POST /api/v1/ask HTTP/1.1\r\nHost: a\r\n{more}Content-Length: {length}\r\n\r\n".encode()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "SECONDS_TO_TAKE"):
        monkeypatch.setattr(guarded_http, name, 0.2)


def is_closed(own: socket.socket) -> bool:
    """Waits until the other side says or ends something; whether it ended without a word."""
    try:
        return own.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "said",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n", head(), head() + ASK[:-1], head(10**7) + b" " * 40_000],
    ids=["nothing", "a letter", "half a head", "no body", "all but a byte", "the beginning of much"],
)
def test_who_does_not_go_on_is_shown_out(impatient: None, address: str, said: bytes) -> None:
    with connection(address) as own:
        own.sendall(said)
        assert is_closed(own)
    assert httpx.get(f"{address}/healthz", trust_env=False).text == "ok\n"


def test_half_a_second_request_on_a_kept_connection_is_no_way_in(impatient: None, address: str) -> None:
    with connection(address) as own:
        own.sendall(head() + ASK)
        assert own.recv(65536).startswith(b"HTTP/1.1 200")
        own.sendall(b"GET /healthz HTT")
        while own.recv(65536):
            pass


def test_who_does_not_take_the_answer_is_shown_out(impatient: None) -> None:
    async def much(request: Request) -> Response:
        return Response(b"a" * 50_000_000)

    with listening(Starlette(routes=[Route("/", much)])) as address, connection(address) as own:
        own.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1)
        taken = 0
        with suppress(ConnectionResetError):
            while part := own.recv(1 << 20):
                taken += len(part)
        assert taken < 50_000_000


def test_a_slow_but_steady_body_is_waited_for(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(guarded_http, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(guarded_http, "LEAST_RATE", 10)
    with connection(address) as own:
        own.sendall(head())
        for byte in range(len(ASK)):
            own.sendall(ASK[byte : byte + 1])
            time.sleep(0.03)
        assert own.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_head_that_is_too_large_is_refused_at_once(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False) as browser:
        assert browser.get("/", headers={"Cookie": "a=" + "b" * 60_000}).status_code in (400, 431)
        assert browser.get("/", headers={"Cookie": "a=" + "b;" * 9_000}).status_code in (400, 431)
        assert browser.get("/?a=" + "b" * 9_000).status_code == 414
        assert browser.get("/", headers={"Cookie": "a=" + "b" * 8_000}).status_code == 200


def test_a_head_without_end_is_not_waited_for(address: str) -> None:
    with connection(address) as own, suppress(ConnectionError):
        own.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        for number in range(1000):
            own.sendall(f"X-{number}: {'a' * 1000}\r\n".encode())
            time.sleep(0.001)
        pytest.fail("a megabyte of a head was taken")


def test_a_connection_that_speaks_comes_before_silent_ones(
    monkeypatch: pytest.MonkeyPatch, app: Starlette
) -> None:
    monkeypatch.setattr(guarded_http, "MOST_CONNECTIONS", 20)
    with listening(app) as address, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(connection(address))
        assert httpx.get(f"{address}/healthz", trust_env=False).text == "ok\n"


def test_eleven_hundred_silent_connections_do_not_end_the_service(
    settings: Settings, compiled: object
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = f"ulimit -n 1024; exec {sys.executable} -m huiqi serve --port {port}"
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        env=os.environ | {"HUIQI_DATABASE": settings.database},
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr
        try:
            while b"/console" not in process.stderr.readline():
                assert process.poll() is None
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(trust_env=False) as browser, ExitStack() as stack:
                while True:
                    with suppress(ConnectionRefusedError):
                        stack.enter_context(connection(address))
                        break
                for number in range(1100):
                    own = stack.enter_context(connection(address))
                    if number % 2:
                        own.sendall(b"GET / HTTP/1.1\r\n")
                for _ in range(5):
                    answer = browser.post(f"{address}/api/v1/ask", content=ASK, timeout=30)
                    assert answer.status_code == 200
                    browser.get(f"{address}/healthz")
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
            said = process.stderr.read().splitlines()
            assert len(said) < 10, said
        finally:
            process.kill()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
