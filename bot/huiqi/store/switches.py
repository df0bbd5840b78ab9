"""Which channels are switched off: a row for each as long as it is, so that every process finds it, and after a restart."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.transaction import transaction

LOOKED_EVERY = 1.0
"""Seconds for which what was read holds: a switch takes effect everywhere within two, and no question waits for it."""


@dataclass(frozen=True)
class Switch:
    """A channel that is off: who switched it off, why, and when."""

    channel: str
    by: str
    reason: str
    at: str


class SwitchStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Switch]:
        rows = self._database.conn.execute(
            "select channel, staff, reason, switched_at from channel_off order by channel"
        )
        return [Switch(*row) for row in rows.fetchall()]

    def off(self, channel: str, by: str, reason: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "insert into channel_off (channel, staff, reason, switched_at) values (?, ?, ?, ?)",
                [channel, by, reason, now()],
            )

    def on(self, channel: str) -> None:
        with transaction(self._database) as connection:
            connection.execute("delete from channel_off where channel = ?", [channel])


class Switches:
    """What those who answer ask before each answer. Where the store cannot be read, what was read last holds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = SwitchStore(database)
        self._clock = clock
        self._off: frozenset[str] = frozenset()
        self._looked_at = -math.inf
        self._looking = threading.Lock()

    def is_off(self, channel: str) -> bool:
        if self._clock() - self._looked_at >= LOOKED_EVERY and self._looking.acquire(blocking=False):
            try:
                self._off = frozenset(switch.channel for switch in self._store.all())
                self._looked_at = self._clock()
            except Exception as error:
                if not is_store_at_fault(error):
                    raise
            finally:
                self._looking.release()
        return channel in self._off
