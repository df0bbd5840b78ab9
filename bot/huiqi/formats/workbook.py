"""The knowledge base as an Excel workbook: sheets 政策, 条目, 相似问, 要素, 标准题, there and back without loss.

What is read is compared cell by cell with what would be written for the base in force, so a workbook that
nobody changed changes nothing. Rows that are missing are left alone; nothing is deleted by a workbook.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from huiqi.formats.alternates import Grouped, gathered, group_named, pairs
from huiqi.formats.fields import ENTRY_FIELDS, FIELDS, GOLDEN_LABELS, PARTS, EntryField, Kind
from huiqi.formats.problem import Problem
from huiqi.pack.identity import GOLDEN_FILE, POLICY_FOLDER
from huiqi.pack.model import FACET_NAMES, UNKNOWN, WHOLE

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 60_000
_OLE = b"\xd0\xcf\x11\xe0"
_BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
_DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)

Key = tuple[str, str]
"""(kind, id) of an item: ("policy", "rent"), ("entry", "rent-relief")."""


class WorkbookError(Exception):
    """The file cannot be read as a workbook; the message says what it is and what to do."""


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, the field of the item, and how its cell is read.
    `form`: text, known (未查明 for nothing), day, own_day, lines, ids, json."""

    heading: str
    field: str
    form: str = "text"


POLICY_COLUMNS = (
    Column("编号", "id"),
    Column("名称", "title"),
    Column("别称", "names", "lines"),
    Column("文号", "document_number", "known"),
    Column("发布机关", "issuer", "known"),
    Column("层级", "level", "optional"),
    Column("发布日期", "issued", "day"),
    Column("有效期起", "valid_from", "day"),
    Column("有效期止", "valid_to", "day"),
    Column("有效期说明", "validity_note", "optional"),
    Column("来源", "sources", "ids"),
    Column("提到才答", "requires_mention", "lines"),
)
_FORMS: dict[Kind, str] = {
    "known_text": "known",
    "optional_text": "optional",
    "level": "optional",
    "day": "own_day",
    "texts": "lines",
    "entries": "ids",
    "sources": "ids",
    "eligibility": "json",
}
"""How a cell is read, by the kind of its field; the other kinds are text."""
_PART_FORMS = {"kind": "known", "beside": "ids", "source": "ids"}
_IN_OWN_SHEET: tuple[Kind, ...] = ("alternates", "facets")


def _columns_of(row: EntryField) -> Iterator[Column]:
    heading = row.heading or row.label
    if row.kind == "sourced_text":
        yield Column(heading, f"{row.key}.text")
        yield Column(f"{heading}来源", f"{row.key}.source", "ids")
    elif row.kind == "stacking":
        for part, name in PARTS["stacking"].items():
            yield Column(heading + name, f"{row.key}.{part}", _PART_FORMS.get(part, "optional"))
    else:
        yield Column(heading, row.key, _FORMS.get(row.kind, "text"))


BESIDE_HEADING = FIELDS["stacking"].heading + PARTS["stacking"]["beside"]
# What came later stands last, so that a sheet keeps its columns where they were.
ENTRY_COLUMNS = tuple(
    sorted(
        (column for row in ENTRY_FIELDS if row.kind not in _IN_OWN_SHEET for column in _columns_of(row)),
        key=lambda column: column.heading == BESIDE_HEADING,
    )
)
ASPECT_HEADING = "问的方面"
MAY_BE_MISSING = (ASPECT_HEADING, BESIDE_HEADING)
"""Columns that older workbooks lack: alternates then stay in the groups they are in, and the other side of 叠加 stays."""
GOLDEN_COLUMNS = tuple(
    Column(label, key, {"accept": "ids", "question": "text"}.get(key, "optional"))
    for key, label in GOLDEN_LABELS.items()
)
GOLDEN_SHEET = "标准题"
"""A sheet that may be missing: the golden questions then stay as they are."""
SHEETS: dict[str, tuple[str, ...]] = {
    "政策": tuple(column.heading for column in POLICY_COLUMNS),
    "条目": tuple(column.heading for column in ENTRY_COLUMNS),
    "相似问": ("条目", "相似问", ASPECT_HEADING),
    "要素": ("条目", "要素", "文字", "来源"),
    GOLDEN_SHEET: tuple(column.heading for column in GOLDEN_COLUMNS),
}
_WIDTHS = {
    "名称": 40,
    "标准问": 36,
    "摘要": 60,
    "文字": 80,
    "相似问": 50,
    "关键词": 24,
    "编号": 24,
    "条目": 24,
    "问题": 50,
    "正确的条目": 24,
    "第一句": 40,
}


