"""The way out: what stands in the outbox is sent, each parcel once as far as the Bot API allows.

The Bot API has no key by which a repeated sendMessage could be recognised. Where it is not known whether one
arrived (the process was killed, the connection broke), the message is looked for before it is sent again: a
message of ours that we have no record of must be the lost one, and editing it to the text that it should have
tells whether it is there ("message is not modified") without any visible change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputFile,
    InputTextMessageContent,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from huiqi.answering.reply import Action
from huiqi.channels.telegram import texts
from huiqi.channels.telegram.dispatcher import Dispatcher
from huiqi.channels.telegram.incoming import CHANNEL
from huiqi.channels.telegram.outgoing import (
    Document,
    Edit,
    EditButtons,
    Keyboard,
    Offer,
    Outgoing,
    Send,
    Toast,
    from_payload,
    to_payload,
)
from huiqi.channels.telegram.render import pack, plain, to_plain
from huiqi.store.attachments import AttachmentStore
from huiqi.store.mailbox import SENDING, Parcel
from huiqi.store.notifications import BLOCKED
from huiqi.store.notifications import FAILED as NOT_DELIVERED

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between attempts; each pause doubles."""
MOST_ATTEMPTS = 100
SEARCHED = 20
"""How many message numbers beyond the highest known one a lost message is looked for under."""
MOST_SEARCHED = 100
SECONDS_BETWEEN_ROUNDS = 5.0
INLINE_CACHE_SECONDS = 60
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Courier:
    """Sends parcels. `first_pause` is what the first repetition waits, in seconds."""

    def __init__(
        self, dispatcher: Dispatcher, bot: Bot, files: AttachmentStore, first_pause: float = FIRST_PAUSE
    ) -> None:
        self._dispatcher = dispatcher
        self._files = files
        self._bot = bot
        self._first_pause = first_pause
        self._one_round = asyncio.Lock()

    async def deliver(self, update_id: int | None) -> None:
        """Send all that is due for an update (None: what nobody asked for), in each chat in order."""
        by_chat: dict[int | None, list[Parcel]] = {}
        is_quiet = update_id is None and await self._dispatcher.run(self._dispatcher.reception.is_quiet)
        for parcel in await self._dispatcher.run(self._dispatcher.outbox.due, update_id, is_quiet):
            by_chat.setdefault(parcel.chat, []).append(parcel)
        await asyncio.gather(*(self._send_all(parcels) for parcels in by_chat.values()))

    async def _send_all(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            await self._send(parcel, from_payload(parcel.kind, parcel.payload))

    async def rounds(self) -> None:
        """Every few seconds: send what nobody asked for."""
        while True:
            try:
                await self.round()
            except Exception as error:
                log.error("a round failed: %s", type(error).__name__)
            await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)

    async def round(self) -> None:
        """Send what subscribers, askers and staff are to hear now."""
        async with self._one_round:
            await self._dispatcher.run(self._collect_news)
            await self.deliver(None)

    def _collect_news(self) -> None:
        """What people are to be told goes into the outbox, once."""
        reception = self._dispatcher.reception
        with reception.one_transaction():
            for notice in reception.notices(CHANNEL):
                see: Keyboard = []
                if notice.entry:
                    label = texts.SEE_ENTRY.format(title=notice.entry.short_title)
                    see.append([(label, Action("entry", notice.entry.id).code())])
                if notice.end:
                    see.append([(notice.end.words, notice.end.action.code())])
                item = to_payload(Send(_escaped(notice.text), see or None))
                self._dispatcher.outbox.put(None, int(notice.conversation), [item], notice.id)

    async def _send(self, parcel: Parcel, item: Outgoing) -> None:
        try:
            if isinstance(item, Send | Document):
                message = await self._send_message(parcel, item)
                await self._dispatcher.run(self._dispatcher.outbox.sent, parcel.id, message)
                if item.entry is not None:
                    await self._dispatcher.run(self._dispatcher.outbox.tells_of, parcel.id, item.entry)
                return
            await self._repeated(lambda: self._call(parcel.chat, item))
            await self._dispatcher.run(self._dispatcher.outbox.sent, parcel.id)
        except Forbidden:
            log.info("a chat does not want us any more")
            await self._dispatcher.run(self._dispatcher.reception.unreachable, CHANNEL, str(parcel.chat))
            await self._dispatcher.run(self._dispatcher.outbox.failed, parcel.id, BLOCKED)
        except TelegramError as error:
            # What is old, gone or refused for good is not worth holding the chat up.
            log.warning("%s was refused: %s", parcel.kind, _safe(error))
            await self._dispatcher.run(
                self._dispatcher.outbox.failed, parcel.id, NOT_DELIVERED, type(error).__name__
            )

    async def _send_message(self, parcel: Parcel, item: Send | Document) -> int:
        """The number of the message, sent now or found to have arrived before."""
        chat = parcel.chat or 0
        after = parcel.after or 0
        is_uncertain = parcel.state == SENDING
        if not is_uncertain:
            after = await self._dispatcher.run(self._dispatcher.outbox.sending, parcel.id, chat)
        pause = self._first_pause
        for attempt in range(MOST_ATTEMPTS):
            try:
                if is_uncertain:
                    found = await self._find(chat, after, item)
                    if found is not None:
                        return found
                    is_uncertain = False
                return await self._send_once(chat, item)
            except BadRequest as refusal:
                if item.thread is None or not _is_topic_gone(refusal):
                    raise
                # A topic that was closed or removed: the group still hears it.
                item = replace(item, thread=None, reply_to=None)
                continue
            except Forbidden:
                raise
            except ChatMigrated as moved:
                await self._dispatcher.run(self._dispatcher.move, chat, moved.new_chat_id)
                chat = moved.new_chat_id
                after = 0
                continue
            except NetworkError as error:
                is_uncertain = is_uncertain or not _never_left(error)
                log.info("attempt %d failed: %s", attempt + 1, _safe(error))
            except RetryAfter:
                log.info("the chat is still to wait")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise TelegramError("given up after many attempts")

    async def _send_once(self, chat: int, item: Send | Document) -> int:
        if isinstance(item, Document):
            return await self._send_file(chat, item)

        async def send(text: str, parse_mode: str | None) -> int:
            message = await self._bot.send_message(
                chat,
                text,
                parse_mode=parse_mode,
                link_preview_options=NO_PREVIEW,
                reply_markup=_markup(item.buttons),
                reply_parameters=(
                    ReplyParameters(item.reply_to, allow_sending_without_reply=True)
                    if item.reply_to
                    else None
                ),
                message_thread_id=item.thread,
            )
            return message.message_id

        number: int = await _or_plain(send, item.html)
        return number

    async def _send_file(self, chat: int, item: Document) -> int:
        content = await self._dispatcher.run(self._files.content, item.digest)
        if content is None:
            # Of an entry that was brought from elsewhere without its files: the answer names it all the same.
            raise TelegramError("a file is not here")
        message = await self._bot.send_document(
            chat,
            InputFile(content, filename=item.name),
            caption=item.caption,
            disable_content_type_detection=True,
            message_thread_id=item.thread,
        )
        number: int = message.message_id
        return number

    async def _find(self, chat: int, after: int, item: Send | Document) -> int | None:
        """The message with this text that may have arrived without our knowing, if it did."""
        for _ in range(MOST_SEARCHED):
            # Asked anew each time: updates that came in meanwhile tell how far the count has got.
            known = await self._dispatcher.run(self._dispatcher.outbox.known_messages, chat, after)
            highest = await self._dispatcher.run(self._dispatcher.outbox.highest_message, chat)
            unknown = (number for number in range(after + 1, highest + SEARCHED + 1) if number not in known)
            after = next(unknown, 0)
            if not after:
                return None
            try:
                if isinstance(item, Document):
                    await self._bot.edit_message_caption(chat, after, caption=item.caption)
                else:
                    await self._edit(chat, Edit(after, item.html, item.buttons))
            except BadRequest as refusal:
                if _is_unchanged(refusal):
                    return after
                continue
            return after
        return None

    async def _call(self, chat: int | None, item: Outgoing) -> None:
        """One call that may be repeated without harm."""
        if isinstance(item, Edit):
            try:
                await self._edit(chat or 0, item)
            except BadRequest as refusal:
                if not _is_unchanged(refusal):
                    raise
        elif isinstance(item, EditButtons):
            try:
                await self._bot.edit_message_reply_markup(
                    chat, item.message, reply_markup=_markup(item.buttons)
                )
            except BadRequest as refusal:
                if not _is_unchanged(refusal):
                    raise
        elif isinstance(item, Toast):
            await self._bot.answer_callback_query(item.query, item.text or None)
        elif isinstance(item, Offer):
            await self._bot.answer_inline_query(
                item.query,
                [
                    InlineQueryResultArticle(
                        result.id,
                        result.title,
                        InputTextMessageContent(result.html, ParseMode.HTML, link_preview_options=NO_PREVIEW),
                        description=result.description,
                        reply_markup=_markup([[(texts.INLINE_MORE, item.address + result.id)]]),
                    )
                    for result in item.results
                ],
                cache_time=INLINE_CACHE_SECONDS,
                button=None
                if item.results
                else InlineQueryResultsButton(texts.INLINE_NONE, start_parameter="inline"),
            )

    async def _edit(self, chat: int, item: Edit) -> None:
        async def edit(text: str, parse_mode: str | None) -> None:
            await self._bot.edit_message_text(
                text,
                chat,
                item.message,
                parse_mode=parse_mode,
                link_preview_options=NO_PREVIEW,
                reply_markup=_markup(item.buttons),
            )

        await _or_plain(edit, item.html)

    async def _repeated(self, call: Callable[[], Awaitable[None]]) -> None:
        """A call repeated, with growing pauses, while only the way to Telegram is at fault."""
        pause = self._first_pause
        for _ in range(MOST_ATTEMPTS):
            try:
                return await call()
            except BadRequest:
                raise
            except (NetworkError, RetryAfter) as error:
                log.info("a call failed: %s", _safe(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise TelegramError("given up after many attempts")


async def _or_plain(call: Callable[[str, str | None], Awaitable[Any]], html: str) -> Any:
    """`call` with HTML; with plain text where Telegram cannot read the HTML."""
    try:
        return await call(html, ParseMode.HTML)
    except BadRequest as refusal:
        if "can't parse entities" not in refusal.message.lower():
            raise
        log.warning("HTML was refused, sent as plain text")
        return await call(to_plain(html), None)


def _markup(buttons: Keyboard | None) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup([[_button(label, data) for label, data in row] for row in buttons])


def _button(label: str, data: str) -> InlineKeyboardButton:
    if data.startswith("https://"):
        return InlineKeyboardButton(label, url=data)
    return InlineKeyboardButton(label, callback_data=data)


def _never_left(error: NetworkError) -> bool:
    """Whether the request cannot have reached Telegram."""
    return isinstance(error.__cause__, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))


def _is_unchanged(refusal: BadRequest) -> bool:
    return "message is not modified" in refusal.message.lower()


def _is_topic_gone(refusal: BadRequest) -> bool:
    said = refusal.message.lower().replace("_", " ")
    return "topic closed" in said or "topic deleted" in said or "thread not found" in said


def _safe(error: TelegramError) -> str:
    """What went wrong, without the words of anybody's message or the token."""
    return (
        f"{type(error).__name__}: {error.message}" if isinstance(error, BadRequest) else type(error).__name__
    )


def _escaped(text: str) -> str:
    return pack(plain(line) for line in text.split("\n"))[0]
