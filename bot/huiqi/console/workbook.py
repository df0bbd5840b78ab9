"""The knowledge base as an Excel file, out of the console and back in; and questions from CSV files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_as_drafts, preview
from huiqi.curation.roles import CurationError
from huiqi.formats.table_file import WorkbookError
from huiqi.formats.workbook_reading import WorkbookReading
from huiqi.formats.workbook_writer import write_template, write_workbook


def download(visit: PageVisit) -> Response:
    files = visit.workbench.knowledge.files()
    return _sent("huiqi.xlsx", lambda target: write_workbook(files, target))


def template(visit: PageVisit) -> Response:
    """A workbook to be filled in."""
    return _sent("huiqi-template.xlsx", write_template)


def _sent(name: str, write: Callable[[Path], None]) -> Response:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        write(file)
        data = file.read_bytes()
    return Response(
        data,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def upload(visit: PageVisit) -> Response:
    """A POST shows what the file would change, or makes drafts of it."""
    reading: WorkbookReading | None = None
    sentence = ""
    if visit.request.method == "POST":
        visit.member.require("editor")
        sent = visit.file("file")
        if sent is None:
            raise CurationError("请先选一个 .xlsx 或 .csv 文件")
        raw = sent.file.read()
        database = visit.workbench.database
        try:
            if visit.value("act") == "drafts":
                reading = import_as_drafts(database, raw, visit.workbench.drafting, visit.member)
                return visit.redirect("/review", f"已存为 {len(reading.changes)} 份草稿，请逐份提交审核")
            reading = preview(database, raw)
        except WorkbookRefused as error:
            reading = error.reading
        except WorkbookError as error:
            sentence = str(error)
    status = 400 if sentence or (reading and reading.problems) else 200
    return visit.render("import.html", status, reading=reading, sentence=sentence)
