"""What `huiqi kb check` says of each fault: file, line, field, what to do. And no fault costs the pack in force."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from huiqi.assistant.asking import Message
from huiqi.formats.fields import FILE_FIELDS
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.problem import PackError, Problem
from huiqi.service.settings import Settings
from huiqi.service.wiring import open_assistant
from huiqi.store.database import open_database
from huiqi.store.knowledge import KnowledgeStore

from tests.conftest import SMALL_POLICY, XINGHE, Ran

POLICY = "policies/tea.yaml"
ALTERNATES = SMALL_POLICY[SMALL_POLICY.index("    alternates:") : SMALL_POLICY.index("    facets:")]
"""Those of the first entry."""


@dataclass(frozen=True)
class Fault:
    """One change of the small pack, and what must be said about it. `at`: words of the faulty line."""

    name: str
    old: str
    new: str
    at: str
    field: str
    says: str
    remedy: str
    file: str = POLICY
    count: int = 1
    """How many problems it makes: an id that stands twice makes links ambiguous too."""


FAULTS = [
    Fault("a tab", "    title: 茶室换炉灶补多少", "\ttitle: 茶室换炉灶补多少", "\ttitle", "文件", "制表符", "换成两个空格"),
    Fault("no YAML", "names: [茶室办法]", "names: [茶室办法", "names: [茶室办法", "文件", "不是合法的 YAML", "检查这一行和上一行"),
    Fault("an unknown field", "    unit: 未查明\n    keywords: [炉灶", "    unit: 未查明\n    keyword: [炉灶", "keyword: [炉灶", "keyword", "不认识的字段“keyword”", "keywords"),
    Fault("a missing field", "    title: 茶室换炉灶补多少\n", "", "- id: tea-stove", "title", "缺少字段“title”", "加上字段 title"),
    Fault("a field written twice", "    status: published\n  - id", "    status: draft\n    status: published\n  - id", "    status: published", "status", "写了两次", "只留一个"),
    Fault("an id twice", "- id: tea-sign", "- id: tea-stove", "DUPLICATE", "id", "编号“tea-stove”重复", "换一个没有用过的编号", count=3),
    Fault("an id that is no slug", "- id: tea-sign", "- id: Tea_招牌", "Tea_招牌", "id", "编号“Tea_招牌”不合规则", "只用小写字母、数字和连字符"),
    Fault("a date that does not exist", "issued: 2020-02-09", "issued: 2020-02-30", "2020-02-30", "issued", "“2020-02-30”不存在", "核对原文的日期"),
    Fault("a date in another spelling", "issued: 2020-02-09", "issued: 2020年2月9日", "2020年2月9日", "issued", "格式不对", "写成 年-月-日，例如 "),
    Fault("an end before the start", "valid_to: 2020-12-31", "valid_to: 2019-12-31", "policy:", "policy", "早于起始日（valid_from）", "是不是写反了"),
    Fault("a facet without a source", "{text: 按票面补三成。, source: [S1]}", "{text: 按票面补三成。}", "标准: {text", "source", "“标准”没有写来源", "未查明"),
    Fault("an empty source", "{text: 按票面补三成。, source: [S1]}", "{text: 按票面补三成。, source: []}", "标准: {text", "source", "“标准”的来源是空的", "写上来源编号"),
    Fault("a source that is not there", "{text: 按票面补三成。, source: [S1]}", "{text: 按票面补三成。, source: [S9]}", "标准: {text", "source", "来源“S9”不在 sources.yaml 里", "登记这个来源"),
    Fault("a facet that is only text", "标准: {text: 按票面补三成。, source: [S1]}", "标准: 按票面补三成。", "标准: 按票面", "标准", "“标准”的写法不对", "{text: …, source: [来源编号]}"),
    Fault("a link to nowhere", "see_also: [tea-sign]", "see_also: [tea-sing]", "see_also: [tea-sing]", "see_also", "链接的条目“tea-sing”不存在，是不是 tea-sign", "改成已有的条目编号"),
    Fault("a link to itself", "see_also: [tea-sign]", "see_also: [tea-stove]", "see_also: [tea-stove]", "see_also", "链接到了自己", "删去这个链接"),
    Fault("an alternate of two entries", "- 招牌报备\n", "- 炉灶补贴？\n", "- 炉灶补贴？", "alternates", "与条目 tea-stove 的重复", "只留在一个条目里"),
    Fault("an alternate twice in one entry", "- 节能灶补几成", "- 炉灶补贴", "TWICE", "alternates", "与本条目的重复", "只留在一个条目里"),
    Fault("no alternates", ALTERNATES, "    alternates: []\n", "alternates:", "alternates", "至少要有 1 条，现在 0 条", "补足"),
    Fault("an unknown level", "level: 区", "level: 街道", "level: 街道", "level", "“level”不能是“街道”", "区"),
    Fault("a list written as text", "keywords: [招牌, 牌匾]", "keywords: 招牌", "keywords: 招牌", "keywords", "应该是一个列表", "每行一条"),
    Fault("an empty text", "title: 茶室招牌怎么报备", 'title: ""', 'title: ""', "title", "没有文字", "写上内容"),
    Fault("a title too long for a button", "short_title: 茶室招牌", "short_title: 茶室的招牌和牌匾和门头各要怎么报备才行呢", "short_title: 茶室的", "short_title", "太长（最多 18 个字）", "写短一些"),
    Fault("a source that tells of no policy of ours", "confidence: 官方}", "confidence: 官方, policies: [taa]}", "policies: [taa]", "policies", "没有编号为“taa”的政策，是不是 tea", "写 []", file="sources.yaml"),
    Fault("another side of 叠加 that is not there", "stacking: 未查明\n    see_also: [tea-sign]", "stacking: {kind: 可叠加, beside: [tea-sing], text: 可与招牌补贴同享。, source: [S1]}\n    see_also: [tea-sign]", "beside: [tea-sing]", "beside", "链接的条目“tea-sing”不存在，是不是 tea-sign", "改成已有的条目编号"),
    Fault("a sentence's questions without an arrow", "    facets:\n", "    details:\n      - 烧柴的灶也补吗\n    facets:\n", "烧柴的灶", "details", "细节问法“烧柴的灶也补吗”看不懂", "问法；问法 →"),
    Fault("questions about a sentence that is not there", "    facets:\n", "    details:\n      - 烧柴的灶也补吗 → 补五成\n    facets:\n", "烧柴的灶", "details", "答案里没有“补五成”", "删去这一行"),
    Fault("a fault in the sources", "confidence: 官方", "confidence: 听说", "confidence: 听说", "confidence", "不能是“听说”", "只能是", file="sources.yaml"),
]  # fmt: skip


def _break(folder: Path, fault: Fault) -> None:
    file = folder / fault.file
    text = file.read_text(encoding="utf-8")
    assert fault.old in text, "the small pack has changed; mend the table"
    file.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")


def _problems(folder: Path) -> list[Problem]:
    with pytest.raises(PackError) as raised:
        read_pack(folder)
    return raised.value.problems


def _line_of(folder: Path, fault: Fault) -> int:
    lines = (folder / fault.file).read_text(encoding="utf-8").splitlines()
    if fault.at == "DUPLICATE":
        return [number for number, line in enumerate(lines, 1) if "- id: tea-stove" in line][1]
    if fault.at == "TWICE":
        return [number for number, line in enumerate(lines, 1) if line.endswith("- 炉灶补贴")][1]
    return next(number for number, line in enumerate(lines, 1) if fault.at in line)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_named_with_file_line_field_and_remedy(small_pack: Path, fault: Fault) -> None:
    _break(small_pack, fault)
    problems = _problems(small_pack)
    assert len(problems) == fault.count, [problem.render() for problem in problems]
    problem = next(problem for problem in problems if fault.says in problem.message)
    assert problem.file == fault.file
    assert problem.line == _line_of(small_pack, fault)
    assert fault.field in problem.field
    assert fault.remedy in problem.remedy


SHORT = """\
policy: {id: faq, title: 常见问答, sources: [own]}
entries:
  - id: hours
    title: 办事大厅周末开不开门，几点开始上班取号？
    alternates: [几点上班]
    summary: {text: 周一到周五九点上班。, source: [own]}
    facets:
      电话: {text: 总机分机 8。, source: [phone]}
