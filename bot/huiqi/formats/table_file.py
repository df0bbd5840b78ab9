"""A file of tables as people have them, Excel, CSV or TSV, read into rows of cells.

This is the one place where such a file is opened: what it may hold at most stands here.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from huiqi.formats.encodings import decoded
from huiqi.formats.shown_cell import NotShown, shown
from huiqi.formats.workbook_limits import MOST_ROWS, TooLarge, check_size

LARGEST_FILE = 20 * 1024 * 1024
RELEASE_PROPERTY = "huiqi-release"
UNNAMED_COLUMNS = 100
"""Columns that are looked at in a sheet without headings, to tell whether it holds anything."""
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_SUFFIXES = (".xlsx", ".xls", ".xlsm")
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    expat.ExpatError,
    ElementTree.ParseError,
    NotImplementedError,
    RecursionError,
    AttributeError,
    LookupError,
    ValueError,
    TypeError,
    OSError,
)
"""What the libraries raise for files that are none, or whose parts do not fit together."""
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"


class WorkbookError(Exception):
    """The file cannot be read as tables; the message says what it is and what to do."""


@dataclass(frozen=True)
class CellProblem:
    """A fault of the file. `sheet`: "" where the file has no sheets; `row` counts from 1 as Excel does, 0 for all."""

    sheet: str
    row: int
    column: str
    message: str
    remedy: str

    def render(self) -> str:
        place = f"工作表“{self.sheet}”" if self.sheet else ""
        place += f"第 {self.row} 行" if self.row else ""
        place += f"“{self.column}”列" if self.column else ""
        return f"{place or '文件'}：{self.message}；{self.remedy}"


@dataclass(frozen=True)
class Table:
    """A sheet, or a file of text (`name` is then ""). `headings`: position of each column that has a heading → that
    heading; `rows`: (row number, what each cell shows) of those that hold anything; `problems`: what is wrong, whoever
    reads which columns; `release`: that of the base which the file was written from, "" where it does not say."""

    name: str
    headings: dict[int, str]
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    release: str = ""

    def problems_of(self, headings: Collection[str]) -> list[CellProblem]:
        """What is wrong for somebody who reads these columns only."""
        return [problem for problem in self.problems if not problem.column or problem.column in headings]


def tables_of(raw: bytes) -> list[Table]:
    """Every table of a file, read in this process: what comes from outside is read by `table_child.read_tables`.
    Raises WorkbookError where it is none that can be read."""
    if len(raw) > LARGEST_FILE:
        raise WorkbookError(f"文件有 {len(raw) // 1024 // 1024} MB，最多 20 MB，请删去图片或拆成几个文件")
    if raw[:4] == _OLE or raw[:2] == _ZIP:
        book = _opened(raw)
        return [_sheet(sheet, _release_of(book)) for sheet in book.worksheets]
    return [_text_table(raw)]


def cell_text(cell: Any) -> str:
    """A cell as text without stray blanks: a number as it is shown, a date as ISO 8601 writes it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("_x000D_", "").strip(_BLANKS)


def _opened(raw: bytes) -> Workbook:
    if raw[:4] == _OLE:
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise WorkbookError("这个 Excel 文件设了打开密码，请先去掉密码再导入")
        raise WorkbookError("这是旧版 .xls 文件，请在 Excel 里另存为“Excel 工作簿（.xlsx）”再导入")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise WorkbookError("这个文件加了密，请先去掉密码再导入")
            check_size(archive)
        book: Workbook = load_workbook(io.BytesIO(raw))
        return book
    except TooLarge as error:
        raise WorkbookError(str(error)) from None
    except _DAMAGED as error:
        raise WorkbookError("这不是 Excel 文件（.xlsx），或文件已损坏，请重新导出或另存一份") from error


def _release_of(book: Workbook) -> str:
    """The release that the file was written from, as its properties keep it."""
    properties = book.custom_doc_props.props  # type: ignore[attr-defined]
    found = [prop.value for prop in properties if prop.name == RELEASE_PROPERTY]
    return str(found[0]) if found else ""


def _sheet(sheet: Worksheet, release: str) -> Table:
    name = sheet.title
    headings = {place: cell_text(cell.value) for place, cell in enumerate(sheet[1]) if cell_text(cell.value)}
    table = Table(name, headings, release=release)
    for merged in sheet.merged_cells.ranges:
        message = f"{merged.coord} 是合并的单元格"
        table.problems.append(CellProblem(name, merged.min_row, "", message, "取消合并，每一行都填上"))
    # One blank cell far right or far down makes a sheet of millions: only what is written is looked at.
    width = max(headings) + 1 if headings else min(sheet.max_column, UNNAMED_COLUMNS)
    for row in sorted({row for row, _ in sheet._cells if row > 1}):
        (cells,) = sheet.iter_rows(min_row=row, max_row=row, max_col=width)
        values = [cell.value for cell in cells]
        for place, heading in headings.items():
            cell = cells[place]
            if cell.data_type == "f":
                fault = ("是公式，不是文字", "选择性粘贴为“值”，再导入")
            elif cell.data_type == "e":
                fault = (f"是出错的单元格 {cell.value}", "改成文字")
            else:
                try:
                    values[place] = shown(cell.value, cell.number_format)
                    continue
                except NotShown:
                    message = f"的显示格式认不出（里面存的是 {cell.value}，格式 {cell.number_format}）"
                    fault = (message, "把这一格设成“文本”，照看到的样子写")
            table.problems.append(CellProblem(name, row, heading, *fault))
        if any(cell_text(value) for value in values):
            table.rows.append((row, values))
    return table


def _text_table(raw: bytes) -> Table:
    text = decoded(raw)
    if text is None:
        raise WorkbookError("文件的编码认不出，请另存为“CSV UTF-8”或 Excel 工作簿（.xlsx）再导入")
    first = next((line for line in text.split("\n") if line.strip()), "")
    if "\0" in text or not first:
        raise WorkbookError("这不是 Excel 文件（.xlsx），也不是 CSV 文件，或文件是空的，请重新导出或另存一份")
    delimiter = max("\t,;", key=first.count)
    try:
        rows = list(_records(text, delimiter))
    except csv.Error as error:
        raise WorkbookError(f"CSV 文件读不下去（{error}），请检查引号是否成对") from error
    if len(rows) > MOST_ROWS:
        raise WorkbookError(f"文件超过 {MOST_ROWS} 行，请拆成几个文件分次导入")
    filled = [
        (row, values) for row, values in enumerate(rows, 1) if any(cell_text(value) for value in values)
    ]
    (_, header), *rest = filled
    headings = {place: cell_text(value) for place, value in enumerate(header) if cell_text(value)}
    return Table("", headings, rest)


def _records(text: str, delimiter: str) -> list[list[str]]:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    filled = [line for line in lines if line.strip()]
    if delimiter == "\t" and len({line.count(delimiter) for line in filled}) == 1:
        # One record a line: a quotation mark is then a mark of the text, also where it opens a cell.
        return [[_unquoted(cell) for cell in line.split(delimiter)] for line in lines]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _unquoted(cell: str) -> str:
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', "")
    return cell[1:-1].replace('""', '"') if is_quoted else cell
