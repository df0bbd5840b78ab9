"""What staff tests share: a small pack in force, people of each role, and misses made by asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.assistant import Message
from bot.curation.roles import Person
from bot.curation.workbench import Workbench
from bot.holder import AssistantHolder
from bot.settings import Settings
from bot.store.database import open_database

EDITOR, REVIEWER, ADMIN = Person("小李", "editor"), Person("老王", "reviewer"), Person("主任", "admin")
VIEWER = Person("小张", "viewer")
MISSED = "排烟罩有没有补助"
"""A question that the small pack does not answer."""


@pytest.fixture
def holder(desk_settings: Settings) -> Iterator[AssistantHolder]:
    """The program's assistant on the small pack."""
    holder = AssistantHolder(desk_settings, lambda sentence: None)
    yield holder
    holder.close()


@pytest.fixture
def workbench(desk_settings: Settings, holder: AssistantHolder) -> Iterator[Workbench]:
    database = open_database(desk_settings.database)
    yield Workbench(database, holder)
    database.close()


def ask(holder: AssistantHolder, text: str, asker: str = "u1") -> str:
    """What becomes of a question asked on Telegram: its outcome."""
    return holder.ask(Message(text, "telegram", f"c-{asker}", asker)).outcome
