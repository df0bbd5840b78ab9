"""Who does which piece of background work: a row a job, with a lease, so that of all processes one does it. Who is
killed loses the lease by the clock, and another goes on."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from huiqi.store.database import Database
from huiqi.store.transaction import transaction


def holder_name() -> str:
    """A name for this process that no other has, on whatever machine."""
    return f"{os.getpid()}-{secrets.token_hex(8)}"


class _Row(NamedTuple):
    holder: str | None
    held_until: str | None
    done_at: str | None


class Jobs:
    """`holder`: who takes jobs here."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database = database
        self._holder = holder

    def take(self, name: str, lease: timedelta, moment: datetime, every: timedelta = timedelta(0)) -> bool:
        """Whether the holder has the job `name` from `moment` on, for `lease` from now; a lease that is half over is
        renewed. Not before `every` has passed since it was `done`."""
        row = self._row(name)
        if not self._may_take(row, lease, moment, every):
            return False
        held_until = row.held_until if row is not None and row.holder == self._holder else None
        if held_until and datetime.fromisoformat(held_until) - moment > lease / 2:
            return True
        with transaction(self._database) as connection:
            if not self._may_take(self._row(name), lease, moment, every):
                return False
            connection.execute(
                "insert into job (name, holder, held_until) values (?, ?, ?) on conflict (name) "
                "do update set holder = excluded.holder, held_until = excluded.held_until",
                [name, self._holder, _written(moment + lease)],
            )
        return True

    def _row(self, name: str) -> _Row | None:
        found = self._database.conn.execute(
            "select holder, held_until, done_at from job where name = ?", [name]
        ).fetchone()
        return None if found is None else _Row(*found)

    def done(self, name: str, moment: datetime) -> None:
        """The job is done for now, and free."""
        self._end(name, "done_at = ?, holder = null, held_until = null", [_written(moment)])

    def leave(self, name: str) -> None:
        """Another may have the job at once."""
        self._end(name, "holder = null, held_until = null", [])

    def _end(self, name: str, change: str, values: list[str]) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                f"update job set {change} where name = ? and holder = ?", [*values, name, self._holder]
            )

    def _may_take(self, row: _Row | None, lease: timedelta, moment: datetime, every: timedelta) -> bool:
        if row is None:
            return True
        holder, held_until, done_at = row
        if done_at and timedelta(0) <= moment - datetime.fromisoformat(done_at) < every:
            return False
        if not holder or not held_until or holder == self._holder:
            return True
        left = datetime.fromisoformat(held_until) - moment
        # A lease longer than any is of a clock that was set back since.
        return not timedelta(0) < left <= 2 * lease


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
