"""What is sound in a folder and may still not be what was meant: a file that nobody reads, a table that is missing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from huiqi.formats.shipped_language import shipped_language
from huiqi.pack.identity import FOLDERS, GOLDEN_FILE, OFFICE_FILE, PLACES_FILE, POLICY_FOLDER, SHARED_FILES
from huiqi.pack.model import Pack

MOST_OUT_OF_SCOPE = 0.75
"""Lines out of scope for each alternate, at most: beside ten times as many as that, a pack answered 12 of 40 questions
that it answers 29 of with this many."""
_WRITING = "写法见 docs/knowledge.md"
_WORTH_HAVING = {
    "synonyms.yaml": "自己的叫法",
    PLACES_FILE: "地名和部门名",
    GOLDEN_FILE: "发布前核对的问题",
}
"""What comes with the program for nobody."""
_WRITTEN_AS_YAML = re.compile(r"\.ya?ml(\.txt|\.ya?ml)?$", re.IGNORECASE)
_IS_A_POLICY = re.compile(r"^policy:", re.MULTILINE)
_ALIKE = 0.75
"""difflib's ratio of two file names one of which is meant for the other."""


def reminders_of(folder: Path, pack: Pack | None) -> Iterator[str]:
    """A sentence for each. `pack`: what is in the folder, None where that has faults."""
    yield from _unread_files(folder)
    yield from _unread_folders(folder)
    if not (folder / OFFICE_FILE).exists():
        yield f"没有 {OFFICE_FILE}，答复里不提地方和热线，层级按区、市、省、国家；{_WRITING}"
    is_of_no_place = pack is not None and pack.office.place is None and (folder / OFFICE_FILE).exists()
    missing = [
        f"{name}（{what}）"
        for name, what in _WORTH_HAVING.items()
        if not (folder / name).exists() and not (name == PLACES_FILE and is_of_no_place)
    ]
    if missing:
        yield f"没有 {'、'.join(missing)}；程序自带的只有大家都用的话；{_WRITING}"
    if pack is not None:
        yield from _lopsided(pack)


def _unread_files(folder: Path) -> Iterator[str]:
    for place in (folder, *(folder / name for name in FOLDERS)):
        for file in sorted(place.glob("*")):
            if file.is_file() and _WRITTEN_AS_YAML.search(file.name) and not _is_read(file, folder):
                yield f"{file.relative_to(folder).as_posix()} 没有读：{_meant(file, folder)}"


def _is_read(file: Path, folder: Path) -> bool:
    return file.name in SHARED_FILES if file.parent == folder else file.suffix in (".yaml", ".yml")


def _meant(file: Path, folder: Path) -> str:
    """What to do with a file that is not read."""
    name = _WRITTEN_AS_YAML.sub("", file.name) + ".yaml"
    if file.parent != folder:
        return f"改名为 {name}"
    close = difflib.get_close_matches(name, SHARED_FILES, 1, _ALIKE)
    if close:
        is_there = (folder / close[0]).exists()
        return f"是不是 {close[0]}？把内容并到那里" if is_there else f"是不是 {close[0]}？改名为它"
    if _IS_A_POLICY.search(file.read_text(encoding="utf-8", errors="replace")):
        return f"是一项政策，放到 {POLICY_FOLDER}/{name}"
    return f"没有叫这个名字的文件；可以有 {'、'.join(SHARED_FILES)}，政策放在 {POLICY_FOLDER}/ 里"


def _unread_folders(folder: Path) -> Iterator[str]:
    parents = [folder, *(folder / name for name in FOLDERS)]
    for inside in sorted(found for parent in parents if parent.is_dir() for found in parent.iterdir()):
        name = inside.relative_to(folder).as_posix()
        if not inside.is_dir() or name in FOLDERS or name.startswith("."):
            continue
        count = sum(bool(_WRITTEN_AS_YAML.search(file.name)) for file in inside.rglob("*"))
        if count:
            close = difflib.get_close_matches(name, FOLDERS, 1, _ALIKE) if inside.parent == folder else []
            remedy = f"改名为 {close[0]}" if close else f"政策直接放在 {POLICY_FOLDER}/ 里，不分文件夹"
            yield f"文件夹 {name}/ 里有 {count} 个 YAML 文件没有读：{remedy}"


def _lopsided(pack: Pack) -> Iterator[str]:
    shipped = {line for questions in shipped_language().out_of_scope.values() for line in questions}
    lines = sum(line not in shipped for questions in pack.out_of_scope.values() for line in questions)
    alternates = sum(len(entry.alternates) for entry in pack.entries.values())
    if lines > MOST_OUT_OF_SCOPE * alternates:
        yield (
            f"out_of_scope.yaml 有 {lines} 句，相似问只有 {alternates} 条，问得到的也容易当成不归这里答；"
            f"反例最多是相似问的 {MOST_OUT_OF_SCOPE:.0%}：挑典型的留下，或多写相似问"
        )
