"""Moments by key that forked processes share: a table in memory of fixed size, so that a limit holds over all of them."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import secrets
import struct
import tempfile
import threading
import weakref
from collections.abc import Iterator

SLOTS = 1 << 16
SLOT = struct.Struct("=8sd")
PROBED = 8
"""Places where a key may stand; where all are taken, the moment that is over first gives way."""


class SharedMoments:
    """To be made before the processes are forked. A process that is killed leaves neither a lock nor a half moment: the
    lock is the operating system's (POSIX record lock) and goes with its process."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = slots
        self._memory = mmap.mmap(-1, slots * SLOT.size)
        self._secret = secrets.token_bytes(16)
        # A file without a name, that goes with the table.
        self._file, name = tempfile.mkstemp(prefix="huiqi-")
        os.unlink(name)
        weakref.finalize(self, os.close, self._file)
        self._turn = threading.Lock()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """No other thread or process reads or writes while the block lasts."""
        import fcntl

        with self._turn:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def get(self, key: str, now: float) -> float:
        """The moment put under `key`; `now` where there is none, or it is over."""
        mark, places = self._places(key)
        for place in places:
            held, moment = SLOT.unpack_from(self._memory, place)
            if held == mark:
                return max(float(moment), now)
        return now

    def put(self, key: str, moment: float) -> None:
        mark, places = self._places(key)
        slots = [(*SLOT.unpack_from(self._memory, place), place) for place in places]
        own = next((place for held, _, place in slots if held == mark), None)
        if own is None:
            _, own = min((over, place) for _, over, place in slots)
        SLOT.pack_into(self._memory, own, mark, moment)

    def _places(self, key: str) -> tuple[bytes, list[int]]:
        mark = hashlib.blake2b(key.encode(), digest_size=8, key=self._secret).digest()
        first = int.from_bytes(mark, "little")
        return mark, [(first + step) % self._slots * SLOT.size for step in range(PROBED)]
