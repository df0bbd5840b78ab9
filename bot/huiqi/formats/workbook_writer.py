"""Writes a knowledge base as an Excel workbook, or an empty one to be filled in; the headings say what to write."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from huiqi.formats.alternates import pairs
from huiqi.formats.columns import (
    ALTERNATE_SHEET,
    ENTRY_COLUMNS,
    ENTRY_SHEET,
    FACET_SHEET,
    GOLDEN_COLUMNS,
    GOLDEN_SHEET,
    HELP_SHEET,
    OFFICE_SHEET,
    POLICY_COLUMNS,
    POLICY_SHEET,
    QUESTION_SHEET,
    SHEETS,
    SOURCE_COLUMNS,
    SOURCE_SHEET,
    Column,
    written,
)
from huiqi.formats.office_sheet import office_cells, shown
from huiqi.formats.table_file import RELEASE_PROPERTY, cell_text
from huiqi.language.legible import legible
from huiqi.pack.identity import GOLDEN_FILE, OFFICE_FILE, POLICY_FOLDER, SOURCES_FILE
from huiqi.pack.model import FACET_NAMES

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
    "答案": 80,
    "内容": 50,
    "网址": 50,
    "正确的条目": 24,
    "第一句": 40,
}
_OFFERED_ROWS = 2000
"""So many rows below the headings offer their choices."""
_TOLD = (
    "只有问答的，填“问答”一张就够：一行一条，写问题和答案；相似问写别的说法，越多越好认。",
    "自己写的答案，来源写“本单位”或空着；出自文件或网页的，写它的名称或网址。",
    "“办公室”写谁在这里答、打哪个电话；答复里的称呼和热线都从这里来。",
    "要分要素、写有效期、做自查的，用“来源”“政策”“条目”“相似问”“要素”几张；鼠标停在列名上，看这一列写什么。",
    "“标准题”写答案必须一直正确的问题，每次发布都会核对。",
    "填好以后：huiqi kb import 文件名.xlsx --dry-run 看会改什么；去掉 --dry-run 就导入。有一处错就什么都不导入，逐格指出来。",
    "例：问题 几点上班；相似问 几点开门；周末上班吗；答案 周一到周五九点上班，周末不上班。；来源 本单位",
)


def write_workbook(
    files: Mapping[str, Any], target: Path, release: str = "", opened: str = OFFICE_SHEET
) -> None:
    """Write the pack's files (name → data) as a workbook, whole or not at all. `release`: which state of the base they
    are, kept in the file's properties, so that an older file is merged when it comes back. `opened`: the sheet that is seen
    first."""
    book, sheets = _blank()
    if release:
        properties = book.custom_doc_props  # type: ignore[attr-defined]
        properties.append(StringProperty(name=RELEASE_PROPERTY, value=release))
    _fill_office(sheets[OFFICE_SHEET], files.get(OFFICE_FILE) or {})
    for key, source in (files.get(SOURCES_FILE) or {}).items():
        _append(sheets[SOURCE_SHEET], _cells({"id": key, **source}, SOURCE_COLUMNS))
    for name, data in files.items():
        if not name.startswith(POLICY_FOLDER + "/"):
            continue
        policy = data["policy"]
        _append(sheets[POLICY_SHEET], _cells(policy, POLICY_COLUMNS))
        for entry in data["entries"]:
            _append(sheets[ENTRY_SHEET], _cells({"policy": policy["id"], **entry}, ENTRY_COLUMNS))
            is_grouped = isinstance(entry["alternates"], Mapping)
            for group, alternate in pairs(entry["alternates"]):
                _append(sheets[ALTERNATE_SHEET], [entry["id"], alternate, group if is_grouped else ""])
            for facet in FACET_NAMES:
                cells = facet_cells((entry.get("facets") or {}).get(facet))
                _append(sheets[FACET_SHEET], [entry["id"], facet, *cells])
    for row in files.get(GOLDEN_FILE) or ():
        _append(sheets[GOLDEN_SHEET], _cells(row, GOLDEN_COLUMNS))
    book.active = sheets[opened]
    _save(book, sheets, target)


def write_template(target: Path) -> None:
    """Write a workbook to be filled in, whole or not at all."""
    book, sheets = _blank()
    told = book.create_sheet(HELP_SHEET, 0)
    told.column_dimensions["A"].width = 100
    for row, sentence in enumerate(_TOLD, 1):
        told.cell(row, 1, sentence).alignment = Alignment(wrap_text=True, vertical="top")
    _fill_office(sheets[OFFICE_SHEET], {})
    book.move_sheet(QUESTION_SHEET, 1 - book.sheetnames.index(QUESTION_SHEET))
    _save(book, sheets, target)


def facet_cells(value: Any) -> tuple[str, str]:
    """Text and sources of a facet as it is written."""
    if not isinstance(value, Mapping):
        return "", ""
    return cell_text(value["text"]), "、".join(value["source"])


def _blank() -> tuple[Workbook, dict[str, Worksheet]]:
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    sheets = {name: book.create_sheet(name) for name in SHEETS}
    for name, columns in SHEETS.items():
        sheets[name].append([column.heading for column in columns])
    return book, sheets


def _fill_office(sheet: Worksheet, office: Mapping[str, Any]) -> None:
    for row in shown(office_cells(office)):
        _append(sheet, row)


def _cells(item: Mapping[str, Any], columns: Iterable[Column]) -> list[str]:
    return [written(item, column) for column in columns]


def _append(sheet: Worksheet, values: Iterable[str]) -> None:
    sheet.append([_cell(sheet, value) if value else None for value in values])


def _cell(sheet: Worksheet, value: str) -> Cell:
    # Its place is given where it is appended.
    cell = Cell(sheet, 1, 1, legible(value))
    # A text that begins with = is text here, not a formula.
    cell.data_type = "s"
    return cell


def _save(book: Workbook, sheets: Mapping[str, Worksheet], target: Path) -> None:
    for name, sheet in sheets.items():
        _lay_out(sheet, SHEETS[name])
    stream = io.BytesIO()
    book.save(stream)
    temporary = target.with_name(target.name + ".part")
    temporary.write_bytes(stream.getvalue())
    temporary.replace(target)


def _lay_out(sheet: Worksheet, columns: tuple[Column, ...]) -> None:
    sheet.freeze_panes = "B2"
    for place, column in enumerate(columns, 1):
        letter, top = get_column_letter(place), sheet.cell(1, place)
        top.font = Font(bold=True)
        sheet.column_dimensions[letter].width = _WIDTHS.get(column.heading, 16)
        if column.help:
            top.comment = Comment(column.help, "huiqi", height=120, width=320)
        if column.choices:
            offer = DataValidation("list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            offer.showErrorMessage = False
            offer.add(f"{letter}2:{letter}{_OFFERED_ROWS}")
            sheet.add_data_validation(offer)
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = "@"
