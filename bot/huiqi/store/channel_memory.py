"""A channel's own values that last and that all processes share: an access token, a cursor, what is being done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


class ChannelMemory:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, channel: str, name: str) -> str | None:
        """The value put under a name, unless it has ended."""
        row = self._database.conn.execute(
            "select value from channel_memory where channel = ? and name = ? "
            "and (ends_at is null or ends_at > ?)",
            [channel, name, now()],
        ).fetchone()
        return row[0] if row else None

    def named(self, channel: str, beginning: str) -> list[tuple[str, str]]:
        """(name, value) of the values whose names begin so."""
        rows = self._database.conn.execute(
            "select name, value from channel_memory where channel = ? and substr(name, 1, ?) = ? "
            "and (ends_at is null or ends_at > ?) order by name",
            [channel, len(beginning), beginning, now()],
        )
        return [(name, value) for name, value in rows.fetchall()]

    def prune(self) -> None:
        """Drop what has ended."""
        with transaction(self._database) as connection:
            connection.execute("delete from channel_memory where ends_at <= ?", [now()])

    def put(self, channel: str, name: str, value: str, seconds: float | None = None) -> None:
        """`seconds`: after which it ends; None for never."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into channel_memory (channel, name, value, ends_at) values (?, ?, ?, ?) "
                "on conflict (channel, name) do update set value = excluded.value, ends_at = excluded.ends_at",
                [channel, name, value, _in(seconds)],
            )

    def count(self, channel: str, name: str) -> None:
        """Add one to a number that was put; where none was, or it has ended, nothing is there to count."""
        with transaction(self._database) as connection:
            connection.execute(
                "update channel_memory set value = cast(cast(value as integer) + 1 as text) "
                "where channel = ? and name = ?",
                [channel, name],
            )

    def drop_if(self, channel: str, name: str, value: str) -> None:
        """Drop a value unless it is another one by now."""
        with transaction(self._database) as connection:
            connection.execute(
                "delete from channel_memory where channel = ? and name = ? and value = ?",
                [channel, name, value],
            )

    def take(self, channel: str, name: str, seconds: float) -> bool:
        """Whether nobody else does what `name` says now; for so long, or until it is dropped, nobody else will."""
        with transaction(self._database) as connection:
            taken = connection.execute(
                "insert into channel_memory (channel, name, value, ends_at) values (?, ?, '', ?) "
                "on conflict (channel, name) do update set ends_at = excluded.ends_at "
                "where channel_memory.ends_at <= ?",
                [channel, name, _in(seconds), now()],
            )
            return bool(taken.rowcount > 0)

    def drop(self, channel: str, name: str) -> None:
        with transaction(self._database) as connection:
            connection.execute("delete from channel_memory where channel = ? and name = ?", [channel, name])


def _in(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
