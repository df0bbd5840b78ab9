"""What was asked lately, read from the log for replaying and for figures."""

from __future__ import annotations

from dataclasses import dataclass
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

    def search(self, wanted: LogSearch, limit: int) -> list[dict[str, object]]:
        """Rows of the log, the newest first."""
        return list(self._database.query(*wanted.statement(limit)))

    def channels(self) -> list[str]:
        rows = self._database.conn.execute("select distinct channel from question order by channel")
        return [row[0] for row in rows.fetchall()]

    def talk(self, number: int, around: int = 40) -> list[dict[str, object]]:
        """What was said in the conversation of a question, at most `around` before it and after it, in order; the
        question alone where it had none."""
        one = next(iter(self._database.query(f"{_SELECT} where id = ?", [number])), None)
        if one is None or not one["conversation"]:
            return [one] if one else []
        own = "conversation = ? and channel = ?"
        values = [one["conversation"], one["channel"], number]
        before = f"{_SELECT} where {own} and id <= ? order by id desc limit {around + 1}"
        after = f"{_SELECT} where {own} and id > ? order by id limit {around}"
        return [
            *reversed(list(self._database.query(before, values))),
            *self._database.query(after, values),
        ]

    def last_texts(self, channel: str, conversation: str, most: int) -> list[str]:
        """What was asked last in a conversation, oldest first."""
        rows = self._database.conn.execute(
            "select text from question where channel = ? and conversation = ? and text <> '' order by id desc limit ?",
            [channel, conversation, most],
        )
        return [row[0] for row in rows.fetchall()][::-1]

    def said_by_staff(self, channel: str, conversation: str) -> list[dict[str, object]]:
        """What was said while a member of staff talked there themselves, in order."""
        return list(
            self._database.query(
                "select text, staff, said_at from handover_line where channel = ? and conversation = ? order by id",
                [channel, conversation],
            )
        )

    def of_entry(self, entry: str, since: str) -> list[tuple[str | None, str | None, int]]:
        """(facet, reason, how often) of the questions that an entry answered since an instant."""
        rows = self._database.conn.execute(
            "select facet, reason, count(*) from question where entry = ? and asked_at >= ? and outcome = 'answer' "
            "group by facet, reason order by 3 desc, 1",
            [entry, since],
        )
        return [tuple(row) for row in rows.fetchall()]

    def thumbs_of(self, entry: str, since: str) -> dict[str, int]:
        """up, down → how often, on an entry's answers of the time since an instant."""
        rows = self._database.conn.execute(
            "select f.value, count(*) from question q join feedback f on f.question = q.id "
            "where q.entry = ? and q.asked_at >= ? group by f.value",
            [entry, since],
        )
        return dict(rows.fetchall())


_SELECT = (
    "select id, asked_at, channel, conversation, text, outcome, entry, revision, facet, confidence, reason, status, "
    "(select value from feedback where question = question.id order by created_at desc limit 1) as thumb, "
    "(select reason from feedback where question = question.id order by created_at desc limit 1) as thumb_reason, "
    "(select note from bad_case where question = question.id) as bad, "
    "(select verdict from verdict where question = question.id) as verdict, "
    "(select author from verdict where question = question.id) as judge from question"
)


@dataclass(frozen=True)
class LogSearch:
    """Which rows of the log are wanted; "" and 0 for all. `since`, `until`: instants; `before`: the number above the
    first; `fault`: thumbs_down or facet_missing; `is_open`: those only of which staff have not said what was wrong."""

    text: str = ""
    since: str = ""
    until: str = ""
    channel: str = ""
    outcome: str = ""
    number: int = 0
    before: int = 0
    entry: str = ""
    fault: str = ""
    is_open: bool = False

    def statement(self, limit: int) -> tuple[str, list[object]]:
        where: list[str] = []
        values: list[object] = []
        if not self.outcome and not self.number:
            where.append("outcome <> 'smalltalk'")
        for condition, value in (
            ("lower(text) like ? escape '!'", _pattern(self.text)),
            ("asked_at >= ?", self.since),
            ("asked_at < ?", self.until),
            ("channel = ?", self.channel),
            ("outcome = ?", self.outcome),
            ("entry = ?", self.entry),
            ("id = ?", self.number),
            ("id < ?", self.before),
        ):
            if value:
                where.append(condition)
                values.append(value)
        if self.fault == "thumbs_down":
            where.append(
                "(exists (select 1 from feedback f where f.question = question.id and f.value = 'down') "
                "or exists (select 1 from bad_case b where b.question = question.id))"
            )
        elif self.fault:
            where.append("outcome = 'answer' and reason = ?")
            values.append(self.fault)
        if self.is_open:
            where.append("not exists (select 1 from verdict v where v.question = question.id)")
        return f"{_SELECT} where {' and '.join(where) or '1 = 1'} order by id desc limit {int(limit)}", values


def _pattern(text: str) -> str:
    kept = text.lower()
    for sign in "!%_":
        kept = kept.replace(sign, "!" + sign)
    return f"%{kept}%" if kept else ""