@dataclass(frozen=True)
class CellProblem:
    """A fault of the workbook. `row` counts from 1 as Excel does; 0 for the whole sheet."""

    sheet: str
    row: int
    column: str
    message: str
    remedy: str

    def render(self) -> str:
        place = f"工作表“{self.sheet}”" + (f"第 {self.row} 行" if self.row else "")
        return f"{place}{f'“{self.column}”列' if self.column else ''}：{self.message}；{self.remedy}"


@dataclass(frozen=True)
class RowPreview:
    """What one item of the workbook does. `action`: 新增, 修改 or 不变; `fields`: what differs."""

    kind: str
    item: str
    action: str
    fields: tuple[str, ...] = ()


@dataclass
class WorkbookReading:
    """A workbook read against a base: items that would change, row by row, and what is refused and why."""

    changes: dict[Key, Any] = field(default_factory=dict)
    rows: list[RowPreview] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)

    def place_problems(self, problems: list[Problem], files: Mapping[str, Any]) -> list[CellProblem]:
        """Problems of the pack as the workbook's reader meets them: sheet, row, column."""
        return [self._placed(problem, files) for problem in problems]

    def _placed(self, problem: Problem, files: Mapping[str, Any]) -> CellProblem:
        item, name = "", problem.field
        data = files.get(problem.file)
        found = re.match(r"entries\.(\d+)\.?(.*)$", problem.field)
        golden = re.match(r"(\d+)\.?(.*)$", problem.field) if problem.file == GOLDEN_FILE else None
        if golden and isinstance(data, list):
            item, name = "golden:" + _text(data[int(golden[1]) - 1].get("question")), golden[2]
        elif found and isinstance(data, dict):
            item, name = str(data["entries"][int(found[1]) - 1].get("id")), found[2]
        elif isinstance(data, dict) and isinstance(data.get("policy"), dict):
            item, name = "policy:" + str(data["policy"].get("id")), problem.field.removeprefix("policy.")
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            place = self.places.get((item, ".".join(parts[:length])))
            if place:
                return CellProblem(*place, problem.message, problem.remedy)
        place = self.places.get((item, "id"), ("条目", 0, name or problem.field))
        return CellProblem(place[0], place[1], name, problem.message, problem.remedy)


def write_workbook(files: Mapping[str, Any], target: Path) -> None:
    """Write the pack's files (name → data) as a workbook, whole or not at all."""
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    sheets = {name: book.create_sheet(name) for name in SHEETS}
    for name, headings in SHEETS.items():
        sheets[name].append(headings)
    for data in _policy_files(files):
        policy = data["policy"]
        _append(sheets["政策"], [_written(policy, column) for column in POLICY_COLUMNS])
        for entry in data["entries"]:
            full = {"policy": policy["id"], **entry}
            _append(sheets["条目"], [_written(full, column) for column in ENTRY_COLUMNS])
            is_grouped = isinstance(entry["alternates"], Mapping)
            for group, alternate in pairs(entry["alternates"]):
                _append(sheets["相似问"], [entry["id"], alternate, group if is_grouped else ""])
            for facet in FACET_NAMES:
                _append(sheets["要素"], [entry["id"], facet, *_facet_cells(entry["facets"][facet])])
    for row in files.get(GOLDEN_FILE) or ():
        _append(sheets[GOLDEN_SHEET], [_written(row, column) for column in GOLDEN_COLUMNS])
    for name, sheet in sheets.items():
        _lay_out(sheet, SHEETS[name])
    stream = io.BytesIO()
    book.save(stream)
    temporary = target.with_name(target.name + ".part")
    temporary.write_bytes(stream.getvalue())
    temporary.replace(target)


