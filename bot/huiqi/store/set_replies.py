"""What the bot says to questions that staff ignored: by the key of each wording, as the log keeps it."""

from __future__ import annotations

from huiqi.store.database import Database
from huiqi.store.transaction import transaction


class SetReplies:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        row = self._database.conn.execute("select reply from set_reply where key = ?", [key]).fetchone()
        return row[0] if row else None

    def put(self, miss: int, reply: str | None) -> None:
        """From now on all wordings of a miss are replied to so; None: none is."""
        with transaction(self._database) as connection:
            connection.execute("delete from set_reply where miss = ?", [miss])
            if reply:
                connection.execute(
                    "insert into set_reply (key, miss, reply) select distinct q.cluster, ?, ? from question q "
                    "join miss_question m on m.question = q.id where m.miss = ? and coalesce(q.cluster, '') <> '' "
                    "on conflict (key) do update set miss = excluded.miss, reply = excluded.reply",
                    [miss, reply, miss],
                )
