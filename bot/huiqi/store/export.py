"""Writes a table for people to open in Excel or WPS: .csv or .xlsx, whole or not at all."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from huiqi.language.legible import legible

Cell = str | int | float | None

_STARTS_A_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_WIDEST_COLUMN = 60


class ExportError(Exception):
    """The table was not written; the message says why and what to do."""


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write `header` and `rows` to `path`, in the format of its suffix (one of TABLE_SUFFIXES).

    Replaces an existing file only when the new one is complete. Raises ExportError where it cannot be
    written, KeyError for another suffix.
    """
    write = _WRITERS[path.suffix.lower()]
    table = [[harmless(cell) for cell in row] for row in (header, *rows)]
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    except OSError as error:
        raise ExportError(f"写不进文件夹 {path.parent}（{error.strerror}），请换一个位置") from None
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary, table)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise ExportError(f"写不成 {path.name}（{error.strerror}），原来的文件没有动") from None
    finally:
        temporary.unlink(missing_ok=True)


def harmless(cell: Cell) -> Cell:
    """A text without what nobody can read, and one that a spreadsheet would run as a formula with an apostrophe
    before it (OWASP: CSV injection)."""
    if not isinstance(cell, str):
        return cell
    text = legible(cell)
    return f"'{text}" if _STARTS_A_FORMULA.match(text) else text


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_csv(path: Path, table: Sequence[Sequence[Cell]]) -> None:
    # Excel takes a CSV file for the local code page unless it starts with a byte order mark.
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(table)


def _write_xlsx(path: Path, table: Sequence[Sequence[Cell]]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    for row in table:
        sheet.append(list(row))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(zip(*table, strict=True), 1):
        widest = max(_columns(str(cell or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(number)].width = min(widest + 2, _WIDEST_COLUMN)
    book.save(path)


def _columns(text: str) -> int:
    """How wide a text stands: a Chinese character takes two columns."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


_WRITERS: dict[str, Callable[[Path, Sequence[Sequence[Cell]]], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
}
TABLE_SUFFIXES = tuple(_WRITERS)
