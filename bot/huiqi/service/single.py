"""One process at a time for what only one may do; the next waits, and takes over when it ends, however it ends: on one
machine the lock is the operating system's and goes with its process, among the machines on a PostgreSQL database it is the
server's and goes with its connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from huiqi.store.address import is_postgresql
from huiqi.store.database import open_database

TRIED_EVERY = 1.0


@contextlib.asynccontextmanager
async def only_one(
    file: Path, database: str, name: str, while_waiting: Callable[[], None]
) -> AsyncIterator[None]:
    """Holds `file`, and `name` among all machines on the database at the address `database`, while the block lasts.
    `while_waiting` is called once, where another process holds one of them."""
    is_told = False

    async def wait() -> None:
        nonlocal is_told
        if not is_told:
            while_waiting()
        is_told = True
        await asyncio.sleep(TRIED_EVERY)

    async with _only_one_here(file, wait):
        if not is_postgresql(database):
            yield
            return
        async with _only_one_anywhere(database, name, wait):
            yield


@contextlib.asynccontextmanager
async def _only_one_here(file: Path, wait: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    try:
        import fcntl
    except ImportError:
        # Not on this system; whoever starts two there is told by the other side.
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await wait()
        yield


@contextlib.asynccontextmanager
async def _only_one_anywhere(
    address: str, name: str, wait: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    database = await asyncio.to_thread(open_database, address)
    with contextlib.closing(database):
        while not await asyncio.to_thread(database.hold, name):
            await wait()
        yield
