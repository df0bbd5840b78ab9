"""The whole bot put together on a reception: started with polling or a webhook, stopped within five seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, CallbackContext, ContextTypes, ExtBot
from telegram.request import HTTPXRequest

from huiqi.channels.telegram import BotSettings, StartError, texts
from huiqi.channels.telegram.delivery import FIRST_PAUSE, Courier
from huiqi.channels.telegram.dispatcher import Dispatcher
from huiqi.channels.telegram.limits import ChatRateLimiter, Pace
from huiqi.channels.telegram.menu import ALLOWED_UPDATES, register
from huiqi.channels.telegram.raw import RawBot, RawUpdate
from huiqi.channels.telegram.updates import ChatOrder, InboxQueue
from huiqi.channels.telegram.webhook import WebhookServer, secret_token, webhook_application
from huiqi.people.reception import Reception
from huiqi.store.attachments import AttachmentStore
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.mailbox import Inbox, Outbox

if TYPE_CHECKING:
    from huiqi.curation.workbench import Workbench
    from huiqi.store.database import Database

log = logging.getLogger(__name__)

OFFICIAL_SERVER = "https://api.telegram.org/bot"
CONNECTIONS = 64
LONGEST_STOP = 3.0
"""Seconds in which what is under way may end by itself; what does not is resumed at the next start."""
SECONDS_OF_POLLING = 25
DEFAULT_PORT = 8443


@dataclass(frozen=True)
class Webhook:
    """`url`: what Telegram calls, https. `host`, `port`: where we listen, behind whatever ends TLS."""

    url: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


class TelegramBot:
    """A bot on a reception. `start` returns when it listens, `stop` when nothing is under way."""

    def __init__(
        self,
        settings: BotSettings,
        reception: Reception,
        database: Database,
        webhook: Webhook | None = None,
        workbench: Workbench | None = None,
        *,
        pace: Pace | None = None,
        first_pause: float = FIRST_PAUSE,
        longest_stop: float = LONGEST_STOP,
        burst: float = 0.0,
    ) -> None:
        """`burst`: seconds in which another short message of the same person belongs to the same question; 0 for none."""
        assert settings.telegram_token
        self._settings = settings
        self._webhook = webhook
        self._workbench = workbench
        self._pace = pace or Pace()
        self._first_pause = first_pause
        self._longest_stop = longest_stop
        self.dispatcher = Dispatcher(
            reception,
            Inbox(database),
            Outbox(database),
            _number(settings.staff_chat),
            ChannelMemory(database),
        )
        self._burst = burst
        self._files = AttachmentStore(database)
        self._application: Application[Any, Any, Any, Any, Any, Any] | None = None
        self._server: WebhookServer | None = None
        self._rounds: asyncio.Task[None] | None = None
        self.conflict = asyncio.Event()

    async def start(self) -> None:
        """Raises StartError where Telegram does not accept us."""
        bot = bot_on(self._settings)
        queue = InboxQueue(self.dispatcher, bot)
        self.courier = Courier(self.dispatcher, bot, self._files, self._first_pause)
        application = (
            ApplicationBuilder()
            .bot(bot)
            .update_queue(queue)
            .concurrent_updates(ChatOrder(self.dispatcher, self.courier, self._pace, queue, self._burst))
            .context_types(ContextTypes(context=CallbackContext))
            .build()
        )
        register(application, self.dispatcher, self._workbench)
        self._application = application
        try:
            await application.initialize()
        except InvalidToken:
            raise StartError(
                "Telegram 不认这个令牌，请检查 TELEGRAM_BOT_TOKEN（向 @BotFather 查看）"
            ) from None
        except TelegramError as error:
            raise StartError(
                f"连不上 Bot API 服务器（{type(error).__name__}），请检查网络和 HUIQI_TELEGRAM_BASE_URL"
            ) from None
        await self._announce_commands(bot)
        await self.dispatcher.run(self.dispatcher.inbox.prune)
        await application.start()
        for number, content in await self.dispatcher.run(self.dispatcher.inbox.unfinished):
            await queue.put_again(RawUpdate(number, content))
        self._rounds = asyncio.create_task(self.courier.rounds())
        await self._listen(application, queue)

    async def _listen(
        self, application: Application[Any, Any, Any, Any, Any, Any], queue: InboxQueue
    ) -> None:
        assert application.updater
        if self._webhook is None:
            await application.updater.start_polling(
                timeout=SECONDS_OF_POLLING,
                bootstrap_retries=-1,
                allowed_updates=ALLOWED_UPDATES,
                error_callback=self._polling_failed,
            )
            return
        secret = secret_token(self._settings.secret_key or self._settings.telegram_token or "")
        hook = self._webhook
        try:
            self._server = WebhookServer(webhook_application(queue, hook.path, secret), hook.host, hook.port)
        except OSError as error:
            raise StartError(f"{hook.host} 的端口 {hook.port} 用不了（{error.strerror}），请换一个") from None
        try:
            await application.bot.set_webhook(
                hook.url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=40
            )
        except TelegramError as error:
            raise StartError(
                f"Telegram 不接受这个 webhook 地址（{error.message}），请检查 --webhook"
            ) from None

    @property
    def name(self) -> str:
        """The bot's username, once it has started."""
        assert self._application
        return str(self._application.bot.username)

    async def idle(self) -> None:
        """Returns when all that came in is done."""
        if self._application:
            await self._application.update_queue.join()

    async def stop(self) -> None:
        """Stop listening, end what is under way, leave the rest in the inbox."""
        application = self._application
        if application is None:
            return
        if self._rounds:
            self._rounds.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._longest_stop):
                if self._server:
                    await self._server.stop()
                if application.updater and application.updater.running:
                    await application.updater.stop()
                if application.running:
                    await application.update_queue.join()
        await application.update_processor.shutdown()
        if application.running:
            await application.stop()
        await application.shutdown()
        # Its connections may be open although the application never came up.
        await application.bot.shutdown()
        self.dispatcher.close()

    async def _announce_commands(self, bot: ExtBot[int]) -> None:
        everywhere = [BotCommand(name, text) for name, text in texts.commands(self.dispatcher.reception.pack)]
        in_groups = [command for command in everywhere if command.command in texts.GROUP_COMMANDS]
        scopes = [
            (everywhere, BotCommandScopeDefault()),
            (everywhere, BotCommandScopeAllPrivateChats()),
            (in_groups, BotCommandScopeAllGroupChats()),
        ]
        if self.dispatcher.staff_chat is not None:
            staff = [BotCommand(name, text) for name, text in texts.STAFF_COMMANDS]
            scopes.append(([*in_groups, *staff], BotCommandScopeChat(self.dispatcher.staff_chat)))
        for commands, scope in scopes:
            try:
                await bot.set_my_commands(commands, scope)
            except TelegramError as error:
                log.warning("the commands of scope %s were not taken: %s", scope.type, type(error).__name__)

    def _polling_failed(self, error: TelegramError) -> None:
        if isinstance(error, Conflict):
            log.error("another process polls with the same token")
            self.conflict.set()
        else:
            log.warning("polling failed: %s", type(error).__name__)


def bot_on(settings: BotSettings) -> ExtBot[int]:
    """The calls of the Bot API, on the settings' server and token."""
    for name in ("httpx", "httpcore"):
        # Their lines hold the address of each call, and with it the token.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    base = settings.telegram_base_url or OFFICIAL_SERVER
    address = urlsplit(base)
    # What proxy the environment names is for the way out, not for a server on this machine; and loading
    # certificates takes longer than all else of a start, so it is left out where no TLS is spoken.
    options = {
        "trust_env": address.hostname not in ("127.0.0.1", "localhost", "::1"),
        "verify": address.scheme == "https",
    }
    return RawBot(
        settings.telegram_token or "",
        base_url=base,
        request=HTTPXRequest(CONNECTIONS, read_timeout=10, pool_timeout=10, httpx_kwargs=options),
        get_updates_request=HTTPXRequest(2, read_timeout=10, pool_timeout=10, httpx_kwargs=options),
        rate_limiter=ChatRateLimiter(),
    )


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        raise StartError(f"HUIQI_STAFF_CHAT 要写群的编号（一个负数），不能是“{text}”") from None
