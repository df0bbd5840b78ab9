"""Alternates in groups by the aspect that they ask: the same groups wherever they go, and faults that name themselves."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huiqi.console.entry_form import EntryForm, beside
from huiqi.curation.asked_aspects import asked_aspects
from huiqi.curation.drafts.drafting import FieldProblem, difference, with_alternates
from huiqi.curation.drafts.workbook_import import WorkbookRefused, import_at_once
from huiqi.curation.health import examine
from huiqi.curation.roles import COMMAND_LINE
from huiqi.formats.alternates import aspects_of, gathered, lines_of, nearest_group, pairs, pairs_of, without
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.pack_writer import write_folder
from huiqi.formats.problem import PackError, Problem
from huiqi.formats.workbook import read_workbook
from huiqi.formats.workbook_writer import write_workbook
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import WHOLE, Pack
from huiqi.store.knowledge import KnowledgeStore
from openpyxl import Workbook, load_workbook
from sqlite_utils import Database

from tests.conftest import DAY, OUT_OF_SCOPE, Ran

PLAIN = """\
    alternates:
      - 换炉灶有补贴吗
      - 炉灶补贴
      - 茶室的炉子旧了想换新的区里给不给钱
      - 请问茶室炉灶更换的补助标准
      - 节能灶补几成
      - 炉灶换新怎么报
      - 灶台坏了能不能报销
      - 换灶要什么材料
"""
IN_GROUPS = """\
    alternates:
      整体:
        - 换炉灶有补贴吗
        - 炉灶补贴
      标准: [请问茶室炉灶更换的补助标准, 节能灶补几成]
      流程、材料:
        - 炉灶换新怎么报
      对象:
        - 茶室的炉子旧了想换新的区里给不给钱
        - 灶台坏了能不能报销
      材料:
        - 换灶要什么材料
