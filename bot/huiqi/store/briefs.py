"""What the log says of a span of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from huiqi.store.database import Database


@dataclass(frozen=True)
class AskedRow:
    asked_at: str
    channel: str
    who: str
    text: str
    outcome: str
    entry: str | None


class WeekLog:
    """From `since` to before `until`, both instants."""

    def __init__(self, database: Database, since: str, until: str) -> None:
        self._database = database
        self._span = [since, until]

    def questions(self) -> list[AskedRow]:
        rows = self._database.conn.execute(
            "select asked_at, channel, coalesce(asker, conversation, cast(id as text)), text, outcome, entry "
            "from question where asked_at >= ? and asked_at < ? order by id",
            self._span,
        )
        return [AskedRow(*row) for row in rows.fetchall()]

    def missed(self) -> list[tuple[str, int]]:
        """(first question, how often) of the groups first seen then, the most asked first."""
        rows = self._database.conn.execute(
            "select m.question, count(x.question) from miss m join miss_question x on x.miss = m.id "
            "where m.first_seen >= ? and m.first_seen < ? group by m.id, m.question "
            "order by count(x.question) desc, m.id",
            self._span,
        )
        return [(text, count) for text, count in rows.fetchall()]

    def hours_to_close(self) -> list[float]:
        """Hours from first seen to dealt with, of each group dealt with then."""
        rows = self._database.conn.execute(
            "select first_seen, exit_at from miss where state in ('closed', 'ignored') "
            "and exit_at >= ? and exit_at < ?",
            self._span,
        )
        return [
            (datetime.fromisoformat(closed) - datetime.fromisoformat(seen)) / timedelta(hours=1)
            for seen, closed in rows.fetchall()
        ]

    def still_open(self) -> int:
        row = self._database.conn.execute(
            "select count(*) from miss where state in ('open', 'drafting') and first_seen < ?", self._span[1:]
        ).fetchone()
        return int(row[0])

    def judged(self) -> dict[str, int]:
        """up, down (by askers) and bad (by staff) → how many."""
        found = {"up": 0, "down": 0, "bad": 0}
        rows = self._database.conn.execute(
            "select value, count(*) from feedback where created_at >= ? and created_at < ? group by value",
            self._span,
        )
        found.update({value: count for value, count in rows.fetchall() if value in found})
        row = self._database.conn.execute(
            "select count(*) from bad_case where created_at >= ? and created_at < ?", self._span
        ).fetchone()
        return found | {"bad": int(row[0])}

    def releases(self) -> int:
        row = self._database.conn.execute(
            "select count(*) from release where created_at >= ? and created_at < ?", self._span
        ).fetchone()
        return int(row[0])
