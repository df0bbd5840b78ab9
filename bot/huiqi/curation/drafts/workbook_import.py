"""Takes a workbook over: all of it or nothing, published at once (command line) or as drafts (console)."""

from __future__ import annotations

from sqlite_utils import Database

from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.roles import CurationError, Member
from huiqi.formats.pack_reader import check_documents
from huiqi.formats.problem import PackError
from huiqi.formats.workbook import WorkbookReading, read_workbook
from huiqi.store.audit import AuditTrail
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.transaction import transaction


class WorkbookRefused(CurationError):
    """The workbook has faults, and nothing of it was taken over. Carries the reading with all of them."""

    def __init__(self, reading: WorkbookReading) -> None:
        self.reading = reading
        lines = [problem.render() for problem in reading.problems]
        super().__init__("\n".join(lines) + f"\n表格有 {len(lines)} 处错误，没有导入任何内容")


def preview(database: Database, raw: bytes) -> WorkbookReading:
    """What a workbook would change, and everything that is wrong with it. Raises WorkbookError."""
    knowledge = KnowledgeStore(database)
    reading = read_workbook(raw, knowledge.files())
    if reading.problems or not reading.changes:
        return reading
    try:
        documents = knowledge.overlaid(reading.changes)
        check_documents(documents)
    except PackError as error:
        files = {name: document.data for name, document in documents.items()}
        reading.problems.extend(reading.place_problems(error.problems, files))
    except KeyError as error:
        raise CurationError(f"条目写的政策 {error.args[0]} 不存在，请先在“政策”表里加上它") from None
    return reading


def import_at_once(database: Database, raw: bytes, by: Member) -> WorkbookReading:
    """Publish a workbook. Raises WorkbookError or WorkbookRefused, changing nothing."""
    by.require("admin")
    with transaction(database):
        reading = preview(database, raw)
        if reading.problems:
            raise WorkbookRefused(reading)
        if reading.changes:
            KnowledgeStore(database).publish(reading.changes, by.name, "导入 Excel")
            AuditTrail(database).add(
                by.name, "导入 Excel", "release", "", None, [item for _, item in reading.changes]
            )
    return reading


def import_as_drafts(database: Database, raw: bytes, drafting: Drafting, by: Member) -> WorkbookReading:
    """Make a draft of each change, for review. Raises WorkbookRefused, or Conflict where one is being
    edited."""
    by.require("editor")
    with transaction(database):
        reading = preview(database, raw)
        if reading.problems:
            raise WorkbookRefused(reading)
        for (kind, item), content in reading.changes.items():
            if drafting.open_of(kind, item):
                raise CurationError(f"“{item}”正有草稿，请先处理那一份，再导入")
            drafting.save(by, kind, item, content, 0, "导入 Excel")
    return reading
