"""What is stored of one asker, what all of them ask most, and errors by kind."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database


@dataclass(frozen=True)
class AskedQuestion:
    """A question as its asker may see it again: `status` is open, closed, ignored or ''."""

    number: int
    asked_at: str
    text: str
    outcome: str
    entry: str | None
    status: str


@dataclass(frozen=True)
class Standing:
    """What became of a question. `reply`: what staff wrote to its asker, where they did."""

    text: str
    outcome: str
    status: str
    reply: str | None


class Askers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def questions_of(self, channel: str, asker: str, limit: int) -> list[AskedQuestion]:
        """The newest questions of one asker, newest first."""
        rows = self._database.conn.execute(
            "select id, asked_at, text, outcome, entry, coalesce(status, '') from question "
            "where channel = ? and asker = ? and outcome <> 'smalltalk' order by id desc limit ?",
            [channel, asker, limit],
        )
        return [AskedQuestion(*row) for row in rows.fetchall()]

    def text_of(self, number: int) -> str | None:
        """A question as it was asked, None where it is kept no longer."""
        row = self._database.conn.execute("select text from question where id = ?", [number]).fetchone()
        return row[0] if row else None

    def put_before_staff(self, number: int, channel: str, asker: str) -> bool:
        """Open a question of this asker for staff; False where it is not theirs."""
        with self._database.conn as connection:
            cursor = connection.execute(
                "update question set status = 'open', reason = coalesce(reason, 'thumbs_down'), left_at = ? "
                "where id = ? and channel = ? and asker = ?",
                [now(), number, channel, asker],
            )
            return cursor.rowcount > 0

    def put_conversation_before_staff(self, number: int, channel: str, conversation: str) -> bool:
        """The same for a question of a conversation whose asker has no name."""
        with self._database.conn as connection:
            cursor = connection.execute(
                "update question set status = 'open', reason = coalesce(reason, 'thumbs_down'), left_at = ? "
                "where id = ? and channel = ? and conversation = ? and asker is null",
                [now(), number, channel, conversation],
            )
            return cursor.rowcount > 0

    def standing(self, number: int, channel: str, conversation: str) -> Standing | None:
        """How a question of a conversation stands, with what staff wrote to its askers by hand."""
        row = self._database.conn.execute(
            "select q.text, q.outcome, coalesce(q.status, ''), "
            "(select n.exit_note from miss_question l join miss n on n.id = l.miss "
            "where l.question = q.id and n.exit = 'reply') "
            "from question q where q.id = ? and q.channel = ? and q.conversation = ?",
            [number, channel, conversation],
        ).fetchone()
        return Standing(*row) if row else None

    def most_asked(self, since: str, limit: int) -> list[tuple[str, int]]:
        """(entry id, how many different askers) of the entries answered with most since a moment."""
        rows = self._database.conn.execute(
            "select entry, count(distinct coalesce(asker, conversation, cast(id as text))) as askers, count(*) as times "
            "from question where outcome = 'answer' and entry is not null and asked_at >= ? "
            "group by entry order by askers desc, times desc, entry limit ?",
            [since, limit],
        )
        return [(entry, askers) for entry, askers, _ in rows.fetchall()]

    def note_incident(self, kind: str) -> bool:
        """Count an error of a kind; True for the first of its kind."""
        with self._database.conn as connection:
            row = connection.execute(
                "insert into incident (kind, count, first_seen, last_seen) values (?, 1, ?, ?) "
                "on conflict (kind) do update set count = incident.count + 1, last_seen = excluded.last_seen "
                "returning count",
                [kind, now(), now()],
            ).fetchone()
        return bool(row[0] == 1)
