"""Reads the files in which offices keep documents into paragraphs and rows of tables. Runs in a child process: what a
library does with a harmful file stays there (`reading`).
"""

from __future__ import annotations

import io
import itertools
import re
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

from huiqi.formats.child import answer_parent
from huiqi.formats.encodings import decoded
from huiqi.intake.blocks import CELL_BORDER, MOST_BLOCKS, MOST_CHARACTERS, PARAGRAPH, ROW, unwrapped

SECONDS = 20
MOST_MEMORY = 400 * 1024 * 1024
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 100 * 1024 * 1024
MOST_MEMBERS = 2_000
MOST_PAGES = 300
LEAST_ON_A_PAGE = 20
"""Characters of a page of text, on average; a scanned page has none, or a stamp."""
PROGRAM = "import sys; sys.path[:0] = {path!r}; from huiqi.intake.readers import main; main()"

Written = list[tuple[str, str]]
_OTHER_KINDS = {
    ".doc": "请用 Word 或 WPS 打开，另存为 .docx",
    ".wps": "请用 WPS 打开，另存为 .docx",
    ".rtf": "请用 Word 或 WPS 打开，另存为 .docx",
    ".xls": "这是表格，请另存为 .xlsx，在“Excel”那一页导入",
    ".xlsx": "这是表格，请在“Excel”那一页导入，或运行 huiqi kb import",
    ".et": "这是表格，请另存为 .xlsx，在“Excel”那一页导入",
    ".ofd": "请用阅读器打开，把文字复制出来粘贴，或另存为 PDF",
    ".jpg": "图片里的文字读不了，请找有文字的版本",
    ".png": "图片里的文字读不了，请找有文字的版本",
}
_PAGE_NUMBER = re.compile(r"[-—–―\s第]*\d{1,3}[-—–―\s页]*")
_RADICAL = re.compile("[\u2f00-\u2fdf\uf900-\ufaff]")
_RADICALS = str.maketrans(
    "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
    "民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
)
"""Radicals of Unicode's supplement that stand for whole characters and have no decomposition there."""
_AIR = re.compile(
    r"(?<=[\d%A-Za-z]) +(?=[\u4e00-\u9fff，。；：、）])|(?<=[\u4e00-\u9fff，。；：、（]) +(?=[\d%A-Za-z])"
)
_COUNTED = "零一二三四五六七八九十"


class Refused(Exception):
    """The file cannot be read; the message says what it is and what to do."""


def main() -> None:
    """The child: a file on standard input, its name as argument; its paragraphs or why there are none."""
    name = sys.argv[1]
    answer_parent(lambda raw: _said_of(raw, name), SECONDS, MOST_MEMORY)


def _said_of(raw: bytes, name: str) -> dict[str, Any]:
    try:
        return {"written": written_in(raw, name)}
    except Refused as error:
        return {"refused": str(error)}
    except MemoryError:
        raise
    except Exception:
        # Each library has its own words for a damaged file.
        return {"refused": f"“{name}”读不出来，文件可能已损坏，请重新导出或另存一份"}


def written_in(raw: bytes, name: str) -> Written:
    """(kind, text) of each paragraph and row of a file, in order. Raises Refused, and what libraries raise for what is
    damaged."""
    suffix = PurePath(name).suffix.lower()
    if suffix in _OTHER_KINDS:
        raise Refused(f"读不了 {suffix} 文件“{name}”：{_OTHER_KINDS[suffix]}")
    if suffix not in READERS:
        known = "、".join(READERS)
        raise Refused(f"不认识文件“{name}”，能读的有 {known}")
    if not raw.strip():
        raise Refused(f"文件“{name}”是空的")
    found: Written = []
    characters = 0
    for kind, text in READERS[suffix](raw, name):
        characters += len(text)
        if characters > MOST_CHARACTERS or len(found) > MOST_BLOCKS:
            raise Refused(f"“{name}”超过 {MOST_CHARACTERS // 10000} 万字，不像一份文件，请拆开再交")
        found.append((kind, text))
    if not any(text.strip() for _, text in found):
        raise Refused(f"“{name}”里没有文字")
    return found


def _docx(raw: bytes, name: str) -> Iterator[tuple[str, str]]:
    from docx import Document
    from docx.table import Table

    if raw[:4] == b"\xd0\xcf\x11\xe0":
        raise Refused(f"“{name}”是旧版 Word 文件或设了密码：请去掉密码，另存为 .docx")
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise Refused(f"“{name}”不是 Word 文件（.docx），或文件已损坏，请重新另存一份")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = archive.infolist()
        # What is embedded (pictures, other files) counts, and is not opened.
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
            raise Refused(f"“{name}”解开后超过 100 MB，请删去图片和内嵌的文件再交")
    document = Document(io.BytesIO(raw))
    numbers = _Numbering(document)
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            for row in item.rows:
                # A merged cell is told once for each column that it spans.
                cells = [next(same) for _, same in itertools.groupby(row.cells, key=lambda cell: cell._tc)]
                yield ROW, CELL_BORDER.join(cell.text.replace("\n", " ").strip() for cell in cells)
        else:
            marked = numbers.mark(item) + item.text
            yield from ((PARAGRAPH, line) for line in marked.split("\n"))


