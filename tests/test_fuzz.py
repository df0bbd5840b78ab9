"""A few hundred of the inputs that scripts/fuzz.py puts into every door: nothing but answers and clear refusals comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from huiqi.service.settings import Settings

from tests.conftest import script_module
from tests.console.conftest import PASSWORD, hashed_password, served  # noqa: F401


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    with script_module("fuzz") as module:
        yield module


def test_over_http(
    fuzz: ModuleType,
    workbench_settings: Settings,
    hashed_password: str,  # noqa: F811
) -> None:
    free = replace(workbench_settings, limit_conversation=0, limit_address=0)
    with (
        served(free, hashed_password) as (_, address),
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        fuzz.through(fuzz.http_door(client, fuzz.logged_in(client, "主任", PASSWORD)), 200, 1)


def test_over_telegram(
    fuzz: ModuleType, workbench_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiqi.channels.telegram.updates.SECONDS_BETWEEN_TRIES", 0.01)
    with fuzz.telegram_door(workbench_settings) as door:
        fuzz.through(door, 100, 1)


def test_on_the_command_line(
    fuzz: ModuleType, small_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIQI_KNOWLEDGE", str(small_settings.pack_folder))
    work = tmp_path / "work"
    work.mkdir()
    fuzz.through(fuzz.command_door(work), 100, 1)


def test_in_the_files_of_a_pack(fuzz: ModuleType, small_pack: Path, tmp_path: Path) -> None:
    fuzz.through(fuzz.folder_door(small_pack, tmp_path / "changed"), 100, 1)


def test_in_a_workbook(fuzz: ModuleType, small_pack: Path) -> None:
    fuzz.through(fuzz.workbook_door(small_pack), 15, 1)
