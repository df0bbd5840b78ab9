"""The way in: each update is written down before it is confirmed, and worked on once, in its chat's order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor

from huiqi.channels.telegram.delivery import Courier
from huiqi.channels.telegram.dispatcher import Dispatcher
from huiqi.channels.telegram.incoming import chat_of
from huiqi.channels.telegram.limits import Pace
from huiqi.channels.telegram.raw import RawUpdate
from huiqi.store.faults import is_of_store, is_store_at_fault
from huiqi.store.mailbox import ANSWERED, MOST_FAILURES, RECEIVED

log = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 30.0
AT_ONCE = 4096
QUICK_BURST, QUICK_SECONDS, QUICK_LONGEST = 30, 0.5, 5.0
"""The pace of presses, edits and inline queries, in which no thought goes into each."""
LONGEST_PART = 12
"""Characters of a message that may be a part of a question only."""
MOST_OF_A_BURST = 6
TOLD_AGAIN_AFTER = 60.0
"""Seconds without haste after which a person is told anew that they are slowed."""


class InboxQueue(asyncio.Queue[object]):
    """The application's queue. `put` returns when the update is safe, so that PTB confirms it only then; an
    update that came before is dropped, and one that cannot be read is set aside."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._bot = bot

    async def put(self, item: object) -> None:
        if not isinstance(item, RawUpdate):
            await super().put(item)
            return
        update = item.read(self._bot)
        if await self._dispatcher.receive(item, update) and update is not None:
            await super().put(update)

    async def put_again(self, raw: RawUpdate) -> None:
        """An update that is in the inbox already, from before a restart."""
        update = raw.read(self._bot)
        if update is None:
            await self._dispatcher.run(self._dispatcher.set_aside, raw.update_id, "unreadable")
        else:
            await super().put(update)


class ChatOrder(BaseUpdateProcessor):
    """Works on an update after the one before it of the same chat is done; chats do not wait for each other.
    What a stop interrupts stays in the inbox."""

    def __init__(
        self, dispatcher: Dispatcher, courier: Courier, pace: Pace, queue: InboxQueue, burst: float = 0.0
    ) -> None:
        """`burst`: seconds in which another short message of the same person belongs to the same question."""
        super().__init__(AT_ONCE)
        self._burst = burst
        self._waiting: dict[int, list[Update]] = {}
        self._dispatcher = dispatcher
        self._queue = queue
        self._courier = courier
        self._pace = pace
        self._quick_pace = Pace(QUICK_BURST, QUICK_SECONDS, QUICK_LONGEST)
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
        if wait is None:
            self._dispatcher.refused.add(update.update_id)
            wait = 0.0
        clock = asyncio.get_running_loop().time
        due = clock() + wait
        try:
            if is_group:
                # One person's haste does not hold up the others of a group.
                await asyncio.sleep(wait)
            if self._burst and chat is not None and _is_short(update):
                self._waiting.setdefault(chat, []).append(update)
            async with _Turn(self._locks, chat):
                if not is_group:
                    await asyncio.sleep(max(0.0, due - clock()))
                if not await self._is_absorbed(update, chat):
                    await self._process(update, coroutine)
        finally:
            self._forget_waiting(update, chat)
            self._tasks.discard(task)
            self._dispatcher.slowed.discard(update.update_id)
            self._dispatcher.refused.discard(update.update_id)
            if isinstance(coroutine, Coroutine):
                coroutine.close()

    async def _is_absorbed(self, update: Update, chat: int | None) -> bool:
        """Whether the person went on at once with another short message, which is then asked with the words of this
        one. Until that is answered this one stands in the inbox as it came."""
        if chat is None or update not in self._waiting.get(chat, []):
            return False
        if await self._dispatcher.run(self._dispatcher.inbox.state, update.update_id) != RECEIVED:
            # It was answered before a restart, and only its answer is still to go out.
            return False
        await asyncio.sleep(self._burst)
        bursts = self._dispatcher.bursts
        before = bursts.get(update.update_id, [])
        waiting = self._waiting.get(chat, [])
        following = next(iter(waiting[waiting.index(update) + 1 :]), None)
        if following is None or len(before) + 1 >= MOST_OF_A_BURST:
            return False
        bursts.pop(update.update_id, None)
        bursts[following.update_id] = [*before, update]
        return True

    def _forget_waiting(self, update: Update, chat: int | None) -> None:
        waiting = self._waiting.get(chat or 0, [])
        if update in waiting:
            waiting.remove(update)
        if not waiting:
            self._waiting.pop(chat or 0, None)

    async def _process(self, update: Update, coroutine: Awaitable[Any]) -> None:
        number, inbox = update.update_id, self._dispatcher.inbox
        run = self._dispatcher.run
        try:
            if await run(inbox.begin, number) >= MOST_FAILURES:
                await run(self._dispatcher.set_aside, number, "the process died of it again and again")
                return
            state = await run(inbox.state, number)
            if state == RECEIVED and chat_of(update) is None:
                # Of a kind that this program does not know and that nobody said: there is none to answer.
                await run(inbox.answered, number)
                state = ANSWERED
            if state == RECEIVED and number in self._dispatcher.refused:
                await run(self._dispatcher.refuse, update)
                state = await run(inbox.state, number)
            if state == RECEIVED:
                await coroutine
                state = await run(inbox.state, number)
            if state == ANSWERED:
                await self._courier.deliver(number)
                await run(inbox.done, number)
                for absorbed in self._dispatcher.bursts.pop(number, []):
                    await run(inbox.done, absorbed.update_id)
            elif number in self._dispatcher.held_up:
                self._dispatcher.held_up.discard(number)
                self._try_again(update)
            elif state == RECEIVED:
                await self._failed(update, "not even an apology could be written down")
        except Exception as error:
            if is_store_at_fault(error):
                log.error("update %d waits for the store: %s", number, type(error).__name__)
                self._try_again(update)
            else:
                await self._failed(update, type(error).__name__)

    async def _failed(self, update: Update, why: str) -> None:
        """Try again later, or where that was done often enough, no more."""
        number = update.update_id
        try:
            is_hopeless = await self._dispatcher.run(self._dispatcher.inbox.failed, number) >= MOST_FAILURES
            if is_hopeless:
                await self._dispatcher.run(self._dispatcher.set_aside, number, why)
                return
        except Exception as error:
            if not is_of_store(error):
                raise
            # Nothing can be written, so it is not known whose fault it was.
            log.error("the inbox cannot be written")
        log.error("update %d is tried again: %s", number, why)
        self._try_again(update)

    def _try_again(self, update: Update) -> None:
        asyncio.get_running_loop().call_later(SECONDS_BETWEEN_TRIES, self._queue.put_nowait, update)

    def _wait_for(self, update: Update) -> float | None:
        """How long an update waits; None where it is one too many. What a person presses, changes or types to be
        offered something is slowed less than what they write."""
        user = update.effective_user
        if user is None:
            return 0.0
        person, now = user.id, asyncio.get_running_loop().time()
        if update.message is None:
            return self._quick_pace.wait(person, now)
        wait = self._pace.wait(person, now)
        if wait is None or wait > 0:
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


def _is_short(update: Update) -> bool:
    """Whether a message may be a part of a question only: a few words in private, no number that chooses."""
    message = update.message
    text = message.text if message is not None and message.chat.type == "private" else None
    is_part = text is not None and 0 < len(text.strip()) <= LONGEST_PART and not text.strip().isdigit()
    return is_part and not (message and (message.entities or message.reply_to_message))


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
