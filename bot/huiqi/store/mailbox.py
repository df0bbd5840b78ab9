"""Updates as they came in, and what is to go back: the memory that makes each reply go out once.

An update is `received`, then `answered` (its replies stand in the outbox, in the same transaction as
everything that answering it changed), then `done` (they were sent). One that cannot be read, or failed again and
again, is `set_aside`: kept for people, and never taken up by itself. A parcel is `waiting`, then `sending`
(a request may have left), then `sent` or `failed`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.notifications import DELIVERED, Notifications
from huiqi.store.notifications import FAILED as NOT_DELIVERED

RECEIVED, ANSWERED, DONE, SET_ASIDE = "received", "answered", "done", "set_aside"
WAITING, SENDING, SENT, FAILED = "waiting", "sending", "sent", "failed"
KEPT = timedelta(days=30)
"""How long it is remembered which reply belongs to which message, for messages that are edited later."""
MOST_FAILURES = 3
"""An update that failed so often is set aside."""
LONG_WORK = timedelta(seconds=10)
"""Work on an update takes milliseconds. A process that died after so long at one is taken to have died of it; one
that was killed sooner is not, however often that happens."""
FIRST_CHANNEL_CHAT = -1_000_000_000_000
"""Chats from here downwards number their messages for themselves; all others share one count."""


@dataclass(frozen=True)
class Parcel:
    """Something to send. `kind` and `payload` are the channel's own; `after` is the highest message number
    that was known when the request may have left; `update_id` is None for what nobody asked for."""

    id: int
    update_id: int | None
    chat: int | None
    kind: str
    payload: Mapping[str, Any]
    state: str
    after: int | None = None


class Inbox:
    """What came in, each update written down before anything is done about it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(
        self,
        update_id: int,
        chat: int | None,
        message: int | None,
        payload: Mapping[str, Any],
        identity: str = "",
    ) -> bool:
        """Keep an update; False where it was kept before. Another one (by its `identity`) under a number that
        was done with is new: another bot or server counts from the beginning, and its messages do too."""
        # ASCII alone, since what came may hold half a surrogate pair, which no database takes.
        text = json.dumps(payload)
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        with self._database.conn as connection:
            row = connection.execute(
                "select state = ? and digest <> ? from inbox where update_id = ?", [DONE, digest, update_id]
            ).fetchone()
            if row is not None and not row[0]:
                return False
            if row is not None:
                connection.execute("update inbox set chat = null, message = null where state = ?", [DONE])
                connection.execute("update outbox set message = null where state in (?, ?)", [SENT, FAILED])
            connection.execute(
                "insert into inbox (update_id, chat, message, payload, digest, state, erases, received_at) "
                "values (?, ?, ?, ?, ?, ?, 0, ?) on conflict (update_id) do update set chat = excluded.chat, "
                "message = excluded.message, payload = excluded.payload, digest = excluded.digest, "
                "state = excluded.state, erases = 0, received_at = excluded.received_at, done_at = null, "
                "failures = 0, begun_at = null",
                [update_id, chat, message, text, digest, RECEIVED, now()],
            )
        return True

    def unfinished(self) -> list[tuple[int, dict[str, Any]]]:
        """(update id, update) of all that is still to be worked on: what failed before last, else oldest first."""
        rows = self._database.conn.execute(
            "select update_id, payload from inbox where state in (?, ?) order by failures, update_id",
            [RECEIVED, ANSWERED],
        )
        return [(update_id, json.loads(payload)) for update_id, payload in rows.fetchall()]

    def begin(self, update_id: int) -> int:
        """Note that work on an update begins; returns how often it has failed. A process that was at it for long
        when it died is one failure."""
        border = (datetime.now(UTC) - LONG_WORK).isoformat(timespec="milliseconds")
        with self._database.conn as connection:
            row = connection.execute(
                "update inbox set failures = failures + case when begun_at < ? then 1 else 0 end, begun_at = ? "
                "where update_id = ? returning failures",
                [border, now(), update_id],
            ).fetchone()
        return int(row[0]) if row else 0

    def failed(self, update_id: int) -> int:
        """Work on an update ended in an error; returns how often it has."""
        with self._database.conn as connection:
            row = connection.execute(
                "update inbox set failures = failures + 1, begun_at = null where update_id = ? "
                "returning failures",
                [update_id],
            ).fetchone()
        return int(row[0]) if row else 0

    def set_aside(self, update_id: int) -> int | None:
        """Keep an update without working on it any more; returns the chat it came from, where that is known."""
        with self._database.conn as connection:
            row = connection.execute(
                "update inbox set state = ? where update_id = ? returning chat", [SET_ASIDE, update_id]
            ).fetchone()
        return row[0] if row else None

    def count_set_aside(self) -> int:
        row = self._database.conn.execute(
            "select count(*) from inbox where state = ?", [SET_ASIDE]
        ).fetchone()
        return int(row[0])

    def state(self, update_id: int) -> str | None:
        row = self._database.conn.execute(
            "select state from inbox where update_id = ?", [update_id]
        ).fetchone()
        return row[0] if row else None

    def answered(self, update_id: int, erases: bool = False) -> None:
        """Its replies are in the outbox. `erases`: nothing of the update is to be left once it is done."""
        with self._database.conn as connection:
            connection.execute(
                "update inbox set state = ?, erases = ? where update_id = ?", [ANSWERED, erases, update_id]
            )

    def done(self, update_id: int) -> None:
        """Its replies were sent; what it said is dropped."""
        with self._database.conn as connection:
            connection.execute(
                "update inbox set state = ?, payload = null, done_at = ?, "
                "chat = case when erases = 1 then null else chat end, "
                "message = case when erases = 1 then null else message end, "
                "digest = case when erases = 1 then '' else digest end where update_id = ?",
                [DONE, now(), update_id],
            )
            connection.execute(
                "delete from outbox where update_id = ? and "
                "exists (select 1 from inbox where inbox.update_id = outbox.update_id and erases = 1)",
                [update_id],
            )

    def forget(self, chat: int) -> None:
        """Drop what is known of a chat's messages, except what is not done yet."""
        with self._database.conn as connection:
            connection.execute("delete from inbox where chat = ? and state = ?", [chat, SET_ASIDE])
            done = "select update_id from inbox where chat = ? and state = ?"
            connection.execute(f"delete from outbox where update_id in ({done})", [chat, DONE])
            connection.execute("delete from outbox where chat = ? and update_id is null", [chat])
            connection.execute(
                "update inbox set chat = null, message = null, digest = '' where chat = ? and state = ?",
                [chat, DONE],
            )

    def empty_log(self) -> None:
        """Leave nothing of what was erased in the log beside the database, as far as nobody reads there."""
        self._database.leave_no_trace()

    def prune(self) -> None:
        """Drop what is older than a month."""
        border = (datetime.now(UTC) - KEPT).isoformat(timespec="milliseconds")
        with self._database.conn as connection:
            connection.execute(
                "delete from outbox where state in (?, ?) and created_at < ?", [SENT, FAILED, border]
            )
            connection.execute(
                "delete from inbox where state in (?, ?) and received_at < ?", [DONE, SET_ASIDE, border]
            )