"""
GROUPS = {
    "整体": ["换炉灶有补贴吗", "炉灶补贴"],
    "标准": ["请问茶室炉灶更换的补助标准", "节能灶补几成"],
    "流程、材料": ["炉灶换新怎么报"],
    "对象": ["茶室的炉子旧了想换新的区里给不给钱", "灶台坏了能不能报销"],
    "材料": ["换灶要什么材料"],
}
ENTRY, POLICY = "tea-stove", "policies/tea.yaml"


def write(folder: Path, old: str, new: str) -> None:
    file = folder / POLICY
    text = file.read_text(encoding="utf-8")
    assert old in text, "the small pack has changed; mend this test"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def grouped_pack(small_pack: Path) -> Path:
    """The small pack with the alternates of one entry in groups."""
    write(small_pack, PLAIN, IN_GROUPS)
    return small_pack


@pytest.fixture
def knowledge(database: Database, grouped_pack: Path) -> KnowledgeStore:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(grouped_pack), "tests")
    return knowledge


@pytest.mark.parametrize(
    ("group", "aspects"),
    [
        ("整体", ()),
        ("标准", ("标准",)),
        ("时限、标准", ("时限", "标准")),
        ("叠加、有效", ("叠加", "有效")),
        ("标准,时限", None),
        ("标准、标准", None),
        ("整体、标准", None),
        ("金额", None),
        ("", None),
    ],
)
def test_a_group_is_one_aspect_or_several_or_the_whole(group: str, aspects: tuple[str, ...] | None) -> None:
    assert aspects_of(group) == aspects


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("标淮", "标准"),
        ("标准，时限", "标准、时限"),
        ("标准和时间", "标准、时限"),
        ("申报材料", "材料"),
        ("整体、标准", "标准"),
        ("全体", "整体"),
        ("啥都行", None),
        ("", None),
    ],
)
def test_a_misspelt_group_is_told_the_nearest_name(written: str, meant: str | None) -> None:
    assert nearest_group(written) == meant


def test_a_plain_list_reads_as_the_whole(small_pack: Path) -> None:
    entry = read_pack(small_pack).entries[ENTRY]
    assert len(entry.alternates) == 8
    assert entry.alternate_aspects == {}


def test_groups_are_read_in_the_order_of_the_file(grouped_pack: Path) -> None:
    entry = read_pack(grouped_pack).entries[ENTRY]
    assert entry.alternates == tuple(text for texts in GROUPS.values() for text in texts)
    assert entry.alternate_aspects["节能灶补几成"] == ("标准",)
    assert entry.alternate_aspects["炉灶换新怎么报"] == ("流程", "材料")
    assert "炉灶补贴" not in entry.alternate_aspects


@pytest.mark.parametrize(
    ("old", "new", "at", "field", "says", "remedy"),
    [
        ("标准: [", "标淮: [", "标淮:", "alternates.标淮", "相似问没有“标淮”这一组", "改成“标准”；组名只能是 对象、标准"),
        ("流程、材料:", "流程，材料:", "流程，材料:", "alternates.流程，材料", "没有“流程，材料”这一组", "改成“流程、材料”；"),
        ("整体:", "整体、标准:", "整体、标准:", "alternates.整体、标准", "没有“整体、标准”这一组", "改成“标准”；"),
        ("整体:", "乱写:", "乱写:", "alternates.乱写", "没有“乱写”这一组", "组名只能是 对象"),
        ("- 换灶要什么材料", "- 炉灶补贴！", "炉灶补贴！", "alternates.材料.1", "与本条目的重复", "只留在一个条目里"),
        ("- 换灶要什么材料", "- 招牌报备", "- 招牌报备", "alternates", "与条目 tea-stove 的重复", "只留在一个条目里"),
        ("- 灶台坏了能不能报销", "- ''", "- ''", "alternates.对象.2", "“第 2 条”没有文字", "写上内容"),
        ("[请问茶室炉灶更换的补助标准, 节能灶补几成]", "节能灶补几成", "标准: 节", "alternates.标准", "应该是一个列表", "每行一条"),
        ("- 灶台坏了能不能报销", "- 。", "- 。", "alternates.对象.2", "相似问里没有文字", "写一句问法"),
    ],
)  # fmt: skip
def test_a_fault_in_groups_is_named_with_line_field_and_remedy(
    grouped_pack: Path, old: str, new: str, at: str, field: str, says: str, remedy: str
) -> None:
    write(grouped_pack, old, new)
    with pytest.raises(PackError) as raised:
        read_pack(grouped_pack)
    problems = raised.value.problems
    problem = next(
        (problem for problem in problems if says in problem.message), Problem("", 0, 0, "", "", "")
    )
    lines = (grouped_pack / POLICY).read_text(encoding="utf-8").splitlines()
    assert problem.file == POLICY, [problem.render() for problem in problems]
    assert at in lines[problem.line - 1]
    assert field in problem.field
    assert remedy in problem.remedy


def test_groups_go_into_the_store_and_out_again_unchanged(
    knowledge: KnowledgeStore, grouped_pack: Path, tmp_path: Path
) -> None:
    assert list(knowledge.item("entry", ENTRY)["alternates"].items()) == list(GROUPS.items())
    write_folder(knowledge.files(), tmp_path / "out")
    assert read_pack(tmp_path / "out") == read_pack(grouped_pack)
    assert read_pack(tmp_path / "out").fingerprint == read_pack(grouped_pack).fingerprint
    again = knowledge.import_documents(read_folder(tmp_path / "out"), "tests")
    assert again.is_empty and not again.conflicts


def test_grouping_an_entry_in_the_folder_is_a_change_that_comes_in(
    database: Database, small_pack: Path
) -> None:
    knowledge = KnowledgeStore(database)
    knowledge.import_documents(read_folder(small_pack), "tests")
    before = knowledge.fingerprint()
    write(small_pack, PLAIN, IN_GROUPS)
    assert knowledge.import_documents(read_folder(small_pack), "tests").changed == (ENTRY,)
    assert knowledge.fingerprint() != before
    assert knowledge.pack().entries[ENTRY].alternate_aspects["换灶要什么材料"] == ("材料",)


def test_the_form_shows_the_aspect_before_the_line_and_keeps_what_nobody_touched(
    knowledge: KnowledgeStore,
) -> None:
    content = knowledge.item("entry", ENTRY)
    form = EntryForm.of(content)
    lines = form.fields["alternates"].split("\n")
    assert lines[:3] == ["换炉灶有补贴吗", "炉灶补贴", "[标准] 请问茶室炉灶更换的补助标准"]
    assert form.content(content) == content
    assert list(form.content(content)["alternates"]) == list(GROUPS)


@pytest.mark.parametrize(
    ("line", "group", "text"),
    [
        ("[标准] 灶补多少钱", "标准", "灶补多少钱"),
        ("【标准】灶补多少钱", "标准", "灶补多少钱"),
        ("［时限，流程］ 几天办好怎么办", "时限、流程", "几天办好怎么办"),
        ("[整体] 灶的事", WHOLE, "灶的事"),
        ("灶的事", WHOLE, "灶的事"),
        ("[标淮] 灶补多少钱", "标淮", "灶补多少钱"),
        ("[标准]", "标准", ""),
    ],
)
def test_a_line_of_the_form_says_its_group(line: str, group: str, text: str) -> None:
    assert pairs_of([line]) == [(group, text)]


def test_an_alternate_that_begins_with_a_bracket_is_no_group() -> None:
    written = ["[急] 炉子坏了", "【紧急】灶不着火"]
    assert gathered(pairs_of(lines_of(written))) == written


def test_a_line_added_in_the_form_joins_its_group_and_the_order_of_groups_stays(
    knowledge: KnowledgeStore,
) -> None:
    content = knowledge.item("entry", ENTRY)
    fields = EntryForm.of(content).fields
    fields["alternates"] = "[材料] 换灶带什么证\n[叠加] 换灶和别的补贴能一起拿吗\n" + fields["alternates"]
    changed = EntryForm(fields).content(content)["alternates"]
    assert list(changed) == [*GROUPS, "叠加"]
    assert changed["材料"] == ["换灶带什么证", "换灶要什么材料"]


def test_a_plain_list_without_aspects_stays_a_plain_list_and_with_one_becomes_groups() -> None:
    plain = ["灶的事", "灶补多少"]
    assert gathered(pairs_of(["灶的事", "灶补多少", "换灶"]), plain) == [*plain, "换灶"]
    assert gathered(pairs_of(["灶的事", "[标准] 灶补多少"]), plain) == {
        "标准": ["灶补多少"],
        "整体": ["灶的事"],
    }


def test_a_wrong_group_is_told_beside_the_alternates() -> None:
    told = beside(
        [
            FieldProblem("alternates.标淮", "相似问没有“标淮”这一组", "改成“标准”"),
            FieldProblem("alternates.标准.2", "相似问里没有文字", "写一句问法"),
        ]
    )
    assert told == {
        "alternates": ["相似问没有“标淮”这一组；改成“标准”", "“标准”的第 2 句：相似问里没有文字；写一句问法"]
    }


def test_what_staff_read_of_a_change_names_the_aspect_of_the_line(knowledge: KnowledgeStore) -> None:
    before = knowledge.item("entry", ENTRY)
    after = before | {"alternates": {**GROUPS, "标准": [*GROUPS["标准"], "灶补多少"]}}
    (change,) = difference(before, after)
    assert change.field == "相似问"
    assert [text for kind, text in change.words if kind == "new"] == ["[标准] 灶补多少"]


def test_a_missed_question_joins_the_whole_and_leaves_again(knowledge: KnowledgeStore) -> None:
    content = knowledge.item("entry", ENTRY)
    newer, added = with_alternates(content, ["换灶要什么材料？", "灶头换了给补吗"])
    assert added == ["灶头换了给补吗"]
    assert newer["alternates"] == {**GROUPS, "整体": [*GROUPS["整体"], "灶头换了给补吗"]}
    assert without(newer["alternates"], added) == GROUPS
    only, _ = with_alternates({"alternates": {"标准": ["补几成"]}}, ["炉灶"])
    assert only["alternates"] == {"标准": ["补几成"], "整体": ["炉灶"]}
    assert without(only["alternates"], ["炉灶"]) == {"标准": ["补几成"]}


Change = Callable[[Callable[[Workbook], Any]], bytes]


@pytest.fixture
def changed(knowledge: KnowledgeStore, tmp_path: Path) -> Change:
    """The exported workbook after someone worked on it."""

    def change(work: Callable[[Workbook], Any]) -> bytes:
        write_workbook(knowledge.files(), tmp_path / "kb.xlsx")
        book = load_workbook(tmp_path / "kb.xlsx")
        work(book)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return change


def test_the_workbook_there_and_back_keeps_the_groups(knowledge: KnowledgeStore, changed: Change) -> None:
    def look(book: Workbook) -> None:
        rows = list(book["相似问"].iter_rows(values_only=True))
        assert rows[0] == ("条目", "相似问", "问的方面")
        assert (ENTRY, "节能灶补几成", "标准") in rows
        assert ("tea-sign", "招牌报备", None) in rows

    reading = read_workbook(changed(look), knowledge.files())
    assert (reading.problems, reading.changes) == ([], {})


def test_a_workbook_moves_an_alternate_to_another_group(
    database: Database, knowledge: KnowledgeStore, changed: Change
) -> None:
    def work(book: Workbook) -> None:
        sheet = book["相似问"]
        row = next(cells[0].row for cells in sheet.iter_rows() if cells[1].value == "炉灶补贴")
        sheet.cell(row, 3, "标准，有效")
        sheet.append([ENTRY, "灶补多少", "标准"])
        sheet.append([ENTRY, "灶头换了给补吗"])

    import_at_once(database, changed(work), COMMAND_LINE)
    assert knowledge.item("entry", ENTRY)["alternates"] == {
        **GROUPS,
        "整体": ["换炉灶有补贴吗", "灶头换了给补吗"],
        "标准、有效": ["炉灶补贴"],
        "标准": [*GROUPS["标准"], "灶补多少"],
    }


def test_a_workbook_from_before_the_column_leaves_the_groups_as_they_are(
    database: Database, knowledge: KnowledgeStore, changed: Change
) -> None:
    def work(book: Workbook) -> None:
        book["相似问"].delete_cols(3)

    assert read_workbook(changed(work), knowledge.files()).changes == {}

    def add(book: Workbook) -> None:
        work(book)
        book["相似问"].append([ENTRY, "灶头换了给补吗"])

    import_at_once(database, changed(add), COMMAND_LINE)
    assert knowledge.item("entry", ENTRY)["alternates"] == {
        **GROUPS,
        "整体": [*GROUPS["整体"], "灶头换了给补吗"],
    }


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("C4", "标淮", "“相似问”第 4 行“问的方面”列：相似问没有“标淮”这一组；改成“标准”"),
        ("B9", "炉灶补贴！", "“相似问”第 9 行“相似问”列：相似问“炉灶补贴！”与本条目的重复"),
    ],
)
def test_a_fault_of_the_workbook_is_told_by_its_cell(
    database: Database, changed: Change, place: str, value: str, sentence: str
) -> None:
    def work(book: Workbook) -> None:
        book["相似问"][place] = value

    with pytest.raises(WorkbookRefused) as refused:
        import_at_once(database, changed(work), COMMAND_LINE)
    assert sentence in str(refused.value)


def small(folder: Path, database: Database) -> tuple[Pack, Matcher]:
    (folder / "out_of_scope.yaml").write_text(OUT_OF_SCOPE, encoding="utf-8")
    pack = read_pack(folder)
    return pack, Matcher(compile_pack(pack))


def test_a_known_facet_that_nobody_asks_for_is_found_by_lint(grouped_pack: Path, database: Database) -> None:
    write(grouped_pack, "      时限: 未查明", "      时限: {text: 十天办好。, source: [S1]}")
    found = examine(*small(grouped_pack, database), database, DAY)
    (finding,) = [finding for finding in found if finding.kind == "unasked"]
    assert finding.entry == ENTRY
    assert finding.sentence.startswith("时限 查明了")


def test_an_entry_without_groups_is_not_held_to_ask_each_facet(small_pack: Path, database: Database) -> None:
    found = examine(*small(small_pack, database), database, DAY)
    assert not [finding for finding in found if finding.kind == "unasked"]


def test_aspects_are_counted_for_the_page() -> None:
    asked = asked_aspects([("标准",), ("标准", "时限"), (), ()], ["标准", "电话"])
    assert {name: count for name, count in asked.counts.items() if count} == {"标准": 2, "时限": 1, "整体": 2}
    assert asked.unasked == ("电话",)
    assert asked_aspects([(), ()], ["标准"]).unasked == ()


def test_check_counts_grouped_alternates_too(huiqi: Callable[..., Ran], grouped_pack: Path) -> None:
    ran = huiqi("kb", "check", grouped_pack)
    assert ran.code == 0
    assert "2 个条目，16 条相似问" in ran.out


def test_pairs_of_what_is_not_there_are_none() -> None:
    assert pairs(None) == []
