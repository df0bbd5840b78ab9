"""The way in: each update is written down before it is confirmed, and worked on once, in its chat's order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from huiqi.channels.telegram.delivery import Courier
from huiqi.channels.telegram.dispatcher import Dispatcher
from huiqi.channels.telegram.incoming import chat_of
from huiqi.channels.telegram.limits import Pace
from huiqi.store.mailbox import ANSWERED, RECEIVED

log = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 30.0
AT_ONCE = 4096
TOLD_AGAIN_AFTER = 60.0
"""Seconds without haste after which a person is told anew that they are slowed."""


class InboxQueue(asyncio.Queue[object]):
    """The application's queue. `put` returns when the update is safe, so that PTB confirms it only then; an
    update that came before is dropped."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher

    async def put(self, item: object) -> None:
        if not isinstance(item, Update) or await self._dispatcher.receive(item):
            await super().put(item)

    async def put_again(self, update: Update) -> None:
        """An update that is in the inbox already, from before a restart."""
        await super().put(update)


class ChatOrder(BaseUpdateProcessor):
    """Works on an update after the one before it of the same chat is done; chats do not wait for each other.
    What a stop interrupts stays in the inbox."""

    def __init__(self, dispatcher: Dispatcher, courier: Courier, pace: Pace, queue: InboxQueue) -> None:
        super().__init__(AT_ONCE)
        self._dispatcher = dispatcher
        self._queue = queue
        self._courier = courier
        self._pace = pace
        self._locks: dict[int | None, tuple[asyncio.Lock, int]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: dict[int, float] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        assert isinstance(update, Update)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        wait, chat = self._wait_for(update), chat_of(update)
        is_group = chat is not None and chat < 0
        try:
            if is_group:
                # One person's haste does not hold up the others of a group.
                await asyncio.sleep(wait)
            async with _Turn(self._locks, chat):
                if not is_group:
                    await asyncio.sleep(wait)
                await self._process(update, coroutine)
        finally:
            self._tasks.discard(task)
            self._dispatcher.slowed.discard(update.update_id)
            if isinstance(coroutine, Coroutine):
                coroutine.close()

    async def _process(self, update: Update, coroutine: Awaitable[Any]) -> None:
        number = update.update_id
        try:
            state = await self._dispatcher.run(self._dispatcher.inbox.state, number)
            if state == RECEIVED:
                await coroutine
                state = await self._dispatcher.run(self._dispatcher.inbox.state, number)
            if state == ANSWERED:
                await self._courier.deliver(number)
                await self._dispatcher.run(self._dispatcher.inbox.done, number)
            elif state == RECEIVED:
                # Not even the apology could be written down: the store is at fault, not the update.
                self._try_again(update)
        except Exception as error:
            log.error("update %d is tried again: %s", number, type(error).__name__)
            self._try_again(update)

    def _try_again(self, update: Update) -> None:
        asyncio.get_running_loop().call_later(SECONDS_BETWEEN_TRIES, self._queue.put_nowait, update)

    def _wait_for(self, update: Update) -> float:
        """Only what a person writes is slowed, not what they press."""
        message = update.message
        if message is None or message.from_user is None:
            return 0.0
        person, now = message.from_user.id, asyncio.get_running_loop().time()
        wait = self._pace.wait(person, now)
        if wait > 0:
            if self._told.get(person, -TOLD_AGAIN_AFTER) + TOLD_AGAIN_AFTER <= now:
                self._dispatcher.slowed.add(update.update_id)
            self._told = {key: at for key, at in self._told.items() if at + TOLD_AGAIN_AFTER > now}
            self._told[person] = now
        return wait

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Interrupt what is still under way; it is taken up again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Turn:
    """A chat's turn: first come, first served. A chat that is idle leaves nothing behind."""

    def __init__(self, locks: dict[int | None, tuple[asyncio.Lock, int]], chat: int | None) -> None:
        self._locks = locks
        self._chat = chat

    async def __aenter__(self) -> None:
        lock, waiting = self._locks.get(self._chat, (asyncio.Lock(), 0))
        self._locks[self._chat] = (lock, waiting + 1)
        try:
            await lock.acquire()
        except BaseException:
            self._leave(lock)
            raise

    async def __aexit__(self, *error: object) -> None:
        lock = self._locks[self._chat][0]
        lock.release()
        self._leave(lock)

    def _leave(self, lock: asyncio.Lock) -> None:
        waiting = self._locks[self._chat][1] - 1
        if waiting:
            self._locks[self._chat] = (lock, waiting)
        else:
            del self._locks[self._chat]
