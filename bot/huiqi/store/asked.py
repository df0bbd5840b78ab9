"""What was asked lately, read from the log for replaying and for figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from huiqi.store.database import Database


class AskedLately:
    def __init__(self, database: Database) -> None:
        self._database = database

    def questions(self, since: str) -> dict[str, int]:
        """Different questions asked since an instant, with how often, the most frequent first."""
        rows = self._database.conn.execute(
            "select min(text), count(*) as times from question where asked_at >= ? and text <> '' "
            "and outcome <> 'smalltalk' group by coalesce(nullif(cluster, ''), text) order by times "
            "desc, min(id)",
            [since],
        )
        return dict(rows.fetchall())

    def by_minute(self, since: str) -> list[tuple[str, str, str, str | None, int]]:
        """(minute, channel, outcome, entry, how many) since an instant. Which day a minute belongs to, only the
        office's clock knows."""
        rows = self._database.conn.execute(
            "select substr(asked_at, 1, 16) || '+00:00' as minute, channel, outcome, entry, count(*) "
            "from question where asked_at >= ? group by minute, channel, outcome, entry order by minute",
            [since],
        )
        return [tuple(row) for row in rows.fetchall()]

    def facet_gaps(self, least: int) -> list[tuple[str, str, int]]:
        """(entry, facet, how often asked in vain) of facets asked for at least so often and not known."""
        rows = self._database.conn.execute(
            "select entry, facet, count(*) as times from question where outcome = 'answer' and facet is "
            "not null "
            "and reason = 'facet_missing' group by entry, facet having count(*) >= ? order by times desc, entry",
            [least],
        )
        return [tuple(row) for row in rows.fetchall()]

    def entries_hit(self, since: str) -> set[str]:
        rows = self._database.conn.execute(
            "select distinct entry from question where entry is not null and asked_at >= ?", [since]
        )
        return {row[0] for row in rows.fetchall()}

    def thumbs(self, since: str) -> dict[str, int]:
        rows = self._database.conn.execute(
            "select value, count(*) from feedback where created_at >= ? group by value", [since]
        )
        return dict(rows.fetchall())

    def hours_to_close(self, since: str) -> list[float]:
        """Hours from first seen to dealt with, of each miss closed or ignored since an instant."""
        rows = self._database.conn.execute(
            "select first_seen, exit_at from miss where state in ('closed', 'ignored') and exit_at >= ?",
            [since],
        )
        spans = (
            datetime.fromisoformat(closed) - datetime.fromisoformat(seen) for seen, closed in rows.fetchall()
        )
        return sorted(span / timedelta(hours=1) for span in spans)

    def last_answers(self, limit: int, outcome: str | None = None) -> list[dict[str, object]]:
        """The newest rows of the log, for staff to turn into golden questions or bad cases."""
        where, values = ("where outcome = ?", [outcome]) if outcome else ("where outcome <> 'smalltalk'", [])
        rows = self._database.query(
            "select id, asked_at, channel, text, outcome, entry, facet, confidence, reason, "
            "(select value from feedback where question = question.id order by created_at desc limit 1) "
            "as thumb, "
            "(select note from bad_case where question = question.id) as bad "
            f"from question {where} order by id desc limit {int(limit)}",
            values,
        )
        return list(rows)
