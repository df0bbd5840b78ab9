"""The knowledge base as an Excel file, out of the console and back in; and questions from CSV files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.curation.drafts.drafting import FieldChange, difference
from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_as_drafts, preview, told
from huiqi.curation.roles import CurationError
from huiqi.formats.table_file import WorkbookError
from huiqi.formats.workbook_reading import ADDED, CHANGED, DELETED, WorkbookReading
from huiqi.formats.workbook_writer import write_template, write_workbook
from huiqi.store.uploads import Uploads

MOST_SHOWN = 200
"""Items whose differences one page shows."""


def download(visit: PageVisit) -> Response:
    knowledge = visit.workbench.knowledge
    files, release = knowledge.files(), knowledge.release()
    number = release.partition(" ")[0]
    return _sent(f"huiqi-{number}.xlsx", lambda target: write_workbook(files, target, release))


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
    """A POST shows what the file would change, or makes drafts of it. A file that was shown is kept for that."""
    reading: WorkbookReading | None = None
    sentence = kept = name = ""
    if visit.request.method == "POST":
        visit.member.require("editor")
        uploads = Uploads(visit.workbench.database)
        kept = visit.value("kept")
        name, raw = _chosen(visit, uploads, kept)
        database = visit.workbench.database
        try:
            if visit.value("act") == "drafts":
                reading = import_as_drafts(database, raw, visit.workbench.drafting, visit.member)
                uploads.forget(kept)
                return visit.redirect("/review", f"已存为 {len(reading.changes)} 份草稿，请勾选后提交审核")
            reading = preview(database, raw)
            kept = uploads.keep(raw, name, visit.member.name)
        except WorkbookRefused as error:
            reading = error.reading
        except WorkbookError as error:
            sentence = str(error)
    has_faults = bool(sentence or (reading and reading.problems))
    return visit.render(
        "import.html",
        400 if has_faults else 200,
        reading=reading,
        sentence=sentence,
        told=told(reading.problems) if reading else [],
        kept="" if has_faults else kept,
        name=name,
        shown=_shown(visit, reading) if reading and not has_faults else [],
    )


def _chosen(visit: PageVisit, uploads: Uploads, kept: str) -> tuple[str, bytes]:
    """(name, content) of the file that was sent, or of the one that was shown before."""
    sent = visit.file("file")
    if sent is not None:
        return sent.filename or "", sent.file.read()
    found = uploads.of(kept, visit.member.name) if kept else None
    if found is None:
        raise CurationError(
            "请先选一个 .xlsx 或 .csv 文件" if not kept else "刚才的文件已经不在了，请再选一次"
        )
    return found


def _shown(visit: PageVisit, reading: WorkbookReading) -> list[tuple[str, str, list[FieldChange]]]:
    """(title, what happens to it, what differs) of each item that would change."""
    shown = []
    for (kind, item), content in list(reading.changes.items())[:MOST_SHOWN]:
        before = visit.workbench.knowledge.item(kind, item)
        action = DELETED if content is None else CHANGED if before is not None else ADDED
        title = (
            visit.titles.get(item)
            or str((content or {}).get("title") if isinstance(content, dict) else "")
            or item
        )
        shown.append((title, action, difference(before or {}, content or {}, kind, visit.titles)))
    return shown