class _Numbering:
    """The marks that Word counts by itself (一、, 1.): they stand in no text (ECMA-376 part 1, 17.9)."""

    def __init__(self, document: Any) -> None:
        from docx.oxml.ns import qn

        self._styles: dict[tuple[str, int], tuple[str, str]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        levels = {
            kind.get(qn("w:abstractNumId")): [
                (int(level.get(qn("w:ilvl"))), _value(level, "w:numFmt"), _value(level, "w:lvlText"))
                for level in kind.findall(qn("w:lvl"))
            ]
            for kind in root.findall(qn("w:abstractNum"))
        }
        for number in root.findall(qn("w:num")):
            for depth, style, text in levels.get(_value(number, "w:abstractNumId"), []):
                self._styles[number.get(qn("w:numId")), depth] = (style, text)

    def mark(self, paragraph: Any) -> str:
        """What Word shows before a paragraph; "" for none, and for mere points."""
        found = paragraph._p.xpath("w:pPr/w:numPr/w:numId/@w:val")
        if not found:
            return ""
        depth = int((paragraph._p.xpath("w:pPr/w:numPr/w:ilvl/@w:val") or ["0"])[0])
        style, text = self._styles.get((found[0], depth), ("bullet", ""))
        if style == "bullet":
            return ""
        count = self._counts[found[0], depth] = self._counts.get((found[0], depth), 0) + 1
        for deeper in range(depth + 1, 9):
            self._counts.pop((found[0], deeper), None)
        shown = str(count) if style.startswith("decimal") else _chinese(count)
        return re.sub(r"%\d", shown, re.sub(r"(?:%\d\.)+(?=%\d)", "", text))


def _value(element: Any, name: str) -> str:
    """The value of a child of an element of Word, "" where there is none."""
    from docx.oxml.ns import qn

    child = element.find(qn(name))
    return child.get(qn("w:val"), "") if child is not None else ""


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _COUNTED[tens]) + "十" if tens else "") + (
        _COUNTED[ones] if ones or not tens else ""
    )


def _pdf(raw: bytes, name: str) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused(f"“{name}”设了密码，请去掉密码再交")
    if len(reader.pages) > MOST_PAGES:
        raise Refused(f"“{name}”有 {len(reader.pages)} 页，最多 {MOST_PAGES} 页，请拆开再交")
    pages = [page.extract_text() for page in reader.pages]
    if sum(map(len, pages)) < LEAST_ON_A_PAGE * len(pages):
        raise Refused(f"“{name}”是扫描件，里面没有文字：请找有文字的版本，或用别的程序识别文字后粘贴进来")
    lines = (line for page in pages for line in page.splitlines() if not _PAGE_NUMBER.fullmatch(line))
    yield from ((PARAGRAPH, line) for line in unwrapped(map(_plain, lines), is_laid_out=True))


def _plain(line: str) -> str:
    """A line of a PDF with the characters that were meant: fonts have some Han under the numbers of radicals, and what
    is set with air between figures and Han comes with spaces."""
    folded = _RADICAL.sub(lambda found: unicodedata.normalize("NFKC", found[0]), line.translate(_RADICALS))
    return _AIR.sub("", folded)


def _html(raw: bytes, name: str) -> Iterator[tuple[str, str]]:
    import trafilatura

    tree = trafilatura.load_html(raw)
    found = trafilatura.bare_extraction(tree, include_tables=True, include_comments=False, favor_recall=True)
    body = getattr(found, "body", None)
    if body is None:
        raise Refused(f"网页“{name}”里找不到正文，请把正文复制出来粘贴")
    title = getattr(found, "title", None)
    if title:
        yield PARAGRAPH, title
    for element in body.iter("head", "p", "item", "quote", "row"):
        if element.tag == "row":
            yield ROW, CELL_BORDER.join(" ".join("".join(cell.itertext()).split()) for cell in element)
        elif not any(above.tag in ("row", "item", "quote") for above in element.iterancestors()):
            yield from ((PARAGRAPH, line) for line in "".join(element.itertext()).splitlines())


def _text(raw: bytes, name: str) -> Iterator[tuple[str, str]]:
    yield from ((PARAGRAPH, line) for line in unwrapped(_lines(raw, name)))


def _lines(raw: bytes, name: str) -> list[str]:
    text = decoded(raw)
    if text is None or "\0" in text:
        raise Refused(f"“{name}”的编码认不出，请另存为 UTF-8 的文本")
    return text.splitlines()


def _markdown(raw: bytes, name: str) -> Iterator[tuple[str, str]]:
    for line in _lines(raw, name):
        if re.fullmatch(r"[|\s:-]+|-{3,}", line):
            continue
        if line.startswith("|"):
            yield ROW, CELL_BORDER.join(cell.strip() for cell in line.strip("|").split("|"))
        else:
            yield PARAGRAPH, re.sub(r"^(?:#{1,6}|[*+-]|>)\s+|\*\*|__|`", "", line)


READERS: dict[str, Callable[[bytes, str], Iterator[tuple[str, str]]]] = {
    ".docx": _docx,
    ".pdf": _pdf,
    ".html": _html,
    ".htm": _html,
    ".txt": _text,
    ".md": _markdown,
}
