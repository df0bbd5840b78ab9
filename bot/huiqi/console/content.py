"""Pages for the parts of the pack besides entries, one form for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

from huiqi.console import picking
from huiqi.console.page import PageVisit
from huiqi.curation.drafts.merging import Clash
from huiqi.curation.drafts.new_entry import Unsound
from huiqi.curation.drafts.table_desk import NEW, Record
from huiqi.curation.roles import Conflict, CurationError
from huiqi.formats.content_tables import TABLES, ContentTable, texts_of

LONG_FORMS = ("lines", "rows", "days", "levels", "by_name", "remarks", "swaps", "spans")
LONG_FIELDS = ("reply", "note", "note.text", "validity_note", "greeting", "introduction", "notice.text")


def contents(visit: PageVisit) -> Response:
    """What there is besides entries, each with how much of it, and the draft that is open."""
    desk = visit.workbench.table_desk
    rows = []
    for table in TABLES:
        count = None if table.shape == "record" else len(desk.records(table))
        rows.append((table, count, desk.draft(table) if table.shape != "policies" else None))
    return visit.render("contents.html", rows=rows, golden=len(visit.pack.golden))


def records(visit: PageVisit) -> Response:
    """The records of a table; a table of one record is its form."""
    table = visit.workbench.table_desk.table(visit.path("table"))
    if table.shape == "record":
        return record(visit)
    found = visit.workbench.table_desk.records(table)
    text = visit.query("text")
    if text:
        found = [one for one in found if text in one.label or text in str(dict(one.content))]
    drafted = {draft.item: draft for draft in visit.workbench.drafting.open() if draft.kind == "policy"}
    return visit.render(
        "records.html",
        table=table,
        found=found,
        text=text,
        used=_used(visit, table),
        drafted=drafted if table.shape == "policies" else {},
        draft=None if table.shape == "policies" else visit.workbench.table_desk.draft(table),
        quote=_quoted,
    )


def record(visit: PageVisit) -> Response:
    """The form of one record. A POST saves it, or hands it in, by the button that was pressed."""
    desk = visit.workbench.table_desk
    table = desk.table(visit.path("table"))
    key = "" if table.shape == "record" else visit.path("key")
    if visit.request.method == "GET":
        found = desk.record(table, key)
        return _form(visit, table, found, texts_of(table, found.content))
    visit.member.require("editor")
    texts = _sent(visit, table)
    try:
        draft, key = desk.put(
            table,
            key,
            texts,
            visit.member,
            visit.whole("version"),
            visit.value("change-note"),
            is_handed_in=visit.value("act") == "submit",
            seen=_seen(visit),
        )
    except Unsound as error:
        # What was seen stays as it was: nothing of a colleague's is in this form yet.
        return _form(visit, table, desk.record(table, key), texts, error.messages, seen=_seen(visit))
    except Clash as error:
        theirs = {field: [f"同事改成了：{text or '（空着）'}"] for field, text in error.theirs.items()}
        found = desk.record(table, key)
        return _form(visit, table, found, error.texts, {"": [str(error)]} | theirs, 409)
    except Conflict as error:
        return _form(visit, table, _begun_again(visit, table, key), texts, {"": [str(error)]}, 409)
    if visit.value("act") == "submit":
        return visit.redirect(f"/drafts/{draft.id}", "已提交审核")
    return visit.redirect(_address(table, key), "草稿已保存，审核发布后生效")


def _begun_again(visit: PageVisit, table: ContentTable, key: str) -> Record:
    """The record, or a new one where a colleague deleted it: what was written can still be saved."""
    desk = visit.workbench.table_desk
    try:
        return desk.record(table, NEW if table.shape == "rows" else key)
    except CurationError:
        return desk.record(table, NEW)


def remove(visit: PageVisit) -> Response:
    desk = visit.workbench.table_desk
    table = desk.table(visit.path("table"))
    instead = _instead(visit, "policy" if table.shape == "policies" else "source")
    drafts = desk.remove(
        table,
        visit.path("key"),
        visit.member,
        visit.value("reason"),
        instead,
        visit.value("mend") == "1",
        _seen(visit),
    )
    return visit.redirect("/review", f"已提交审核：删除，共 {len(drafts)} 份草稿，要一起发布")


def remove_entry(visit: PageVisit) -> Response:
    """A draft that takes an entry away, with what names it mended in the same go."""
    desk, entry = visit.workbench.table_desk, visit.path("entry")
    if visit.value("mend") != "1" and not desk.links_to_entry(entry):
        draft = visit.workbench.drafting.delete("entry", entry, visit.member, visit.value("reason"))
        return visit.redirect(f"/drafts/{draft.id}", "删除也要审核，请提交")
    drafts = desk.remove_entry(
        entry, visit.member, visit.value("reason"), _instead(visit, "entry"), visit.value("mend") == "1"
    )
    return visit.redirect("/review", f"已提交审核：删除，共 {len(drafts)} 份草稿，要一起发布")


def _seen(visit: PageVisit) -> dict[str, str] | None:
    """The record's texts as the form was opened; None where it does not say."""
    try:
        stored = json.loads(visit.value("seen"))
    except ValueError:
        return None
    return {str(name): str(text) for name, text in stored.items()} if isinstance(stored, dict) else None


