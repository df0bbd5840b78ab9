"""What staff's letters arrive in: as much of a mail server and of a group robot as a letter needs, on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Post(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a letter needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        lines: list[bytes] = []
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line)
                self.server.letters.append(b"".join(lines))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


class Hook(BaseHTTPRequestHandler):
    """Keeps (path, key, text) of each letter that it does not refuse."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server: Any = self.server
        status = server.refusals.pop(0) if server.refusals else 200
        if status == 200:
            server.letters.append((self.path, self.headers["Idempotency-Key"], body["text"]["content"]))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        return


@contextmanager
def running(server: Any) -> Iterator[Any]:
    server.letters, server.refusals = [], []
    # Looked at often, since ending it waits for the next look.
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def post() -> Any:
    return running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post))


def hook() -> Any:
    return running(HTTPServer(("127.0.0.1", 0), Hook))
