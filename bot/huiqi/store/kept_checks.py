"""The answers to a self-check that a company left, to be told when something new fits them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.notifications import Notifications
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class KeptCheck:
    """`answers` as a button of the self-check has them; `known`: the entries that fit when they were left, or of which
    it was told since; `kept_at`: the store's."""

    channel: str
    asker: str
    conversation: str
    answers: str
    known: frozenset[str]
    kept_at: str = ""


class KeptChecks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifications = Notifications(database)

    def put(self, check: KeptCheck) -> None:
        """Keep it, in place of what the person left before."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into kept_check (channel, asker, conversation, answers, known, kept_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict (channel, asker) do update set "
                "conversation = excluded.conversation, answers = excluded.answers, known = excluded.known, "
                "kept_at = excluded.kept_at",
                [
                    check.channel,
                    check.asker,
                    check.conversation,
                    check.answers,
                    _written(check.known),
                    now(),
                ],
            )

    def of(self, channel: str, asker: str) -> KeptCheck | None:
        return next(iter(self._found("channel = ? and asker = ?", channel, asker)), None)

    def all(self) -> list[KeptCheck]:
        return self._found("true order by channel, asker")

    def told(self, check: KeptCheck, entries: Iterable[str]) -> None:
        """The person is told that these fit: call it in the transaction of the notice."""
        with transaction(self._database) as connection:
            connection.execute(
                "update kept_check set known = ? where channel = ? and asker = ?",
                [_written(check.known | set(entries)), check.channel, check.asker],
            )

    def remove(self, channel: str, asker: str) -> bool:
        """End it, and take back what was still to be told for it; False where there was none."""
        with transaction(self._database) as connection:
            self._notifications.drop_of_check(channel, asker)
            gone = connection.execute(
                "delete from kept_check where channel = ? and asker = ?", [channel, asker]
            )
            return gone.rowcount > 0

    def _found(self, where: str, *values: object) -> list[KeptCheck]:
        rows = self._database.conn.execute(
            f"select channel, asker, conversation, answers, known, kept_at from kept_check where {where}",
            list(values),
        )
        return [
            KeptCheck(channel, asker, conversation, answers, frozenset(json.loads(known)), kept_at)
            for channel, asker, conversation, answers, known, kept_at in rows.fetchall()
        ]


def _written(entries: Iterable[str]) -> str:
    return json.dumps(sorted(entries))
