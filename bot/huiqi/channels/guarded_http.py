"""The HTTP server with its doors guarded: nobody holds a connection without using it, and none takes all of them.

uvicorn closes only connections that are idle between two requests. Here a connection is also closed that stays silent,
sends half a head, a body slower than LEAST_RATE, or does not take its answer; and there are at most MOST_CONNECTIONS,
of one address MOST_OF_AN_ADDRESS. Where all are taken, the longest silent one makes room.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.auto import AutoHTTPProtocol

log = logging.getLogger(__name__)

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of the next request, to the end of a request's head."""
BODY_SECONDS = 20.0
LEAST_RATE = 50_000
"""A body has BODY_SECONDS and a second for each so many bytes of it that came."""
SECONDS_TO_TAKE = 30.0
"""In which a client takes what was sent, before more is."""
MOST_CONNECTIONS = 512
MOST_OF_AN_ADDRESS = 128
"""Connections from one address that is no trusted proxy."""
FEWEST_CONNECTIONS = 16
FILES_BESIDES = 384
"""Files that a process has open besides its connections, and connections that were taken but not yet counted."""
LARGEST_HEAD = 16 * 1024
LONGEST_TARGET = 8 * 1024
WAITING_TO_BE_TAKEN = 128

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s"
)
SENTENCE_FULL = "现在连接的人太多，请过一会儿再来。".encode()


@dataclass
class _Doors:
    """What all connections of a server share. `trusted` holds the addresses of proxies; `silent` the connections
    whose request is still awaited, the longest silent first."""

    most: int
    most_of_an_address: int
    trusted: Any
    by_address: Counter[str] = field(default_factory=Counter)
    silent: dict[_GuardedProtocol, None] = field(default_factory=dict)


class _GuardedProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """One connection. Its application is wrapped, so that it is known, whatever parses HTTP, when a head is whole and
    when its body is."""

    app: Any
    client: tuple[str, int] | None
    connections: set[Any]
    cycle: Any
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def __init__(self, doors: _Doors, **options: Any) -> None:
        super().__init__(**options)
        self._doors = doors
        self._guarded: ASGIApp = self.app
        self.app = self._watched
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._requests = 0
        self._head = 0
        self._address: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        doors = self._doors
        self._address = self.client[0] if self.client else ""
        doors.by_address[self._address] += 1
        is_greedy = (
            doors.by_address[self._address] > doors.most_of_an_address and self._address not in doors.trusted
        )
        if len(self.connections) > doors.most and not is_greedy and doors.silent:
            # Who says something comes before who keeps silent.
            next(iter(doors.silent))._close("kept silent while there were too many")
        elif len(self.connections) > doors.most or is_greedy:
            log.warning("a connection was refused: there are too many")
            transport.write(FULL % (len(SENTENCE_FULL), SENTENCE_FULL))
            transport.close()
            return
        self._wait_for_head()

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_waiting()
        self._taken()
        if self._address is not None:
            self._doors.by_address[self._address] -= 1
            if not self._doors.by_address[self._address]:
                del self._doors.by_address[self._address]
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._requests and self._deadline is None:
            self._wait_for_head()
        before = self.cycle
        super().data_received(data)
        # A request is made of a head when that is whole; until then no parser counts its bytes.
        is_head = self.cycle is before and (before is None or before.response_complete)
        self._head = self._head + len(data) if is_head else 0
        if self._head > 2 * LARGEST_HEAD:
            self._close("sent an endless head")

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(SECONDS_TO_TAKE, self._close, "did not take its answer")

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, with deadlines around its request."""
        self._stop_waiting()
        self._requests += 1
        came = 0
        is_whole = False

        def check(since: float) -> None:
            left = since + BODY_SECONDS + came / LEAST_RATE - self.loop.time()
            if left <= 0:
                self._close("sent its body too slowly")
            else:
                self._deadline = self.loop.call_later(left, check, since)

        async def receive_some() -> Message:
            nonlocal came, is_whole
            if not is_whole and self._deadline is None:
                check(self.loop.time())
            message = await receive()
            came += len(message.get("body", b""))
            if not message.get("more_body", False):
                is_whole = True
                self._stop_waiting()
            return message

        try:
            refusal = _too_large(scope)
            if refusal:
                await _refuse(send, *refusal)
                return
            # Of a client that went away nobody need hear.
            with suppress(ClientDisconnect):
                await self._guarded(scope, receive_some, send)
        finally:
            self._requests -= 1
            self._stop_waiting()

    def _wait_for_head(self) -> None:
        self._doors.silent[self] = None
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._close, "sent no whole request")

    def _stop_waiting(self) -> None:
        self._doors.silent.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _close(self, why: str) -> None:
        self._stop_waiting()
        log.warning("a connection was closed: it %s", why)
        self.transport.abort()


def _too_large(scope: Scope) -> tuple[int, str] | None:
    if scope["type"] != "http":
        return None
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEAD:
        return 431, "请求头太大（最多 16 KB），请清除本站的 Cookie 后再来"
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_TARGET:
        return 414, "网址太长（最多 8 KB）"
    return None


async def _refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})


def guarded(
    app: ASGIApp, trusted_proxies: str | None = None, workers: int = 1, **options: Any
) -> uvicorn.Config:
    """The configuration of a server of `app` whose doors are guarded. `trusted_proxies`: addresses and networks, with
    commas between, whose word about who is behind them is taken; 127.0.0.1 when None. `workers`: processes that share
    what connections there may be. `options`: uvicorn's own."""
    proxies = trusted_proxies or "127.0.0.1"

    most = max(FEWEST_CONNECTIONS, _room() // workers)
    of_an_address = max(FEWEST_CONNECTIONS, MOST_OF_AN_ADDRESS // workers)
    doors = _Doors(most, of_an_address, ProxyHeadersMiddleware(app, proxies).trusted_hosts)  # type: ignore[arg-type]
    return uvicorn.Config(
        app,
        http=partial(_GuardedProtocol, doors),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=proxies,
        backlog=WAITING_TO_BE_TAKEN,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        **options,
    )


def _room() -> int:
    """How many connections there may be, by the limit of open files of this process, which is raised where it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + FILES_BESIDES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
        return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, soft - FILES_BESIDES))
    return MOST_CONNECTIONS
