"""Requests that came with an idempotency key, and what was answered: one that comes again within a day gets the same
answer, and nothing is done twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

KEPT = timedelta(days=1)
LONGEST_WORK = timedelta(seconds=60)
"""A request that was begun longer ago has died, and may be tried again."""


@dataclass(frozen=True)
class Repeat:
    """What was asked before under a key. `status` None: it is still being worked on."""

    digest: str
    status: int | None
    body: str


class Repeats:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, who: str, key: str, digest: str) -> Repeat | None:
        """None where this is the first of its kind, which is noted; else what is known of the one before."""
        dead = (datetime.now(UTC) - LONGEST_WORK).isoformat(timespec="milliseconds")
        old = (datetime.now(UTC) - KEPT).isoformat(timespec="milliseconds")
        with transaction(self._database) as connection:
            connection.execute(
                "delete from repeat where asked_at < ? or (status is null and asked_at < ?)", [old, dead]
            )
            row = connection.execute(
                "select digest, status, body from repeat where who = ? and key = ?", [who, key]
            ).fetchone()
            if row:
                return Repeat(*row)
            connection.execute(
                "insert into repeat (who, key, digest, status, body, asked_at) values (?, ?, ?, null, '', ?)",
                [who, key, digest, now()],
            )
        return None

    def answered(self, who: str, key: str, status: int, body: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update repeat set status = ?, body = ? where who = ? and key = ?", [status, body, who, key]
            )

    def forget(self, who: str, key: str) -> None:
        """It failed through no fault of the asker's, and may be tried again."""
        with transaction(self._database) as connection:
            connection.execute("delete from repeat where who = ? and key = ?", [who, key])
