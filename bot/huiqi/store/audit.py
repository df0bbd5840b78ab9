"""The audit trail: who did what, when, before and after. It can be added to and read, nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class AuditRow:
    id: int
    at: str
    actor: str
    action: str
    kind: str
    subject: str
    before: Any
    after: Any
    note: str


class AuditTrail:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        actor: str,
        action: str,
        kind: str,
        subject: str | int,
        before: Any = None,
        after: Any = None,
        note: str = "",
    ) -> None:
        """Write down one act. Call it inside the transaction of the act itself."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into audit (at, actor, action, kind, subject, before, after, note) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                [now(), actor, action, kind, str(subject), _dump(before), _dump(after), note],
            )

    def rows(
        self,
        actor: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        before_id: int | None = None,
        limit: int = 100,
    ) -> list[AuditRow]:
        """The newest first; `before_id` pages on."""
        where, values = ["true"], []
        for column, value in (("actor", actor), ("kind", kind), ("subject", subject)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        if before_id:
            where.append("id < ?")
            values.append(str(before_id))
        found = self._database.conn.execute(
            "select id, at, actor, action, kind, subject, before, after, note from audit "
            f"where {' and '.join(where)} order by id desc limit ?",
            [*values, limit],
        )
        return [AuditRow(*(*row[:6], _load(row[6]), _load(row[7]), row[8] or "")) for row in found.fetchall()]


def _dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _load(value: str | None) -> Any:
    return None if value is None else json.loads(value)
