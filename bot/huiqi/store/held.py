"""Writes that the store had no room for, held in memory and done when it has room again. Answering goes on meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from huiqi.store.faults import is_store_at_fault

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_HELD = 10_000
"""Beyond that the oldest are given up, and counted."""
TRIED_EVERY = 2.0
"""Seconds between two attempts, so that a store which is slow to refuse does not slow each answer."""


class HeldWrites:
    """What is held for one database. Any thread may call it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[Callable[[], object]] = deque()
        self._given_up = 0
        self._tried_at = 0.0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._waiting)

    def do(self, write: Callable[[], T]) -> T | None:
        """What `write` returns; None where the store is at fault, and the write is held."""
        if self._waiting and not self.catch_up():
            self._hold(write)
            return None
        try:
            return write()
        except Exception as error:
            if not is_store_at_fault(error):
                raise
            with self._lock:
                if not self._waiting:
                    log.error("the store cannot be written (%s): what is asked is held in memory", error)
                self._tried_at = self._clock()
                self._hold(write)
            return None

    def catch_up(self) -> bool:
        """Do what is held, as far as the store lets it; whether nothing is held any more."""
        with self._lock:
            if self._waiting and self._clock() - self._tried_at < TRIED_EVERY:
                return False
            while self._waiting:
                try:
                    self._waiting[0]()
                except Exception as error:
                    if is_store_at_fault(error):
                        self._tried_at = self._clock()
                        return False
                    log.error("a held write was given up: %s", type(error).__name__)
                self._waiting.popleft()
                if not self._waiting:
                    log.warning("the store can be written again; %d writes were given up", self._given_up)
                    self._given_up = 0
            return True

    def _hold(self, write: Callable[[], object]) -> None:
        with self._lock:
            if len(self._waiting) >= MOST_HELD:
                self._waiting.popleft()
                self._given_up += 1
            self._waiting.append(write)
