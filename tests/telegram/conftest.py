"""The bot on a server of ours: `scene` plays an async function with both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.service.settings import Settings
from sqlite_utils import Database

from tests.telegram.bench import talking
from tests.telegram.bot_api import BotApi
from tests.telegram.echo import EchoAssistant

Scene = Callable[[BotApi, TelegramBot], Awaitable[None]]


@pytest.fixture
def play(settings: Settings, assistant: Assistant, database: Database) -> Callable[..., None]:
    """Runs each scene with the bot started before and stopped after it, on one server."""

    def run(*scenes: Scene, **options: Any) -> None:
        async def all_of_it() -> None:
            async with BotApi() as api:
                for scene in scenes:
                    async with talking(settings, assistant, database, api=api, **options) as (_, bot):
                        await scene(api, bot)

        asyncio.run(all_of_it())

    return run


@pytest.fixture
def play_echo(settings: Settings, database: Database) -> Callable[..., None]:
    """The same with an assistant that says each question back."""

    def run(*scenes: Scene, **options: Any) -> None:
        async def all_of_it() -> None:
            async with BotApi() as api:
                for scene in scenes:
                    async with talking(settings, EchoAssistant(database), database, api=api, **options) as (
                        _,
                        bot,
                    ):
                        await scene(api, bot)

        asyncio.run(all_of_it())

    return run
