"""What each conversation was talking about, kept for half an hour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from huiqi.language.masking import mask
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.held import HeldWrites

KEPT = timedelta(minutes=30)


MOST_KEPT_BESIDES = 10_000


class Conversations:
    """`held`: where to put what the store has no room for; the conversation goes on from memory."""

    def __init__(self, database: Database, held: HeldWrites | None = None) -> None:
        self._database = database
        self._held = held
        self._besides: dict[str, tuple[str, str]] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        """The state last put under `key`, or None where there is none younger than half an hour."""
        row = self._besides.get(key) if self._held else None
        if row is None:
            row = self._read(key)
        if row is None or datetime.now(UTC) - datetime.fromisoformat(row[1]) > KEPT:
            return None
        state: dict[str, Any] = json.loads(row[0])
        return state

    def put(self, key: str, state: Mapping[str, Any]) -> None:
        kept = {name: mask(value) if isinstance(value, str) else value for name, value in state.items()}
        written = (json.dumps(kept, ensure_ascii=False), now())
        if self._held is None or self._database.conn.in_transaction:
            self._write(key, *written)
            return
        if self._held.do(lambda: self._write(key, *written)):
            self._besides.pop(key, None)
            return
        if len(self._besides) >= MOST_KEPT_BESIDES:
            self._besides.clear()
        self._besides[key] = written

    def _read(self, key: str) -> Any:
        try:
            return self._database.conn.execute(
                "select state, updated_at from conversation where id = ?", [key]
            ).fetchone()
        except Exception as error:
            if self._held is None or not is_store_at_fault(error):
                raise
            return None

    def _write(self, key: str, state: str, moment: str) -> bool:
        with self._database.conn as connection:
            connection.execute(
                "insert into conversation (id, state, updated_at) values (?, ?, ?) "
                "on conflict (id) do update set state = excluded.state, updated_at = excluded.updated_at",
                [key, state, moment],
            )
        return True

    def forget(self, key: str) -> None:
        self._besides.pop(key, None)
        with self._database.conn as connection:
            connection.execute("delete from conversation where id = ?", [key])
