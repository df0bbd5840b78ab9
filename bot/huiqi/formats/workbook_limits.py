"""Whether an Excel file is of a size that an honest one has, looked at before anything is built from it.

A few bytes may stand for a whole sheet of 17 billion cells (Office Open XML, ECMA-376 part 1, 18.3.1): a merge, a link or
a row number far out. Here the parts are only read through, as a stream, and counted.
"""

from __future__ import annotations

import re
import zipfile
from xml.parsers import expat

LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 60_000
MOST_CELLS = 600_000
LARGEST_RANGE = 20_000
"""Cells of all merges, or of all links, of a sheet."""
MOST_STYLES = 70_000
"""Excel itself allows 65,490 cell formats."""
MOST_ELEMENTS = 6_000_000
MOST_MEMBERS = 2_000
PART = 1 << 16

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CORNER = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")


class TooLarge(Exception):
    """The file is of no honest size; the message says what of it, and what to do."""


def check_size(archive: zipfile.ZipFile) -> None:
    """Raises TooLarge, or what zipfile and expat raise for what is damaged."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise TooLarge("文件解开后超过 200 MB，不像正常的表格，没有导入；请从导出的文件改起")
    count = _Count()
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            count.read(archive, member)


class _Count:
    """Counts over all parts of a file."""

    def __init__(self) -> None:
        self.elements = self.cells = self.styles = 0

    def read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        is_sheet = _SHEET.fullmatch(member.filename) is not None
        rows = ranges = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal rows, ranges
            self.elements += 1
            kind = name.rpartition(":")[2]
            if kind == "xf":
                self.styles += 1
            if is_sheet and kind == "c":
                self.cells += 1
            elif is_sheet and kind == "row":
                rows += 1
            elif is_sheet and kind in ("mergeCell", "hyperlink"):
                ranges += _area(attributes.get("ref", ""))
            if rows > MOST_ROWS or self.cells > MOST_CELLS:
                raise TooLarge(
                    f"表格太大（最多 {MOST_ROWS} 行、{MOST_CELLS} 个单元格），请拆成几个文件分次导入"
                )
            if ranges > LARGEST_RANGE:
                raise TooLarge("有合并的单元格或链接占了太大的一片，请取消合并、删去链接，再导入")
            if self.elements > MOST_ELEMENTS or self.styles > MOST_STYLES:
                raise TooLarge("表格里的格式太多，不像正常的表格；请把文字复制到新的表格里，再导入")

        def declare(*arguments: object) -> None:
            raise TooLarge("文件里有不该有的 XML 声明（DTD），没有导入；请从导出的文件改起")

        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        parser.StartDoctypeDeclHandler = declare
        with archive.open(member) as stream:
            while part := stream.read(PART):
                parser.Parse(part, False)
            parser.Parse(b"", True)


def _area(reference: str) -> int:
    """How many cells a reference as A1:C3 means; 1 for what is none, which is refused later."""
    corners = [_CORNER.fullmatch(corner) for corner in reference.upper().split(":")]
    if len(corners) != 2 or corners[0] is None or corners[1] is None:
        return 1
    (first, top), (last, bottom) = corners[0].groups(), corners[1].groups()
    return (abs(_column(last) - _column(first)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
