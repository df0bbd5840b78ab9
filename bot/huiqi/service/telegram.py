"""The Telegram bot as a service: on the settings' database and pack, by itself or beside the web."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from huiqi.channels.telegram import StartError
from huiqi.channels.telegram.bot import TelegramBot, Webhook
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Reception
from huiqi.service import logs
from huiqi.service.gathering import gathering
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.single import only_one
from huiqi.store.database import open_database

SECONDS_BETWEEN_STARTS = 60
BURST_SECONDS = 0.8
"""In which another short message of the same person belongs to the same question; so long a few words wait."""
STARTED = "Telegram 机器人 @{name} 已启动（{way}）。"


@contextlib.asynccontextmanager
async def running(
    settings: Settings,
    webhook: Webhook | None = None,
    is_alone: bool = True,
    say_that_it_waits: Callable[[], None] | None = None,
) -> AsyncIterator[TelegramBot]:
    """The bot on the settings' database and pack, while the block lasts. For `serve` as for `telegram`. `is_alone`:
    nothing else in this process gathers the misses."""
    async with (
        only_one(
            _lock_of(settings), settings.database, _name_of(settings), say_that_it_waits or _say_that_it_waits
        ),
        _running(settings, webhook, is_alone) as bot,
    ):
        yield bot


@contextlib.asynccontextmanager
async def _running(settings: Settings, webhook: Webhook | None, is_alone: bool) -> AsyncIterator[TelegramBot]:
    # A connection of its own: what an update changes is one transaction, not mixed with other channels'.
    database = open_database(settings.database)
    live = await asyncio.to_thread(LiveAssistant, settings, database=database)
    live.watch()
    workbench = Workbench(database, live, settings.one_person)
    reception = Reception(live, database, settings.quiet, settings.public_url or None)
    bot = TelegramBot(settings, reception, database, webhook, workbench, burst=BURST_SECONDS)
    try:
        with gathering(settings, live) if is_alone else contextlib.nullcontext():
            await bot.start()
            yield bot
    finally:
        await bot.stop()
        live.close()


def _lock_of(settings: Settings) -> Path:
    return settings.cache_folder / f"{_name_of(settings)}.lock"


def _name_of(settings: Settings) -> str:
    return f"telegram-{hashlib.sha256((settings.telegram_token or '').encode()).hexdigest()[:16]}"


def _say_that_it_waits() -> None:
    logs.tell_on_stderr("另一个进程正在用同一个令牌运行机器人，本进程等它结束后接着运行")


@contextlib.asynccontextmanager
async def kept_running(
    settings: Settings, notify: Callable[[str], None], is_in_crew: bool = False
) -> AsyncIterator[None]:
    """The bot beside other services: where it cannot start it says why and tries again, and they go on. `is_in_crew`:
    other processes of the same service do so too, one of which has it."""

    async def keep() -> None:
        while True:
            try:
                waits = (lambda: None) if is_in_crew else None
                async with running(settings, is_alone=False, say_that_it_waits=waits) as bot:
                    notify(STARTED.format(name=bot.name, way="轮询"))
                    await asyncio.Event().wait()
            except StartError as error:
                notify(f"{error}。其他服务照常，{SECONDS_BETWEEN_STARTS} 秒后再试")
            await asyncio.sleep(SECONDS_BETWEEN_STARTS)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def run(settings: Settings, webhook: Webhook | None = None, ready: Callable[[str], None] = print) -> None:
    """The bot until SIGTERM or SIGINT. Raises StartError."""
    logs.start(settings.log)
    asyncio.run(_run(settings, webhook, ready))


async def _run(settings: Settings, webhook: Webhook | None, ready: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)

    async def talk() -> None:
        async with running(settings, webhook) as bot:
            way = f"webhook，监听 {webhook.host}:{webhook.port}" if webhook else "轮询"
            ready(STARTED.format(name=bot.name, way=way) + "按 Ctrl-C 结束。")
            await asyncio.Event().wait()

    # It may have to wait before it can start, and is told to end meanwhile.
    talking, stopping = asyncio.create_task(talk()), asyncio.create_task(stopped.wait())
    await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    talking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await talking
