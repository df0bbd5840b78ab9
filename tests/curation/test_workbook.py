"""The knowledge base in Excel: there and back without loss, and every odd file told in a clear sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_at_once, preview
from huiqi.curation.roles import COMMAND_LINE
from huiqi.formats.columns import BESIDE_HEADING, ENTRY_COLUMNS, POLICY_COLUMNS, SOURCE_COLUMNS
from huiqi.formats.office_sheet import OFFICE_ROWS
from huiqi.formats.pack_reader import check_documents, read_folder
from huiqi.formats.schema import (
    EntryFields,
    HotlineFields,
    LevelFields,
    NoticeFields,
    OfficeFile,
    PolicyFields,
    SourceFields,
)
from huiqi.formats.table_file import WorkbookError
from huiqi.formats.workbook import read_workbook
from huiqi.formats.workbook_writer import write_workbook
from huiqi.store.knowledge import KnowledgeStore
from openpyxl import Workbook, load_workbook
from sqlite_utils import Database

from tests.conftest import XINGHE


@pytest.fixture
def knowledge(database: Database, small_pack: Path) -> KnowledgeStore:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(small_pack), "tests")
    return knowledge


@pytest.fixture
def changed(knowledge: KnowledgeStore, tmp_path: Path) -> Callable[[Callable[[Workbook], Any]], bytes]:
    """The exported workbook after someone worked on it: changed(lambda book: …) → the file."""

    def change(work: Callable[[Workbook], Any]) -> bytes:
        file = tmp_path / "kb.xlsx"
        write_workbook(knowledge.files(), file)
        book = load_workbook(file)
        work(book)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return change


def put(sheet: str, place: str, value: str) -> Callable[[Workbook], None]:
    def work(book: Workbook) -> None:
        book[sheet][place] = value

    return work


def column(book: Workbook, sheet: str, heading: str) -> str:
    return next(cell.column_letter for cell in book[sheet][1] if cell.value == heading)


def test_the_whole_pack_there_and_back_changes_nothing(database: Database, tmp_path: Path) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(XINGHE), "tests")
    write_workbook(knowledge.files(), tmp_path / "kb.xlsx")
    reading = read_workbook((tmp_path / "kb.xlsx").read_bytes(), knowledge.files())
    assert reading.problems == []
    assert reading.changes == {}
    assert len(reading.rows) == len(knowledge.pack().policies) + len(knowledge.pack().entries)


def test_the_whole_pack_is_rebuilt_from_the_workbook_alone(tmp_path: Path) -> None:
    documents = read_folder(XINGHE)
    files = {name: document.data for name, document in documents.items()}
    write_workbook(files, tmp_path / "kb.xlsx")
    shared = {name: data for name, data in files.items() if not name.startswith("policies/")}
    reading = read_workbook((tmp_path / "kb.xlsx").read_bytes(), shared)
    assert reading.problems == []
    rebuilt: dict[str, Any] = dict(shared)
    for (kind, item), content in reading.changes.items():
        if kind == "policy":
            rebuilt[f"policies/{item}.yaml"] = {
                "policy": {key: value for key, value in content.items() if key != "file"},
                "entries": [
                    {key: value for key, value in entry.items() if key != "policy"}
                    for (sort, _), entry in reading.changes.items()
                    if sort == "entry" and entry["policy"] == item
                ],
            }
    from huiqi.formats.document import Document

    again = check_documents({name: Document(name, data, {}, ()) for name, data in rebuilt.items()})
    before = check_documents(documents)
    assert again.policies == before.policies
    assert again.entries == before.entries


def test_a_workbook_from_before_a_column_was_added_changes_nothing(tmp_path: Path) -> None:
    documents = read_folder(XINGHE)
    files = {name: document.data for name, document in documents.items()}
    write_workbook(files, tmp_path / "kb.xlsx")
    book = load_workbook(tmp_path / "kb.xlsx")
    headings = [cell.value for cell in book["条目"][1]]
    book["条目"].delete_cols(headings.index(BESIDE_HEADING) + 1)
    book.save(tmp_path / "old.xlsx")
    reading = read_workbook((tmp_path / "old.xlsx").read_bytes(), files)
    assert (reading.problems, reading.changes) == ([], {})


def test_every_field_of_the_file_format_has_its_column() -> None:
    # Files are brought in the console; a sheet leaves them as they are.
    entry = {column.field.split(".")[0] for column in ENTRY_COLUMNS} | {"alternates", "facets", "attachments"}
    assert entry == {*EntryFields.model_fields, "policy"}
    assert {column.field for column in POLICY_COLUMNS} == set(PolicyFields.model_fields)
    assert {column.field for column in SOURCE_COLUMNS} == {"id", *SourceFields.model_fields}
    nested = {f"hotline.{name}" for name in HotlineFields.model_fields}
    nested |= {f"levels.{name}" for name in LevelFields.model_fields if name != "name"} | {"levels"}
    nested |= {f"notice.{name}" for name in NoticeFields.model_fields}
    assert {row.field for row in OFFICE_ROWS} == (
        set(OfficeFile.model_fields) - {"hotline", "notice"}
    ) | nested


def test_a_changed_cell_changes_that_field_only(
    database: Database, knowledge: KnowledgeStore, changed: Callable[..., bytes]
) -> None:
    before = knowledge.item("entry", "tea-stove")

    def work(book: Workbook) -> None:
        book["条目"][f"{column(book, '条目', '责任单位')}2"] = "柳河区测试局"
        book["相似问"].append(["tea-stove", "灶头换了给补吗"])

    reading = import_at_once(database, changed(work), COMMAND_LINE)
    assert [(row.item, row.action, row.fields) for row in reading.rows if row.action != "不变"] == [
        ("tea-stove", "修改", ("责任单位", "相似问"))
    ]
    assert knowledge.item("entry", "tea-stove") == {
        **before,
        "unit": "柳河区测试局",
        "alternates": [*before["alternates"], "灶头换了给补吗"],
    }


@pytest.mark.parametrize(
    "written",
    ["2021-06-30", "2021/6/30", "2021年6月30日", " 2021-6-30　", datetime(2021, 6, 30)],
)
def test_a_date_is_read_however_it_is_written(
    database: Database, knowledge: KnowledgeStore, changed: Callable[..., bytes], written: str | datetime
) -> None:
    def work(book: Workbook) -> None:
        book["政策"][f"{column(book, '政策', '有效期止')}2"] = written

    import_at_once(database, changed(work), COMMAND_LINE)
    assert knowledge.item("policy", "tea")["valid_to"] == "2021-06-30"


def test_numbers_and_stray_blanks_become_plain_text(
    database: Database, knowledge: KnowledgeStore, changed: Callable[..., bytes]
) -> None:
    def work(book: Workbook) -> None:
        book["条目"][f"{column(book, '条目', '责任单位')}2"] = 12345.0
        book["条目"][f"{column(book, '条目', '短标题')}2"] = " \u00a0茶室新灶\u3000"
        book["条目"].append([None, "  ", None])

    import_at_once(database, changed(work), COMMAND_LINE)
    entry = knowledge.item("entry", "tea-stove")
    assert (entry["unit"], entry["short_title"]) == ("12345", "茶室新灶")


def test_a_text_like_a_formula_stays_a_text(
    database: Database, knowledge: KnowledgeStore, tmp_path: Path
) -> None:
    entry = knowledge.item("entry", "tea-stove")
    entry["alternates"] = [*entry["alternates"], "=灶台补多少"]
    with database.conn:
        knowledge.publish({("entry", "tea-stove"): entry}, "tests", "")
    write_workbook(knowledge.files(), tmp_path / "kb.xlsx")
    assert read_workbook((tmp_path / "kb.xlsx").read_bytes(), knowledge.files()).changes == {}


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (lambda book: book["条目"].merge_cells("A2:A3"), "“条目”第 2 行：A2:A3 是合并的单元格"),
        (put("要素", "C3", "=1+1"), "“要素”第 3 行“文字”列：是公式"),
        (put("政策", "G2", "二月九号"), "“政策”第 2 行“发布日期”列：日期“二月九号”看不懂"),
        (put("政策", "G2", "2020-02-30"), "“政策”第 2 行“发布日期”列：日期“2020-02-30”不存在"),
        (put("相似问", "A2", "tea-nothing"), "“相似问”第 2 行“条目”列：“条目”表里没有“tea-nothing”"),
        (
            put("相似问", "B3", "换炉灶有补贴吗"),
            "“相似问”第 3 行“相似问”列：相似问“换炉灶有补贴吗”与本条目的重复",
        ),
        (put("要素", "B2", "对像"), "“要素”第 2 行“要素”列：没有要素“对像”"),
        (put("要素", "C2", "所有茶室"), "“要素”第 2 行“来源”列："),
        (put("条目", "A3", "tea-stove"), "“条目”第 3 行“编号”列：编号“tea-stove”与第 2 行重复"),
        (put("条目", "T2", "在用"), "“条目”第 2 行“状态”列：“status”不能是“在用”"),
        (put("条目", "C1", "标题"), "“条目”第 1 行“标题”列：不认识这一列；是不是“短标题”"),
        (put("条目", "A1", "序号"), "“条目”第 1 行：第一行缺少列：编号"),
    ],
)
def test_a_fault_is_told_by_sheet_row_and_column_and_nothing_is_taken_over(
    database: Database,
    knowledge: KnowledgeStore,
    changed: Callable[..., bytes],
    work: Callable[[Workbook], Any],
    sentence: str,
) -> None:
    before = knowledge.fingerprint()
    with pytest.raises(WorkbookRefused) as refused:
        import_at_once(database, changed(work), COMMAND_LINE)
    assert sentence in str(refused.value)
    assert knowledge.fingerprint() == before


def test_a_preview_tells_everything_and_changes_nothing(
    database: Database, knowledge: KnowledgeStore, changed: Callable[..., bytes]
) -> None:
    before = knowledge.fingerprint()

    def work(book: Workbook) -> None:
        book["条目"][f"{column(book, '条目', '短标题')}3"] = "新牌"
        book["政策"]["G2"] = "二月九号"

    reading = preview(database, changed(work))
    assert ("tea-sign", "修改", ("短标题",)) in [(row.item, row.action, row.fields) for row in reading.rows]
    assert len(reading.problems) == 1
    assert knowledge.fingerprint() == before


GOLDEN = [
    {"question": "换炉灶有补贴吗", "accept": ["tea-stove"], "first": "三成|30%"},
    {"question": "今天天气怎么样", "accept": []},
]


@pytest.fixture
def with_golden(database: Database, knowledge: KnowledgeStore) -> KnowledgeStore:
    with database.conn:
        knowledge.publish({("file", "golden.yaml"): GOLDEN}, "tests", "")
    return knowledge


def test_golden_questions_are_changed_and_added_in_excel(
    database: Database, with_golden: KnowledgeStore, changed: Callable[..., bytes]
) -> None:
    assert read_workbook(changed(lambda book: None), with_golden.files()).changes == {}

    def work(book: Workbook) -> None:
        book["标准题"][f"{column(book, '标准题', '第一句')}2"] = "三成"
        book["标准题"].append(["挂招牌要报备吗", "tea-sign、tea-stove", "流程", "先报备"])

    reading = import_at_once(database, changed(work), COMMAND_LINE)
    assert [(row.item, row.action, row.fields) for row in reading.rows if row.action != "不变"] == [
        ("换炉灶有补贴吗", "修改", ("第一句",)),
        ("挂招牌要报备吗", "新增", ("问题", "正确的条目", "要素", "第一句")),
    ]
    assert with_golden.item("file", "golden.yaml") == [
        {**GOLDEN[0], "first": "三成"},
        GOLDEN[1],
        {
            "question": "挂招牌要报备吗",
            "accept": ["tea-sign", "tea-stove"],
            "facet": "流程",
            "first": "先报备",
        },
    ]


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (put("标准题", "D2", "三成("), "“标准题”第 2 行“第一句”列：“first”的写法“三成(”不是合法的正则"),
        (put("标准题", "B2", "tea-nothing"), "“标准题”第 2 行“正确的条目”列：条目“tea-nothing”不存在"),
        (put("标准题", "A3", "换炉灶有补贴吗"), "“标准题”第 3 行“问题”列：问题“换炉灶有补贴吗”与第 2 行重复"),
        (put("标准题", "B4", "tea-stove"), "“标准题”第 4 行“问题”列：没有写问题"),
    ],
)
def test_a_fault_in_a_golden_question_is_told_by_row(
    database: Database,
    with_golden: KnowledgeStore,
    changed: Callable[..., bytes],
    work: Callable[[Workbook], Any],
    sentence: str,
) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        import_at_once(database, changed(work), COMMAND_LINE)
    assert sentence in str(refused.value)


def test_a_workbook_from_before_there_was_a_sheet_of_golden_questions_leaves_them(
    with_golden: KnowledgeStore, changed: Callable[..., bytes]
) -> None:
    raw = changed(lambda book: book.remove(book["标准题"]))
    assert read_workbook(raw, with_golden.files()).changes == {}


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as member:
            for _ in range(210):
                member.write(b"0" * 1024 * 1024)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版 .xls"),
        (lambda: b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "设了打开密码"),
        (lambda: b"PK\x03\x04 not a zip", "不是 Excel 文件"),
        (lambda: "编号,名称\n".encode(), "要有一张表的第一行写着 问题、答案"),
        (lambda: b"\x81\xff,\xff\n", "编码认不出"),
        (lambda: b"GIF89a\0\0\0", "不是 Excel 文件"),
        (lambda: b"", "不是 Excel 文件"),
        (lambda: b"PK" + b"0" * 21 * 1024 * 1024, "最多 20 MB"),
        (bomb, "解开后超过 200 MB"),
    ],
)
def test_a_file_that_is_no_workbook_is_told_what_it_is(raw: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(WorkbookError, match=sentence):
        read_workbook(raw(), {})


def test_a_workbook_in_which_nothing_can_be_read_says_what_is_read() -> None:
    stream = io.BytesIO()
    Workbook().save(stream)
    with pytest.raises(WorkbookError, match=r"问题、答案.*MaxKB.*kb export --template"):
        read_workbook(stream.getvalue(), {})