def read_workbook(raw: bytes, files: Mapping[str, Any]) -> WorkbookReading:
    """Read a workbook against the base in force (`files`). Raises WorkbookError where it is none."""
    book = _opened(raw)
    reading = WorkbookReading()
    tables: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for name, headings in SHEETS.items():
        if name not in book.sheetnames:
            if name == GOLDEN_SHEET:
                continue
            needed = "、".join(sheet for sheet in SHEETS if sheet != GOLDEN_SHEET)
            raise WorkbookError(
                f"缺少工作表“{name}”；要有 {needed} 四张，请从 huiqi kb export 导出的文件改起"
            )
        tables[name] = list(_rows(book[name], name, headings, reading))
    if reading.problems:
        return reading
    base_policies = {data["policy"]["id"]: data["policy"] for data in _policy_files(files)}
    base_entries = {
        entry["id"]: {"policy": data["policy"]["id"], **entry}
        for data in _policy_files(files)
        for entry in data["entries"]
    }
    names = {data["policy"]["id"]: name for name, data in _named_policy_files(files)}
    _read_policies(tables["政策"], base_policies, names, reading)
    _read_entries(tables, base_entries, reading)
    _read_golden(tables.get(GOLDEN_SHEET, []), files.get(GOLDEN_FILE) or [], reading)
    return reading


def _read_policies(
    rows: list[tuple[int, dict[str, Any]]],
    base: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
    reading: WorkbookReading,
) -> None:
    for row, cells, item in _items("政策", rows, reading):
        for column in POLICY_COLUMNS:
            reading.places[("policy:" + item, column.field)] = ("政策", row, column.heading)
        old = base.get(item)
        made, changed = _merged(old, cells, POLICY_COLUMNS, "政策", row, reading)
        if old is not None and not changed:
            reading.rows.append(RowPreview("policy", item, "不变"))
            continue
        reading.rows.append(RowPreview("policy", item, "修改" if old else "新增", tuple(changed)))
        file = names.get(item, f"{POLICY_FOLDER}/{item}.yaml")
        reading.changes[("policy", item)] = {"file": file, **made}


def _read_entries(
    tables: Mapping[str, list[tuple[int, dict[str, Any]]]],
    base: Mapping[str, Mapping[str, Any]],
    reading: WorkbookReading,
) -> None:
    entries = list(_items("条目", tables["条目"], reading))
    known = {item for _, _, item in entries}
    alternates: dict[str, list[tuple[int, str | None, str]]] = {item: [] for item in known}
    facets: dict[str, dict[str, Any]] = {item: {} for item in known}
    for row, cells in tables["相似问"]:
        item, text = _text(cells["条目"]), _text(cells["相似问"])
        if not item or item not in known:
            _unknown_entry(reading, "相似问", row, item)
            continue
        group = group_named(_text(cells[ASPECT_HEADING])) if ASPECT_HEADING in cells else None
        alternates[item].append((row, group, text))
    for row, cells in tables["要素"]:
        item, name = _text(cells["条目"]), _text(cells["要素"])
        if not item or item not in known:
            _unknown_entry(reading, "要素", row, item)
        elif name not in FACET_NAMES:
            reading.problems.append(
                CellProblem("要素", row, "要素", f"没有要素“{name}”", f"只能是 {'、'.join(FACET_NAMES)}")
            )
        elif name in facets[item]:
            reading.problems.append(
                CellProblem("要素", row, "要素", f"“{item}”的“{name}”写了两行", "并成一行")
            )
        else:
            facets[item][name] = (_text(cells["文字"]), "、".join(_ids(_text(cells["来源"]))))
            reading.places[(item, f"facets.{name}")] = ("要素", row, "文字")
            reading.places[(item, f"facets.{name}.source")] = ("要素", row, "来源")
    for row, cells, item in entries:
        for column in ENTRY_COLUMNS:
            reading.places[(item, column.field)] = ("条目", row, column.heading)
        old = base.get(item)
        made, changed = _merged(old, cells, ENTRY_COLUMNS, "条目", row, reading)
        before = old["alternates"] if old else None
        written = gathered(_grouped(item, alternates[item], before, reading), before)
        if old is None or [(group, _text(text)) for group, text in pairs(before)] != pairs(written):
            made["alternates"] = written
            changed.append("相似问")
        made["facets"] = dict(old["facets"]) if old else {}
        for name in FACET_NAMES:
            text, source = facets[item].get(name, ("", ""))
            if old is None or tuple(_facet_cells(old["facets"][name])) != (text, source):
                made["facets"][name] = (
                    {"text": text, "source": _ids(source)} if text and text != UNKNOWN else UNKNOWN
                )
                changed.append(name)
        if old is not None and not changed:
            reading.rows.append(RowPreview("entry", item, "不变"))
            continue
        reading.rows.append(RowPreview("entry", item, "修改" if old else "新增", tuple(changed)))
        reading.changes[("entry", item)] = made