def _instead(visit: PageVisit, kind: str) -> str:
    catalogue = visit.workbench.table_desk.catalogue()
    named = catalogue.ids_of(kind, [visit.value("instead")])
    if named and named[0] not in catalogue.items[kind]:
        raise Unsound({"instead": [f"没有“{named[0]}”，请从列表里选，或空着"]})
    return named[0] if named else ""


def _sent(visit: PageVisit, table: ContentTable) -> dict[str, str]:
    catalogue = visit.workbench.table_desk.catalogue()
    texts = {}
    for column in table.columns:
        kind = dict(table.naming).get(column.field)
        if kind is None:
            texts[column.field] = visit.value(column.field)
        else:
            texts[column.field] = "\n".join(picking.sent(visit.form, column.field, kind, catalogue))
    return texts


def _form(
    visit: PageVisit,
    table: ContentTable,
    found: Record,
    texts: Mapping[str, str],
    messages: Mapping[str, list[str]] | None = None,
    status: int = 0,
    seen: Mapping[str, str] | None = None,
) -> Response:
    desk = visit.workbench.table_desk
    catalogue = desk.catalogue()
    draft = desk.draft(table, found.key)
    naming = dict(table.naming)
    is_removable = found.key not in ("", NEW) and (table.shape != "rows" or found.key.isdecimal())
    return visit.render(
        "record.html",
        status or (400 if messages else 200),
        table=table,
        key=found.key,
        label=found.label or f"新增{table.unit}",
        is_new=found.key == NEW,
        is_removable=is_removable,
        address=_address(table, found.key),
        texts=texts,
        picks_of={
            field: picking.shown(catalogue, kind, filter(None, texts[field].split("\n")))
            for field, kind in naming.items()
        },
        naming=naming,
        lists={kind: catalogue.names(kind).values() for kind in {*naming.values(), _kind(table)} if kind},
        levels=visit.pack.office.level_names,
        long_forms=LONG_FORMS,
        long_fields=LONG_FIELDS,
        messages=messages or {},
        version=found.version,
        seen=json.dumps(texts_of(table, found.content) if seen is None else seen, ensure_ascii=False),
        draft=draft,
        said_already=[str(one) for one in found.content.get("said", ())],
        links=desk.links(table, found.key) if is_removable else [],
        kind=_kind(table),
        entries=_entries_of(visit, table, found.key),
    )


def _kind(table: ContentTable) -> str:
    """What else of the same kind may take a record's place where it is named."""
    return {"policies": "policy", "sources": "source"}.get(table.name, "")


def _entries_of(visit: PageVisit, table: ContentTable, key: str) -> list[tuple[str, str]]:
    """(id, title) of the entries of a policy, or that use a source."""
    if table.name == "policies":
        return [(one.id, one.title) for one in visit.pack.entries.values() if one.policy == key]
    if table.name == "sources":
        return [(one.id, one.title) for one in visit.pack.entries.values() if key in one.sources]
    return []


def _used(visit: PageVisit, table: ContentTable) -> dict[str, int]:
    used: dict[str, int] = {}
    for entry in visit.pack.entries.values():
        keys = (
            (entry.policy,) if table.shape == "policies" else entry.sources if table.shape == "keyed" else ()
        )
        for key in keys:
            used[key] = used.get(key, 0) + 1
    return used


def _quoted(key: str) -> str:
    return quote(key, safe="")


def _address(table: ContentTable, key: str) -> str:
    return f"/content/{table.name}" + (f"/{_quoted(key)}" if key else "")


def attach(visit: PageVisit) -> Response:
    """Put a file into an entry's draft, or take one out of it."""
    desk, entry, sent = visit.workbench.attachments, visit.path("entry"), visit.file("file")
    if visit.value("act") == "remove":
        desk.detach(visit.member, entry, visit.value("name"))
        return visit.redirect(f"/entries/{entry}#attachments", "附件已从草稿里去掉，审核发布后生效")
    if sent is None:
        raise CurationError("请先选一个文件")
    desk.attach(visit.member, entry, sent.filename or "", sent.file.read())
    return visit.redirect(f"/entries/{entry}#attachments", "附件已放进草稿，审核发布后大家能下载")


def attachment(visit: PageVisit) -> Response:
    """A file of an entry's draft, to be saved, never to be shown."""
    wanted = visit.path("name")
    found = next(
        (one for one in visit.workbench.attachments.attached(visit.path("entry")) if one["name"] == wanted),
        None,
    )
    if found is None:
        raise CurationError("这个条目没有这个附件")
    return saved_as(wanted, visit.workbench.attachments.content(found["sha256"]))


def saved_as(name: str, content: bytes) -> Response:
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )
