"""Everything that `huiqi serve` runs in one process: chat page, HTTP API, console, and Telegram with a
token."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiqi.channels.mcp.server import McpDoor
from huiqi.channels.rates import Moments, OwnMoments, Rates
from huiqi.channels.shared_counts import SharedCounts
from huiqi.channels.shared_moments import SharedMoments
from huiqi.channels.telegram.render import messages_of
from huiqi.channels.web.api import ASK, Api
from huiqi.channels.web.chat_page import ChatPage
from huiqi.channels.web.door import Door
from huiqi.channels.web.entry_pages import EntryPages
from huiqi.channels.web.follow_page import FollowPage
from huiqi.channels.web.metrics import Metrics
from huiqi.channels.web.problems import problem
from huiqi.channels.web.quality_page import QualityPage
from huiqi.channels.web.retrieval import KnowledgeGate
from huiqi.channels.web.ticket_page import TicketPage
from huiqi.console.app import console
from huiqi.curation.workbench import Workbench
from huiqi.people.lookup import Lookup
from huiqi.people.reception import Reception
from huiqi.service import channels, logs
from huiqi.service.bodies import LARGEST, Bodies
from huiqi.service.channels import open_mailroom
from huiqi.service.gathering import gathering
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings, SettingsError
from huiqi.service.wiring import Compiled, ready_pack
from huiqi.service.workers import Seat, Workers
from huiqi.store.counters import Counters
from huiqi.store.database import Database, open_database

CONSOLE = "/console"
WAITING_TO_BE_TAKEN = 128
"""Connections that wait in the socket."""
LOOKED_THROUGH_EVERY = 100
"""Looks for garbage among what is young between two among all that is kept, which stops a process for 20 to 60 ms: one in
ten is usual, and under load that is every few seconds. Asking leaves no circles behind, so there is next to none."""


@dataclass(frozen=True)
class Crew:
    """The processes of a service. `compiled`: the pack that was loaded before they began; `moments`: by which they keep
    to one limit; `metrics`: the folder in which they count together; `counts`: their connections; `seat`: of this one,
    None before they began."""

    workers: int
    compiled: Compiled | None = None
    moments: Moments = field(default_factory=OwnMoments)
    metrics: Path | None = None
    seat: Seat | None = None
    counts: SharedCounts | None = None


ALONE = Crew(1)


@contextlib.contextmanager
def application(settings: Settings, notify: Callable[[str], None], crew: Crew = ALONE) -> Iterator[Starlette]:
    """The web application on the settings' database and pack, while the block lasts."""
    answering = open_database(settings.database)
    staff = open_database(settings.database)
    live = LiveAssistant(settings, notify, answering, crew.compiled)
    try:
        yield web_application(settings, live, answering, staff, crew)
    finally:
        live.close()
        staff.close()


def web_application(
    settings: Settings, live: LiveAssistant, answering: Database, staff: Database, crew: Crew = ALONE
) -> Starlette:
    """`answering`: the connection that `live` logs on; `staff`: the console's own."""
    moments = crew.moments if crew.workers > 1 else OwnMoments()
    metrics = Metrics(Counters(answering), crew.metrics, crew.seat.number if crew.seat else 0)
    rates = Rates(settings, moments=moments, workers=crew.workers)
    door, lookup = Door(answering, moments), Lookup(live)
    home = settings.public_url or settings.root_path
    api = Api(live, answering, rates, live, crew.workers, metrics, door, home)
    gate = KnowledgeGate(api, lookup, door, settings.public_url)
    models = McpDoor(api, Reception(live, answering, home=settings.public_url or None), lookup, door)

    mailroom = open_mailroom(settings, live, answering)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        live.watch()
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(gathering(settings, live, lambda: api.is_busy))
            if crew.seat is not None:
                await stack.enter_async_context(api.beating(crew.seat.beat))
            await stack.enter_async_context(channels.kept_running(settings, mailroom))
            await stack.enter_async_context(models.running())
            if settings.telegram_token:
                from huiqi.service.telegram import kept_running

                await stack.enter_async_context(kept_running(settings, logs.tell_on_stderr, crew.workers > 1))
            yield

    idle = timedelta(minutes=settings.idle_minutes) if settings.idle_minutes else None
    workbench = Workbench(staff, live, settings.one_person, idle)
    routes: list[BaseRoute] = [
        *api.routes(),
        *ChatPage(api, settings.widget_origins).routes(),
        *TicketPage(api).routes(),
        *FollowPage(api).routes(),
        *(QualityPage(api, answering).routes() if settings.quality_page else []),
        *EntryPages(lookup, api, answering, settings.public_url).routes(),
        *gate.routes(),
        *models.routes(),
        *channels.routes(mailroom),
        Route(CONSOLE, _to_console, methods=["GET"]),
        Mount(CONSOLE, console(workbench, messages_of)),
    ]
    first = "/".join(settings.root_path.split("/")[:2])
    if first and any(f"{getattr(route, 'path', '')}/".startswith(f"{first}/") for route in routes):
        raise SettingsError(f"HUIQI_ROOT_PATH 不能以 {first} 开头，程序自己有这样的地址，请换一个")
    return Starlette(
        routes=routes,
        middleware=[
            *([Middleware(InFolder, settings.root_path)] if settings.root_path else []),
            Middleware(Straight, api.ask),
            Middleware(Bodies),
            Middleware(OwnSite),
            *([Middleware(OtherSites, settings.api_origins)] if settings.api_origins else []),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: _error},
    )


async def _to_console(request: Request) -> Response:
    return RedirectResponse(f"{request.scope['root_path']}{CONSOLE}/", status_code=307)


