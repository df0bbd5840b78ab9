"""The knowledge base goes out as a folder and comes back unchanged; what staff wrote is never overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.pack_writer import to_yaml, write_folder
from huiqi.store.knowledge import KnowledgeStore
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from tests.conftest import XINGHE, Ran

ENTRY = "shop-front"


def test_export_of_the_whole_base_is_sound_and_equal(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    pack = read_pack(XINGHE)
    target = tmp_path / "out"
    ran = huiqi("kb", "export", target)
    assert (ran.code, ran.out) == (0, "")
    assert huiqi("kb", "check", target).code == 0
    assert read_pack(target) == pack
    assert read_pack(target).fingerprint == pack.fingerprint


def test_import_of_an_export_changes_nothing(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    huiqi("kb", "export", tmp_path / "out")
    ran = huiqi("kb", "import", tmp_path / "out")
    assert (ran.code, ran.out) == (0, "没有变化\n")


def test_export_keeps_the_files_as_they_were_divided(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    huiqi("kb", "export", tmp_path / "out")
    assert set(read_folder(tmp_path / "out")) == set(read_folder(XINGHE))


def test_change_in_the_folder_comes_in_by_import(huiqi: Callable[..., Ran], pack_folder: Path) -> None:
    assert huiqi("kb", "import", pack_folder).code == 0
    _set(pack_folder, "short_title", "换新补助新名字")
    tried = huiqi("kb", "import", pack_folder, "--dry-run")
    assert f"修改 1：{ENTRY}" in tried.out
    assert "没有改动" in tried.out
    assert f"修改 1：{ENTRY}" in huiqi("kb", "import", pack_folder).out
    assert huiqi("kb", "import", pack_folder).out == "没有变化\n"


def test_entry_that_staff_changed_becomes_a_conflict_and_stays_theirs(
    database: Database, pack_folder: Path
) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(pack_folder), "首次导入")
    _by_staff(knowledge, database, short_title="工作人员改的")
    _set(pack_folder, "short_title", "文件夹改的")
    result = knowledge.import_documents(read_folder(pack_folder), "再次导入")
    assert result.conflicts == (ENTRY,)
    assert result.changed == ()
    assert knowledge.pack().entries[ENTRY].short_title == "工作人员改的"


def test_entry_that_staff_changed_survives_its_removal_from_the_folder(
    database: Database, small_pack: Path
) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(small_pack), "首次导入")
    _by_staff(knowledge, database, "tea-sign", short_title="工作人员改的")
    file = small_pack / "policies" / "tea.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    data["entries"] = [entry | {"see_also": []} for entry in data["entries"] if entry["id"] != "tea-sign"]
    write_folder({"policies/tea.yaml": _with_text_dates(data)}, small_pack)
    result = knowledge.import_documents(read_folder(small_pack), "再次导入")
    assert result.conflicts == ("tea-sign",)
    assert set(knowledge.pack().entries) == {"tea-stove", "tea-sign"}


def test_other_entries_are_updated_beside_a_conflict(database: Database, pack_folder: Path) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(pack_folder), "首次导入")
    _by_staff(knowledge, database, short_title="工作人员改的")
    _set(pack_folder, "short_title", "文件夹改的")
    _set(pack_folder, "short_title", "招人新名字", entry="shop-staff")
    result = knowledge.import_documents(read_folder(pack_folder), "再次导入")
    assert (result.conflicts, result.changed) == ((ENTRY,), ("shop-staff",))


texts = st.text(
    alphabet=st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff"
    ),
    max_size=30,
)


@given(
    st.dictionaries(
        texts,
        st.one_of(texts, st.lists(texts, max_size=3), st.lists(texts, min_size=2).map("\n".join)),
        max_size=4,
    )
)
def test_whatever_people_write_survives_the_yaml(data: dict[str, Any]) -> None:
    assert yaml.safe_load(to_yaml(data)) == data


def _by_staff(knowledge: KnowledgeStore, database: Database, entry: str = ENTRY, **fields: str) -> None:
    with database.conn:
        knowledge.publish({("entry", entry): knowledge.item("entry", entry) | fields}, "王老师", "改名")


def _set(folder: Path, field: str, value: str, entry: str = ENTRY) -> None:
    """Change one field of an entry, as a person would in an editor."""
    file = folder / "policies" / "shops.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"  - id: {entry}")
    place = next(number for number in range(start, len(lines)) if lines[number].startswith(f"    {field}:"))
    lines[place] = f"    {field}: {value}"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _with_text_dates(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _with_text_dates(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_text_dates(value) for value in data]
    return data.isoformat() if hasattr(data, "isoformat") else data
