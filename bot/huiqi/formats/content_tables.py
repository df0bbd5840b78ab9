"""The parts of a pack besides its entries as tables of fields: what each is called, and how a record of it becomes the
texts of a form and comes back.

A table is declared once (`TABLES`); no part of it knows the screen. What a form does not show of a record stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from huiqi.formats.columns import (
    POLICY_COLUMNS,
    SOURCE_COLUMNS,
    Column,
    ids,
    lines,
    normalised,
    value_of,
    written,
)
from huiqi.formats.office_sheet import OFFICE_ROWS, normalised_cell, office_cells, office_of
from huiqi.formats.schema import PlacesFile
from huiqi.pack.identity import ELIGIBILITY_FILE, LADDERS_FILE, OFFICE_FILE, PLACES_FILE, SOURCES_FILE
from huiqi.pack.office import Office

Shape = Literal["record", "rows", "keyed", "lists", "policies"]
"""record: the whole file is one; rows: a list of records; keyed: id → record; lists: name → texts; policies: an item each."""
Naming = Literal["source", "policy", "entry"]


@dataclass(frozen=True)
class ContentTable:
    """`name`: as its address has it; `file`: where it stands, "" for policies; `naming`: field → what its ids name;
    `longer`: fields whose texts have several lines; `label`: the field that a record is called by; `made_id`: the field
    that holds its id, which is made of the label and never shown; `part`: the field of the file in which its records are."""

    name: str
    title: str
    help: str
    file: str
    shape: Shape
    columns: tuple[Column, ...]
    label: str = ""
    naming: Mapping[str, Naming] = ()  # type: ignore[assignment]
    made_id: str = ""
    is_of_office: bool = False
    unit: str = "一条"
    part: str = ""

    def column(self, field: str) -> Column | None:
        """The column at which a fault of `field` (as kb check names it) is told."""
        found = [one for one in self.columns if field == one.field or field.startswith(one.field + ".")]
        found += [one for one in self.columns if one.field.partition(".")[0] == field.partition(".")[0]]
        return found[0] if found else None


def _but(columns: Sequence[Column], *left_out: str, **headings: str) -> tuple[Column, ...]:
    kept = (column for column in columns if column.field not in left_out)
    return tuple(replace(one, heading=headings.get(one.field, one.heading)) for one in kept)


_OF_OFFICE = {row.field: row for row in OFFICE_ROWS}
_NOTICE, _DAYS = ("notice.text", "notice.until"), ("days_off", "days_worked")
_OFFICE = tuple(row for row in OFFICE_ROWS if row.field not in (*_NOTICE, *_DAYS))

TABLES = (
    ContentTable(
        "policies",
        "政策",
        "每项政策的名称、文号、发布机关、有效期和来源",
        "",
        "policies",
        tuple(
            replace(column, help="哪些文件或网页说的，一行一个")
            if column.field == "sources"
            else replace(column, help=column.help.replace("办公室表里", "“办公室”一页"))
            for column in _but(POLICY_COLUMNS, "id")
        ),
        "title",
        {"sources": "source"},
        "id",
        unit="一项政策",
    ),
    ContentTable(
        "sources",
        "来源",
        "每句话从哪里来：文件、网页、本单位的答复",
        SOURCES_FILE,
        "keyed",
        tuple(
            replace(column, help="它讲的是哪几项政策；哪一项都不是写“无”，空着就随引用它的条目")
            if column.field == "policies"
            else column
            for column in _but(SOURCE_COLUMNS, "id")
        ),
        "title",
        {"policies": "policy"},
        "id",
        unit="一个来源",
    ),
    ContentTable(
        "replies",
        "寒暄和其他答复",
        "打招呼、道谢、诉苦、问你是谁的时候怎么回；改了程序自带的一条，说法照旧，答复用这里的",
        "smalltalk.yaml",
        "rows",
        (
            Column("对方怎么说", "patterns", "rows", "整句话，一行一句；一字不差才算，标点不计"),
            Column("怎么回", "reply", "text", "一两句；不许诺做不到的事"),
            Column("话里有就这样回", "contains", "rows", "不管在话的哪里；只给人命关天的话用，一般空着"),
        ),
        "reply",
        made_id="id",
    ),
    ContentTable(
        "synonyms",
        "同义词",
        "同一样东西的几种叫法；常用的程序已经知道，这里只写本地的",
        "synonyms.yaml",
        "rows",
        (
            Column("规范词", "concept", help="条目里用的那个词"),
            Column("叫法", "words", "rows", "可以换着说的词，一行一个，规范词自己也写上"),
            Column("换用的把握", "weight", "number", "0.5 到 1；意思完全一样写 1，空着就是 1"),
        ),
        "concept",
        unit="一组",
    ),
    ContentTable(
        "spoken",
        "口语",
        "说话时带的、不表意思的词，和换一个说法再理解的话",
        "spoken.yaml",
        "record",
        (
            Column("可以去掉的话", "fillers", "rows", "不影响意思的语气、客气话，一行一个"),
            Column("铺垫的话", "context", "rows", "只说明背景、不说明问什么的词，一行一个"),
            Column("换一个说法", "rewrites", "swaps", "一行一条：原来的说法 → 换成的说法"),
        ),
    ),
    ContentTable(
        "places",
        "地名和单位",
        "哪些地方归这里管，哪些是别处；认得出的单位名",
        PLACES_FILE,
        "record",
        (
            Column("我们这里的地名", "ours", "rows", "问到这些照常作答，一行一个"),
            Column("上级的叫法", "ours_upper", "by_name", "一行一级，例如 市：市里、市级"),
            Column("别的区县", "other_districts", "rows", "问到这些，答不归这里管，一行一个"),
            Column("别的城市", "other_cities", "rows", "一行一个"),
            Column("别的省", "other_provinces", "rows", "一行一个"),
            Column(
                "不能一见就当别处的词",
                "ambiguous",
                "remarks",
                "一行一个，写明缘由，例如 某地名：也是大学的名字",
            ),
            Column("单位名", "units", "rows", "部门、窗口的名称，一行一个"),
            Column("要整个认的词", "words", "rows", "不能拆开来理解的词，一行一个"),
        ),
    ),
    ContentTable(
        "elsewhere",
        "不归这里管的事",
        "常被问到、但不由这里作答的事；照实说不归这里管",
        "out_of_scope.yaml",
        "lists",
        (
            Column("是哪一类事", "name", help="例如 落户"),
            Column("会怎么问", "texts", "rows", "一行一句"),
        ),
        "name",
        unit="一类事",
    ),
    ContentTable(
        "ladders",
        "几级都有的事",
        "同一件事，镇、县、市……各有规定时，哪几条是一件事",
        LADDERS_FILE,
        "rows",
        (
            Column("是什么事", "topic", help="例如 旧房修缮"),
            Column("条目，从近的一级到远的一级", "rungs", "ids", "每级一条"),
            Column("先用哪一级", "note.text", "optional", "文件里说了才写"),
            Column("哪里说的", "note.source", "ids", "上面一句的来源"),
        ),
        "topic",
        {"rungs": "entry", "note.source": "source"},
        unit="一件事",
    ),
    ContentTable(
        "heard",
        "自查怎么听懂回答",
        "自查时打字回答，这样说就算选了那一项；哪一问都适用的写在这里",
        ELIGIBILITY_FILE,
        "record",
        (
            Column(
                "选项和说法",
                "words",
                "by_name",
                "一行一个选项，例如 有：是、对、有过；不知道的算“不清楚”，不想答的算“不做了”",
            ),
        ),
    ),
    ContentTable(
        "check",
        "自查的问题",
        "资格自查问企业什么；哪个条目看哪几问，在条目自己的页面上写",
        ELIGIBILITY_FILE,
        "rows",
        (
            Column("怎么问", "ask", help="一句问话"),
            Column("问的是公司的什么", "about", help="例如 行业；答“不清楚”时，结果里说“公司的行业还不清楚”"),
            Column("选项", "choices", "rows", "一行一个，2 到 9 个；改一个选项的说法，条目里的规则跟着改"),
            Column("这样说也算", "words", "by_name", "可以不写；一行一个选项，例如 餐饮：饭馆、小吃"),
            Column(
                "报人数时选哪一项",
                "people",
                "spans",
                "可以不写；一行一个选项，例如 不到10人：0-9，10人以上：10 起",
            ),
        ),
        "ask",
        made_id="id",
        unit="一问",
        part="questions",
    ),
    ContentTable(
        "office",
        "办公室",
        "谁在这里作答：名称、热线、层级的说法、开头的话、例子",
        OFFICE_FILE,
        "record",
        _OFFICE,
        is_of_office=True,
    ),
    ContentTable(
        "notice",
        "公告",
        "到期以前，对话网页的顶上和各渠道的开头都有这一句；不用时空着",
        OFFICE_FILE,
        "record",
        tuple(_OF_OFFICE[field] for field in _NOTICE),
        is_of_office=True,
    ),
    ContentTable(
        "days",
        "放假和上班",
        "国务院通知以外，本单位自己的假期和加班日；答复期限按它算",
        OFFICE_FILE,
        "record",
        tuple(_OF_OFFICE[field] for field in _DAYS),
        is_of_office=True,
    ),
)
NAMED = {table.name: table for table in TABLES}

_EMPTY_PLACES: Mapping[str, Any] = {
    name: [] for name, field in PlacesFile.model_fields.items() if field.is_required()
}


def empty_record(table: ContentTable) -> dict[str, Any]:
    """What a file that is not there yet starts from."""
    if table.file == ELIGIBILITY_FILE:
        return {"triggers": [], "questions": []}
    if table.is_of_office:
        # As long as there is no file, these levels hold; written down they go on holding.
        return {"name": Office().name, "levels": list(Office().level_names)}
    return dict(_EMPTY_PLACES) if table.file == PLACES_FILE else {}


def texts_of(table: ContentTable, record: Mapping[str, Any]) -> dict[str, str]:
    """Field → its text in the form; ids one a line."""
    if table.is_of_office:
        cells = office_cells(record)
        return {column.field: cells[column.heading] for column in table.columns}
    return {column.field: _text(record, column) for column in table.columns}


def record_of(
    table: ContentTable, texts: Mapping[str, str], base: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The record that the texts say, on top of `base`, and by field what of them cannot be read."""
    faults: dict[str, list[str]] = {}
    if table.is_of_office:
        return _office(table, texts, base, faults), faults
    made: dict[str, Any] = json.loads(json.dumps(dict(base)))
    for column in table.columns:
        said = texts.get(column.field, "")
        try:
            text = _normalised(said, column)
            if text == _text(base, column):
                continue
            value = _value(text, column)
        except ValueError as error:
            faults[column.field] = ["；".join(map(str, error.args))]
            continue
        key, _, part = column.field.partition(".")
        if part and value:
            made[key] = {**(made.get(key) or {}), part: value}
        elif part:
            made[key] = {name: kept for name, kept in (made.get(key) or {}).items() if name != part}
        elif value is None:
            made.pop(key, None)
        else:
            made[key] = value
        if part and not made[key]:
            del made[key]
    return made, faults


