"""Updates pushed by Telegram: one path, guarded by a secret token, and a health page."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from huiqi.channels.guarded_http import guarded
from huiqi.channels.telegram.raw import RawUpdate
from huiqi.channels.telegram.updates import InboxQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_BODY = 1 << 20
HEALTH_PATH = "/healthz"
SECONDS_TO_END = 1
"""Seconds that requests under way have when the server stops."""


def secret_token(key: str) -> str:
    """The token that Telegram is to send with each update: made from a key that only we know, so that it is
    the same after a restart and on every process."""
    return hmac.new(key.encode(), b"telegram webhook", hashlib.sha256).hexdigest()


def webhook_application(queue: InboxQueue, path: str, secret: str) -> Starlette:
    """Takes updates at `path`; nobody is told more than a status."""

    async def receive(request: Request) -> Response:
        """200 once the update is safe; 403 without the right token; 413 for more than a megabyte; 400 for what
        is no update; 500 where it cannot be written down, so that it is sent again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                return Response(status_code=413)
        try:
            update = RawUpdate.of(json.loads(body))
        except (ValueError, RecursionError):
            return Response(status_code=400)
        try:
            await queue.put(update)
        except Exception:
            # The inbox has said in the log why it could not.
            return Response(status_code=500)
        return Response()

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def refuse(request: Request, error: Exception) -> Response:
        return Response(status_code=error.status_code if isinstance(error, HTTPException) else 500)

    return Starlette(
        routes=[Route(path, receive, methods=["POST"]), Route(HEALTH_PATH, health, methods=["GET"])],
        exception_handlers={HTTPException: refuse},
    )


class WebhookServer:
    """Serves `app` on `host` and `port` in the running event loop until `stop`. Raises OSError where the port is
    taken."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
        config = guarded(app, lifespan="off", timeout_graceful_shutdown=SECONDS_TO_END)
        self._server = _Unsignalled(config)
        self._serving = asyncio.create_task(self._server.serve([listening]))

    async def stop(self) -> None:
        """Take no more requests and end those under way."""
        self._server.should_exit = True
        await self._serving


class _Unsignalled(uvicorn.Server):
    """Leaves SIGTERM and SIGINT to whoever runs the event loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
