"""What staff tests share: a small pack in force, people of each role, and misses made by asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.service.live import AssistantHolder
from huiqi.service.settings import Settings
from huiqi.store.database import open_database

EDITOR, REVIEWER, ADMIN = Member("小李", "editor"), Member("老王", "reviewer"), Member("主任", "admin")
VIEWER = Member("小张", "viewer")
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
