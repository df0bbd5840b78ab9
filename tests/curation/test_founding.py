"""A base founded by Excel or CSV alone, questions with answers from anywhere, and every fault told by its cell."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_as_drafts, import_at_once, preview
from huiqi.curation.health import examine
from huiqi.curation.roles import COMMAND_LINE, Member
from huiqi.formats.document import Document
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.question_table import KINDS, kind_of
from huiqi.formats.table_child import read_tables
from huiqi.formats.table_file import WorkbookError
from huiqi.formats.workbook import read_workbook
from huiqi.formats.workbook_writer import write_template, write_workbook
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.pack.office import OWN
from huiqi.service import wiring
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.knowledge import WORKBENCH, KnowledgeStore
from openpyxl import Workbook, load_workbook
from sqlite_utils import Database

from tests.conftest import DAY, XINGHE, Ran

Work = Callable[[Workbook], Any]
Run = Callable[..., Ran]


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    """An Excel file with these sheets, each a list of rows, the headings first."""
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def founded(database: Database, raw: bytes, kind: str | None = None) -> Pack:
    import_at_once(database, raw, COMMAND_LINE, kind)
    return KnowledgeStore(database).pack()


def refused(database: Database, raw: bytes) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        import_at_once(database, raw, COMMAND_LINE)
    return str(caught.value)


def answers(pack: Pack) -> dict[str, str | None]:
    return {entry.title: entry.summary.text for entry in pack.entries.values()}


CSV = (
    "问题,相似问,答案,来源\n"
    "几点上班,几点开门；周末上班吗,周一到周五九点上班。,本单位\n"
    '停车收费吗,"停车要钱吗\n停车多少钱\n停车收费吗？",两小时内不收费。,停车管理规定 https://x.example/park\n'
    '证明怎么开,,"带身份证来。\n当场办。",\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_questions_in_a_text_file_of_any_encoding_found_a_base(database: Database, encoding: str) -> None:
    pack = founded(database, CSV.encode(encoding))
    assert answers(pack) == {
        "几点上班": "周一到周五九点上班。",
        "停车收费吗": "两小时内不收费。",
        "证明怎么开": "带身份证来。\n当场办。",
    }
    hours, parking, proof = pack.entries.values()
    assert hours.alternates == ("几点开门", "周末上班吗")
    assert parking.alternates == ("停车要钱吗", "停车多少钱")
    assert proof.alternates == ("证明怎么开",)
    assert [pack.sources[key].title for key in hours.sources] == ["本单位的答复"]
    (source,) = (pack.sources[key] for key in parking.sources)
    assert (source.title, source.urls, source.confidence) == (
        "停车管理规定 https://x.example/park",
        ("https://x.example/park",),
        OWN,
    )
    assert not pack.office.has_levels


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_columns_of_a_text_file_may_be_parted_otherwise(database: Database, delimiter: str) -> None:
    raw = delimiter.join(["序号", "答案", "问题"]) + "\r\n" + delimiter.join(["1", '说"不"', "行吗"]) + "\r\n"
    reading = read_workbook(raw.encode(), {})
    assert reading.changes[("entry", "faq-1")]["summary"]["text"] == '说"不"'
    assert reading.notes[0] == "没有读的列：序号"


def test_the_same_file_again_changes_nothing_and_a_new_answer_only_that(database: Database) -> None:
    founded(database, CSV.encode())
    again = import_at_once(database, CSV.encode(), COMMAND_LINE)
    assert again.changes == {} and {row.action for row in again.rows} == {"不变"}
    newer = CSV.replace("九点上班", "八点半上班").replace("周末上班吗", "[时限]周末到几点")
    changed = import_at_once(database, newer.encode(), COMMAND_LINE)
    assert [(row.title, row.fields) for row in changed.rows if row.action != "不变"] == [
        ("几点上班", ("摘要", "相似问"))
    ]
    entry = KnowledgeStore(database).pack().entries["faq-1"]
    assert entry.alternates == ("几点开门", "周末上班吗", "周末到几点")
    assert entry.alternate_aspects == {"周末到几点": ("时限",)}


def test_a_question_is_deleted_and_another_put_beside_a_policy(database: Database, small_pack: Path) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(small_pack), "tests")
    raw = "问题,答案,政策,删除\n排烟罩补吗,不补。,茶室办法,\n茶室几点开,八点。,,\n"
    pack = founded(database, raw.encode())
    assert [entry.policy for entry in pack.entries.values()] == ["tea", "tea", "tea", "faq"]
    assert pack.entries["tea-1"].title == "排烟罩补吗"
    reading = import_at_once(
        database, "问题,答案,政策,删除\n排烟罩补吗,,茶室办法,是\n".encode(), COMMAND_LINE
    )
    assert [(row.action, row.item) for row in reading.rows] == [("删除", "tea-1")]
    assert "tea-1" not in KnowledgeStore(database).pack().entries


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("问题,答案\n几点,\n,九点\n", ["第 2 行“答案”列：没有写答案", "第 3 行“问题”列：没有写问题"]),
        ("问题,答案\n几点,九点\n几点？,十点\n", ["第 3 行“问题”列：问题“几点？”与第 2 行重复"]),
        ("问题,答案,相似问\n几点,九点,开门吗\n关门呢,六点,开门吗\n", ["第 3 行“相似问”列：“开门吗”与第 2 行的问法重复；"]),
        ("问题,答案,相似问\n几点,九点,开门吗\n开门吗,六点,\n", ["第 3 行“问题”列：“开门吗”与第 2 行的问法重复；"]),
        ("问题,答案,相似问\n几点,,开门吗\n关门呢,六点,几点\n", ["第 2 行“答案”列：没有写", "第 3 行“相似问”列：“几点”与"]),
        ("问题,答案,政策\n几点,九点,没有的\n", ["第 2 行“政策”列：没有政策“没有的”"]),
        ("问题,答案,条目\n几点,九点,上班 时间\n", ["第 2 行“条目”列：编号“上班 时间”不合规则"]),
        ("问题,答案,删除\n几点,九点,删\n", ["第 2 行“删除”列：“删”看不懂；写“是”"]),
    ],
)  # fmt: skip
def test_faults_of_questions_are_told_all_at_once_by_row_and_column(
    database: Database, text: str, sentences: list[str]
) -> None:
    told = refused(database, text.encode())
    for sentence in sentences:
        assert sentence in told
    assert f"表格有 {len(sentences)} 处错误" in told
    assert KnowledgeStore(database).fingerprint() is None


def without_self_check(folder: Path) -> dict[str, Document]:
    """The pack in a folder but for the self-check, whose questions are no part of a workbook."""
    documents = read_folder(folder)
    del documents["eligibility.yaml"]
    for name, document in documents.items():
        for entry in document.data["entries"] if name.startswith("policies/") else ():
            entry.pop("eligibility", None)
    return documents


def test_the_shape_of_a_whole_pack_goes_to_excel_and_founds_the_same_elsewhere(
    database: Database, tmp_path: Path
) -> None:
    documents = without_self_check(XINGHE)
    files = {name: document.data for name, document in documents.items()}
    write_workbook(files, tmp_path / "kb.xlsx")
    pack = founded(database, (tmp_path / "kb.xlsx").read_bytes())
    other = KnowledgeStore(open_database(":memory:"))
    other.import_documents(documents, "tests")
    before = other.pack()
    for part in ("office", "sources", "policies", "entries", "golden"):
        assert getattr(pack, part) == getattr(before, part), part
    assert read_workbook((tmp_path / "kb.xlsx").read_bytes(), KnowledgeStore(database).files()).changes == {}


def test_a_template_is_filled_in_and_founds_a_base(database: Database, tmp_path: Path) -> None:
    write_template(tmp_path / "空表.xlsx")
    book = load_workbook(tmp_path / "空表.xlsx")
    assert book.sheetnames[:2] == ["说明", "问答"]
    assert all(cell.comment for cell in book["问答"][1])
    office = {row[0].value: row[1] for row in book["办公室"].iter_rows(min_row=2)}
    office["名称"].value, office["单位"].value = "河湾小帮手", "河湾镇服务中心"
    office["热线号码"].value, office["层级"].value = 66601234, "镇、县"
    office["层级的地名"].value = "镇：河湾"
    book["问答"].append(["几点上班", "几点开门", "九点。", "本单位"])
    pack = founded(database, saved(book))
    assert (pack.office.name, pack.office.hotline and pack.office.hotline.number) == (
        "河湾小帮手",
        "66601234",
    )
    assert [(level.name, level.places) for level in pack.office.levels] == [("镇", ("河湾",)), ("县", ())]
    assert pack.policies["faq"].title == "河湾镇服务中心常见问答"
    assert answers(pack) == {"几点上班": "九点。"}


def test_an_empty_template_is_told_what_it_lacks(database: Database, tmp_path: Path) -> None:
    write_template(tmp_path / "空表.xlsx")
    reading = preview(database, (tmp_path / "空表.xlsx").read_bytes(), is_new=True)
    assert [problem.render() for problem in reading.problems] == [
        "文件：还没有一条问答：“问答”表和“条目”表都是空的；至少写一条，再导入"
    ]


SHORT = {
    "来源": [["编号", "名称", "可信程度"], ["S1", "章程", "本单位"]],
    "政策": [["编号", "名称", "来源"], ["rule", "会员章程", "S1"]],
    "条目": [["编号", "标准问", "摘要", "摘要来源"], ["join", "怎么入会", "填表就行。", "S1"]],
    "相似问": [["条目", "相似问"], ["join", "入会流程"]],
}


def changed(**sheets: list[list[Any]]) -> bytes:
    return workbook({**SHORT, **sheets})


def test_columns_and_sheets_that_are_not_needed_may_be_missing(database: Database) -> None:
    entry = founded(database, workbook(SHORT)).entries["join"]
    assert (entry.policy, entry.short_title, entry.sources, entry.status) == (
        "rule",
        "怎么入会",
        ("S1",),
        "published",
    )
    reading = import_at_once(
        database,
        workbook({"条目": [["编号", "短标题", "备注：经办"], ["join", "入会", "小李"]]}),
        COMMAND_LINE,
    )
    assert [(row.action, row.fields) for row in reading.rows] == [("修改", ("短标题",))]


@pytest.mark.parametrize(
    ("sheets", "sentences"),
    [
        (
            {
                "来源": [["编号", "名称", "可信程度", "日期"], ["S1", "", "听说", "昨天"]],
                "条目": [["编号", "标准问", "摘要", "摘要来源"], ["join", "", "填表。", "S2"]],
                "相似问": [["条目", "相似问"], ["join", "入会"], ["jion", "入会要什么"]],
            },
            [
                "“来源”第 2 行“日期”列：日期“昨天”看不懂",
                "“来源”第 2 行“名称”列：“title”没有文字",
                "“来源”第 2 行“可信程度”列：“confidence”不能是“听说”",
                "“条目”第 2 行“标准问”列：“title”没有文字",
                "“相似问”第 3 行“条目”列：“条目”表里没有“jion”",
            ],
        ),
        (
            {"条目": [["编号", "标准问", "摘要", "摘要来源"], ["join", "怎么入会", "填表。", "S2"]]},
            ["“条目”第 2 行“摘要来源”列：来源“S2”不在“来源”表里"],
        ),
        ({"条目": [["编号", "标淮问"], ["join", "怎么入会"]]}, ["“条目”第 1 行“标淮问”列：不认识这一列；是不是“标准问”"]),
        (
            {"条目": [["编号", "标准问", "政策", "摘要", "摘要来源"], ["join", "入会", "rules", "填表。", "S1"]]},
            ["“条目”第 2 行“政策”列：没有政策“rules”"],
        ),
        ({"办公室": [["项目", "内容"], ["名字", "小帮手"]]}, ["“办公室”第 2 行“项目”列：没有项目“名字”"]),
        ({"办公室": [["项目", "内容"], ["时区", "河湾"]]}, ["“办公室”第 2 行“内容”列：没有时区“河湾”"]),
        (
            {"办公室": [["项目", "内容"], ["层级", "镇"], ["层级的说法", "县：县里"]]},
            ["“办公室”第 3 行“内容”列：没有“县”这一级"],
        ),
        ({"办公室": [["项目", "内容"], ["热线名称", "热线"]]}, ["“办公室”第 2 行“内容”列：缺少字段“number”"]),
    ],
)  # fmt: skip
def test_faults_of_a_new_base_are_told_all_at_once_by_sheet_row_and_column(
    database: Database, sheets: dict[str, list[list[Any]]], sentences: list[str]
) -> None:
    told = refused(database, changed(**sheets))
    for sentence in sentences:
        assert sentence in told, told
    assert f"表格有 {len(sentences)} 处错误" in told, told


@pytest.fixture
def base(database: Database) -> KnowledgeStore:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(XINGHE), "tests")
    return knowledge


def marked(base: KnowledgeStore, tmp_path: Path, *items: tuple[str, str]) -> bytes:
    """The exported workbook with these items, (sheet, first cell), marked to be deleted."""
    write_workbook(base.files(), tmp_path / "kb.xlsx")
    book = load_workbook(tmp_path / "kb.xlsx")
    for name, item in items:
        sheet = book[name]
        place = next(cell.column for cell in sheet[1] if cell.value == "删除")
        row = next(cells[0].row for cells in sheet.iter_rows() if cells[0].value == item)
        sheet.cell(row, place, "是")
    return saved(book)


REPAIR = [
    ("政策", "repair"),
    ("条目", "repair-house"),
    ("条目", "repair-roof"),
    ("来源", "X2"),
]


def test_what_is_marked_goes_and_the_rest_stays(
    base: KnowledgeStore, database: Database, tmp_path: Path
) -> None:
    policies, golden = set(base.pack().policies), len(base.pack().golden)
    ladders = base.item("file", "ladders.yaml")
    assert ladders[0]["rungs"] == ["repair-house", "county-repair"]
    base.publish(
        {
            ("file", "ladders.yaml"): None,
            ("entry", "county-repair"): base.item("entry", "county-repair") | {"see_also": []},
        },
        "t",
        "",
    )
    reading = import_at_once(
        database, marked(base, tmp_path, *REPAIR, ("标准题", "你们中心几点下班")), COMMAND_LINE
    )
    assert [row.item for row in reading.rows if row.action == "删除"] == [
        "来源 X2",
        "repair",
        "repair-house",
        "repair-roof",
        "你们中心几点下班",
    ]
    pack = base.pack()
    assert set(pack.policies) == policies - {"repair"} and "X2" not in pack.sources
    assert len(pack.golden) == golden - 1


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        (REPAIR[:1], "“政策”第 4 行“删除”列：这项政策还有条目 repair-house、repair-roof；把这些条目也标上删除"),
        ([("来源", "X2")], "“政策”第 4 行“来源”列：来源“X2”不在“来源”表里"),
        ([("条目", "faq-hours")], "“标准题”第 3 行“正确的条目”列：条目“faq-hours”不存在"),
        ([("条目", "county-repair")], "文件：ladders.yaml 里 1.rungs.2：条目“county-repair”不存在"),
    ],
)  # fmt: skip
def test_what_others_need_cannot_go_alone(
    base: KnowledgeStore, database: Database, tmp_path: Path, items: list[tuple[str, str]], sentence: str
) -> None:
    assert sentence in refused(database, marked(base, tmp_path, *items))


def test_the_office_of_a_base_is_changed_in_excel(
    base: KnowledgeStore, database: Database, tmp_path: Path
) -> None:
    write_workbook(base.files(), tmp_path / "kb.xlsx")
    book = load_workbook(tmp_path / "kb.xlsx")
    rows = {row[0].value: row[1] for row in book["办公室"].iter_rows(min_row=2)}
    assert rows["层级的说法"].value == "县：县里、县级、全县"
    rows["热线号码"].value = "6660-9999"
    import_at_once(database, saved(book), COMMAND_LINE)
    before, now = read_folder(XINGHE)["office.yaml"].data, base.item("file", "office.yaml")
    assert now == before | {"hotline": {"name": "便民电话", "number": "6660-9999"}}


def test_an_import_in_the_workbench_makes_a_draft_of_what_is_new_changed_and_deleted(
    base: KnowledgeStore, database: Database
) -> None:
    editor = Member("小李", "editor")
    drafting = Drafting(database)
    raw = "问题,答案,条目,删除\n几点上班,九点。,faq-hours,\n能停车吗,,faq-parking,是\n新来的问题,答。,,\n"
    import_as_drafts(database, raw.encode(), drafting, editor)
    drafts = {draft.item: draft.content for draft in drafting.open()}
    assert set(drafts) == {"faq-hours", "faq-parking", "faq-1"}
    assert drafts["faq-parking"] is None and drafts["faq-1"]["sources"] == ["X9"]


def rows(*cells: Iterable[str], delimiter: str = ",") -> bytes:
    return "\n".join(delimiter.join(row) for row in cells).encode()


PROMPTS = json.dumps([{"displayOrder": 0, "qnaId": 2, "displayText": "x"}, {"displayOrder": 1, "qnaId": 3}])
QNAMAKER = rows(
    ("Question", "Answer", "Source", "Metadata", "SuggestedQuestions", "IsContextOnly", "Prompts", "QnaId"),
    ("几点开门", '"九点"\\n**周末**不开', "Editorial", "类:时间", "[]", "False", PROMPTS, "1"),
    ("什么时候上班", '"九点"\\n**周末**不开', "Editorial", "类:时间", "[]", "False", PROMPTS, "1"),
    ("停车吗", "能", "https://x.example/faq", "", "[]", "False", "[]", "2"),
    ("第二个", "好的", "Editorial", "", "[]", "True", "[]", "3"),
    delimiter="\t",
)
DIFY = rows(("question", "answer"), ("几点开门", "九点"))
FASTGPT = rows(
    ("q", "a", "indexes"),
    ("几点开门", "九点", '"1. 什么时候上班\n2. 开门时间"', "周末呢"),
    ("停车吗", "能", '"[""能停车吗""]"'),
)
MAXKB = workbook(
    {
        "常见问题.docx": [
            [
                "分段标题（选填）",
                "分段内容（必填，问题答案，最长不超过4096个字符）",
                "问题（选填，单元格内一行一个）",
            ],
            ["上班时间", "九点", "几点开门\n什么时候上班"],
            [None, "能", "停车吗\n能停车吗"],
        ],
        "第二篇": [["分段标题", "分段内容", "问题"], ["None", "带身份证", "盖章带什么"]],
    }
)


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize(
    ("kind", "raw", "found"),
    [
        (
            "qnamaker",
            QNAMAKER,
            {"几点开门": ('"九点"\n**周末**不开', ("什么时候上班",)), "停车吗": ("能", ("停车吗",)), "第二个": ("好的", ("第二个",))},
        ),
        ("dify", DIFY, {"几点开门": ("九点", ("几点开门",))}),
        (
            "fastgpt",
            FASTGPT,
            {"几点开门": ("九点", ("什么时候上班", "开门时间", "周末呢")), "停车吗": ("能", ("能停车吗",))},
        ),
        (
            "maxkb",
            MAXKB,
            {
                "上班时间": ("九点", ("几点开门", "什么时候上班")),
                "停车吗": ("能", ("能停车吗",)),
                "盖章带什么": ("带身份证", ("盖章带什么",)),
            },
        ),
    ],
)  # fmt: skip
def test_what_other_programs_leave_becomes_entries_on_the_offices_word(
    database: Database,
    kind: str,
    raw: bytes,
    found: dict[str, tuple[str, tuple[str, ...]]],
    is_named: bool,
) -> None:
    pack = founded(database, raw, kind if is_named else None)
    assert {entry.title: (entry.summary.text, entry.alternates) for entry in pack.entries.values()} == found
    assert {source.confidence for source in pack.sources.values()} == {OWN}
    assert [source.title for source in pack.sources.values()] == ["本单位的答复"]


def test_what_only_follows_another_question_is_kept_but_not_used(database: Database) -> None:
    reading = import_at_once(database, QNAMAKER, COMMAND_LINE)
    hours, parking, second = KnowledgeStore(database).pack().entries.values()
    assert (hours.see_also, second.status) == ((parking.id,), "draft")
    assert any("存为暂不使用" in note for note in reading.notes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_kind_is_taken_for_another(kind: Any) -> None:
    examples = {
        "qnamaker": QNAMAKER,
        "dify": DIFY,
        "fastgpt": FASTGPT,
        "maxkb": MAXKB,
        "questions": CSV.encode(),
    }
    assert kind_of(read_tables(examples[kind.name])[0]) is kind


def test_a_passage_without_an_answer_is_told_and_a_file_of_another_program_too(database: Database) -> None:
    assert "第 2 行“a”列：没有写答案" in refused(database, rows(("q", "a", "indexes"), ("一段正文", "", "")))
    with pytest.raises(WorkbookError, match="不像 MaxKB 导出的：第一行要有 问题、分段内容"):
        read_workbook(DIFY, {}, "maxkb")


def test_lint_asks_for_more_ways_to_ask_and_not_for_facets_of_a_plain_answer(database: Database) -> None:
    pack = founded(database, CSV.encode())
    found = examine(pack, Matcher(compile_pack(pack)), database, DAY)
    assert {finding.kind for finding in found} == {"few_alternates"}
    assert "只有 2 条相似问" in next(item.sentence for item in found if item.entry == "faq-1")


# What the command does with the base that is there.


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    file = tmp_path / "faq.csv"
    file.write_bytes(CSV.encode("gb18030"))
    return file


def stored(settings: Settings) -> KnowledgeStore:
    return KnowledgeStore(open_database(settings.database))


def test_a_file_founds_a_base_where_there_is_none_and_the_shipped_pack_stays_away(
    huiqi: Run, as_shipped: Settings, faq: Path
) -> None:
    ran = huiqi("kb", "import", faq, "--dry-run")
    assert (ran.code, stored(as_shipped).fingerprint()) == (0, None)
    ran = huiqi("kb", "import", faq)
    assert "新增 faq-1 几点上班" in ran.out and "新的知识库有 3 个条目" in ran.out
    assert "没有写“办公室”表" in ran.err
    knowledge = stored(as_shipped)
    assert (knowledge.source(), len(knowledge.revisions())) == (WORKBENCH, 3)
    wiring.synchronise(knowledge, as_shipped.pack_folder, pytest.fail)
    assert len(knowledge.revisions()) == 3


def test_a_file_adds_to_the_folder_that_is_named(huiqi: Run, settings: Settings, faq: Path) -> None:
    ran = huiqi("kb", "import", faq, "--knowledge", XINGHE)
    assert (ran.code, "第 2 行“问题”列：“几点上班”与条目 faq-hours 的问法重复" in ran.err) == (1, True)
    faq.write_text("问题,答案\n包能寄存吗,能。\n", encoding="utf-8")
    assert huiqi("kb", "import", faq, "--knowledge", XINGHE).code == 0
    pack = stored(settings).pack()
    assert pack.office.name == "星河小帮手" and {"faq-hours", "faq-1"} <= set(pack.entries)


def test_questions_join_the_shipped_pack_unless_a_new_base_is_wanted(
    huiqi: Run, as_shipped: Settings, faq: Path
) -> None:
    huiqi("kb", "import", as_shipped.pack_folder)
    before = len(stored(as_shipped).revisions())
    ran = huiqi("kb", "import", faq)
    assert "加进了随程序带的知识库；要另起一个，加 --new" in ran.err
    assert len(stored(as_shipped).revisions()) == before + 3
    ran = huiqi("kb", "import", faq, "--new")
    assert "新的知识库有 3 个条目，原来的" in ran.out
    assert len(stored(as_shipped).revisions()) == 3
    assert huiqi("kb", "import", as_shipped.pack_folder).code == 0
    assert len(stored(as_shipped).revisions()) == before


def test_another_offices_workbook_takes_the_place_of_the_shipped_pack_that_nobody_worked_on(
    huiqi: Run, as_shipped: Settings, tmp_path: Path
) -> None:
    files = {name: document.data for name, document in without_self_check(XINGHE).items()}
    write_workbook(files, tmp_path / "kb.xlsx")
    huiqi("kb", "import", as_shipped.pack_folder)
    assert "原来的" in huiqi("kb", "import", tmp_path / "kb.xlsx").out
    assert set(stored(as_shipped).pack().policies) == set(read_pack(XINGHE).policies)


def test_a_template_comes_from_the_command_and_only_as_excel(
    huiqi: Run, settings: Settings, tmp_path: Path
) -> None:
    ran = huiqi("kb", "export", "--template", tmp_path / "空表.xlsx")
    assert ran.code == 0 and "huiqi kb import" in ran.err
    assert stored(settings).fingerprint() is None
    assert huiqi("kb", "export", "--template", tmp_path / "空表").code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing.csv",), "找不到知识库文件夹或文件"),
        (("faq.docx",), "不是文件夹，也不是 .xlsx、.csv 或 .tsv 文件"),
        ((".", "--from", "dify"), "--from 后面要写一个文件"),
        (("faq.csv", "--from", "word"), "--from不能是 word"),
    ],
)
def test_wrong_use_of_the_import_is_one_sentence(
    huiqi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faq.docx").write_bytes(b"PK")
    ran = huiqi("kb", "import", *arguments)
    assert (ran.code, sentence in ran.err) == (2, True), ran.err
