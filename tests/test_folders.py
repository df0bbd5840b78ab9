"""Which folder the knowledge comes from: named, remembered, and never replaced by another one unasked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.formats.pack_reader import read_folder
from huiqi.pack.identity import folder_fingerprint
from huiqi.service import wiring
from huiqi.service.settings import PACK_FOLDER, Settings, load_settings
from huiqi.service.wiring import NoKnowledge, source_of, synchronise
from huiqi.store.knowledge import KnowledgeStore
from sqlite_utils import Database

from tests.conftest import XINGHE, Ran


@pytest.fixture
def shipped(small_pack: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small pack in the place of the one that comes with the program."""
    monkeypatch.setattr(wiring, "PACK_FOLDER", small_pack)
    return small_pack


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return Path(shutil.copytree(XINGHE, tmp_path / "other"))


@pytest.fixture
def knowledge(database: Database) -> KnowledgeStore:
    return KnowledgeStore(database)


def _start(knowledge: KnowledgeStore, folder: Path) -> str:
    """What is said when the program starts on `folder`."""
    said: list[str] = []
    synchronise(knowledge, folder, said.append)
    return "\n".join(said)


def _import(knowledge: KnowledgeStore, folder: Path) -> None:
    knowledge.import_documents(
        read_folder(folder), "by hand", folder_fingerprint(folder), source=source_of(folder)
    )


def _holds(knowledge: KnowledgeStore, folder: Path) -> bool:
    return set(knowledge.files()) == set(read_folder(folder))


def test_a_folder_that_changed_is_taken_over_at_the_next_start(
    knowledge: KnowledgeStore, other: Path
) -> None:
    assert _start(knowledge, other) == ""
    (other / "office.yaml").write_text("name: 新名字\nlevels: [镇, 县, 国家]\n", encoding="utf-8")
    assert _start(knowledge, other) == ""
    assert knowledge.pack().office.name == "新名字"


def test_what_was_imported_by_hand_is_not_replaced_by_the_default_folder(
    knowledge: KnowledgeStore, shipped: Path, other: Path
) -> None:
    _import(knowledge, other)
    for _ in range(2):
        assert _start(knowledge, shipped) == ""
        assert _holds(knowledge, other)


def test_a_named_folder_takes_the_place_of_the_default_one_that_nobody_worked_on(
    knowledge: KnowledgeStore, shipped: Path, other: Path
) -> None:
    assert _start(knowledge, shipped) == ""
    assert "从随程序带的知识库换成了文件夹" in _start(knowledge, other)
    assert _holds(knowledge, other)
    assert _start(knowledge, shipped) == ""
    assert _holds(knowledge, other)


def test_a_named_folder_does_not_take_the_place_of_what_staff_worked_on(
    knowledge: KnowledgeStore, shipped: Path, other: Path
) -> None:
    _start(knowledge, shipped)
    changed = knowledge.item("entry", "tea-sign") | {"short_title": "招牌"}
    knowledge.publish({("entry", "tea-sign"): changed}, "小李", "改名")
    said = _start(knowledge, other)
    assert "来自随程序带的知识库，没有换成文件夹" in said and f"huiqi kb import {other}" in said
    assert knowledge.pack().entries["tea-sign"].short_title == "招牌"


def test_a_broken_folder_takes_nobodys_place(knowledge: KnowledgeStore, shipped: Path, other: Path) -> None:
    _start(knowledge, shipped)
    (other / "office.yaml").write_text("levels: [", encoding="utf-8")
    assert "处错误，继续使用上一版" in _start(knowledge, other)
    assert _holds(knowledge, shipped)


def test_by_hand_one_folder_takes_the_place_of_another(
    knowledge: KnowledgeStore, shipped: Path, other: Path
) -> None:
    _import(knowledge, other)
    _import(knowledge, shipped)
    assert _start(knowledge, shipped) == ""
    assert knowledge.source() == wiring.SHIPPED
    assert _holds(knowledge, shipped)


def test_a_database_from_before_folders_were_remembered_goes_on_with_its_folder(
    knowledge: KnowledgeStore, shipped: Path
) -> None:
    knowledge.import_documents(read_folder(shipped), "知识库文件夹", "0123456789abcdef")
    assert knowledge.source() is None
    assert _start(knowledge, shipped) == ""
    assert knowledge.source() == wiring.SHIPPED


def test_the_shipped_pack_is_the_same_wherever_the_program_is_installed(
    knowledge: KnowledgeStore, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _start(knowledge, shipped)
    moved = Path(shutil.copytree(shipped, tmp_path / "newer" / "knowledge"))
    monkeypatch.setattr(wiring, "PACK_FOLDER", moved)
    (moved / "office.yaml").write_text("name: 新版\nlevels: [区]\n", encoding="utf-8")
    assert _start(knowledge, moved) == ""
    assert knowledge.pack().office.name == "新版"


def test_without_folder_and_knowledge_it_is_said_what_to_do(
    knowledge: KnowledgeStore, tmp_path: Path
) -> None:
    with pytest.raises(NoKnowledge, match="--knowledge DIR"):
        synchronise(knowledge, tmp_path / "nowhere")


@pytest.mark.parametrize(
    "command", [["ask", "几点上班"], ["chat"], ["kb", "export", "out"], ["prepare"], ["serve"]]
)
def test_no_command_ends_in_a_traceback_without_knowledge(
    huiqi: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("HUIQI_KNOWLEDGE", str(tmp_path / "nowhere"))
    ran = huiqi(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("还没有知识库：找不到文件夹") and "nowhere" in ran.err


def test_a_folder_that_is_gone_leaves_the_knowledge_in_force(knowledge: KnowledgeStore, other: Path) -> None:
    _start(knowledge, other)
    gone = other.with_name("gone")
    assert f"找不到知识库文件夹 {gone}，继续使用" in _start(knowledge, gone)


def test_the_folder_is_named_by_option_environment_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().pack_folder == PACK_FOLDER
    config = tmp_path / "huiqi.toml"
    config.write_text('HUIQI_KNOWLEDGE = "/of/the/file"\n', encoding="utf-8")
    assert load_settings(config).pack_folder == Path("/of/the/file")
    monkeypatch.setenv("HUIQI_KNOWLEDGE", "/of/the/environment")
    assert load_settings(config).pack_folder == Path("/of/the/environment")
    assert load_settings(config, Path("/of/the/option")).pack_folder == Path("/of/the/option")


def test_doctor_says_which_folder_there_is_and_which_is_in_force(
    huiqi: Callable[..., Ran], settings: Settings, other: Path
) -> None:
    assert huiqi("kb", "import", other).code == 0
    told = huiqi("doctor").out
    assert f"知识库文件夹：{settings.pack_folder}（HUIQI_KNOWLEDGE 可改）" in told
    assert "星河小帮手" in told and f"来自文件夹 {other}" in told and "没有采用" in told
    assert "没有采用" not in huiqi("doctor", "--knowledge", other).out
