"""Files that staff looked at before they had them taken over: kept for a day, so that nobody chooses a file twice."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

KEPT = timedelta(days=1)


class Uploads:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, content: bytes, name: str, by: str) -> str:
        """Keep a file of `by`'s instead of the one before; returns the token under which it is had again."""
        token = secrets.token_urlsafe(16)
        border = (datetime.now(UTC) - KEPT).isoformat(timespec="milliseconds")
        with transaction(self._database) as connection:
            connection.execute("delete from upload where brought_by = ? or brought_at < ?", [by, border])
            connection.execute(
                "insert into upload (token, name, content, brought_by, brought_at) values (?, ?, ?, ?, ?)",
                [token, name, content, by, now()],
            )
        return token

    def of(self, token: str, by: str) -> tuple[str, bytes] | None:
        """(name, content) of what `by` had kept; None where it is not there any more."""
        row = self._database.conn.execute(
            "select name, content from upload where token = ? and brought_by = ?", [token, by]
        ).fetchone()
        return (str(row[0]), bytes(row[1])) if row else None

    def forget(self, token: str) -> None:
        with transaction(self._database) as connection:
            connection.execute("delete from upload where token = ?", [token])
