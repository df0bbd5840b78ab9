"""What is still to be asked again after a release: written down with it, so that nothing is left out where a process ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class ReleaseToAsk:
    """A release whose misses nobody has looked for yet. `drafts`, `entries`: what it put in force."""

    release: int
    drafts: tuple[int, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Offer:
    """A miss that `entry` may answer now, by the first line `first`."""

    miss: int
    entry: str
    first: str


class AskingAgain:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, release: int, drafts: Sequence[int], entries: Sequence[str]) -> None:
        """Call it in the transaction of the release."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into release_to_ask (release, drafts, entries) values (?, ?, ?) "
                "on conflict (release) do update set drafts = excluded.drafts, entries = excluded.entries",
                [release, json.dumps(list(drafts)), json.dumps(list(entries))],
            )

    def releases(self) -> list[ReleaseToAsk]:
        rows = self._database.conn.execute("select release, drafts, entries from release_to_ask order by 1")
        return [
            ReleaseToAsk(release, tuple(json.loads(drafts)), tuple(json.loads(entries)))
            for release, drafts, entries in rows.fetchall()
        ]

    def found(self, release: int, misses: Iterable[int]) -> bool:
        """The misses that a release may close, in the order in which to ask them; False where another process was
        faster."""
        with transaction(self._database) as connection:
            if not connection.execute("delete from release_to_ask where release = ?", [release]).rowcount:
                return False
            connection.executemany("insert into miss_to_ask (miss) values (?)", [[miss] for miss in misses])
        return True

    def next(self, limit: int) -> list[int]:
        """Misses to ask, the first first."""
        rows = self._database.conn.execute(
            "select miss from miss_to_ask group by miss order by min(id) limit ?", [limit]
        )
        return [row[0] for row in rows.fetchall()]

    def left(self) -> int:
        row = self._database.conn.execute("select count(distinct miss) from miss_to_ask").fetchone()
        return int(row[0])

    def done(self, miss: int) -> bool:
        """Call it in the transaction of what came of it; False where another process was faster."""
        with transaction(self._database) as connection:
            return connection.execute("delete from miss_to_ask where miss = ?", [miss]).rowcount > 0

    def offer(self, found: Offer) -> None:
        """Offer staff a miss that may be answered; what they refused is not offered again unless it is another answer."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into miss_offer (miss, entry, first, is_refused) values (?, ?, ?, 0) "
                "on conflict (miss) do update set entry = excluded.entry, first = excluded.first, is_refused = 0 "
                "where miss_offer.entry <> excluded.entry or miss_offer.first <> excluded.first",
                [found.miss, found.entry, found.first],
            )

    def offers(self, miss: int | None = None) -> list[Offer]:
        """What is offered of open misses, or of one."""
        rows = self._database.conn.execute(
            "select o.miss, o.entry, o.first from miss_offer o join miss m on m.id = o.miss "
            f"where m.state = 'open' and o.is_refused = 0{'' if miss is None else ' and m.id = ?'} order by o.miss",
            [] if miss is None else [miss],
        )
        return [Offer(*row) for row in rows.fetchall()]

    def refuse(self, miss: int) -> None:
        with transaction(self._database) as connection:
            connection.execute("update miss_offer set is_refused = 1 where miss = ?", [miss])

    def withdraw(self, miss: int) -> None:
        """The miss is not answered by what is in force."""
        with transaction(self._database) as connection:
            connection.execute("delete from miss_offer where miss = ? and is_refused = 0", [miss])
