"""Who wants to hear when an entry changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database


@dataclass(frozen=True)
class Subscription:
    """`conversation` is where to tell it; `revision` is the one of the entry that was last told or seen."""

    channel: str
    asker: str
    entry: str
    conversation: str
    revision: int | None


class Subscriptions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, subscription: Subscription) -> None:
        with self._database.conn as connection:
            connection.execute(
                "insert into subscription (channel, asker, entry, conversation, revision, created_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict (channel, asker, entry) do nothing",
                [
                    subscription.channel,
                    subscription.asker,
                    subscription.entry,
                    subscription.conversation,
                    subscription.revision,
                    now(),
                ],
            )

    def remove(self, channel: str, asker: str, entry: str) -> bool:
        """End one; False where there was none."""
        with self._database.conn as connection:
            cursor = connection.execute(
                "delete from subscription where channel = ? and asker = ? and entry = ?",
                [channel, asker, entry],
            )
            return cursor.rowcount > 0

    def of(self, channel: str, asker: str) -> list[str]:
        """The entries somebody subscribed to, the oldest subscription first."""
        rows = self._database.conn.execute(
            "select entry from subscription where channel = ? and asker = ? order by created_at, entry",
            [channel, asker],
        )
        return [row[0] for row in rows.fetchall()]

    def end_all(self, channel: str, asker: str) -> int:
        """End all of one person's (they blocked us, or asked to be forgotten); returns how many."""
        with self._database.conn as connection:
            return connection.execute(
                "delete from subscription where channel = ? and asker = ?", [channel, asker]
            ).rowcount

    def behind(self, channel: str, revisions: Mapping[str, int]) -> list[Subscription]:
        """Subscriptions to entries whose published revision is another than the one last told."""
        rows = self._database.conn.execute(
            "select channel, asker, entry, conversation, revision from subscription where channel = ? "
            "order by created_at",
            [channel],
        )
        found = [Subscription(*row) for row in rows.fetchall()]
        return [item for item in found if revisions.get(item.entry, item.revision) != item.revision]

    def told(self, subscription: Subscription, revision: int) -> None:
        with self._database.conn as connection:
            connection.execute(
                "update subscription set revision = ? where channel = ? and asker = ? and entry = ?",
                [revision, subscription.channel, subscription.asker, subscription.entry],
            )