def _office(
    table: ContentTable, texts: Mapping[str, str], base: Mapping[str, Any], faults: dict[str, list[str]]
) -> dict[str, Any]:
    cells = office_cells(base)
    for column in table.columns:
        try:
            cells[column.heading] = normalised_cell(texts.get(column.field, ""), column)
        except ValueError as error:
            faults[column.field] = ["；".join(map(str, error.args))]
    try:
        made = office_of(cells)
    except ValueError as error:
        message, remedy, heading = error.args
        field = next(row.field for row in OFFICE_ROWS if row.heading == heading)
        faults[field] = [f"{message}；{remedy}"]
        return dict(base)
    return made


def _text(record: Mapping[str, Any], column: Column) -> str:
    value: Any = record.get(column.field)
    if column.form == "number":
        return "" if value is None else f"{float(value):g}"
    if column.form == "by_name":
        return "\n".join(f"{name}：{'、'.join(words)}" for name, words in (value or {}).items())
    if column.form == "spans":
        return "\n".join(f"{name}：{_span(*span)}" for name, span in (value or {}).items())
    if column.form == "remarks":
        return "\n".join(f"{row['word']}：{row['why']}" for row in value or ())
    if column.form == "swaps":
        return "\n".join(
            f"{row['from']} → {row['to']}" + (f"（{row['why']}）" if row.get("why") else "")
            for row in value or ()
        )
    text = written(record, column)
    return text.replace("、", "\n") if column.form in ("ids", "told") else text


def _normalised(text: str, column: Column) -> str:
    if column.form in ("number", "by_name", "remarks", "swaps", "spans"):
        return "\n".join(filter(None, (line.strip() for line in text.split("\n"))))
    if column.form in ("ids", "told"):
        return "\n".join(ids(text))
    return normalised(text, column)


def _value(text: str, column: Column) -> Any:
    """Raises ValueError (message, remedy)."""
    if column.form == "number":
        try:
            return float(text) if text else None
        except ValueError:
            raise ValueError(f"“{text}”不是数", "写成 0.9 这样") from None
    if column.form in ("by_name", "remarks", "spans"):
        pairs = [_parted(line, "：", "名称：说法") for line in text.replace(":", "：").split("\n") if line]
        if column.form == "spans":
            return {name: _ends(span) for name, span in pairs}
        if column.form == "by_name":
            return {name: lines(words) for name, words in pairs}
        return [{"word": name, "why": why} for name, why in pairs]
    if column.form == "swaps":
        return [_swap(line) for line in text.split("\n") if line]
    return value_of(text.replace("\n", "、") if column.form in ("ids", "told") else text, column)


def _span(least: int, most: int | None) -> str:
    return f"{least} 起" if most is None else f"{least}-{most}"


_SPAN = re.compile(r"(\d+)\s*(?:人)?\s*(?:(?:-|—|–|~|～|到|至)\s*(\d+)\s*人?|起|以上|)")


def _ends(text: str) -> list[int | None]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}”看不懂", "写成 0-9，或 10 起")
    alone = text.strip().removesuffix("人").isdecimal()
    return [int(found[1]), int(found[1]) if alone else int(found[2]) if found[2] else None]


def _parted(line: str, sign: str, example: str) -> tuple[str, str]:
    name, found, rest = line.partition(sign)
    if not (name.strip() and found and rest.strip()):
        raise ValueError(f"“{line}”看不懂", f"写成“{example}”，一行一条")
    return name.strip(), rest.strip()


def _swap(line: str) -> dict[str, str]:
    source, found, rest = line.partition("→")
    if not (source.strip() and found):
        raise ValueError(f"“{line}”看不懂", "写成“原来的说法 → 换成的说法”，一行一条")
    target, bracket, why = rest.partition("（")
    made = {"from": source.strip(), "to": target.strip()}
    return made | ({"why": why.removesuffix("）").strip()} if bracket else {})
