"""How much of a request's body is taken in, by address: cut while it arrives, before anything is made of it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KILOBYTE, MEGABYTE = 1 << 10, 1 << 20
LARGEST = 64 * KILOBYTE
LARGEST_BELOW = {
    "/console/login": 64 * KILOBYTE,
    "/console/workbook": 20 * MEGABYTE + LARGEST,
    "/console/attachments/": 5 * MEGABYTE + LARGEST,
    "/console/": 2 * MEGABYTE,
}
"""The first that an address begins with counts. A workbook is read only for who is logged in."""


class Bodies:
    """Ends a request whose body is too large with 413, whatever length it said it would have. Of a body that nobody
    wanted to the end, up to twice as much is read and thrown away, so that most senders hear why; then the connection
    is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = _largest(scope["path"].removeprefix(scope.get("root_path", "")))
        came = 0
        is_whole = not {b"content-length", b"transfer-encoding"} & {name for name, _ in scope["headers"]}

        async def receive_some() -> Message:
            nonlocal came, is_whole
            message = await receive()
            came += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if came > largest:
                raise HTTPException(413, f"内容太大，这里最多 {_spoken(largest)}")
            return message

        async def send_some(message: Message) -> None:
            nonlocal came, is_whole
            if message["type"] == "http.response.start" and not is_whole:
                while not is_whole and came <= 2 * largest:
                    rest = await receive()
                    came += len(rest.get("body", b""))
                    is_whole = not rest.get("more_body", False)
                if not is_whole:
                    message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive_some, send_some)


def _largest(path: str) -> int:
    return next((size for beginning, size in LARGEST_BELOW.items() if path.startswith(beginning)), LARGEST)


def _spoken(size: int) -> str:
    return f"{size // MEGABYTE} MB" if size >= MEGABYTE else f"{size // KILOBYTE} KB"
