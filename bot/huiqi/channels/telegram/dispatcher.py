"""Where an Update meets its handler: one piece of work on the store, in one transaction, off the event loop.

After the transaction either all of it happened (what was logged, remembered, and is to be sent) or nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from telegram import Update
from telegram.constants import ChatAction
from telegram.error import NetworkError, TelegramError
from telegram.ext import CallbackContext

from huiqi.channels.telegram import handlers, texts
from huiqi.channels.telegram.handlers import Handler
from huiqi.channels.telegram.incoming import CHANNEL, Incoming, chat_of, identity_of, incoming_of, message_of
from huiqi.channels.telegram.outgoing import Outgoing, Send, Toast, to_payload
from huiqi.channels.telegram.raw import RawUpdate
from huiqi.people.reception import Person, Reception
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.faults import is_of_store, is_store_at_fault
from huiqi.store.mailbox import ANSWERED, Inbox, Outbox

log = logging.getLogger(__name__)
T = TypeVar("T")
Context = CallbackContext[Any, Any, Any, Any]
Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]
LONGEST_WAIT_FOR_TYPING = 1.0
JOINT = "，"
"""Between messages that are one question."""


class Dispatcher:
    """One thread does all work on the store, so that pieces of work never mix; each takes milliseconds."""

    def __init__(
        self,
        reception: Reception,
        inbox: Inbox,
        outbox: Outbox,
        staff_chat: int | None = None,
        memory: ChannelMemory | None = None,
    ) -> None:
        self.reception = reception
        self.inbox = inbox
        self.outbox = outbox
        self.staff_chat = staff_chat
        self.slowed: set[int] = set()
        """Updates whose answer is to say that they had to wait."""
        self.refused: set[int] = set()
        """Updates that are one too many of a person's, and are not worked on."""
        self.held_up: set[int] = set()
        """Updates that could not be worked on because of the store."""
        self.bursts: dict[int, list[Update]] = {}
        """Update → those said just before by the same person, that belong to the same question."""
        self._memory = memory
        if memory is not None and staff_chat is not None:
            # The group may have become a supergroup since its number was filled in.
            self.staff_chat = int(memory.get(CHANNEL, f"moved {staff_chat}") or staff_chat)
        self._thread = ThreadPoolExecutor(1, "dispatcher")

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """`work` in the dispatcher's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments))

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def move(self, chat: int, to: int) -> None:
        """A group has become a supergroup, with another number."""
        self.outbox.moved(chat, to)
        if chat != self.staff_chat:
            return
        if self._memory is not None:
            for old, _ in self._memory.named(CHANNEL, "moved "):
                self._memory.put(CHANNEL, old, str(to))
            self._memory.put(CHANNEL, f"moved {chat}", str(to))
        self.staff_chat = to

    async def receive(self, raw: RawUpdate, update: Update | None) -> bool:
        """Write an update down before it is confirmed; False where it came before. `update`: it as an object, None
        where it cannot be read, which sets it aside. Raises NetworkError where it cannot be written, so that it is
        fetched again."""
        chat, message, identity = None, None, json.dumps(raw.content)
        if update is not None:
            chat, message = chat_of(update), message_of(update)
            identity = identity_of(update) or identity
        try:
            is_new = await self.run(self.inbox.receive, raw.update_id, chat, message, raw.content, identity)
            if is_new and update is None:
                await self.run(self.set_aside, raw.update_id, "unreadable")
            return is_new
        except Exception as error:
            if not is_of_store(error):
                raise
            log.error("inbox cannot be written: %s", type(error).__name__)
            raise NetworkError("the inbox cannot be written") from None

    def set_aside(self, update_id: int, why: str) -> None:
        """Work on an update no more: it is kept, staff are told, and so is who wrote in private."""
        with self.reception.one_transaction():
            chat = self.inbox.set_aside(update_id)
            if self.staff_chat is not None:
                told = Send(texts.STAFF_SET_ASIDE.format(number=update_id))
                self.outbox.put(None, self.staff_chat, [to_payload(told)])
            if chat is not None and chat > 0:
                self.outbox.put(None, chat, [to_payload(Send(texts.sorry(self.reception.pack.office)))])
        log.error("update %d is set aside: %s", update_id, why)

    def refuse(self, update: Update) -> None:
        """Leave an update that is one too many; who wrote it is told so, once in a while."""
        chat = chat_of(update)
        is_told = update.update_id in self.slowed and chat is not None and chat > 0
        outgoing: list[Outgoing] = [Send(texts.TOO_OFTEN)] if is_told else []
        if update.callback_query:
            outgoing.append(Toast(update.callback_query.id, texts.TOO_OFTEN))
        with self.reception.one_transaction():
            self._put(update.update_id, chat or 0, outgoing)

    def on(
        self, handler: Handler, *, types: bool = False, erases: bool = False, goes_on: bool = False
    ) -> Callback:
        """The callback that does `handler`'s work. `types`: shows that we are writing meanwhile. `erases`:
        nothing is to be left of the update itself either. `goes_on`: also while the channel is off."""
        goes_on = goes_on or handler in handlers.STILL_DONE

        async def callback(update: Update, context: Context) -> None:
            incoming = incoming_of(update, context.bot.bot, update.update_id in self.slowed)
            before = self.bursts.get(update.update_id, [])
            if before:
                earlier = [incoming_of(one, context.bot.bot).text for one in before]
                words = JOINT.join(text for text in (*earlier, incoming.text) if text)
                absorbed = tuple(one.update_id for one in before)
                incoming = replace(incoming, text=words, absorbed=absorbed)
            typing = (
                asyncio.create_task(self._type(context, incoming))
                if types and incoming.is_addressed
                else None
            )
            try:
                await self.run(self._work, handler, incoming, erases, goes_on)
            finally:
                if typing:
                    await asyncio.wait({typing}, timeout=LONGEST_WAIT_FOR_TYPING)
                    typing.cancel()

        return callback

    def _work(self, handler: Handler, incoming: Incoming, erases: bool, goes_on: bool) -> None:
        with self.reception.one_transaction():
            if self.inbox.state(incoming.update_id) == ANSWERED:
                return
            if incoming.moved_to is not None:
                self.move(incoming.chat, incoming.moved_to)
            if incoming.replied is not None:
                about = self.outbox.entry_of(incoming.chat, incoming.replied)
                incoming = replace(incoming, about=about)
            if not goes_on and self.reception.is_off(CHANNEL):
                outgoing = handlers.closed(incoming, self.reception)
            elif handler is handlers.edited:
                replies = self.outbox.replies_to(incoming.chat, incoming.message or 0)
                outgoing = handlers.edited(incoming, self.reception, replies)
            else:
                outgoing = handler(incoming, self.reception)
            if erases and incoming.is_private:
                self.inbox.forget(incoming.chat)
            self._put(incoming.update_id, incoming.chat, outgoing, erases)
            for absorbed in incoming.absorbed:
                self.inbox.answered(absorbed)
        if erases:
            self.inbox.empty_log()

    def _put(self, update_id: int, chat: int, outgoing: list[Outgoing], erases: bool = False) -> None:
        self.outbox.put(update_id, chat, [to_payload(item) for item in outgoing])
        self.inbox.answered(update_id, erases)

    async def failed(self, update: object, context: Context) -> None:
        """An error while working: a number for the asker, the rest for the log, a line for staff once."""
        error = context.error
        if not isinstance(update, Update) or error is None:
            log.error("error outside an update: %s", type(error).__name__)
            return
        kind = _kind_of(error)
        if is_store_at_fault(error):
            self.held_up.add(update.update_id)
            log.error("update %d waits for the store: %s", update.update_id, kind)
            return
        incoming = incoming_of(update, context.bot.bot)
        number = await self.run(self._apologise, incoming, kind)
        log.error("error %s, number %s\n%s", kind, number, "".join(traceback.format_tb(error.__traceback__)))

    def _apologise(self, incoming: Incoming, kind: str) -> int:
        with self.reception.one_transaction():
            person = Person(CHANNEL, incoming.conversation, incoming.asker_id)
            number = self.reception.log_error(person, incoming.text, incoming.message_id)
            outgoing: list[Outgoing] = []
            if incoming.is_addressed and (incoming.message is not None or incoming.is_private):
                outgoing.append(Send(texts.error(number, self.reception.pack.office), thread=incoming.thread))
            if incoming.data and incoming.query:
                outgoing.insert(0, Toast(incoming.query))
            self._put(incoming.update_id, incoming.chat, outgoing)
            if self.reception.is_new_incident(kind) and self.staff_chat is not None:
                told = Send(texts.STAFF_ERROR.format(kind=kind, number=number))
                self.outbox.put(None, self.staff_chat, [to_payload(told)])
        return number

    @staticmethod
    async def _type(context: Context, incoming: Incoming) -> None:
        try:
            await context.bot.send_chat_action(
                incoming.chat, ChatAction.TYPING, message_thread_id=incoming.thread
            )
        except TelegramError as error:
            log.debug("typing was not shown: %s", type(error).__name__)


def _kind_of(error: BaseException) -> str:
    """The kind of an error: what, and where in our code. No words of a message are in it."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "huiqi" in frame.filename.split("/")
    ]
    place = frames[-1] if frames else None
    where = f" {place.filename.rsplit('/', 1)[-1]}:{place.name}" if place else ""
    return f"{type(error).__name__}{where}"