class Outbox:
    """What is to go out, written in the transaction of the work that it comes from."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifications = Notifications(database)

    def put(
        self,
        update_id: int | None,
        chat: int | None,
        parcels: Sequence[tuple[str, Mapping[str, Any]]],
        notice: int | None = None,
    ) -> None:
        """Lay (kind, payload) pairs down to be sent to `chat`, in order. `notice`: the number of the notice that they
        are."""
        with self._database.conn as connection:
            connection.executemany(
                "insert into outbox (update_id, chat, kind, payload, state, created_at, notice) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                [
                    [update_id, chat, kind, json.dumps(payload, ensure_ascii=False), WAITING, now(), notice]
                    for kind, payload in parcels
                ],
            )

    def due(self, update_id: int | None, is_quiet: bool = False) -> list[Parcel]:
        """What is still to be sent for an update, or (None) what nobody asked for, in order. `is_quiet`: no notice that
        has not left yet."""
        whose = "update_id is null" if update_id is None else "update_id = ?"
        quiet = f" and (notice is null or state <> '{WAITING}')" if is_quiet else ""
        rows = self._database.conn.execute(
            "select id, update_id, chat, kind, payload, state, after from outbox "
            f"where {whose} and state in (?, ?){quiet} order by id",
            [*([] if update_id is None else [update_id]), WAITING, SENDING],
        )
        return [
            Parcel(id, update, chat, kind, json.loads(payload), state, after)
            for id, update, chat, kind, payload, state, after in rows.fetchall()
        ]

    def sending(self, parcel: int, chat: int) -> int:
        """A request for it may leave from now on; returns a number that its message will be above."""
        with self._database.conn as connection:
            asked = connection.execute(
                "select i.message from outbox o join inbox i on i.update_id = o.update_id "
                "where o.id = ? and i.chat = ?",
                [parcel, chat],
            ).fetchone()
            # In a supergroup, what others said since may be a lot; elsewhere all numbers in between are known.
            is_counted_alone = chat <= FIRST_CHANNEL_CHAT
            after = int(
                asked[0] if asked and asked[0] and not is_counted_alone else self.highest_message(chat)
            )
            connection.execute(
                "update outbox set state = ?, after = ? where id = ?", [SENDING, after, parcel]
            )
        return after

    def sent(self, parcel: int, message: int | None = None) -> None:
        """It arrived, as `message`; what it said is dropped."""
        with self._database.conn as connection:
            connection.execute(
                "update outbox set state = ?, message = ?, payload = '{}', sent_at = ? where id = ?",
                [SENT, message, now(), parcel],
            )
            self._notifications.ended(self._notice_of(parcel), DELIVERED)

    def failed(self, parcel: int, state: str = NOT_DELIVERED, why: str = "") -> None:
        """It did not arrive and is not tried again. `state`, `why`: what that means for the notice that it was."""
        with self._database.conn as connection:
            connection.execute("update outbox set state = ?, payload = '{}' where id = ?", [FAILED, parcel])
            self._notifications.ended(self._notice_of(parcel), state, why)

    def _notice_of(self, parcel: int) -> int | None:
        row = self._database.conn.execute("select notice from outbox where id = ?", [parcel]).fetchone()
        return row[0] if row else None

    def tells_of(self, parcel: int, entry: str) -> None:
        """Note what a message that was sent is about."""
        with self._database.conn as connection:
            connection.execute("update outbox set entry = ? where id = ?", [entry, parcel])

    def entry_of(self, chat: int, message: int) -> str | None:
        """The entry that a message of ours is about."""
        row = self._database.conn.execute(
            "select entry from outbox where chat = ? and message = ? and entry is not null order by id desc limit 1",
            [chat, message],
        ).fetchone()
        return row[0] if row else None

    def moved(self, chat: int, to: int) -> None:
        """The chat has a new number (a group that became a supergroup)."""
        with self._database.conn as connection:
            connection.execute(
                "update outbox set chat = ? where chat = ? and state in (?, ?)", [to, chat, WAITING, SENDING]
            )

    def replies_to(self, chat: int, message: int) -> list[int]:
        """The messages that answered `message` of `chat`, in order."""
        rows = self._database.conn.execute(
            "select o.message from outbox o join inbox i on i.update_id = o.update_id "
            "where i.chat = ? and i.message = ? and o.kind = 'send' and o.state = ? "
            "and o.message is not null order by o.id",
            [chat, message, SENT],
        )
        return [row[0] for row in rows.fetchall()]

    def highest_message(self, chat: int) -> int:
        """The highest message number known in the count that `chat` belongs to; 0 for none."""
        where, border = _same_count(chat)
        row = self._database.conn.execute(
            f"select max(highest) from (select max(message) as highest from inbox where {where} "
            f"union all select max(message) from outbox where {where}) as known",
            [border, border],
        ).fetchone()
        return row[0] or 0

    def known_messages(self, chat: int, after: int) -> set[int]:
        """Numbers above `after`, in the count that `chat` belongs to, of which it is known whose they are."""
        where, border = _same_count(chat)
        rows = self._database.conn.execute(
            f"select message from inbox where {where} and message > ? "
            f"union select message from outbox where {where} and message > ?",
            [border, after, border, after],
        )
        return {row[0] for row in rows.fetchall()}


def _same_count(chat: int) -> tuple[str, int]:
    """The condition (with its value) for chats whose messages are counted together with those of `chat`."""
    return ("chat = ?", chat) if chat <= FIRST_CHANNEL_CHAT else ("chat > ?", FIRST_CHANNEL_CHAT)
