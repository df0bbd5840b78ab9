"""What came in by a channel, and the messages that answer it: each is answered once and goes out once.

An arrival is `received`, then `answered` (its parcels stand beside it, in the transaction of everything that answering
it changed), then `done`; one that failed again and again is `set_aside`. A parcel is `waiting`, then `sending` (a
request may have left), then as its Delivery says: `delivered`, `blocked`, `too_late` or `failed`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.notifications import Notifications
from huiqi.store.transaction import transaction

RECEIVED, ANSWERED, DONE, SET_ASIDE = "received", "answered", "done", "set_aside"
WAITING, SENDING = "waiting", "sending"
KEPT = timedelta(days=30)
"""How long it is remembered what came, so that what comes again is known."""
MOST_FAILURES = 3


@dataclass(frozen=True)
class Arrival:
    """`key`: the platform's number of it; `payload`: what came."""

    id: int
    channel: str
    key: str
    conversation: str
    payload: Mapping[str, Any]
    state: str
    failures: int


@dataclass(frozen=True)
class FromStaff:
    """What a member of staff says in a talk by way of our own workbench: it stands in line with what comes from the
    asker, and is delivered as it is."""

    text: str
    asker: str | None

    def payload(self) -> Mapping[str, Any]:
        return {_BY_STAFF: {"text": self.text, "asker": self.asker}}

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> FromStaff | None:
        """None for what came from outside."""
        found = payload.get(_BY_STAFF)
        return cls(found["text"], found["asker"]) if isinstance(found, dict) else None


_BY_STAFF = "huiqi:from staff"
"""No element of a platform's message has such a name."""


@dataclass(frozen=True)
class Parcel:
    """One message to deliver. `arrival`: what it answers, None for a notice; `attempts`: how often it was tried."""

    id: int
    arrival: int | None
    channel: str
    conversation: str
    asker: str | None
    text: str
    choices: tuple[tuple[str, str], ...]
    state: str
    attempts: int


