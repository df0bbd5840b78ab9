"""Takes a workbook or a table of questions over: all of it or nothing, published at once (command line) or as drafts
(console)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.drafts.older_file import merge
from huiqi.curation.roles import CurationError, Member
from huiqi.formats.pack_reader import check_documents
from huiqi.formats.problem import PackError
from huiqi.formats.table_child import read_tables
from huiqi.formats.table_file import CellProblem, Table
from huiqi.formats.workbook import compare
from huiqi.formats.workbook_reading import ADDED, WorkbookReading
from huiqi.pack.identity import GOLDEN_FILE
from huiqi.pack.model import UNKNOWN
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.knowledge import WORKBENCH, KnowledgeStore
from huiqi.store.transaction import transaction

NOTE = "导入表格"
ROWS_TOLD = 20
"""Rows with the same fault that are told by their numbers."""


class WorkbookRefused(CurationError):
    """The file has faults, and nothing of it was taken over. Carries the reading with all of them."""

    def __init__(self, reading: WorkbookReading) -> None:
        self.reading = reading
        number = len(reading.problems)
        super().__init__("\n".join(told(reading.problems)) + f"\n表格有 {number} 处错误，没有导入任何内容")


def told(problems: Iterable[CellProblem]) -> list[str]:
    """A line for each cause: the rows of a column that have the same fault are told together."""
    rows: dict[CellProblem, list[int]] = {}
    for problem in problems:
        rows.setdefault(replace(problem, row=0), []).append(problem.row)
    lines = []
    for cause, found in rows.items():
        if len(found) == 1:
            lines.append(replace(cause, row=found[0]).render())
            continue
        place = f"工作表“{cause.sheet}”" if cause.sheet else ""
        shown = "、".join(map(str, sorted(found)[:ROWS_TOLD])) + ("…" if len(found) > ROWS_TOLD else "")
        place += f"第 {shown} 行（共 {len(found)} 行）" + (f"“{cause.column}”列" if cause.column else "")
        lines.append(f"{place}：{cause.message}；{cause.remedy}")
    return lines


def preview(database: Database, raw: bytes, kind: str | None = None, is_new: bool = False) -> WorkbookReading:
    """What a file would change, and everything that is wrong with it. `kind`: whose export it is, where that is
    known; `is_new`: it is to be the whole base. Raises WorkbookError."""
    return _preview(database, read_tables(raw), kind, is_new)


def _preview(
    database: Database, tables: Sequence[Table], kind: str | None = None, is_new: bool = False
) -> WorkbookReading:
    knowledge = KnowledgeStore(database)
    release = next((table.release for table in tables if table.release), "")
    is_older = not is_new and release and release != knowledge.release()
    then = knowledge.items_at(release) if is_older else None
    if then is not None:
        reading = compare(tables, knowledge.files_of(then), kind)
        if not reading.problems:
            merge(reading, then, knowledge.items_at(knowledge.release()) or {})
        number = release.partition(" ")[0]
        reading.notes.append(f"这份表是第 {number} 版时导出的，之后改过的地方都保留，只并入表里改的格子")
    else:
        reading = compare(tables, {} if is_new else knowledge.files(), kind)
        if is_older:
            reading.notes.append("这份表不是从这里导出的，或那一版已经不在，照现在的内容逐格比较")
    if not is_new:
        _leave_out_deleted(knowledge, reading)
    if not reading.changes:
        return reading
    documents = knowledge.overlaid(reading.changes, is_new)
    try:
        check_documents(documents)
    except PackError as error:
        reading.add_problems(error.problems, {name: document.data for name, document in documents.items()})
    return reading


def _leave_out_deleted(knowledge: KnowledgeStore, reading: WorkbookReading) -> None:
    """What was deleted here and stands in an older file as it was then is not brought back by it."""
    gone: list[str] = []
    for (kind, item), content in list(reading.changes.items()):
        if kind != "file" and content is not None and knowledge.item(kind, item) is None:
            last = next((old for old in knowledge.history(kind, item) if old.content is not None), None)
            if last is not None and _same(last.content, content):
                del reading.changes[(kind, item)]
                gone.append(item)
    golden = reading.changes.get(("file", GOLDEN_FILE))
    if golden:
        now = knowledge.item("file", GOLDEN_FILE) or []
        earlier = [row for old in knowledge.history("file", GOLDEN_FILE) for row in old.content or ()]
        back = [row for row in golden if row not in now and row in earlier]
        left = [row for row in golden if row not in back]
        gone += [str(row["question"]) for row in back]
        if left == now:
            del reading.changes[("file", GOLDEN_FILE)]
        else:
            reading.changes[("file", GOLDEN_FILE)] = left
    if gone:
        reading.rows[:] = [row for row in reading.rows if row.action != ADDED or row.item not in gone]
        reading.notes.append(
            f"{'、'.join(gone)} 是删去过的，表里还是原来的样子，没有加回来；要加回来，在工作台的回收站里恢复，或改一处再导入"
        )


def _same(old: Any, new: Any) -> bool:
    """Whether two contents say the same, whatever is written out or left out of them."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(_same(old.get(key), new.get(key)) for key in old.keys() | new.keys())
    return bool(old == new) or (old in _NOTHING and new in _NOTHING)


_NOTHING: tuple[Any, ...] = (None, "", UNKNOWN, [], {})


def import_at_once(
    database: Database, raw: bytes, by: Member, kind: str | None = None, is_new: bool = False
) -> WorkbookReading:
    """Publish a file. `is_new`: nothing else stays. Raises WorkbookError or WorkbookRefused, changing nothing."""
    by.require("admin")
    tables = read_tables(raw)
    with _compared(database, tables, kind, is_new) as (reading, is_founded):
        knowledge = KnowledgeStore(database)
        if reading.changes and is_founded:
            knowledge.import_documents(
                knowledge.overlaid(reading.changes, is_new=True),
                by.name,
                hashlib.sha256(raw).hexdigest()[:16],
                source=WORKBENCH,
                is_new=True,
            )
        elif reading.changes:
            knowledge.publish(reading.changes, by.name, NOTE)
        if reading.changes:
            items = [item for _, item in reading.changes]
            AuditTrail(database).add(by.name, NOTE, "release", "", None, items)
    return reading


def import_as_drafts(database: Database, raw: bytes, drafting: Drafting, by: Member) -> WorkbookReading:
    """Make a draft of each change, for review. Raises WorkbookRefused, or Conflict where one is being
    edited."""
    by.require("editor")
    with _compared(database, read_tables(raw)) as (reading, _):
        for (kind, item), content in reading.changes.items():
            if drafting.open_of(kind, item):
                raise CurationError(f"“{item}”正有草稿，请先处理那一份，再导入")
            drafting.save(by, kind, item, content, 0, NOTE)
    return reading


@contextmanager
def _compared(
    database: Database, tables: Sequence[Table], kind: str | None = None, is_new: bool = False
) -> Iterator[tuple[WorkbookReading, bool]]:
    """A write transaction in which (what the tables change, whether they found the base) still holds. Comparing takes
    long and is done before it; where the base changed meanwhile, once more. Raises WorkbookRefused."""
    knowledge = KnowledgeStore(database)
    for is_last in (False, False, True):
        with nullcontext() if not is_last else transaction(database):
            base = knowledge.fingerprint()
            is_founded = is_new or base is None
            reading = _preview(database, tables, kind, is_founded)
            if reading.problems:
                raise WorkbookRefused(reading)
            with transaction(database):
                if knowledge.fingerprint() == base:
                    yield reading, is_founded
                    return
