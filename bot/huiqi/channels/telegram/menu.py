"""The bot's menu: what it listens to, and what it does about each."""

from __future__ import annotations

from typing import Any

from telegram import Message, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
)
from telegram.ext.filters import (
    CAPTION,
    COMMAND,
    TEXT,
    BaseFilter,
    ChatType,
    MessageFilter,
    Regex,
    UpdateType,
    ViaBot,
)

from huiqi.channels.telegram import handlers, keyboard, staff
from huiqi.channels.telegram.dispatcher import Dispatcher
from huiqi.curation.workbench import Workbench

NEW, EDITED, PRIVATE = UpdateType.MESSAGE, UpdateType.EDITED_MESSAGE, ChatType.PRIVATE
WORDS = TEXT | CAPTION
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member")


class StaffChat(MessageFilter):
    """The staff's group, also when its number has become another one."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher

    def filter(self, message: Message) -> bool:
        return message.chat.id == self._dispatcher.staff_chat


def register(
    application: Application[Any, Any, Any, Any, Any, Any],
    dispatcher: Dispatcher,
    workbench: Workbench | None = None,
) -> None:
    """All handlers, in the order in which they are tried; the first that fits is the only one."""

    def command(name: str, handler: handlers.Handler, **options: bool) -> None:
        application.add_handler(CommandHandler(name, dispatcher.on(handler, **options), filters=NEW))

    def message(which: BaseFilter, handler: handlers.Handler, **options: bool) -> None:
        application.add_handler(MessageHandler(which, dispatcher.on(handler, **options)))

    command("start", handlers.start)
    command("help", handlers.help_)
    command("menu", handlers.menu)
    command("check", handlers.check)
    command("hot", handlers.hot)
    command("my", handlers.my)
    command("feedback", handlers.feedback)
    command("human", handlers.human)
    command("forget", handlers.forget, erases=True)
    command("cancel", handlers.cancel)

    if workbench is not None and dispatcher.staff_chat is not None:
        in_staff_chat = NEW & StaffChat(dispatcher)
        for name, handler in staff.handlers(workbench).items():
            application.add_handler(
                CommandHandler(name, dispatcher.on(handler, goes_on=True), filters=in_staff_chat)
            )

    # What was sent by way of our own inline mode is an answer, not a question.
    message(ViaBot(allow_empty=True), handlers.nothing)
    message(NEW & COMMAND & PRIVATE, handlers.unknown_command)
    message(NEW & COMMAND, handlers.nothing)
    message(NEW & PRIVATE & Regex(r"^\s*菜单\s*$"), handlers.menu)
    message(NEW & WORDS, handlers.question, types=True)
    message(EDITED & WORDS & ~COMMAND, handlers.edited)
    message(NEW & PRIVATE, handlers.not_text)

    turn = CallbackQueryHandler(
        dispatcher.on(handlers.turn_page),
        rf"^({keyboard.MENU}:[0-9]{{1,4}}|{keyboard.POLICY}:[^:]+:[0-9]{{1,4}})\Z",
    )
    application.add_handler(turn)
    application.add_handler(CallbackQueryHandler(dispatcher.on(handlers.pressed)))
    application.add_handler(InlineQueryHandler(dispatcher.on(handlers.offer)))
    application.add_handler(
        ChatMemberHandler(dispatcher.on(handlers.membership), ChatMemberHandler.MY_CHAT_MEMBER)
    )
    # Whatever else Telegram hands over is dealt with, by leaving it alone.
    application.add_handler(TypeHandler(Update, dispatcher.on(handlers.nothing)))
    application.add_error_handler(dispatcher.failed)
