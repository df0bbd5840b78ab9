"""The tools that a large model has here, over streamable HTTP (modelcontextprotocol.io), by the official SDK. All of them
read only; the SDK is loaded when the first request comes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from huiqi.channels.rates import TooOften
from huiqi.channels.web.api import Api, Closed
from huiqi.channels.web.door import Door, NoKey, NotAllowed
from huiqi.channels.web.problems import problem
from huiqi.people.lookup import Lookup
from huiqi.people.reception import Reception

PATH = "/mcp"


class McpDoor:
    """`/mcp`, behind a key."""

    def __init__(self, api: Api, reception: Reception, lookup: Lookup, door: Door) -> None:
        self._api = api
        self._reception = reception
        self._lookup = lookup
        self._door = door
        self._app: ASGIApp | None = None
        self._wanted: asyncio.Event | None = None
        self._ready: asyncio.Event | None = None

    def routes(self) -> list[BaseRoute]:
        return [Route(PATH, _Asgi(self._called), methods=["GET", "POST", "DELETE"])]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The sessions of the SDK live in a task of their own, from the first request on."""
        self._wanted, self._ready = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(self._run(self._wanted, self._ready))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._app = None

    async def _run(self, wanted: asyncio.Event, ready: asyncio.Event) -> None:
        await wanted.wait()
        # Loaded for whoever wants it: it takes longer than all else of a start.
        tools = await asyncio.to_thread(importlib.import_module, "huiqi.channels.mcp.tools")
        from mcp.server.transport_security import TransportSecuritySettings

        server = tools.made(self._api, self._reception, self._lookup)
        # Whoever has no key does not get here, from whatever page a browser may have been led.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._app = server.streamable_http_app(
            streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=security
        )
        async with server.session_manager.run():
            ready.set()
            await asyncio.Event().wait()

    async def _called(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refused = self._refused(request)
        if refused is None and self._wanted is not None and self._ready is not None:
            self._wanted.set()
            await self._ready.wait()
        if refused is not None or self._app is None:
            answer = refused or problem(request, "failed", "服务正在停下，请稍后再来", is_new=True)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        told = partial(problem, request, is_new=True)
        if importlib.util.find_spec("mcp") is None:
            return told("not_installed", "没有安装 MCP，请用 pip install 'huiqi[mcp]' 装上后重启")
        try:
            self._door.enter(request, "mcp")
            self._api.check_open(is_page=False)
        except NoKey as error:
            return told("no_key", str(error), {"WWW-Authenticate": "Bearer"})
        except NotAllowed as error:
            return told("not_allowed", str(error))
        except TooOften as error:
            return told("too_often", str(error), {"Retry-After": str(error.seconds)})
        except Closed as error:
            return told("closed", str(error))
        return None


class _Asgi:
    """An endpoint that speaks ASGI itself."""

    def __init__(self, called: Callable[[Scope, Receive, Send], Any]) -> None:
        self._called = called

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._called(scope, receive, send)