def _read_golden(
    rows: list[tuple[int, dict[str, Any]]], base: list[dict[str, Any]], reading: WorkbookReading
) -> None:
    """Golden questions that were changed or added, told row by row; all of them are one item of the pack."""
    newer = list(base)
    places = {_text(item["question"]): place for place, item in enumerate(base)}
    seen: dict[str, int] = {}
    for row, cells in rows:
        written = {column.field: _normalised(cells[column.heading], column) for column in GOLDEN_COLUMNS}
        question = written["question"]
        if not question or question in seen:
            message = f"问题“{question}”与第 {seen[question]} 行重复" if question else "没有写问题"
            remedy = "只留一行" if question else "写上问题，或删去这一行"
            reading.problems.append(CellProblem(GOLDEN_SHEET, row, "问题", message, remedy))
            continue
        seen[question] = row
        old = base[places[question]] if question in places else None
        changed = [
            column.heading
            for column in GOLDEN_COLUMNS
            if old is None or _written(old, column) != written[column.field]
        ]
        for column in GOLDEN_COLUMNS:
            reading.places[("golden:" + question, column.field)] = (GOLDEN_SHEET, row, column.heading)
        if changed:
            values = {column.field: _value(written[column.field], column) for column in GOLDEN_COLUMNS}
            made = {key: value for key, value in values.items() if value is not None}
            place = places.get(question, len(newer))
            newer[place : place + 1] = [made]
            reading.rows.append(RowPreview("file", question, "修改" if old else "新增", tuple(changed)))
    if newer != base:
        reading.changes[("file", GOLDEN_FILE)] = newer


def _grouped(
    item: str, rows: list[tuple[int, str | None, str]], before: Any, reading: WorkbookReading
) -> list[Grouped]:
    """The alternates of an entry's rows with their groups; where the sheet says none, those they are in."""
    group_of = {_text(text): group for group, text in pairs(before)}
    found: list[Grouped] = []
    counts: Counter[str] = Counter()
    for row, said, text in rows:
        group = group_of.get(text, WHOLE) if said is None else said
        found.append((group, text))
        counts[group] += 1
        reading.places[(item, f"alternates.{len(found)}")] = ("相似问", row, "相似问")
        reading.places[(item, f"alternates.{group}.{counts[group]}")] = ("相似问", row, "相似问")
        reading.places.setdefault((item, f"alternates.{group}"), ("相似问", row, ASPECT_HEADING))
    return found


def _unknown_entry(reading: WorkbookReading, sheet: str, row: int, item: str) -> None:
    message = f"“条目”表里没有“{item}”" if item else "没有写是哪个条目"
    reading.problems.append(CellProblem(sheet, row, "条目", message, "核对条目编号，或先在“条目”表里加上它"))


