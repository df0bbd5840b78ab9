"""What the unit of an entry has to find out: a facet that was asked and is 未查明, an end that comes near. The clock of a task
runs from when it was first opened, whoever has it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

FACET, DEADLINE = "facet", "deadline"
_COLUMNS = "id, kind, entry, about, unit, first_unit, opened_at, due_at, closed_at, coalesce(closed_why, ''), transfers"


@dataclass(frozen=True)
class Transfer:
    """`at`: an instant; `why`: what the sender wrote."""

    at: str
    by: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Task:
    """`about`: the facet, or the day of the end. `unit`: who has it now, `first_unit`: who had it first; `opened_at`,
    `due_at`, `closed_at`: instants."""

    id: int
    kind: str
    entry: str
    about: str
    unit: str
    first_unit: str
    opened_at: str
    due_at: str
    closed_at: str | None
    closed_why: str
    transfers: tuple[Transfer, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.entry, self.about


@dataclass(frozen=True)
class Gap:
    """A facet that was asked while it was 未查明, and nobody has dealt with: how often, and first when."""

    entry: str
    facet: str
    times: int
    first_asked: str


class Tasks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, kind: str, entry: str, about: str, unit: str, opened_at: str, due_at: str) -> bool:
        """Open a task, or one that was closed before with a new clock; False where it is open."""
        with transaction(self._database) as connection:
            opened = connection.execute(
                "insert into task (kind, entry, about, unit, first_unit, opened_at, due_at, transfers) "
                "values (?, ?, ?, ?, ?, ?, ?, '[]') on conflict (kind, entry, about) do update set "
                "unit = excluded.unit, first_unit = excluded.first_unit, opened_at = excluded.opened_at, "
                "due_at = excluded.due_at, transfers = excluded.transfers, closed_at = null, closed_why = null "
                "where task.closed_at is not null",
                [kind, entry, about, unit, unit, opened_at, due_at],
            )
            return opened.rowcount > 0

    def close(self, number: int, why: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update task set closed_at = ?, closed_why = ? where id = ? and closed_at is null",
                [now(), why, number],
            )

    def transfer(self, task: Task, transfer: Transfer) -> None:
        """Another unit has it; its clock goes on."""
        transfers = [vars(item) for item in (*task.transfers, transfer)]
        with transaction(self._database) as connection:
            connection.execute(
                "update task set unit = ?, transfers = ? where id = ?",
                [transfer.after, json.dumps(transfers, ensure_ascii=False), task.id],
            )

    def get(self, number: int) -> Task | None:
        return next(iter(self._found("id = ?", number)), None)

    def open_ones(self) -> list[Task]:
        """What is open, the most pressing first."""
        return self._found("closed_at is null order by due_at, id")

    def newest_closed(self, limit: int) -> list[Task]:
        return self._found("closed_at is not null order by closed_at desc, id desc limit ?", limit)

    def gaps(self) -> list[Gap]:
        rows = self._database.conn.execute(
            "select entry, facet, count(*), min(asked_at) from question where reason = 'facet_missing' "
            "and coalesce(status, '') in ('', 'open') and entry is not null and facet is not null "
            "group by entry, facet order by entry, facet"
        )
        return [Gap(*row) for row in rows.fetchall()]

    def _found(self, where: str, *values: object) -> list[Task]:
        rows = self._database.conn.execute(f"select {_COLUMNS} from task where {where}", list(values))
        return [
            Task(*(*row[:-1], tuple(Transfer(**item) for item in json.loads(row[-1]))))
            for row in rows.fetchall()
        ]
