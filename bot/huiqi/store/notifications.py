"""Askers to be told that their question is answered now. Each channel drains its own rows.

A channel calls `pending(channel)`, sends, and marks each row `sent` or `failed`; a row is never sent twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

MOST_ATTEMPTS = 5


@dataclass(frozen=True)
class Notification:
    """To whom (`conversation`, `asker` in the channel's own ids), about which logged question; the channel
    answers with `entry`, or, where `text` is set, with what staff wrote by hand."""

    id: int
    channel: str
    conversation: str | None
    asker: str | None
    question: int
    miss: int
    entry: str | None
    text: str | None
    state: str
    attempts: int
    created_at: str
    sent_at: str | None


class Notifications:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add_all(
        self,
        rows: Iterable[tuple[str, str | None, str | None, int]],
        miss: int,
        entry: str | None,
        text: str | None,
    ) -> int:
        """Queue one notification a (channel, conversation, asker, question); returns how many."""
        count = 0
        with transaction(self._database) as connection:
            for channel, conversation, asker, question in rows:
                connection.execute(
                    "insert into notification (channel, conversation, asker, question, miss, entry, "
                    "text, state, "
                    "attempts, created_at) values (?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?)",
                    [channel, conversation, asker, question, miss, entry, text, now()],
                )
                count += 1
        return count

    def pending(self, channel: str, limit: int = 100) -> list[Notification]:
        rows = self._database.conn.execute(
            "select id, channel, conversation, asker, question, miss, entry, text, state, attempts, "
            "created_at, "
            "sent_at from notification where channel = ? and state = 'pending' order by id limit ?",
            [channel, limit],
        )
        return [Notification(*row) for row in rows.fetchall()]

    def sent(self, number: int) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set state = 'sent', sent_at = ? where id = ? and state = 'pending'",
                [now(), number],
            )

    def failed(self, number: int, for_good: bool = False) -> None:
        """One attempt failed; after five, or `for_good` (the asker blocked the bot), it is given up."""
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set attempts = attempts + 1, "
                "state = case when attempts + 1 >= ? then 'failed' else 'pending' end where id = ?",
                [0 if for_good else MOST_ATTEMPTS, number],
            )

    def withdraw(self, miss: int) -> int:
        """Take back what has not been sent of a miss; returns how many."""
        with transaction(self._database) as connection:
            return connection.execute(
                "update notification set state = 'withdrawn' where miss = ? and state = 'pending'", [miss]
            ).rowcount
