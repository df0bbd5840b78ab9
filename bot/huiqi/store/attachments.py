"""Files that entries offer for download, each once, by the SHA-256 of what is in it."""

from __future__ import annotations

import hashlib

from huiqi.store.clock import now
from huiqi.store.database import Database


class AttachmentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, content: bytes, by: str) -> str:
        """Keep a file; returns its digest (64 hexadecimal digits). The same file is kept once."""
        digest = hashlib.sha256(content).hexdigest()
        with self._database.conn as connection:
            connection.execute(
                "insert into attachment (digest, content, brought_by, brought_at) values (?, ?, ?, ?) "
                "on conflict (digest) do nothing",
                [digest, content, by, now()],
            )
        return digest

    def content(self, digest: str) -> bytes | None:
        row = self._database.conn.execute(
            "select content from attachment where digest = ?", [digest]
        ).fetchone()
        return bytes(row[0]) if row else None
