"""The workbook's sheets and columns, each said once, and how a cell of each is written and read.

What is written and what is read are compared as texts: a cell that nobody changed reads as it would be written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from huiqi.formats.alternates import GROUP_NAMES
from huiqi.formats.fields import ENTRY_FIELDS, FIELDS, GOLDEN_LABELS, PARTS, EntryField, Kind
from huiqi.formats.schema import SourceFields
from huiqi.formats.table_file import cell_text
from huiqi.pack.model import FACET_NAMES, UNKNOWN
from huiqi.pack.office import OWN
from huiqi.pack.rough_day import RoughDay

HELP_SHEET = "说明"
"""For people only."""
OFFICE_SHEET, SOURCE_SHEET, POLICY_SHEET, ENTRY_SHEET = "办公室", "来源", "政策", "条目"
ALTERNATE_SHEET, FACET_SHEET, GOLDEN_SHEET, QUESTION_SHEET = "相似问", "要素", "标准题", "问答"
DELETE = "删除"
YES, NONE = "是", "无"
REMARK = "备注"
"""A column whose heading begins so is people's own."""
ASPECT_HEADING = "问的方面"
KINDS_OF_SOURCE: tuple[str, ...] = get_args(SourceFields.model_fields["confidence"].annotation)

_YES, _NO = ("是", "y", "yes", "true", "1", "√"), ("", "否", "n", "no", "false", "0")
_DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)
_FORMS: dict[Kind, str] = {
    "known_text": "known",
    "optional_text": "optional",
    "level": "optional",
    "day": "own_day",
    "rough_day": "rough_day",
    "texts": "lines",
    "details": "rows",
    "entries": "ids",
    "sources": "ids",
    "eligibility": "json",
}
"""How a cell is read, by the kind of its field; the other kinds are text."""
_PART_FORMS = {"kind": "known", "beside": "ids", "source": "ids"}
_IN_OWN_SHEET: tuple[Kind, ...] = ("alternates", "facets", "attachments")


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, the field of the item, how its cell is read, and what to write in it.
    `form`: text, optional, known (未查明 for nothing), day, own_day, rough_day, days (one a line), lines, rows (one a line and nothing else parts
    them), ids, told (ids, 无 for none of all, nothing for what nobody has said), json, yes. `choices`: what Excel offers. `is_filled`: nothing in it is as if it were not there."""

    heading: str
    field: str
    form: str = "text"
    help: str = ""
    choices: tuple[str, ...] = ()
    is_filled: bool = False


def _plain(help: str) -> str:
    return help.replace("`", "")


def _columns_of(row: EntryField) -> Iterator[Column]:
    heading, help = row.heading or row.label, _plain(row.help)
    if row.kind == "sourced_text":
        yield Column(heading, f"{row.key}.text", help="一到三句的概要，第一句直接回答标准问")
        yield Column(f"{heading}来源", f"{row.key}.source", "ids", "来源编号，几个用顿号隔开")
    elif row.kind == "stacking":
        for part, name in PARTS["stacking"].items():
            choices = tuple(value for value, _ in row.choices) if part == "kind" else ()
            yield Column(
                heading + name, f"{row.key}.{part}", _PART_FORMS.get(part, "optional"), help, choices
            )
    else:
        choices = tuple(value for value, _ in row.choices)
        form = _FORMS.get(row.kind, "text")
        yield Column(heading, row.key, form, help or "政策的编号", choices, row.is_filled)


DELETE_COLUMN = Column(DELETE, "", "yes", f"要删去这一行的，写“{YES}”；删了行不算删除", (YES,))
OFFICE_COLUMNS = (
    Column("项目", "", help="不要改"),
    Column("内容", "", help="没有的空着"),
    Column("说明", "", help="给人看的"),
)
SOURCE_COLUMNS = (
    Column("编号", "id", help="字母、数字，例如 S1；条目里写它"),
    Column("名称", "title", help="文件、网页或答复的名称"),
    Column("日期", "date", "day", f"发布或看到的日期；本单位的答复可以不写，不知道写 {UNKNOWN}"),
    Column("网址", "urls", "rows", "一行一个，没有就空着"),
    Column("可信程度", "confidence", help=f"自己写的答案写“{OWN}”", choices=KINDS_OF_SOURCE),
    Column("说明", "note", "optional"),
    Column(
        "讲的政策",
        "policies",
        "told",
        f"它讲的是哪几项政策，写编号；哪一项都不是写“{NONE}”，空着就随引用它的条目",
    ),
)
POLICY_COLUMNS = (
    Column("编号", "id", help="小写字母、数字、连字符，例如 rent；定了就不改"),
    Column("名称", "title", help="全称"),
    Column("别称", "names", "lines", "大家怎么叫它，一行一个"),
    Column("文号", "document_number", "known"),
    Column("发布机关", "issuer", "known"),
    Column("层级", "level", "optional", "办公室表里写的某一级，空着就是最近的一级"),
    Column("发布日期", "issued", "day"),
    Column("有效期起", "valid_from", "day"),
    Column("有效期止", "valid_to", "day"),
    Column("有效期说明", "validity_note", "optional"),
    Column("来源", "sources", "ids", "来源编号，几个用顿号隔开"),
    Column("提到才答", "requires_mention", "lines", "问题里提到其中一个词，才用这项政策来答；一般空着"),
    Column("代替的文件", "replaces", "rows", "它代替了哪些文件，写文号，一行一个"),
    Column(
        "停止的文件",
        "ends",
        "rows",
        "它停止了哪些文件，写文号，一行一个；停没停止说不准、或是被延长的，在文号后面加冒号写一句要说的话",
    ),
    Column(
        "最近一次见到使用",
        "last_seen_in_use",
        "rough_day",
        "没有读到期限时，最近一次见到它被使用的年、年-月或年-月-日",
    ),
    Column("最近核对", "last_checked", "day", "最近一次向来源或责任单位核对的日子"),
)
BESIDE_HEADING = FIELDS["stacking"].heading + PARTS["stacking"]["beside"]
LATER_HEADINGS = (
    BESIDE_HEADING,
    *(FIELDS[key].label for key in ("last_seen_in_use", "last_checked", "details")),
)
"""What came later stands last, so that a sheet keeps its columns where they were."""
ENTRY_COLUMNS = tuple(
    sorted(
        (column for row in ENTRY_FIELDS if row.kind not in _IN_OWN_SHEET for column in _columns_of(row)),
        key=lambda column: (
            LATER_HEADINGS.index(column.heading) + 1 if column.heading in LATER_HEADINGS else 0
        ),
    )
)
ALTERNATE_COLUMNS = (
    Column("条目", "id", help="条目的编号"),
    Column("相似问", "text", help="一行一句；长短、说法各不相同"),
    Column(ASPECT_HEADING, "group", help=f"只能是 {GROUP_NAMES}；没有这一列，原来在哪一组还在哪一组"),
)
FACET_COLUMNS = (
    Column("条目", "id", help="条目的编号"),
    Column("要素", "name", choices=FACET_NAMES),
    Column("文字", "text", help=f"不知道就空着，答复时会照实说{UNKNOWN}"),
    Column("来源", "source", "ids", "来源编号，几个用顿号隔开"),
)
_GOLDEN_HELP = {
    "question": "答案必须一直正确的问题",
    "accept": "算答对的条目编号，几个用顿号隔开；不该答的空着",
    "facet": "问的是哪个要素；可以空着",
    "first": "答案第一句里必须有的话，几种都算用 | 隔开；可以空着",
}
GOLDEN_COLUMNS = tuple(
    Column(
        label,
        key,
        {"accept": "ids", "question": "text"}.get(key, "optional"),
        _GOLDEN_HELP[key],
        FACET_NAMES if key == "facet" else (),
    )
    for key, label in GOLDEN_LABELS.items()
)
QUESTION_COLUMNS = (
    Column("问题", "question", help="一行一条问答"),
    Column("相似问", "alternates", help="别的说法，一行一句或用；隔开"),
    Column("答案", "answer", help="第一句直接回答问题"),
    Column("来源", "source", help=f"来源表里的编号或名称，或文件的名称、网址；自己的答案写“{OWN}”或空着"),
)
SHEETS: dict[str, tuple[Column, ...]] = {
    OFFICE_SHEET: OFFICE_COLUMNS,
    SOURCE_SHEET: (*SOURCE_COLUMNS, DELETE_COLUMN),
    POLICY_SHEET: (*POLICY_COLUMNS, DELETE_COLUMN),
    ENTRY_SHEET: (*ENTRY_COLUMNS, DELETE_COLUMN),
    ALTERNATE_SHEET: ALTERNATE_COLUMNS,
    FACET_SHEET: FACET_COLUMNS,
    GOLDEN_SHEET: (*GOLDEN_COLUMNS, DELETE_COLUMN),
    QUESTION_SHEET: QUESTION_COLUMNS,
}
"""In the order of the workbook; of those that are missing, and of columns that are missing, nothing changes."""
NEEDED: dict[str, tuple[str, ...]] = {
    OFFICE_SHEET: ("项目", "内容"),
    SOURCE_SHEET: ("编号",),
    POLICY_SHEET: ("编号",),
    ENTRY_SHEET: ("编号",),
    ALTERNATE_SHEET: ("条目", "相似问"),
    FACET_SHEET: ("条目", "要素", "文字", "来源"),
    GOLDEN_SHEET: ("问题",),
}
"""The columns without which a sheet says nothing."""


def written(item: Mapping[str, Any], column: Column) -> str:
    """The text of an item's cell."""
    value: Any = item
    for name in column.field.split("."):
        value = value.get(name) if isinstance(value, Mapping) else (value if name == "kind" else None)
    if column.form in ("lines", "rows", "days"):
        return "\n".join(map(str, value or []))
    if column.form == "ids":
        return "、".join(value or [])
    if column.form == "told":
        return "" if value is None else "、".join(value) or NONE
    if column.form == "json":
        return json.dumps(value, ensure_ascii=False) if value else ""
    if column.form == "yes":
        return YES if value else ""
    if column.form in ("known", "day") and value is None:
        return UNKNOWN if column.form == "known" else ""
    return cell_text(value)


