"""The bot on a server of ours: `scene` plays an async function with both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlite_utils import Database

from bot.assistant import Assistant
from bot.channels.telegram.bot import TelegramBot
from bot.settings import Settings
from tests.telegram.bench import talking
from tests.telegram.bot_api import BotApi

Scene = Callable[[BotApi, TelegramBot], Awaitable[None]]


@pytest.fixture
def play(settings: Settings, assistant: Assistant, database: Database) -> Callable[..., None]:
    """Runs a scene with the bot started before and stopped after it."""

    def run(scene: Scene, **options: Any) -> None:
        async def all_of_it() -> None:
            async with talking(settings, assistant, database, **options) as (api, bot):
                await scene(api, bot)

        asyncio.run(all_of_it())

    return run
