"""The assistant of a service that runs for long: what a release replaces does not stay in memory."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
from huiqi.formats.pack_reader import read_folder
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.wiring import look_through, no_garbage
from huiqi.store.knowledge import KnowledgeStore
from sqlite_utils import Database


@pytest.fixture
def no_looking_through() -> None:
    """Here garbage is what it is about."""


def test_a_pack_that_is_no_longer_in_force_leaves_the_memory(
    small_settings: Settings, database: Database
) -> None:
    live = LiveAssistant(small_settings, lambda sentence: None, database)
    knowledge = KnowledgeStore(database)
    [file] = (small_settings.pack_folder / "policies").glob("*.yaml")
    replaced: list[Any] = []
    for number in range(3):
        replaced.append(weakref.ref(live.assistant))
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("三成", "三成" + "整" * (number + 1), 1), encoding="utf-8")
        knowledge.import_documents(read_folder(small_settings.pack_folder), "tests")
        assert live.refresh()
    assert [reference() for reference in replaced[:2]] == [None, None]
    live.close()


class _Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_an_earlier_pack_left_in_circles_is_found_once_another_is_in_force() -> None:
    with no_garbage():
        circle = _Circle()
    left = weakref.ref(circle)
    del circle
    look_through()
    assert left() is None
