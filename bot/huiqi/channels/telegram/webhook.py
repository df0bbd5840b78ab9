"""Updates pushed by Telegram: one path, guarded by a secret token, and a health page."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from typing import Any

import tornado.httpserver
import tornado.web
from telegram import Bot, Update

from huiqi.channels.telegram.updates import InboxQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_BODY = 1 << 20
HEALTH_PATH = "/healthz"


def secret_token(key: str) -> str:
    """The token that Telegram is to send with each update: made from a key that only we know, so that it is
    the same after a restart and on every process."""
    return hmac.new(key.encode(), b"telegram webhook", hashlib.sha256).hexdigest()


class UpdateHandler(tornado.web.RequestHandler):
    def initialize(self, bot: Bot, queue: InboxQueue, secret: str) -> None:
        self._bot, self._queue, self._secret = bot, queue, secret

    async def post(self) -> None:
        """200 once the update is safe; 403 without the right token; 400 for what is no update."""
        given = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise tornado.web.HTTPError(403)
        try:
            update = Update.de_json(json.loads(self.request.body), self._bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise tornado.web.HTTPError(400) from None
        await self._queue.put(update)

    def write_error(self, status_code: int, **details: Any) -> None:
        self.finish()

    def log_exception(self, *details: Any) -> None:
        """Requests from strangers are no news; what goes wrong inside is logged where it happens."""


class HealthHandler(tornado.web.RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("ok")


def listen(
    bot: Bot, queue: InboxQueue, path: str, secret: str, host: str, port: int
) -> tornado.httpserver.HTTPServer:
    """A server on `host` and `port`, listening until its `stop`. Raises OSError where the port is taken."""
    shared = {"bot": bot, "queue": queue, "secret": secret}
    application = tornado.web.Application(
        [(path, UpdateHandler, shared), (HEALTH_PATH, HealthHandler)], log_function=lambda handler: None
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    listening.setblocking(False)
    server = tornado.httpserver.HTTPServer(application, max_body_size=LONGEST_BODY)
    server.add_socket(listening)
    return server