def _items(
    sheet: str, rows: list[tuple[int, dict[str, Any]]], reading: WorkbookReading
) -> Iterator[tuple[int, dict[str, Any], str]]:
    """(row, cells, id) of each item; rows without an id, or with one seen before, are refused."""
    seen: dict[str, int] = {}
    for row, cells in rows:
        item = _text(cells["编号"])
        if not item:
            reading.problems.append(CellProblem(sheet, row, "编号", "没有编号", "写上编号，或删去这一行"))
        elif item in seen:
            message = f"编号“{item}”与第 {seen[item]} 行重复"
            reading.problems.append(CellProblem(sheet, row, "编号", message, "只留一行"))
        else:
            seen[item] = row
            yield row, cells, item


def _merged(
    old: Mapping[str, Any] | None,
    cells: Mapping[str, Any],
    columns: tuple[Column, ...],
    sheet: str,
    row: int,
    reading: WorkbookReading,
) -> tuple[dict[str, Any], list[str]]:
    """The item with each changed cell taken over, and the headings of those that changed."""
    made: dict[str, Any] = json.loads(json.dumps(old)) if old is not None else {}
    changed: list[str] = []
    touched: set[str] = set()
    stacking: dict[str, Any] = {}
    for column in columns:
        key, _, part = column.field.partition(".")
        if column.heading not in cells:
            kept = (old or {}).get(key)
            stacking[part] = kept.get(part) if isinstance(kept, Mapping) else None
            continue
        try:
            text = _normalised(cells[column.heading], column)
        except ValueError as error:
            reading.problems.append(CellProblem(sheet, row, column.heading, *error.args))
            continue
        value = _value(text, column)
        if key == "stacking":
            stacking[part] = value
        if old is not None and _written(old, column) == text:
            continue
        changed.append(column.heading)
        touched.add(key)
        if key == "stacking":
            continue
        if part:
            made.setdefault(key, {})[part] = value
        elif value is not None or old is not None or column.form not in ("optional", "json", "own_day"):
            made[key] = value
    if "stacking" in touched:
        made["stacking"] = _stacking(stacking)
    return made, changed


def _stacking(fields: Mapping[str, Any]) -> Any:
    made = {name: value for name, value in fields.items() if value}
    return UNKNOWN if made in ({"kind": UNKNOWN}, {}) else made


def _written(item: Mapping[str, Any], column: Column) -> str:
    """The text of an item's cell."""
    value: Any = item
    for name in column.field.split("."):
        value = value.get(name) if isinstance(value, Mapping) else (value if name == "kind" else None)
    if column.form == "lines":
        return "\n".join(value or [])
    if column.form == "ids":
        return "、".join(value or [])
    if column.form == "json":
        return json.dumps(value, ensure_ascii=False) if value else ""
    if column.form in ("known", "day") and value is None:
        return UNKNOWN if column.form == "known" else ""
    return _text(value)


def _normalised(cell: Any, column: Column) -> str:
    """A cell as `_written` would have written it. Raises ValueError (message, remedy)."""
    if column.form in ("day", "own_day"):
        return _day(cell)
    text = _text(cell)
    if column.form == "lines":
        return "\n".join(_lines(text))
    if column.form == "ids":
        return "、".join(_ids(text))
    if column.form == "known":
        return text or UNKNOWN
    if column.form == "json" and text:
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except json.JSONDecodeError:
            raise ValueError("自查规则不是 JSON", "照导出的样子写，或清空") from None
    return text


def _value(text: str, column: Column) -> Any:
    if column.form == "lines":
        return _lines(text)
    if column.form == "ids":
        return _ids(text)
    if column.form == "json":
        return json.loads(text) if text else None
    if column.form in ("optional", "own_day"):
        return text or None
    if column.form == "day":
        return text or UNKNOWN
    return text


