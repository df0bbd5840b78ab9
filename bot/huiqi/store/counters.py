"""Numbers of the log for whoever runs the service, and whose answer a number of the log is."""

from __future__ import annotations

from huiqi.store import arrivals
from huiqi.store.database import Database
from huiqi.store.mailbox import ANSWERED, RECEIVED, SENDING, WAITING


class Counters:
    def __init__(self, database: Database) -> None:
        self._database = database

    def is_readable(self) -> bool:
        """Raises what SQLite raises where the database cannot be read."""
        return bool(self._database.conn.execute("select 1").fetchone())

    def questions(self) -> list[tuple[str, str, int]]:
        """(channel, outcome, how many) of all questions in the log."""
        rows = self._database.conn.execute(
            "select channel, outcome, count(*) from question group by channel, outcome order by 1, 2"
        )
        return [tuple(row) for row in rows.fetchall()]

    def open_questions(self) -> int:
        row = self._database.conn.execute("select count(*) from question where status = 'open'").fetchone()
        return int(row[0])

    def channels_off(self) -> list[str]:
        return [row[0] for row in self._database.conn.execute("select channel from channel_off").fetchall()]

    def misses_to_ask(self) -> int:
        return self._count("select count(distinct miss) from miss_to_ask")

    def inbox_waiting(self) -> int:
        """Updates of a channel that are not dealt with yet."""
        return self._count("select count(*) from inbox where state in (?, ?)", RECEIVED, ANSWERED)

    def outbox_waiting(self) -> int:
        return self._count("select count(*) from outbox where state in (?, ?)", WAITING, SENDING)

    def arrivals_waiting(self) -> int:
        """What came by the mailroom's channels and is not done with."""
        return self._count(
            "select count(*) from arrival where state in (?, ?)", arrivals.RECEIVED, arrivals.ANSWERED
        )

    def parcels_waiting(self) -> int:
        return self._count(
            "select count(*) from parcel where state in (?, ?)", arrivals.WAITING, arrivals.SENDING
        )

    def arrivals_set_aside(self) -> int:
        return self._count("select count(*) from arrival where state = ?", arrivals.SET_ASIDE)

    def _count(self, statement: str, *values: str) -> int:
        return int(self._database.conn.execute(statement, values).fetchone()[0])

    def conversation_of(self, question: int, channel: str) -> str | None:
        """The conversation in which a question was asked; None where there is no such question."""
        row = self._database.conn.execute(
            "select conversation from question where id = ? and channel = ?", [question, channel]
        ).fetchone()
        return row[0] if row else None
