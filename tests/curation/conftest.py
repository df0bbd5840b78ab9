"""What staff tests share: a small pack in force, people of each role, and misses made by asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database

EDITOR, REVIEWER, ADMIN = Member("小李", "editor"), Member("老王", "reviewer"), Member("主任", "admin")
VIEWER = Member("小张", "viewer")
MISSED = "排烟罩补多少"
"""A question that the small pack does not answer."""


@pytest.fixture
def live(workbench_settings: Settings) -> Iterator[LiveAssistant]:
    """The program's assistant on the small pack."""
    live = LiveAssistant(workbench_settings, lambda sentence: None)
    yield live
    live.close()


@pytest.fixture
def workbench(workbench_settings: Settings, live: LiveAssistant) -> Iterator[Workbench]:
    database = open_database(workbench_settings.database)
    yield Workbench(database, live)
    database.close()


def ask(live: LiveAssistant, text: str, asker: str = "u1") -> str:
    """What becomes of a question asked on Telegram: its outcome."""
    return live.ask(Message(text, "telegram", f"c-{asker}", asker)).outcome