def _day(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = _text(cell)
    if text in ("", UNKNOWN):
        return text
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found:
            try:
                return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
            except ValueError:
                raise ValueError(f"日期“{text}”不存在", "核对原文的日期；日历上没有这一天") from None
    raise ValueError(f"日期“{text}”看不懂", f"写成 {date.today()} 这样，或 年/月/日、年月日")


def _text(cell: Any) -> str:
    """A cell as text without stray blanks: a number as it is shown, a date as ISO 8601 writes it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("_x000D_", "").strip(_BLANKS)


def _lines(text: str) -> list[str]:
    parts = text.split("\n") if "\n" in text else re.split(r"[、,，;；]", text)
    return [part.strip(_BLANKS) for part in parts if part.strip(_BLANKS)]


def _ids(text: str) -> list[str]:
    return [part for part in re.split(r"[、,，;；\s]+", text) if part]


def _facet_cells(value: Any) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        return "", ""
    return _text(value["text"]), "、".join(value["source"])


def _policy_files(files: Mapping[str, Any]) -> list[Any]:
    return [data for _, data in _named_policy_files(files)]


def _named_policy_files(files: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, data) for name, data in files.items() if name.startswith(POLICY_FOLDER + "/")]


def _append(sheet: Worksheet, values: list[str]) -> None:
    row = sheet.max_row + 1
    for place, value in enumerate(values, 1):
        if value:
            cell = sheet.cell(row, place, value)
            # A text that begins with = is text here, not a formula.
            cell.data_type = "s"


def _lay_out(sheet: Worksheet, headings: tuple[str, ...]) -> None:
    sheet.freeze_panes = "B2"
    for place, heading in enumerate(headings, 1):
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(heading, 16)
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = "@"


def _rows(
    sheet: Worksheet, name: str, headings: tuple[str, ...], reading: WorkbookReading
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row number, heading → value) of each row that holds anything."""
    for merged in sheet.merged_cells.ranges:
        reading.problems.append(
            CellProblem(name, merged.min_row, "", f"{merged.coord} 是合并的单元格", "取消合并，每一行都填上")
        )
    found = {_text(cell.value): cell.column for cell in sheet[1] if cell.value is not None}
    missing = [heading for heading in headings if heading not in found and heading not in MAY_BE_MISSING]
    if missing:
        reading.problems.append(
            CellProblem(name, 1, "", f"第一行缺少列：{'、'.join(missing)}", "从导出的文件里补上列名")
        )
        return
    if sheet.max_row > MOST_ROWS:
        reading.problems.append(CellProblem(name, 0, "", f"超过 {MOST_ROWS} 行", "拆成几个文件分次导入"))
        return
    for cells in sheet.iter_rows(min_row=2):
        values: dict[str, Any] = {}
        for heading in (name for name in headings if name in found):
            cell = cells[found[heading] - 1] if found[heading] - 1 < len(cells) else None
            values[heading] = cell.value if cell is not None else None
            if cell is not None and cell.row is not None and cell.data_type == "f":
                reading.problems.append(
                    CellProblem(name, cell.row, heading, "是公式，不是文字", "选择性粘贴为“值”，再导入")
                )
            elif cell is not None and cell.row is not None and cell.data_type == "e":
                reading.problems.append(
                    CellProblem(name, cell.row, heading, f"是出错的单元格 {cell.value}", "改成文字")
                )
        if any(_text(value) for value in values.values()):
            yield cells[0].row or 0, values


def _opened(raw: bytes) -> Workbook:
    if len(raw) > LARGEST_FILE:
        raise WorkbookError(f"文件有 {len(raw) // 1024 // 1024} MB，最多 20 MB，请删去图片或拆成几个文件")
    if raw[:4] == _OLE:
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise WorkbookError("这个 Excel 文件设了打开密码，请先去掉密码再导入")
        raise WorkbookError("这是旧版 .xls 文件，请在 Excel 里另存为“Excel 工作簿（.xlsx）”再导入")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise WorkbookError("这个文件加了密，请先去掉密码再导入")
            if sum(member.file_size for member in members) > LARGEST_UNPACKED:
                raise WorkbookError("文件解开后超过 200 MB，不像正常的表格，没有导入；请从导出的文件改起")
        book: Workbook = load_workbook(io.BytesIO(raw))
        return book
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError) as error:
        raise WorkbookError("这不是 Excel 文件（.xlsx），或文件已损坏，请重新导出或另存一份") from error
