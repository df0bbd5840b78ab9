"""What staff tests share: a small pack in force, people of each role, and misses made by asking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.assistant import Message
from bot.curation.roles import Person
from bot.curation.workbench import Workbench
from bot.holder import AssistantHolder
from bot.settings import Settings
from bot.store.database import open_database

OUT_OF_SCOPE = """\
别的事:
  - 今天天气怎么样
  - 帮我写一首诗
  - 附近哪里有好吃的
  - 股票明天涨不涨
  - 彩票中奖号码是多少
  - 孩子上学怎么报名
  - 护照怎么换
  - 驾照扣分怎么查
  - 电影几点开始
  - 火车票怎么退
  - 医院挂号怎么挂
  - 水管漏水找谁修
"""

GOLDEN = """\
- {question: 换炉灶有补贴吗, accept: [tea-stove]}
- {question: 挂招牌要报备吗, accept: [tea-sign]}
"""

EDITOR, REVIEWER, ADMIN = Person("小李", "editor"), Person("老王", "reviewer"), Person("主任", "admin")
VIEWER = Person("小张", "viewer")
MISSED = "排烟罩有没有补助"
"""A question that the small pack does not answer."""


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Password hashes that cost tests no time; how strong the real ones are is the library's default."""
    from argon2 import PasswordHasher

    from bot.curation import accounts

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    original, accounts.hasher = accounts.hasher, lambda: quick  # type: ignore[assignment]
    yield
    accounts.hasher = original


@pytest.fixture
def desk_settings(small_settings: Settings, small_pack: Path) -> Settings:
    (small_pack / "out_of_scope.yaml").write_text(OUT_OF_SCOPE, encoding="utf-8")
    (small_pack / "golden.yaml").write_text(GOLDEN, encoding="utf-8")
    return replace(small_settings, pack_folder=small_pack)


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
