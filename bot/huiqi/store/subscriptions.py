"""Who wants to hear when something changes: an entry, a policy, a topic, or anything at all."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.notifications import Notifications
from huiqi.store.transaction import transaction

ENTRY, POLICY, TOPIC, EVERYTHING = "entry", "policy", "topic", "all"
_COLUMNS = "channel, asker, conversation, kind, about, id, created_at"


@dataclass(frozen=True)
class Scope:
    """What one subscribes to. `about`: the id of an entry or a policy, the name of a topic, empty for everything."""

    kind: str
    about: str = ""


@dataclass(frozen=True)
class Subscription:
    """`conversation` is where to tell it; `id` and `created_at` are the store's."""

    channel: str
    asker: str
    conversation: str
    scope: Scope
    id: int = 0
    created_at: str = ""


class Subscriptions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._notifications = Notifications(database)

    def add(self, subscription: Subscription) -> bool:
        """False where it was there before."""
        with transaction(self._database) as connection:
            added = connection.execute(
                "insert into subscription (channel, asker, conversation, kind, about, created_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict (channel, asker, kind, about) do nothing",
                [
                    subscription.channel,
                    subscription.asker,
                    subscription.conversation,
                    subscription.scope.kind,
                    subscription.scope.about,
                    now(),
                ],
            )
            return added.rowcount > 0

    def remove(self, channel: str, asker: str, scope: Scope) -> bool:
        """End one, and take back what was still to be told for it; False where there was none."""
        with transaction(self._database) as connection:
            mine = [item for item in self.of(channel, asker) if item.scope == scope]
            for item in mine:
                connection.execute("delete from subscription where id = ?", [item.id])
                self._notifications.drop_of_subscription(item.id)
            return bool(mine)

    def get(self, number: int) -> Subscription | None:
        return next(iter(self._found("id = ?", number)), None)

    def of(self, channel: str, asker: str) -> list[Subscription]:
        """All of one person's, the oldest first."""
        return self._found("channel = ? and asker = ? order by id", channel, asker)

    def made_by(self, moment: str) -> list[Subscription]:
        """All that were made up to an instant, each person's together, the oldest first."""
        return self._found("created_at <= ? order by channel, asker, id", moment)

    def end_all(self, channel: str, asker: str) -> int:
        """End all of one person's (they blocked us, or want no more); returns how many."""
        with transaction(self._database):
            return sum(self.remove(channel, asker, item.scope) for item in self.of(channel, asker))

    def _found(self, where: str, *values: object) -> list[Subscription]:
        rows = self._database.conn.execute(f"select {_COLUMNS} from subscription where {where}", list(values))
        return [
            Subscription(channel, asker, conversation, Scope(kind, about), number, created_at)
            for channel, asker, conversation, kind, about, number, created_at in rows.fetchall()
        ]
