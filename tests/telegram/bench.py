"""The real bot, by way of real HTTP, on a Bot API server of ours: what tests and the demo run on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from huiqi.assistant.asking import Assistant
from huiqi.channels.telegram.bot import TelegramBot, Webhook
from huiqi.channels.telegram.limits import Pace
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Reception
from huiqi.service.settings import Settings
from sqlite_utils import Database

from tests.telegram.bot_api import TOKEN, BotApi


@dataclass
class InForce:
    """The assistant that answers, until it is replaced."""

    assistant: Assistant


async def finished(api: BotApi, bot: TelegramBot) -> None:
    """Wait until all that people did has been fetched and dealt with."""
    await api.until(lambda: not api.pending)
    await bot.idle()


QUICK = 0.01
"""Seconds before a failed call is repeated, so that no test waits."""
SOON = 0.5
"""Seconds in which what is under way may end when the bot stops."""


def settings_for(api: BotApi, settings: Settings) -> Settings:
    return replace(settings, telegram_token=TOKEN, telegram_base_url=api.url)


@asynccontextmanager
async def talking(
    settings: Settings,
    assistant: Assistant,
    database: Database,
    *,
    api: BotApi | None = None,
    webhook: Webhook | None = None,
    pace: Pace | None = None,
    workbench: Workbench | None = None,
    burst: float = 0.0,
) -> AsyncIterator[tuple[BotApi, TelegramBot]]:
    """A server and a bot that polls it."""
    if api is None:
        async with (
            BotApi() as api,
            talking(
                settings,
                assistant,
                database,
                api=api,
                webhook=webhook,
                pace=pace,
                workbench=workbench,
                burst=burst,
            ) as both,
        ):
            yield both
        return
    bot = TelegramBot(
        settings_for(api, settings),
        Reception(InForce(assistant), database),
        database,
        webhook,
        pace=pace or Pace(burst=1000),
        workbench=workbench,
        first_pause=QUICK,
        longest_stop=SOON,
        burst=burst,
    )
    try:
        await bot.start()
        yield api, bot
    finally:
        await bot.stop()