"""


def test_what_a_file_leaves_out_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "faq.yaml").write_text(SHORT, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(
        "own: {title: 窗口口径, confidence: 本单位}\nphone: {title: 电话表, confidence: 本单位}\n",
        encoding="utf-8",
    )
    entry = read_pack(tmp_path).entries["hours"]
    assert (entry.short_title, entry.status, entry.sources) == (
        "办事大厅周末开不开门，几点开始上班…",
        "published",
        ("own", "phone"),
    )
    assert (entry.unit, entry.keywords, entry.stacking.kind) == (None, (), "未查明")
    assert [name for name, facet in entry.facets.items() if facet.is_known] == ["电话"]
    kept = read_folder(tmp_path)["policies/faq.yaml"].data["entries"][0]
    assert {field.key for field in FILE_FIELDS if field.is_required or field.is_filled} <= set(kept)


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        (b"", "文件是空的", "删去这个文件"),
        (b"\n  \n", "文件是空的", "删去这个文件"),
        ("# 以后再写\n".encode(), "只有注释", "删去这个文件"),
        ("policy:\n  id: 茶\n".encode("gb18030"), "不是 UTF-8", "另存为"),
        (b"policy: \x00\n", "不是合法的 YAML", "控制字符"),
    ],
    ids=["empty", "blank", "only a comment", "not UTF-8", "control characters"],
)
def test_file_that_cannot_be_read_is_named(small_pack: Path, content: bytes, says: str, remedy: str) -> None:
    (small_pack / "policies" / "new.yaml").write_bytes(content)
    (problem,) = _problems(small_pack)
    assert (problem.file, problem.field) == ("policies/new.yaml", "文件")
    assert problem.line == (2 if b"\xb2\xe8" in content else 1)
    assert says in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("'三成|（(三'", "“first”的写法“三成|（(三”不是合法的正则表达式"),
        ("''", "“first”没有文字"),
    ],
)
def test_a_first_line_that_nothing_can_match_is_named_in_the_golden_questions(
    small_pack: Path, first: str, says: str
) -> None:
    (small_pack / "golden.yaml").write_text(
        "- {question: 换炉灶补几成, accept: [tea-stove], first: 三成}\n"
        f"- {{question: 炉灶怎么补, accept: [tea-stove], first: {first}}}\n",
        encoding="utf-8",
    )
    (problem,) = _problems(small_pack)
    assert (problem.file, problem.line, problem.field) == ("golden.yaml", 2, "2.first")
    assert says in problem.message
    assert "删去" in problem.remedy


def test_not_utf8_names_the_line_of_the_first_bad_byte(small_pack: Path) -> None:
    (small_pack / "policies" / "new.yaml").write_bytes(b"policy:\n  title: " + "茶".encode("gb18030"))
    assert _problems(small_pack)[0].line == 2


def test_missing_sources_file_is_named(small_pack: Path) -> None:
    (small_pack / "sources.yaml").unlink()
    assert any(
        problem.file == "sources.yaml" and "缺少" in problem.message for problem in _problems(small_pack)
    )


def test_folder_without_policies_is_named(small_pack: Path) -> None:
    (small_pack / POLICY).unlink()
    assert [problem.message for problem in _problems(small_pack)] == ["没有任何政策文件"]


def test_end_before_start_of_an_entry_names_the_entry(small_pack: Path) -> None:
    file = small_pack / POLICY
    text = file.read_text(encoding="utf-8").replace(
        "    status: published\n  - id",
        "    valid_from: 2020-05-01\n    valid_to: 2020-03-01\n    status: published\n  - id",
    )
    file.write_text(text, encoding="utf-8")
    (problem,) = _problems(small_pack)
    assert "早于起始日" in problem.message
    assert text.splitlines()[problem.line - 1].strip() == "- id: tea-stove"


def test_all_faults_of_all_files_are_told_at_once(small_pack: Path) -> None:
    for name in ("a date that does not exist", "an unknown level", "a fault in the sources"):
        _break(small_pack, next(fault for fault in FAULTS if fault.name == name))
    (small_pack / "policies" / "empty.yaml").write_bytes(b"")
    assert {(problem.file, problem.field.split(".")[-1]) for problem in _problems(small_pack)} == {
        (POLICY, "issued"),
        (POLICY, "level"),
        ("sources.yaml", "confidence"),
        ("policies/empty.yaml", "文件"),
    }


def test_what_is_well_is_no_fault_beside_a_file_that_cannot_be_read(pack_folder: Path) -> None:
    file = pack_folder / "policies" / "shops.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  id: shops", "\tid: shops"), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read_pack(pack_folder)
    assert [problem.file for problem in caught.value.problems] == ["policies/shops.yaml"]


def test_every_link_to_nowhere_is_told_whatever_else_is_wrong(pack_folder: Path) -> None:
    golden = pack_folder / "golden.yaml"
    golden.write_text(
        "- {question: 甲, accept: [no-such-one]}\n- {question: 乙, accept: [no-such-two]}\n", encoding="utf-8"
    )
    ladders = pack_folder / "ladders.yaml"
    ladders.write_text(
        ladders.read_text(encoding="utf-8").replace("[shop-front,", "[shop-frnt,"), encoding="utf-8"
    )
    with pytest.raises(PackError) as caught:
        read_pack(pack_folder)
    said = {
        (problem.file, problem.message.split("”")[0].removeprefix("条目“"))
        for problem in caught.value.problems
    }
    assert said == {
        ("golden.yaml", "no-such-one"),
        ("golden.yaml", "no-such-two"),
        ("ladders.yaml", "shop-frnt"),
    }


def test_command_shows_the_line_with_a_caret_and_exits_1(huiqi: Callable[..., Ran], small_pack: Path) -> None:
    _break(small_pack, next(fault for fault in FAULTS if fault.name == "a date that does not exist"))
    ran = huiqi("kb", "check", small_pack)
    assert ran.code == 1
    assert re.search(r"^policies/tea\.yaml:\d+:\d+ \[policy\.issued\] .*不存在$", ran.out, re.MULTILINE)
    assert "issued: 2020-02-30" in ran.out
    assert re.search(r"\| +\^$", ran.out, re.MULTILINE)
    assert "改法：" in ran.out
    assert "共 1 处错误" in ran.err


def test_command_counts_a_sound_pack_and_exits_0(huiqi: Callable[..., Ran]) -> None:
    ran = huiqi("kb", "check", XINGHE)
    assert ran.code == 0
    assert ran.out.startswith("没有错误：")
    assert ran.err == ""


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("synonym.yaml", "[]", "synonym.yaml 没有读：是不是 synonyms.yaml？改名为它"),
        ("source.yml", "{}", "source.yml 没有读：是不是 sources.yaml？把内容并到那里"),
        ("golden.yaml.txt", "[]", "golden.yaml.txt 没有读：是不是 golden.yaml？改名为它"),
        ("policies/new.yaml.txt", "policy: {}", "policies/new.yaml.txt 没有读：改名为 new.yaml"),
        ("policies/NEW.YAML", "policy: {}", "policies/NEW.YAML 没有读：改名为 NEW.yaml"),
        ("rent.yaml", "# 租金\npolicy: {id: rent}\n", "rent.yaml 没有读：是一项政策，放到 policies/rent.yaml"),
        ("notes.yaml", "a: b\n", "notes.yaml 没有读：没有叫这个名字的文件；可以有 office.yaml、sources.yaml"),
        ("policies/2020/rent.yaml", "policy: {}", "文件夹 policies/2020/ 里有 1 个 YAML 文件没有读：政策直接放在"),
        ("policys/rent.yaml", "policy: {}", "文件夹 policys/ 里有 1 个 YAML 文件没有读：改名为 policies"),
    ],
)  # fmt: skip
def test_a_file_that_nobody_reads_is_told_with_what_was_meant(
    huiqi: Callable[..., Ran], small_pack: Path, file: str, content: str, says: str
) -> None:
    (small_pack / file).parent.mkdir(exist_ok=True)
    (small_pack / file).write_text(content, encoding="utf-8")
    ran = huiqi("kb", "check", small_pack)
    assert ran.code == 0
    assert f"提醒：{says}" in ran.err


def test_a_file_that_nobody_reads_is_told_beside_the_fault_that_it_makes(
    huiqi: Callable[..., Ran], small_pack: Path
) -> None:
    (small_pack / "sources.yaml").rename(small_pack / "source.yaml")
    ran = huiqi("kb", "check", small_pack)
    assert ran.code == 1
    assert "是不是 sources.yaml？改名为它" in ran.err


def test_other_peoples_files_and_folders_are_none_of_its_business(
    huiqi: Callable[..., Ran], small_pack: Path
) -> None:
    for name in ("原文/一.pdf", "说明.txt", ".git/config.yaml", "kb.xlsx"):
        (small_pack / name).parent.mkdir(exist_ok=True)
        (small_pack / name).write_bytes(b"x")
    assert "没有读" not in huiqi("kb", "check", small_pack).err


def test_missing_language_files_and_a_lopsided_pack_are_told(
    huiqi: Callable[..., Ran], small_pack: Path
) -> None:
    err = huiqi("kb", "check", small_pack).err
    assert (
        "没有 synonyms.yaml（自己的叫法）、places.yaml（地名和部门名）、golden.yaml" in err
        and "out_of_scope.yaml 有" not in err
    )
    lines = "".join(f"  - 别的事 {number}\n" for number in range(13))
    (small_pack / "out_of_scope.yaml").write_text("别的事:\n" + lines, encoding="utf-8")
    ran = huiqi("kb", "check", small_pack)
    assert (ran.code, "out_of_scope.yaml 有 13 句，相似问只有 16 条" in ran.err) == (0, True)


def test_folder_that_is_not_there_is_wrong_use(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    ran = huiqi("kb", "check", tmp_path / "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere" in ran.err


@pytest.mark.parametrize("fault", FAULTS[:6], ids=lambda fault: fault.name)
def test_broken_folder_never_replaces_the_published_pack(
    huiqi: Callable[..., Ran], settings: Settings, small_pack: Path, fault: Fault
) -> None:
    assert huiqi("kb", "import", small_pack).code == 0
    before = _published(settings)
    _break(small_pack, fault)
    ran = huiqi("kb", "import", small_pack)
    assert ran.code == 1
    assert "没有导入任何内容" in ran.err
    assert fault.says in ran.err
    assert _published(settings) == before


def _published(settings: Settings) -> tuple[str | None, dict[str, object]]:
    database = open_database(settings.database)
    knowledge = KnowledgeStore(database)
    found = knowledge.fingerprint(), knowledge.files()
    database.close()
    return found


def test_bot_starts_on_the_last_good_pack_and_says_so(small_settings: Settings) -> None:
    question = Message("换炉灶有补贴吗", "test")
    assert open_assistant(small_settings, lambda sentence: None).ask(question).entry == "tea-stove"
    _break(small_settings.pack_folder, FAULTS[0])
    told: list[str] = []
    assistant = open_assistant(small_settings, told.append)
    assert assistant.ask(question).entry == "tea-stove"
    assert any("继续使用上一版" in sentence and "kb check" in sentence for sentence in told)


def test_bot_takes_over_a_mended_folder_at_its_next_start(small_settings: Settings) -> None:
    open_assistant(small_settings, lambda sentence: None)
    file = small_settings.pack_folder / POLICY
    file.write_text(
        file.read_text(encoding="utf-8").replace("按票面补三成", "按票面补四成"), encoding="utf-8"
    )
    reply = open_assistant(small_settings, lambda sentence: None).ask(Message("节能灶补几成", "test"))
    assert "补四成" in reply.text


def test_bot_does_not_start_without_any_good_pack(small_settings: Settings) -> None:
    _break(small_settings.pack_folder, FAULTS[0])
    with pytest.raises(PackError):
        open_assistant(small_settings, lambda sentence: None)


def test_check_takes_the_pack_whole_or_not_at_all(small_pack: Path) -> None:
    assert set(read_folder(small_pack)) == {"sources.yaml", POLICY}
    assert set(read_pack(small_pack).entries) == {"tea-stove", "tea-sign"}
