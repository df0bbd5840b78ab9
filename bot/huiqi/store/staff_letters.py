"""What staff are told: each thing once, in letters that are tried until they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

WAITING, SENT, FAILED = "waiting", "sent", "failed"
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Letter:
    """`way`: by which it goes; `attempts`: how often it was tried."""

    id: int
    way: str
    text: str
    attempts: int


class StaffLetters:
    def __init__(self, database: Database) -> None:
        self._database = database

    def new(self, keys: Sequence[str]) -> list[str]:
        """Those of some things that staff have not been told of; they have been from now on. Call it in the transaction
        that writes the letter."""
        fresh = []
        with transaction(self._database) as connection:
            for key in keys:
                added = connection.execute(
                    "insert into staff_event (key, told_at) values (?, ?) on conflict (key) do nothing",
                    [key, now()],
                )
                if added.rowcount > 0:
                    fresh.append(key)
        return fresh

    def add(self, ways: Iterable[str], text: str) -> None:
        with transaction(self._database) as connection:
            for way in ways:
                connection.execute(
                    "insert into staff_letter (way, text, state, attempts, created_at) values (?, ?, ?, 0, ?)",
                    [way, text, WAITING, now()],
                )

    def due(self) -> list[Letter]:
        rows = self._database.conn.execute(
            "select id, way, text, attempts from staff_letter where state = ? and (due_at is null or due_at <= ?) "
            "order by id limit 20",
            [WAITING, now()],
        )
        return [Letter(*row) for row in rows.fetchall()]

    def tried(self, letter: Letter, wait: timedelta) -> None:
        """It is tried now; where nothing is heard of that, again after `wait`."""
        again = (datetime.now(UTC) + wait).isoformat(timespec="milliseconds")
        with transaction(self._database) as connection:
            connection.execute(
                "update staff_letter set attempts = attempts + 1, due_at = ? where id = ?", [again, letter.id]
            )

    def ended(self, letter: Letter, state: str, why: str = "") -> None:
        """It arrived, or is tried no more; what it said is dropped."""
        with transaction(self._database) as connection:
            connection.execute(
                "update staff_letter set state = ?, why = ?, text = '', ended_at = ? where id = ?",
                [state, why, now(), letter.id],
            )

    def states(self) -> list[tuple[str, str]]:
        """(way, state) of all letters, oldest first."""
        rows = self._database.conn.execute("select way, state from staff_letter order by id")
        return [(way, state) for way, state in rows.fetchall()]

    def counts(self) -> dict[tuple[str, str], int]:
        """(way, state) → how many."""
        rows = self._database.conn.execute(
            "select way, state, count(*) from staff_letter group by way, state order by way, state"
        )
        return {(way, state): count for way, state, count in rows.fetchall()}

    def prune(self) -> None:
        border = (datetime.now(UTC) - KEPT).isoformat(timespec="milliseconds")
        with transaction(self._database) as connection:
            connection.execute(
                "delete from staff_letter where state <> ? and created_at < ?", [WAITING, border]
            )
