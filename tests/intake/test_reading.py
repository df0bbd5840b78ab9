"""Files as offices have them become numbered paragraphs, and what cannot be read is refused in a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from huiqi.intake import readers, reading
from huiqi.intake.blocks import ROW, of_text
from huiqi.intake.reading import DocumentError, read_document, read_pasted
from pypdf import PdfWriter

PDF = Path(__file__).parent / "notice.pdf"
PAGE = """<html><head><meta charset="utf-8"><title>关于稳岗返还的通告</title></head><body>
<nav><ul><li><a href="/">首页</a></li><li><a href="/a">政务公开</a></li><li><a href="/b">互动交流</a></li></ul></nav>
<div class="content"><h1>关于稳岗返还的通告</h1><p>各参保企业：</p>
<p>一、返还对象。对不裁员或少裁员的参保企业，可返还其上年度实际缴纳失业保险费的50%。企业应当在3月31日以前提出申请。</p>
<p>二、返还标准。大型企业按30%返还，中小微企业按60%返还，社会团体参照实施。</p>
<table><tr><td>企业</td><td>标准</td></tr><tr><td>大型</td><td>30%</td></tr></table></div>
<footer>版权所有 网站地图</footer></body></html>"""


def word(*lines: str, table: list[list[str]] | None = None) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    if table:
        made = document.add_table(len(table), len(table[0]))
        for row, texts in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def texts(raw: bytes, name: str) -> list[str]:
    return [block.text for block in read_document(raw, name).blocks]


def test_a_word_file_is_its_paragraphs_and_the_rows_of_its_tables() -> None:
    raw = word("第一章 总则", "第一条 本办法适用于企业。", table=[["项目", "标准"], ["设备", "15%"]])
    found = read_document(raw, "办法.docx").blocks
    assert [block.text for block in found[:2]] == ["第一章 总则", "第一条 本办法适用于企业。"]
    assert [(block.kind, block.cells) for block in found[2:]] == [
        (ROW, ["项目", "标准"]),
        (ROW, ["设备", "15%"]),
    ]


def test_numbers_that_word_counts_by_itself_are_told() -> None:
    document = Document()
    for line in ("申请表", "营业执照"):
        document.add_paragraph(line, style="List Number")
    numbering = document.part.numbering_part.element
    from docx.oxml.ns import qn

    number = numbering.findall(qn("w:num"))[0].get(qn("w:numId"))
    for paragraph in document.paragraphs:
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_numId().val = int(number)
        properties.get_or_add_ilvl().val = 0
    stream = io.BytesIO()
    document.save(stream)
    found = texts(stream.getvalue(), "材料.docx")
    assert [text[-4:] for text in found] in (["申请表"[-4:], "营业执照"], ["1.申请表"[-4:], "营业执照"])


def test_a_web_page_is_its_article_without_menu_and_footer() -> None:
    found = "\n".join(texts(PAGE.encode(), "通告.html"))
    assert "可返还其上年度实际缴纳失业保险费的50%" in found and "大型 | 30%" in found
    assert "政务公开" not in found and "网站地图" not in found


def test_a_pdf_gives_whole_paragraphs_in_common_characters() -> None:
    found = texts(PDF.read_bytes(), "通告.pdf")
    assert any("企业应当在2026年3月31日以前提出申请。" in text and text.startswith("一、") for text in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_in_any_usual_encoding(encoding: str) -> None:
    assert texts("一、补贴对象\n二、补贴标准".encode(encoding), "a.txt") == ["一、补贴对象", "二、补贴标准"]


def test_markdown_loses_its_signs_only() -> None:
    raw = "# 办法\n\n- **标准**：15%\n\n| 项目 | 标准 |\n|---|---|\n| 设备 | 15% |\n".encode()
    assert texts(raw, "a.md") == ["办法", "标准：15%", "项目 | 标准", "设备 | 15%"]


def test_lost_line_breaks_are_found_again_by_the_marks() -> None:
    found = of_text(
        "通知 一、支持稳岗 （一）返还。 按50%返还。 （二）补贴。 每人1000元。 二、支持创业 （三）贷款。 展期1年。"
    )
    assert [block.text[:3] for block in found] == ["通知", "一、支", "（一）", "（二）", "二、支", "（三）"]


def test_a_reference_to_a_part_begins_none() -> None:
    text = "第一条 按照本办法第二条、第三条执行，增速为1.5倍。 第二条 本条所称企业见前款第（一）项。"
    assert [block.text[:4] for block in of_text(text)] == ["第一条 ", "第二条 "]


def scanned() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("word/document.xml", bytes(101 * 1024 * 1024))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("通知.doc", b"\xd0\xcf\x11\xe0", "另存为 .docx"),
        ("通知.wps", b"\xd0\xcf\x11\xe0", "另存为 .docx"),
        ("表.xls", b"\xd0\xcf\x11\xe0", "另存为 .xlsx"),
        ("改了名.docx", b"\xd0\xcf\x11\xe0", "旧版 Word"),
        ("坏的.docx", b"PK\x03\x04", "已损坏"),
        ("坏的.pdf", b"%PDF-1.7", "已损坏"),
        ("扫描.pdf", scanned, "扫描件"),
        ("大.docx", bomb, "解开后超过"),
        ("空.txt", b"  ", "是空的"),
        ("包.zip", b"PK", "能读的有 .docx"),
        ("长.txt", "长".encode() * 400_001, "40 万字"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    name: str, raw: bytes | Callable[[], bytes], says: str
) -> None:
    with pytest.raises(DocumentError, match=says):
        read_document(raw if isinstance(raw, bytes) else raw(), name)


def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.2)
    monkeypatch.setattr(reading, "PROGRAM", "import time; time.sleep(60) #{path}")
    with pytest.raises(DocumentError, match="还没有读完"):
        read_document(b"x", "a.txt")
    assert readers.SECONDS == 20


def test_pasted_text_is_a_document_too() -> None:
    assert len(read_pasted("一、对象\n二、标准").blocks) == 2
    with pytest.raises(DocumentError):
        read_pasted(" ")
