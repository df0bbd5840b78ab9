"""What people are to be told without having asked just then, for all channels: the outbox of notices.

A notice is written in the transaction that causes it, and is `pending`. A channel takes it in the transaction that lays
it down to be sent (`sending`); what became of it is written with what became of the channel's message: `delivered`,
`blocked`, `failed` or `too_late`. One that staff took back before it was taken is `withdrawn`. Rows of older versions
are `sent`: handed to the channel, whatever came of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

PENDING, SENDING, WITHDRAWN = "pending", "sending", "withdrawn"
DELIVERED, BLOCKED, FAILED, TOO_LATE = "delivered", "blocked", "failed", "too_late"
HANDED_OVER = "sent"
ANSWERED, REPLY, CHANGE = "answered", "reply", "change"
CORRECTION, DEADLINE, FITS = "correction", "deadline", "fits"
"""Kinds: a question has an answer now; staff wrote to its asker; what somebody subscribed to is another, or ends soon; an
answer that somebody was given does not hold; something new fits a self-check that somebody left."""
LONGEST_WAIT = timedelta(days=14)
"""News that a channel could not take for so long (it was switched off) is news no more."""


@dataclass(frozen=True)
class Notification:
    """To whom (`conversation`, `asker` in the channel's own ids) and about what: a logged `question`, an `entry`, or
    `text` that staff wrote, or that was written when it happened; for which `subscription`."""

    id: int
    channel: str
    conversation: str | None
    asker: str | None
    question: int | None
    miss: int | None
    entry: str | None
    text: str | None
    state: str
    created_at: str
    sent_at: str | None
    kind: str
    why: str
    subscription: int | None = None


class Notifications:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add_all(
        self,
        rows: Iterable[tuple[str, str | None, str | None, int]],
        miss: int,
        entry: str | None,
        text: str | None,
        kind: str = "",
    ) -> int:
        """Queue one notice a (channel, conversation, asker, question); returns how many. The same person is told the
        same of one question once, however often a miss is closed."""
        count = 0
        kind = kind or (ANSWERED if text is None else REPLY)
        for channel, conversation, asker, question in rows:
            key = f"{ANSWERED}/{question}" if kind == ANSWERED else None
            count += self.add(
                kind, channel, conversation, asker, key, question=question, miss=miss, entry=entry, text=text
            )
        return count

    def add(
        self,
        kind: str,
        channel: str,
        conversation: str | None,
        asker: str | None,
        key: str | None = None,
        *,
        question: int | None = None,
        miss: int | None = None,
        entry: str | None = None,
        text: str | None = None,
        subscription: int | None = None,
    ) -> bool:
        """Queue a notice; False where one with its `key` was queued before."""
        with transaction(self._database) as connection:
            added = connection.execute(
                "insert into notification (channel, conversation, asker, question, miss, entry, text, state, attempts, "
                "created_at, kind, key, subscription) values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?) "
                "on conflict (key) do nothing",
                [
                    channel,
                    conversation,
                    asker,
                    question,
                    miss,
                    entry,
                    text,
                    PENDING,
                    now(),
                    kind,
                    key,
                    subscription,
                ],
            )
            return bool(added.rowcount > 0)

    def pending(self, channel: str, limit: int = 100) -> list[Notification]:
        return self._found("channel = ? and state = ? order by id limit ?", channel, PENDING, limit)

    def pending_of(self, channel: str, asker: str) -> list[Notification]:
        """What waits for somebody who fetches it themselves."""
        return self._found("channel = ? and asker = ? and state = ? order by id", channel, asker, PENDING)

    def take(self, channel: str, most_at_once: int) -> list[Notification]:
        """The next notices for a channel, `sending` from now on: call it in the transaction that lays them down to be
        sent. No more are on their way at a time than `most_at_once`."""
        border = (datetime.now(UTC) - LONGEST_WAIT).isoformat(timespec="milliseconds")
        if not self.pending(channel, 1):
            return []
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set state = ? where channel = ? and state = ? and created_at < ?",
                [TOO_LATE, channel, PENDING, border],
            )
            (under_way,) = connection.execute(
                "select count(*) from notification where channel = ? and state = ?", [channel, SENDING]
            ).fetchone()
            found = self.pending(channel, max(0, most_at_once - under_way))
            for notice in found:
                connection.execute(
                    "update notification set state = ?, attempts = attempts + 1 where id = ?",
                    [SENDING, notice.id],
                )
        return found

    def ended(self, number: int | None, state: str, why: str = "") -> None:
        """What became of one: call it in the transaction that notes it of the channel's message. None: of no notice."""
        if number is None:
            return
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set state = ?, why = ?, sent_at = ? where id = ? and state in (?, ?)",
                [state, why, now() if state == DELIVERED else None, number, PENDING, SENDING],
            )

    def tells(self, number: int, revision: int | None) -> None:
        """Which revision of its entry a notice was written from: call it in the transaction that takes it."""
        with transaction(self._database) as connection:
            connection.execute("update notification set revision = ? where id = ?", [revision, number])

    def seen(self, channel: str, question: int, revision: int | None) -> None:
        """Its asker was shown on a page what a notice tells, from that revision, so that it needs no channel any more."""
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set state = ?, sent_at = ?, revision = ? where channel = ? and question = ? "
                "and state = ? and asker is null",
                [DELIVERED, now(), revision, channel, question, PENDING],
            )

    def withdraw(self, miss: int) -> int:
        """Take back what no channel has taken of a miss; returns how many."""
        with transaction(self._database) as connection:
            # Without its key, so that the asker is told when the question is answered after all.
            return connection.execute(
                "update notification set state = ?, key = null where miss = ? and state = ?",
                [WITHDRAWN, miss, PENDING],
            ).rowcount

    def drop_of_subscription(self, number: int) -> None:
        """Take back what no channel has taken for a subscription that has ended."""
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set state = ? where subscription = ? and state = ?",
                [WITHDRAWN, number, PENDING],
            )

    def drop_of_check(self, channel: str, asker: str) -> None:
        """The same for a kept self-check."""
        with transaction(self._database) as connection:
            connection.execute(
                "update notification set state = ? where channel = ? and asker = ? and state = ? "
                "and kind in (?, ?) and subscription is null",
                [WITHDRAWN, channel, asker, PENDING, FITS, DEADLINE],
            )

    def of_miss(self, miss: int) -> list[Notification]:
        return self._found("miss = ? order by id", miss)

    def of_question(self, question: int, kind: str) -> list[Notification]:
        return self._found("question = ? and kind = ? order by id", question, kind)

    def newest(self, limit: int, states: Iterable[str] = ()) -> list[Notification]:
        """The newest first; in one of `states` where any are named."""
        wanted = list(states)
        marks = f"state in ({', '.join('?' * len(wanted))})" if wanted else "1 = 1"
        return self._found(f"{marks} order by id desc limit ?", *wanted, limit)

    def counts(self) -> dict[tuple[str, str], int]:
        """(channel, state) → how many."""
        rows = self._database.conn.execute(
            "select channel, state, count(*) from notification group by channel, state order by channel, state"
        )
        return {(channel, state): count for channel, state, count in rows.fetchall()}

    def _found(self, where: str, *values: object) -> list[Notification]:
        rows = self._database.conn.execute(
            "select id, channel, conversation, asker, question, miss, entry, text, state, created_at, sent_at, kind, "
            f"coalesce(why, ''), subscription from notification where {where}",
            list(values),
        )
        return [Notification(*row) for row in rows.fetchall()]
