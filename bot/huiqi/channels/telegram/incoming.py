"""An Update as the handlers need it: who said what, where, and whether it was meant for us."""

from __future__ import annotations

import re

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from telegram import ChatMember, MessageEntity, Update, User
from telegram import Message as TelegramMessage

from huiqi.answering.reply import Action
from huiqi.channels.telegram.outgoing import Keyboard
from huiqi.language.legible import legible

CHANNEL = "telegram"
_GONE = (ChatMember.LEFT, ChatMember.BANNED)


@dataclass(frozen=True, config=ConfigDict(strict=True))
class Incoming:
    """One message, pressed button or inline query.

    `chat`, `asker`: Telegram's numbers. `message`: the message that was sent, or the one whose button was
    pressed. `text`: what was said, without the mention of us or the command. `is_addressed`: in private
    always; in a group only if we were mentioned or replied to. `query`: the number of a button press or an
    inline query. `data`, `buttons`: of a press. `content`: what the message is made
    of. `album`: the album that a picture belongs to. `replied`: the message of ours that it replies to, `about`: the entry that this
    told of. `moved_to`: the
    new number of a group that became a supergroup. `absorbed`: updates said just before, whose words are in `text`.
    `is_slow`: it had to wait because there were so many."""

    update_id: int
    chat: int
    asker: int
    text: str = ""
    message: int | None = None
    thread: int | None = None
    is_private: bool = True
    is_addressed: bool = True
    is_edited: bool = False
    query: str | None = None
    data: str = ""
    buttons: Keyboard | None = None
    content: str = "text"
    album: str | None = None
    replied: int | None = None
    moved_to: int | None = None
    about: str | None = None
    absorbed: tuple[int, ...] = ()
    me: str = ""
    is_slow: bool = False

    @property
    def conversation(self) -> str:
        return str(self.chat)

    @property
    def asker_id(self) -> str:
        return str(self.asker)

    @property
    def message_id(self) -> str:
        """The number under which the question is logged: the same for an edited message."""
        return f"press/{self.query}" if self.query else f"{self.chat}/{self.message}"

    @property
    def action(self) -> Action:
        """Raises ValueError where the button is none of the assistant's."""
        return Action.from_code(self.data)


def chat_of(update: Update) -> int | None:
    """The chat whose order an update keeps; a person's own for an inline query."""
    if update.effective_chat:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user else None


def message_of(update: Update) -> int | None:
    """The message that an update brings."""
    message = update.message or update.edited_message
    return message.message_id if message else None


def identity_of(update: Update) -> str | None:
    """What is the same when an update is delivered twice, and not of two updates; None for one that is neither
    message nor query, of which only the whole tells that."""
    message = update.message or update.edited_message
    query = update.callback_query or update.inline_query
    if message:
        parts: tuple[object, ...] = (message.message_id, message.date, message.edit_date, message.text)
    elif query:
        parts = (query.id,)
    else:
        return None
    return repr((chat_of(update), update.effective_user and update.effective_user.id, *parts))


def incoming_of(update: Update, me: User, is_slow: bool = False) -> Incoming:
    """Raises ValueError for an update that nobody sent."""
    user, chat = update.effective_user, chat_of(update)
    if chat is None:
        raise ValueError("an update from nobody")
    asker = user.id if user else chat
    if update.inline_query:
        query = update.inline_query
        return Incoming(
            update.update_id, chat, asker, legible(query.query), query=query.id, me=me.username or ""
        )
    if update.callback_query:
        pressed = update.callback_query
        message = pressed.message
        markup = message.reply_markup if isinstance(message, TelegramMessage) else None
        return Incoming(
            update.update_id,
            chat,
            asker,
            message=message.message_id if message else None,
            thread=_thread(message) if isinstance(message, TelegramMessage) else None,
            is_private=message is not None and message.chat.type == "private",
            query=pressed.id,
            data=pressed.data or "",
            buttons=_keyboard_of(markup),
            me=me.username or "",
        )
    if update.my_chat_member:
        is_gone = update.my_chat_member.new_chat_member.status in _GONE
        is_private = update.my_chat_member.chat.type == "private"
        return Incoming(
            update.update_id, chat, asker, is_private=is_private, content="left" if is_gone else "service"
        )
    said = update.effective_message
    if said is None:
        return Incoming(update.update_id, chat, asker, is_addressed=False, me=me.username or "")
    is_private = said.chat.type == "private"
    return Incoming(
        update.update_id,
        chat,
        asker,
        text=_words(said, me),
        message=said.message_id,
        thread=_thread(said),
        is_private=is_private,
        is_addressed=is_private or _is_for(said, me),
        is_edited=update.edited_message is not None,
        content=_content(said),
        album=said.media_group_id,
        replied=_replied(said, me),
        moved_to=said.migrate_to_chat_id,
        me=me.username or "",
        is_slow=is_slow,
    )


def _words(message: TelegramMessage, me: User) -> str:
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities
    if entities and entities[0].type == MessageEntity.BOT_COMMAND and entities[0].offset == 0:
        text = text[entities[0].length :]
    if me.username:
        text = re.sub(rf"@{re.escape(me.username)}\b", " ", text, flags=re.IGNORECASE)
    return re.sub(r"[ \t]+", " ", legible(text)).strip()


def _is_for(message: TelegramMessage, me: User) -> bool:
    replied = message.reply_to_message
    if replied and replied.from_user and replied.from_user.id == me.id and not replied.forum_topic_created:
        return True
    mentions = message.parse_entities([MessageEntity.MENTION]) | message.parse_caption_entities(
        [MessageEntity.MENTION]
    )
    if me.username and any(text.lower() == f"@{me.username}".lower() for text in mentions.values()):
        return True
    named = [*message.entities, *message.caption_entities]
    return any(
        item.type == MessageEntity.TEXT_MENTION and item.user and item.user.id == me.id for item in named
    )


def _replied(message: TelegramMessage, me: User) -> int | None:
    replied = message.reply_to_message
    is_ours = replied is not None and replied.from_user is not None and replied.from_user.id == me.id
    return replied.message_id if replied is not None and is_ours else None


def _thread(message: TelegramMessage) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


def _content(message: TelegramMessage) -> str:
    """What a message is made of, as the table of friendly lines knows it."""
    if message.text or message.caption:
        return "text"
    for kinds, name in (
        (("photo",), "photo"),
        (("voice", "audio", "video_note"), "voice"),
        (("document", "video", "animation"), "document"),
        (("sticker", "dice"), "sticker"),
        (("location", "venue"), "location"),
        (("contact",), "contact"),
    ):
        if any(getattr(message, kind) for kind in kinds):
            return name
    return "service" if message.from_user is None or not _is_talk(message) else "other"


def _is_talk(message: TelegramMessage) -> bool:
    """Whether somebody sent it, rather than Telegram telling of an event."""
    return any(
        (message.poll, message.game, message.story, message.invoice, message.checklist, message.paid_media)
    )


def _keyboard_of(markup: object) -> Keyboard | None:
    rows = getattr(markup, "inline_keyboard", None)
    if not rows:
        return None
    return [[(button.text, button.url or str(button.callback_data or "")) for button in row] for row in rows]
