"""What each conversation was talking about, kept for half an hour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from huiqi.store.clock import now

KEPT = timedelta(minutes=30)


class Conversations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> dict[str, Any] | None:
        """The state last put under `key`, or None where there is none younger than half an hour."""
        row = self._database.conn.execute(
            "select state, updated_at from conversation where id = ?", [key]
        ).fetchone()
        if row is None or datetime.now(UTC) - datetime.fromisoformat(row[1]) > KEPT:
            return None
        state: dict[str, Any] = json.loads(row[0])
        return state

    def put(self, key: str, state: Mapping[str, Any]) -> None:
        with self._database.conn as connection:
            connection.execute(
                "insert into conversation (id, state, updated_at) values (?, ?, ?) "
                "on conflict (id) do update set state = excluded.state, updated_at = excluded.updated_at",
                [key, json.dumps(state, ensure_ascii=False), now()],
            )

    def forget(self, key: str) -> None:
        with self._database.conn as connection:
            connection.execute("delete from conversation where id = ?", [key])