def normalised(cell: Any, column: Column) -> str:
    """A cell as `written` would have written it. Raises ValueError (message, remedy)."""
    if column.form in ("day", "own_day"):
        return _day(cell)
    if column.form == "rough_day":
        return _rough_day(cell)
    text = cell_text(cell)
    if column.form == "lines":
        return "\n".join(lines(text))
    if column.form == "days":
        return "\n".join(_day(line) for line in lines(cell_text(cell)))
    if column.form == "rows":
        return "\n".join(filter(None, (line.strip() for line in text.split("\n"))))
    if column.form in ("ids", "told"):
        return "、".join(ids(text))
    if column.form == "known":
        return text or UNKNOWN
    if column.form == "yes":
        return YES if said_yes(text) else ""
    if column.form == "json" and text:
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except json.JSONDecodeError:
            raise ValueError("自查规则不是 JSON", "照导出的样子写，或清空") from None
    return text


def value_of(text: str, column: Column) -> Any:
    """What a cell of this text (see `normalised`) says."""
    if column.form == "lines":
        return lines(text)
    if column.form in ("rows", "days"):
        return text.split("\n") if text else []
    if column.form == "ids":
        return ids(text)
    if column.form == "told":
        return (None if not text else []) if text in ("", NONE) else ids(text)
    if column.form == "json":
        return json.loads(text) if text else None
    if column.form == "yes":
        return bool(text)
    if column.form in ("optional", "own_day", "rough_day"):
        return text or None
    if column.form == "day":
        return text or UNKNOWN
    return text


def said_yes(text: str) -> bool:
    """Raises ValueError (message, remedy) for what is neither yes nor no."""
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError(f"“{text}”看不懂", f"写“{YES}”，或空着")


def _day(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = cell_text(cell)
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


def _rough_day(cell: Any) -> str:
    """A year, a month or a day; Excel makes a day of a month."""
    if isinstance(cell, datetime | date):
        return _day(cell)
    text = cell_text(cell)
    if text in ("", UNKNOWN):
        return ""
    parts = re.fullmatch(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?[年月日]?", text)
    try:
        return (
            str(RoughDay(*(int(part) for part in parts.groups() if part)).checked()) if parts else _day(text)
        )
    except ValueError:
        raise ValueError(f"“{text}”日历上没有", "写成 年、年-月 或 年-月-日") from None


def lines(text: str) -> list[str]:
    parts = text.split("\n") if "\n" in text else re.split(r"[、,，;；]", text)
    return [cell_text(part) for part in parts if cell_text(part)]


def ids(text: str) -> list[str]:
    return [part for part in re.split(r"[、,，;；\s]+", text) if part]
