"""Thumbs on answers, and remarks on the bot itself."""

from __future__ import annotations

from huiqi.language.masking import mask
from huiqi.store.clock import now
from huiqi.store.database import Database

UP, DOWN = "up", "down"
THUMBS_DOWN = "thumbs_down"


class Feedback:
    def __init__(self, database: Database) -> None:
        self._database = database

    def rate(self, question: int, asker: str, value: str, reason: str = "") -> bool:
        """Keep the last thumb of a person on an answer. A thumb down puts the question before staff, a thumb
        up takes it back. False where there is no such question."""
        with self._database.conn as connection:
            if connection.execute("select 1 from question where id = ?", [question]).fetchone() is None:
                return False
            connection.execute(
                "insert into feedback (question, asker, value, created_at, reason) values (?, ?, ?, ?, ?) "
                "on conflict (question, asker) do update set value = excluded.value, "
                "created_at = excluded.created_at, reason = excluded.reason",
                [question, asker, value, now(), mask(reason)],
            )
            if value == DOWN:
                connection.execute(
                    "update question set status = 'open', reason = ? where id = ? and status = ''",
                    [THUMBS_DOWN, question],
                )
            else:
                connection.execute(
                    "update question set status = '', reason = null "
                    "where id = ? and status = 'open' and reason = ? "
                    "and not exists (select 1 from feedback where question = question.id and value = ?)",
                    [question, THUMBS_DOWN, DOWN],
                )
        return True

    def remark(self, channel: str, asker: str | None, text: str) -> int:
        """Keep what somebody wrote about the bot, personal data masked; returns its number."""
        with self._database.conn as connection:
            row = connection.execute(
                "insert into remark (channel, asker, text, created_at) values (?, ?, ?, ?) returning id",
                [channel, asker, mask(text), now()],
            ).fetchone()
        return int(row[0])


class Verdicts:
    """What staff found wrong with an answer that was marked down, or that lacked a facet: one for each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, question: int, verdict: str, author: str) -> None:
        with self._database.conn as connection:
            connection.execute(
                "insert into verdict (question, verdict, author, created_at) values (?, ?, ?, ?) "
                "on conflict (question) do update set verdict = excluded.verdict, author = excluded.author, "
                "created_at = excluded.created_at",
                [question, verdict, author, now()],
            )
