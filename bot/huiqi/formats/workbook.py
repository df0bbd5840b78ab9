"""An Excel workbook, or a table of questions and answers, read against a knowledge base: what it would change.

What is read is compared cell by cell with what would be written for the base, so a workbook that nobody changed
changes nothing. Sheets, columns and rows that are missing are left alone; what is to go says so in its column 删除.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from huiqi.formats.alternates import Grouped, gathered, group_named, pairs, texts_of
from huiqi.formats.columns import (
    ALTERNATE_SHEET,
    ASPECT_HEADING,
    DELETE,
    ENTRY_COLUMNS,
    ENTRY_SHEET,
    FACET_SHEET,
    GOLDEN_COLUMNS,
    GOLDEN_SHEET,
    HELP_SHEET,
    NEEDED,
    OFFICE_SHEET,
    POLICY_COLUMNS,
    POLICY_SHEET,
    QUESTION_SHEET,
    REMARK,
    SHEETS,
    SOURCE_COLUMNS,
    SOURCE_SHEET,
    Column,
    ids,
    normalised,
    said_yes,
    value_of,
    written,
)
from huiqi.formats.fields import FIELDS, completed
from huiqi.formats.office_sheet import OFFICE_ROWS, normalised_cell, office_cells, office_of
from huiqi.formats.question_entries import add_questions
from huiqi.formats.question_table import KINDS, OTHERS, OURS, Kind, kind_of
from huiqi.formats.table_child import read_tables
from huiqi.formats.table_file import CellProblem, Table, WorkbookError, cell_text
from huiqi.formats.workbook_reading import (
    ADDED,
    CHANGED,
    DELETED,
    SAME,
    Base,
    RowPreview,
    WorkbookReading,
)
from huiqi.formats.workbook_writer import facet_cells
from huiqi.pack.identity import GOLDEN_FILE, OFFICE_FILE, POLICY_FOLDER, SOURCES_FILE, alternate_key
from huiqi.pack.model import FACET_NAMES, UNKNOWN, WHOLE
from huiqi.pack.office import Office

Cells = Mapping[str, Any]
"""Heading → value of the cell; what has no column is absent."""
Rows = list[tuple[int, Cells]]


def read_workbook(raw: bytes, files: Mapping[str, Any], kind: str | None = None) -> WorkbookReading:
    """Read a file against a base (`files`: name → data; none for a base that is to be founded). `kind`: whose export
    it is, one of OTHERS; None to tell by its headings. Raises WorkbookError where nothing in it can be read."""
    return compare(read_tables(raw), files, kind)


def compare(read: Sequence[Table], files: Mapping[str, Any], kind: str | None = None) -> WorkbookReading:
    """The same with the tables of a file."""
    reading = WorkbookReading()
    named: dict[str, Table] = {}
    asked: list[tuple[Table, Kind]] = []
    for table in read:
        if kind is None and table.name in NEEDED:
            named[table.name] = table
        elif table.name != HELP_SHEET or kind is not None:
            found = _kind(table, kind)
            if found is not None:
                asked.append((table, found))
            elif table.rows:
                reading.notes.append(f"工作表“{table.name}”没有读：第一行不是认得的列名")
    if not named and not asked:
        raise WorkbookError(_unrecognised(kind))
    tables = {name: _rows(table, reading) for name, table in named.items()}
    for table, found in asked:
        if not found.fits(table) and (table.rows or table.headings):
            message = f"第一行缺少列：{found.needed}"
            reading.problems.append(CellProblem(table.name, 1, "", message, "补上列名"))
    if reading.problems:
        return reading
    for name, table in named.items():
        reading.problems += table.problems_of([column.heading for column in SHEETS[name]])
    base = Base.of(files)
    _read_office(tables.get(OFFICE_SHEET, []), base, reading)
    _read_sources(tables.get(SOURCE_SHEET, []), base, reading)
    _read_policies(tables.get(POLICY_SHEET, []), base, reading)
    _read_entries(tables, base, reading)
    _read_golden(tables.get(GOLDEN_SHEET, []), base, reading)
    _give_policies(base, reading)
    add_questions([pair for pair in asked if pair[1].fits(pair[0])], base.after(reading.changes), reading)
    _keep_policies_of_entries(base, reading)
    _drop_examples(base, reading)
    if not files:
        _found(base, reading)
    if not base.after(reading.changes).entries and not reading.problems:
        message = f"还没有一条问答：“{QUESTION_SHEET}”表和“{ENTRY_SHEET}”表都是空的"
        reading.problems.append(CellProblem("", 0, "", message, "至少写一条，再导入"))
    return reading


def _kind(table: Table, kind: str | None) -> Kind | None:
    if kind is not None:
        return OTHERS[kind] if OTHERS[kind].fits(table) else None
    return kind_of(table) or (OURS if table.name == QUESTION_SHEET else None)


def _unrecognised(kind: str | None) -> str:
    if kind is not None:
        return f"不像 {OTHERS[kind].label} 导出的：第一行要有 {OTHERS[kind].needed}"
    others = "、".join(dict.fromkeys(other.label for other in KINDS if other is not OURS))
    return (
        f"没有认得的表：要有一张表的第一行写着 {OURS.needed}，或是从 huiqi kb export 导出的、{others} 导出的；"
        "空表用 huiqi kb export --template 文件名.xlsx 取"
    )


def _rows(table: Table, reading: WorkbookReading) -> Rows:
    """The rows of a sheet by the headings of its columns. A heading that it does not know is a fault: what stands
    below would be lost without a word."""
    known = [column.heading for column in SHEETS[table.name]]
    place_of = {heading: place for place, heading in table.headings.items()}
    missing = [heading for heading in NEEDED[table.name] if heading not in place_of]
    if missing:
        message = f"第一行缺少列：{'、'.join(missing)}"
        reading.problems.append(CellProblem(table.name, 1, "", message, "从导出的文件里补上列名"))
    for heading in place_of:
        if heading not in known and not heading.startswith(REMARK):
            close = difflib.get_close_matches(heading, known, 1, 0.4)
            hint = f"是不是“{close[0]}”？改过来" if close else "改成导出的文件里有的列名"
            remedy = f"{hint}；自己用的列，列名以“{REMARK}”开头"
            reading.problems.append(CellProblem(table.name, 1, heading, "不认识这一列", remedy))
    read: Rows = []
    for row, values in table.rows:
        cells = {
            heading: values[place] if place < len(values) else None
            for heading, place in place_of.items()
            if heading in known
        }
        if any(cell_text(value) for value in cells.values()):
            read.append((row, cells))
    return read


def _read_office(rows: Rows, base: Base, reading: WorkbookReading) -> None:
    by_heading = {row.heading: row for row in OFFICE_ROWS}
    before = office_cells(base.office)
    now = dict(before)
    for row, cells in rows:
        heading = cell_text(cells["项目"])
        line = by_heading.get(heading)
        if line is None:
            close = difflib.get_close_matches(heading, by_heading, 1, 0.4)
            remedy = f"是不是“{close[0]}”？改过来" if close else f"只能是 {'、'.join(by_heading)}"
            reading.problems.append(CellProblem(OFFICE_SHEET, row, "项目", f"没有项目“{heading}”", remedy))
            continue
        reading.places[("office:", line.field.partition(".")[0])] = (OFFICE_SHEET, row, "内容")
        reading.places[("office:", line.field)] = (OFFICE_SHEET, row, "内容")
        try:
            now[heading] = normalised_cell(cells["内容"], line)
        except ValueError as error:
            reading.problems.append(CellProblem(OFFICE_SHEET, row, "内容", *error.args))
    changed = tuple(heading for heading in now if now[heading] != before[heading])
    if not changed:
        return
    try:
        reading.changes[("file", OFFICE_FILE)] = office_of(now)
    except ValueError as error:
        message, remedy, heading = error.args
        _, row, _ = reading.places[("office:", by_heading[heading].field)]
        reading.problems.append(CellProblem(OFFICE_SHEET, row, "内容", message, remedy))
    reading.rows.append(RowPreview("file", OFFICE_SHEET, CHANGED if base.office else ADDED, changed))


def _read_sources(rows: Rows, base: Base, reading: WorkbookReading) -> None:
    newer = dict(base.sources)
    for row, cells, item in _items(SOURCE_SHEET, rows, reading):
        _note_places(f"source:{item}", SOURCE_COLUMNS, SOURCE_SHEET, row, cells, reading)
        old = base.sources.get(item)
        if _is_deleted(SOURCE_SHEET, row, cells, reading):
            if newer.pop(item, None) is not None:
                reading.rows.append(RowPreview("file", f"来源 {item}", DELETED))
            continue
        full = {"id": item, **old} if old is not None else None
        made, changed = _merged(full, cells, SOURCE_COLUMNS, SOURCE_SHEET, row, reading)
        if changed:
            newer[item] = {key: value for key, value in made.items() if key != "id"}
            reading.rows.append(
                RowPreview("file", f"来源 {item}", CHANGED if old is not None else ADDED, tuple(changed))
            )
    if newer != base.sources:
        reading.changes[("file", SOURCES_FILE)] = newer


def _read_policies(rows: Rows, base: Base, reading: WorkbookReading) -> None:
    for row, cells, item in _items(POLICY_SHEET, rows, reading):
        _note_places("policy:" + item, POLICY_COLUMNS, POLICY_SHEET, row, cells, reading)
        old = base.policies.get(item)
        if _is_deleted(POLICY_SHEET, row, cells, reading):
            _delete("policy", item, old, reading)
            continue
        made, changed = _merged(old, cells, POLICY_COLUMNS, POLICY_SHEET, row, reading)
        if old is not None and not changed:
            reading.rows.append(RowPreview("policy", item, SAME))
            continue
        reading.rows.append(_row("policy", item, old, made, changed))
        file = base.files.get(item, f"{POLICY_FOLDER}/{item}.yaml")
        reading.changes[("policy", item)] = {"file": file, **made}


def _read_entries(tables: Mapping[str, Rows], base: Base, reading: WorkbookReading) -> None:
    entries = list(_items(ENTRY_SHEET, tables.get(ENTRY_SHEET, []), reading))
    alternates: dict[str, list[tuple[int, str | None, str]]] = {item: [] for _, _, item in entries}
    for row, cells in tables.get(ALTERNATE_SHEET, []):
        item, text = cell_text(cells["条目"]), cell_text(cells["相似问"])
        if item not in alternates:
            _unknown_entry(reading, ALTERNATE_SHEET, row, item)
            continue
        group = group_named(cell_text(cells[ASPECT_HEADING])) if ASPECT_HEADING in cells else None
        alternates[item].append((row, group, text))
    facets = _facets(tables.get(FACET_SHEET, []), set(alternates), reading)
    for row, cells, item in entries:
        _note_places(item, ENTRY_COLUMNS, ENTRY_SHEET, row, cells, reading)
        old = base.entries.get(item)
        if _is_deleted(ENTRY_SHEET, row, cells, reading):
            _delete("entry", item, old, reading)
            continue
        made, changed = _merged(old, cells, ENTRY_COLUMNS, ENTRY_SHEET, row, reading)
        if ALTERNATE_SHEET in tables:
            before = old["alternates"] if old else None
            grouped = gathered(_grouped(item, alternates[item], before, reading), before)
            if old is None or [(group, cell_text(text)) for group, text in pairs(before)] != pairs(grouped):
                made["alternates"] = grouped
                changed.append("相似问")
        for name in FACET_NAMES if FACET_SHEET in tables else ():
            now = facets[item].get(name, ("", ""))
            if facet_cells(((old or {}).get("facets") or {}).get(name)) != now:
                text, source = now
                value = {"text": text, "source": ids(source)} if text and text != UNKNOWN else UNKNOWN
                made["facets"] = {**(made.get("facets") or {}), name: value}
                changed.append(name)
        if old is not None and not changed:
            reading.rows.append(RowPreview("entry", item, SAME))
            continue
        reading.rows.append(_row("entry", item, old, made, changed))
        reading.changes[("entry", item)] = completed(made)


def _facets(rows: Rows, entries: set[str], reading: WorkbookReading) -> dict[str, dict[str, tuple[str, str]]]:
    """Entry → name of the facet → text and sources."""
    facets: dict[str, dict[str, tuple[str, str]]] = {item: {} for item in entries}
    for row, cells in rows:
        item, name = cell_text(cells["条目"]), cell_text(cells["要素"])
        if item not in facets:
            _unknown_entry(reading, FACET_SHEET, row, item)
        elif name not in FACET_NAMES:
            message, remedy = f"没有要素“{name}”", f"只能是 {'、'.join(FACET_NAMES)}"
            reading.problems.append(CellProblem(FACET_SHEET, row, "要素", message, remedy))
        elif name in facets[item]:
            message = f"“{item}”的“{name}”写了两行"
            reading.problems.append(CellProblem(FACET_SHEET, row, "要素", message, "并成一行"))
        else:
            facets[item][name] = (cell_text(cells["文字"]), "、".join(ids(cell_text(cells["来源"]))))
            reading.places[(item, f"facets.{name}")] = (FACET_SHEET, row, "文字")
            reading.places[(item, f"facets.{name}.source")] = (FACET_SHEET, row, "来源")
    return facets


def _read_golden(rows: Rows, base: Base, reading: WorkbookReading) -> None:
    """Golden questions that were changed, added or taken out, told row by row; all of them are one item of the pack."""
    newer: dict[str, dict[str, Any]] = {cell_text(item["question"]): item for item in base.golden}
    seen: dict[str, int] = {}
    for row, cells in rows:
        question = cell_text(cells["问题"])
        if not question or question in seen:
            message = f"问题“{question}”与第 {seen[question]} 行重复" if question else "没有写问题"
            remedy = "只留一行" if question else "写上问题，或删去这一行"
            reading.problems.append(CellProblem(GOLDEN_SHEET, row, "问题", message, remedy))
            continue
        seen[question] = row
        _note_places("golden:" + question, GOLDEN_COLUMNS, GOLDEN_SHEET, row, cells, reading)
        old = newer.get(question)
        if _is_deleted(GOLDEN_SHEET, row, cells, reading):
            if newer.pop(question, None) is not None:
                reading.rows.append(RowPreview("file", question, DELETED))
            continue
        made, changed = _merged(old, cells, GOLDEN_COLUMNS, GOLDEN_SHEET, row, reading)
        if changed:
            newer[question] = {
                key: value
                for key, value in {"question": question, "accept": [], **made}.items()
                if value is not None
            }
            reading.rows.append(RowPreview("file", question, CHANGED if old else ADDED, tuple(changed)))
    if list(newer.values()) != list(base.golden):
        reading.changes[("file", GOLDEN_FILE)] = list(newer.values())


def _give_policies(base: Base, reading: WorkbookReading) -> None:
    """Every entry has its policy. One that names none is of the only one that there is; one that names what is not
    there is told, and put under another to see what else is wrong with it."""
    policies = list(base.after(reading.changes).policies)
    for (kind, item), content in list(reading.changes.items()):
        if kind != "entry" or content is None or content.get("policy") in policies:
            continue
        named = content.get("policy")
        if named or len(policies) != 1:
            sheet, row, _ = reading.places[(item, "id")]
            message = f"没有政策“{named}”" if named else "没有写是哪项政策的"
            remedy = f"写“{POLICY_SHEET}”表里的编号，或先在那里加上它"
            reading.problems.append(CellProblem(sheet, row, "政策", message, remedy))
        if policies:
            content["policy"] = policies[0]
        else:
            del reading.changes[(kind, item)]


def _keep_policies_of_entries(base: Base, reading: WorkbookReading) -> None:
    """A policy does not go before its entries."""
    entries = base.after(reading.changes).entries
    for kind, item in [key for key, content in reading.changes.items() if content is None]:
        left = [key for key, entry in entries.items() if entry["policy"] == item] if kind == "policy" else []
        if left:
            sheet, row, _ = reading.places[("policy:" + item, "id")]
            message = f"这项政策还有条目 {'、'.join(left[:5])}"
            remedy = "把这些条目也标上删除，或改到别的政策"
            reading.problems.append(CellProblem(sheet, row, DELETE, message, remedy))
            del reading.changes[(kind, item)]


def _drop_examples(base: Base, reading: WorkbookReading) -> None:
    """What people are shown as an example goes with the entry that it asked for."""
    after = base.after(reading.changes)
    gone = asked_of(base.entries[item] for item in base.entries.keys() - after.entries.keys())
    gone -= asked_of(after.entries.values())
    office = dict(after.office)
    examples = list(office.get("examples") or ())
    left = [text for text in examples if alternate_key(str(text)) not in gone]
    if left == examples:
        return
    office["examples"] = left
    if not left:
        del office["examples"]
    reading.changes[("file", OFFICE_FILE)] = office
    dropped = "、".join(f"“{text}”" for text in examples if text not in left)
    reading.rows.append(RowPreview("file", OFFICE_SHEET, CHANGED, ("例子",)))
    reading.notes.append(f"办公室的例子里去掉了 {dropped}：它问的条目删去了")


def asked_of(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    """What is asked of these entries, word for word."""
    return {
        alternate_key(text)
        for entry in entries
        for text in (str(entry.get("title")), *texts_of(entry.get("alternates")))
    }


def _found(base: Base, reading: WorkbookReading) -> None:
    """What a new base needs besides: who answers, and a list of sources to look them up in."""
    after = base.after(reading.changes)
    reading.changes.setdefault(("file", SOURCES_FILE), {})
    if not after.office and not any(
        item.get("level") for item in (*after.policies.values(), *after.entries.values())
    ):
        reading.changes[("file", OFFICE_FILE)] = {"name": Office().name}
        reading.notes.append(
            f"没有写“{OFFICE_SHEET}”表：机器人叫“{Office().name}”，答复里不提单位和热线；以后在工作台或 Excel 里补上"
        )


def _row(kind: str, item: str, old: Any, made: Mapping[str, Any], changed: list[str]) -> RowPreview:
    title = str(made.get("title") or "")
    if old is None:
        return RowPreview(kind, item, ADDED, title=title)
    return RowPreview(kind, item, CHANGED, tuple(changed), title)


def _delete(kind: str, item: str, old: Any, reading: WorkbookReading) -> None:
    if old is not None:
        reading.changes[(kind, item)] = None
        reading.rows.append(RowPreview(kind, item, DELETED, title=str(old.get("title") or "")))


def _is_deleted(sheet: str, row: int, cells: Cells, reading: WorkbookReading) -> bool:
    try:
        return said_yes(cell_text(cells.get(DELETE)))
    except ValueError as error:
        reading.problems.append(CellProblem(sheet, row, DELETE, *error.args))
        return False


def _note_places(
    item: str, columns: tuple[Column, ...], sheet: str, row: int, cells: Cells, reading: WorkbookReading
) -> None:
    for column in columns:
        if column.heading in cells:
            reading.places[(item, column.field)] = (sheet, row, column.heading)


def _grouped(
    item: str, rows: list[tuple[int, str | None, str]], before: Any, reading: WorkbookReading
) -> list[Grouped]:
    """The alternates of an entry's rows with their groups; where the sheet says none, those they are in."""
    group_of = {cell_text(text): group for group, text in pairs(before)}
    found: list[Grouped] = []
    counts: Counter[str] = Counter()
    for row, said, text in rows:
        group = group_of.get(text, WHOLE) if said is None else said
        found.append((group, text))
        counts[group] += 1
        reading.places[(item, f"alternates.{len(found)}")] = (ALTERNATE_SHEET, row, "相似问")
        reading.places[(item, f"alternates.{group}.{counts[group]}")] = (ALTERNATE_SHEET, row, "相似问")
        reading.places.setdefault((item, f"alternates.{group}"), (ALTERNATE_SHEET, row, ASPECT_HEADING))
    return found


