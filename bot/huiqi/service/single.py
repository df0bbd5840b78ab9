"""One process at a time for what only one may do on a machine; the next waits, and takes over when it ends, however it
ends: the lock is the operating system's and goes with its process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

TRIED_EVERY = 1.0


@contextlib.asynccontextmanager
async def only_one(file: Path, while_waiting: Callable[[], None]) -> AsyncIterator[None]:
    """Holds `file` while the block lasts. `while_waiting` is called once, where another process holds it."""
    try:
        import fcntl
    except ImportError:
        # Not on this system; whoever starts two there is told by the other side.
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a") as held:
        is_told = False
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not is_told:
                    while_waiting()
                is_told = True
                await asyncio.sleep(TRIED_EVERY)
        yield