class InFolder:
    """Serves an application in a folder of a proxy's site, as /huiqi, whether or not the proxy takes the folder's
    name off the path. Its links lead back there by the scope's `root_path` (ASGI)."""

    def __init__(self, app: ASGIApp, folder: str) -> None:
        self._app = app
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            is_whole = path == self._folder or path.startswith(f"{self._folder}/")
            scope = {**scope, "root_path": self._folder, "path": path if is_whole else self._folder + path}
        await self._app(scope, receive, send)


class Straight:
    """Leads a plain ask to what answers it, past what is there for pages, forms and other sites: most of what a service is
    called for is this."""

    def __init__(self, app: ASGIApp, ask: Callable[[Request], Awaitable[Response]]) -> None:
        self._app = app
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_plain_ask(scope):
            await self._app(scope, receive, send)
            return
        response = await self._ask(Request(scope, receive))
        if scope["scheme"] == "https":
            response.headers["strict-transport-security"] = ONLY_TLS.decode()
        await response(scope, receive, send)


def _is_plain_ask(scope: Scope) -> bool:
    """Whether a request asks, its body is of a known length within the limit, and no script of a site sent it."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    if scope["path"].removeprefix(scope.get("root_path", "")) != ASK:
        return False
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    is_bounded = length.isdigit() and len(length) <= len(str(LARGEST)) and int(length) <= LARGEST
    return is_bounded and b"origin" not in headers and b"transfer-encoding" not in headers


FOR_PROGRAMS = ("/api/", "/retrieval", "/mcp")
"""The addresses that are for programs."""


class OtherSites:
    """Lets scripts of the named sites call the addresses for programs (CORS); all others stay closed to them."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        is_open = scope["type"] == "http" and path.startswith(FOR_PROGRAMS)
        await (self._open if is_open else self._app)(scope, receive, send)


ONLY_TLS = b"max-age=31536000"
"""A year, in which a browser that came by TLS comes by nothing else (RFC 6797); the site alone, since what else is on its
domain is not ours to say."""


class OwnSite:
    """Nothing of an answer depends on the Host that a request says it is for: where it leads elsewhere on this site, it
    says the path only (RFC 9110, section 10.2.2). By TLS it asks to be visited so always."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_own(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (name, _path_of(value) if name == b"location" else value)
                    for name, value in message["headers"]
                ]
                if scope.get("scheme") == "https":
                    headers.append((b"strict-transport-security", ONLY_TLS))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_own)


def _path_of(location: bytes) -> bytes:
    address = urlsplit(location.decode("latin-1"))
    query = f"?{address.query}" if address.query else ""
    fragment = f"#{address.fragment}" if address.fragment else ""
    # With two slashes, of either kind, it would be another host.
    return f"/{address.path.lstrip('/' + chr(92))}{query}{fragment}".encode("latin-1")


NO_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>没有这个页面</title>'
    '<link rel="stylesheet" href="{home}page.css">'
    '<main><h1>没有这个页面</h1><p>网址可能写错了，或者页面已经撤下。</p><p><a href="{home}">去提问</a></p></main></html>'
)


def _error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = error.detail if isinstance(error, HTTPException) and status == 413 else "请求不对"
    sentence = {404: "没有这个地址", 405: "这个地址不能这样请求"}.get(status, said)
    kind = {404: "not_found", 413: "too_large"}.get(status)
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == 404 and "text/html" in request.headers.get("accept", ""):
        # Somebody at a browser: a program that asks takes JSON.
        return HTMLResponse(NO_PAGE.format(home=escape(f"{request.scope.get('root_path', '')}/")), status)
    return problem(request, kind, sentence) if kind else JSONResponse({"error": sentence}, status, headers)


def serve(settings: Settings, host: str, port: int, notify: Callable[[str], None], workers: int = 1) -> None:
    """Serve until SIGTERM or SIGINT, in so many processes on one socket. Raises OSError where the port cannot be
    had."""
    logs.start(settings.log)
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # From now on who comes is not refused, but waits.
        listening.listen(WAITING_TO_BE_TAKEN)
        home = f"http://{host}:{port}{settings.root_path}"
        ready = f"对话 {home}/ ，工作台 {home}{CONSOLE} 。按 Ctrl-C 结束。"
        if workers == 1:
            _work(settings, listening, notify, ready)
            return
        with tempfile.TemporaryDirectory(prefix="huiqi-metrics-") as folder:
            compiled = ready_pack(settings, notify)
            crew = Crew(workers, compiled, SharedMoments(), Path(folder), counts=SharedCounts(workers))
            notify(f"{workers} 个进程。{ready}")
            Workers(
                workers, lambda seat: _work(settings, listening, notify, crew=replace(crew, seat=seat))
            ).run()


def _work(
    settings: Settings,
    listening: socket.socket,
    notify: Callable[[str], None],
    ready: str = "",
    crew: Crew = ALONE,
) -> None:
    """One process of it."""
    import uvicorn

    from huiqi.channels.fair_server import FairServer
    from huiqi.channels.guarded_http import guarded

    gc.set_threshold(*gc.get_threshold()[:2], LOOKED_THROUGH_EVERY)
    with application(settings, notify, crew) as app:
        config = guarded(app, settings.trusted_proxies, crew.workers, timeout_graceful_shutdown=5)
        server = (
            FairServer(config, crew.counts, crew.seat.number)
            if crew.counts is not None and crew.seat is not None
            else uvicorn.Server(config)
        )

        def stop(*_: object) -> None:
            server.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            # uvicorn stops at these signals once it runs, and raises them again afterwards, when nothing is left to
            # end. One that comes before is kept for it.
            signal.signal(number, stop)
        if ready:
            notify(ready)
        server.run(sockets=[listening])
