"""Runs of the publish gate: what was tried, how far it is, what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class GateRow:
    """`drafts`: draft id → version tried. `state`: running, passed, blocked, failed or published."""

    id: int
    state: str
    drafts: dict[int, int]
    base: str
    fingerprint: str | None
    done: int
    total: int
    result: Any
    error: str | None
    created_by: str
    created_at: str
    updated_at: str | None


class GateStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, drafts: dict[int, int], base: str, author: str) -> int:
        with transaction(self._database) as connection:
            row = connection.execute(
                "insert into gate (state, drafts, base, done, total, created_by, created_at, updated_at) "
                "values ('running', ?, ?, 0, 0, ?, ?, ?) returning id",
                [json.dumps({str(key): value for key, value in drafts.items()}), base, author, now(), now()],
            ).fetchone()
        return int(row[0])

    def get(self, number: int) -> GateRow | None:
        row = self._database.conn.execute(_SELECT + " where id = ?", [number]).fetchone()
        return _gate(row) if row else None

    def latest(self) -> GateRow | None:
        row = self._database.conn.execute(_SELECT + " order by id desc limit 1").fetchone()
        return _gate(row) if row else None

    def progress(self, number: int, done: int, total: int) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update gate set done = ?, total = ?, updated_at = ? where id = ?",
                [done, total, now(), number],
            )

    def finish(
        self,
        number: int,
        state: str,
        result: Any = None,
        fingerprint: str | None = None,
        error: str | None = None,
    ) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update gate set state = ?, result = coalesce(?, result), fingerprint = coalesce(?, "
                "fingerprint), "
                "error = ?, updated_at = ? where id = ?",
                [
                    state,
                    json.dumps(result, ensure_ascii=False) if result is not None else None,
                    fingerprint,
                    error,
                    now(),
                    number,
                ],
            )


_SELECT = "select id, state, drafts, base, fingerprint, done, total, result, error, created_by, created_at, updated_at from gate"


def _gate(row: tuple[Any, ...]) -> GateRow:
    drafts = {int(key): value for key, value in json.loads(row[2]).items()}
    result = json.loads(row[7]) if row[7] else None
    return GateRow(*(*row[:2], drafts, *row[3:7], result, *row[8:]))