class Arrivals:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifications = Notifications(database)

    def receive(self, channel: str, key: str, conversation: str, payload: Mapping[str, Any]) -> bool:
        """Keep what came; False where it was kept before."""
        with transaction(self._database) as connection:
            cursor = connection.execute(
                "insert into arrival (channel, key, conversation, payload, state, failures, received_at) "
                "values (?, ?, ?, ?, ?, 0, ?) on conflict (channel, key) do nothing",
                [channel, key, conversation, json.dumps(payload), RECEIVED, now()],
            )
            return bool(cursor.rowcount > 0)

    def unfinished(self, limit: int = 500) -> list[Arrival]:
        """What is still to be worked on and not put off, oldest first."""
        rows = self._database.conn.execute(
            f"{_ARRIVAL} where state in (?, ?) and (due_at is null or due_at <= ?) order by id limit ?",
            [RECEIVED, ANSWERED, now(), limit],
        )
        return [_arrival(row) for row in rows.fetchall()]

    def get(self, number: int) -> Arrival | None:
        row = self._database.conn.execute(f"{_ARRIVAL} where id = ?", [number]).fetchone()
        return _arrival(row) if row else None

    def before(self, arrival: Arrival) -> bool:
        """Whether something older of the same conversation is not done yet."""
        row = self._database.conn.execute(
            "select 1 from arrival where channel = ? and conversation = ? and id < ? and state in (?, ?) limit 1",
            [arrival.channel, arrival.conversation, arrival.id, RECEIVED, ANSWERED],
        ).fetchone()
        return row is not None

    def answered(
        self, arrival: Arrival, parcels: Sequence[tuple[str, str | None, str, Sequence[tuple[str, str]]]]
    ) -> None:
        """Lay down (conversation, asker, text, choices) to be delivered, in order."""
        with transaction(self._database) as connection:
            self._lay_down(arrival.id, arrival.channel, parcels)
            connection.execute("update arrival set state = ? where id = ?", [ANSWERED, arrival.id])

    def notice(
        self, channel: str, conversation: str, asker: str | None, text: str, number: int | None = None
    ) -> None:
        """Lay down what nobody asked for. `number`: of the notice that it is."""
        with transaction(self._database):
            self._lay_down(None, channel, [(conversation, asker, text, ())], number)

    def _lay_down(
        self,
        arrival: int | None,
        channel: str,
        parcels: Sequence[tuple[str, str | None, str, Sequence[tuple[str, str]]]],
        notice: int | None = None,
    ) -> None:
        self._database.conn.executemany(
            "insert into parcel (arrival, channel, conversation, asker, text, choices, state, attempts, created_at, "
            "notice) values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
            [
                [
                    arrival,
                    channel,
                    conversation,
                    asker,
                    text,
                    json.dumps(list(choices), ensure_ascii=False),
                    WAITING,
                    now(),
                    notice,
                ]
                for conversation, asker, text, choices in parcels
            ],
        )

    def failed(self, arrival: Arrival) -> int:
        """Working on it ended in an error; returns how often it has."""
        with transaction(self._database) as connection:
            row = connection.execute(
                "update arrival set failures = failures + 1 where id = ? returning failures", [arrival.id]
            ).fetchone()
        return int(row[0]) if row else 0

    def set_aside(self, arrival: Arrival) -> None:
        """Work on it no more; it is kept for people."""
        with transaction(self._database) as connection:
            connection.execute("update arrival set state = ? where id = ?", [SET_ASIDE, arrival.id])

    def put_off(self, arrival: Arrival, seconds: float) -> None:
        with transaction(self._database) as connection:
            connection.execute("update arrival set due_at = ? where id = ?", [_in(seconds), arrival.id])

    def done(self, arrival: Arrival) -> None:
        """All that answers it has gone; what it said is dropped."""
        with transaction(self._database) as connection:
            connection.execute(
                "update arrival set state = ?, payload = 'null', due_at = null where id = ?",
                [DONE, arrival.id],
            )

    def parcels(self, arrival: Arrival) -> list[Parcel]:
        """What is still to go out for it, in order."""
        rows = self._database.conn.execute(
            f"{_PARCEL} where arrival = ? and state in (?, ?) order by id", [arrival.id, WAITING, SENDING]
        )
        return [_parcel(row) for row in rows.fetchall()]

    def notices(self, limit: int = 100) -> list[Parcel]:
        """Notices that are due."""
        rows = self._database.conn.execute(
            f"{_PARCEL} where arrival is null and state in (?, ?) and (due_at is null or due_at <= ?) "
            "order by id limit ?",
            [WAITING, SENDING, now(), limit],
        )
        return [_parcel(row) for row in rows.fetchall()]

    def sending(self, parcel: Parcel) -> None:
        """A request for it may leave from now on."""
        with transaction(self._database) as connection:
            connection.execute(
                "update parcel set state = ?, attempts = attempts + 1 where id = ?", [SENDING, parcel.id]
            )

    def not_sent(self, parcel: Parcel) -> None:
        """No try of it has arrived so far."""
        with transaction(self._database) as connection:
            connection.execute("update parcel set state = ? where id = ?", [WAITING, parcel.id])

    def put_off_notice(self, parcel: Parcel, seconds: float) -> None:
        with transaction(self._database) as connection:
            connection.execute("update parcel set due_at = ? where id = ?", [_in(seconds), parcel.id])

    def ended(self, parcel: Parcel, state: str, why: str = "") -> None:
        """What became of it; what it said is dropped."""
        with transaction(self._database) as connection:
            connection.execute(
                "update parcel set state = ?, why = ?, text = '', choices = '[]', ended_at = ? where id = ?",
                [state, why, now(), parcel.id],
            )
            (notice,) = connection.execute("select notice from parcel where id = ?", [parcel.id]).fetchone()
            self._notifications.ended(notice, state, why)

    def prune(self) -> None:
        """Drop what is older than a month."""
        border = (datetime.now(UTC) - KEPT).isoformat(timespec="milliseconds")
        with transaction(self._database) as connection:
            connection.execute(
                "delete from parcel where state not in (?, ?) and created_at < ?", [WAITING, SENDING, border]
            )
            connection.execute(
                "delete from arrival where state in (?, ?) and received_at < ?", [DONE, SET_ASIDE, border]
            )


_ARRIVAL = "select id, channel, key, conversation, payload, state, failures from arrival"
_PARCEL = "select id, arrival, channel, conversation, asker, text, choices, state, attempts from parcel"


def _arrival(row: tuple[Any, ...]) -> Arrival:
    number, channel, key, conversation, payload, state, failures = row
    return Arrival(number, channel, key, conversation, json.loads(payload) or {}, state, failures)


def _parcel(row: tuple[Any, ...]) -> Parcel:
    number, arrival, channel, conversation, asker, text, written, state, attempts = row
    choices = tuple((label, code) for label, code in json.loads(written))
    return Parcel(number, arrival, channel, conversation, asker, text, choices, state, attempts)


def _in(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