def _unknown_entry(reading: WorkbookReading, sheet: str, row: int, item: str) -> None:
    message = f"“{ENTRY_SHEET}”表里没有“{item}”" if item else "没有写是哪个条目"
    remedy = f"核对条目编号，或先在“{ENTRY_SHEET}”表里加上它"
    reading.problems.append(CellProblem(sheet, row, "条目", message, remedy))


def _items(sheet: str, rows: Rows, reading: WorkbookReading) -> Iterator[tuple[int, Cells, str]]:
    """(row, cells, id) of each item; rows without an id, or with one seen before, are refused."""
    seen: dict[str, int] = {}
    for row, cells in rows:
        item = cell_text(cells["编号"])
        if not item:
            reading.problems.append(CellProblem(sheet, row, "编号", "没有编号", "写上编号，或删去这一行"))
        elif item in seen:
            message = f"编号“{item}”与第 {seen[item]} 行重复"
            reading.problems.append(CellProblem(sheet, row, "编号", message, "只留一行"))
        else:
            seen[item] = row
            yield row, cells, item


_REQUIRED = {"title", "confidence", *(key for key, field in FIELDS.items() if field.is_required)}
"""Fields that a new item must have; an empty cell of another is as if it were not there."""


def _merged(
    old: Mapping[str, Any] | None,
    cells: Cells,
    columns: tuple[Column, ...],
    sheet: str,
    row: int,
    reading: WorkbookReading,
) -> tuple[dict[str, Any], list[str]]:
    """The item with each changed cell taken over, and the headings of those that changed."""
    made: dict[str, Any] = json.loads(json.dumps(old)) if old is not None else {}
    changed: list[str] = []
    is_stacking_changed = False
    stacking: dict[str, Any] = {}
    for column in columns:
        key, _, part = column.field.partition(".")
        if column.heading not in cells:
            if key == "stacking":
                stacking[part] = value_of(written(old or {}, column), column)
            continue
        try:
            text = normalised(cells[column.heading], column)
        except ValueError as error:
            reading.problems.append(CellProblem(sheet, row, column.heading, *error.args))
            continue
        value = value_of(text, column)
        if key == "stacking":
            stacking[part] = value
        is_nothing = text == (UNKNOWN if column.form == "known" else "")
        if written(old, column) == text if old is not None else is_nothing and key not in _REQUIRED:
            continue
        changed.append(column.heading)
        if key == "stacking":
            is_stacking_changed = True
        elif part:
            made.setdefault(key, {})[part] = value
        elif column.is_filled and is_nothing:
            made.pop(key, None)
        else:
            made[key] = value
    if is_stacking_changed:
        made["stacking"] = _stacking(stacking)
    return made, changed


def _stacking(fields: Mapping[str, Any]) -> Any:
    made = {name: value for name, value in fields.items() if value}
    return UNKNOWN if made in ({"kind": UNKNOWN}, {}) else made
