"""`huiqi init`: six questions, and a small pack that is sound, answers, and says nothing of any other office."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.formats.pack_reader import read_folder, read_pack
from huiqi.formats.workbook import read_workbook
from huiqi.pack.office import OWN, Hotline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.conftest import Ran
from tests.test_any_office import FOREIGN

Run = Callable[..., Ran]
SAID = "河湾小帮手\n河湾镇服务中心\n河湾镇\n河湾镇的商户\n便民电话 6660-1234\n镇、县\n"


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Types these lines in answer to what is asked."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_six_answers_make_the_office(huiqi: Run, tmp_path: Path, answer: Callable[[str], None]) -> None:
    answer(SAID)
    ran = huiqi("init", tmp_path / "kb")
    assert ran.code == 0 and ran.err.count("/6 ") == 6
    office = read_pack(tmp_path / "kb").office
    assert (office.name, office.organisation, office.place, office.askers) == tuple(SAID.split("\n")[:4])
    assert office.hotline == Hotline("6660-1234", "便民电话")
    assert office.level_names == ("镇", "县")


def test_nothing_answered_is_the_usual_and_names_no_place(huiqi: Run, tmp_path: Path) -> None:
    assert huiqi("init", tmp_path / "kb", "--yes").err.count("/6 ") == 0
    office = read_pack(tmp_path / "kb").office
    assert (office.name, office.place, office.hotline, office.has_levels) == ("办事小助手", None, None, False)


def test_options_are_not_asked_for(huiqi: Run, tmp_path: Path, answer: Callable[[str], None]) -> None:
    answer("\n\n无\n没有\n")
    ran = huiqi("init", tmp_path / "kb", "--name", "小河", "--hotline", "6660-1234")
    assert "2/6" in ran.err and "1/6" not in ran.err and "5/6" not in ran.err
    office = read_pack(tmp_path / "kb").office
    assert (office.name, office.askers, office.hotline) == ("小河", None, Hotline("6660-1234"))


def test_what_is_written_is_sound_complete_and_reminds_of_nothing(huiqi: Run, tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    huiqi("init", folder, "--yes", "--hotline", "便民电话 6660-1234")
    ran = huiqi("kb", "check", folder)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("没有错误：1 项政策，2 个条目") and "提醒" not in ran.out
    pack = read_pack(folder)
    assert len(pack.golden) == 2 and {source.confidence for source in pack.sources.values()} == {OWN}
    assert all(FOREIGN.search(file.read_text(encoding="utf-8")) is None for file in folder.rglob("*.[yt]*"))


def test_its_workbook_holds_the_same(huiqi: Run, tmp_path: Path) -> None:
    huiqi("init", tmp_path / "kb", "--yes", "--levels", "镇、县")
    files = {name: document.data for name, document in read_folder(tmp_path / "kb").items()}
    raw = (tmp_path / "kb" / "knowledge.xlsx").read_bytes()
    assert read_workbook(raw, files).changes == {}
    whole = read_workbook(raw, {})
    assert whole.problems == [] and len(whole.changes) == 6
    shown = load_workbook(io.BytesIO(raw)).active
    assert shown is not None and shown.title == "问答"


def test_its_template_becomes_a_policy_when_it_is_copied(huiqi: Run, tmp_path: Path) -> None:
    huiqi("init", tmp_path / "kb", "--yes")
    template = (tmp_path / "kb" / "template.txt").read_text(encoding="utf-8")
    (tmp_path / "kb" / "policies" / "mine.yaml").write_text(template, encoding="utf-8")
    assert "my-rule-first" in read_pack(tmp_path / "kb").entries
    commented = template.replace("\n    # ", "\n    ").replace("\n  # ", "\n  ")
    commented = commented.replace("see_also: [another-entry]", "see_also: [example-ask]").replace(
        "level: 县", ""
    )
    commented = commented.replace("    #   ", "      ")
    (tmp_path / "kb" / "policies" / "mine.yaml").write_text(commented, encoding="utf-8")
    entry = read_pack(tmp_path / "kb").entries["my-rule-first"]
    assert all(facet.is_known for facet in entry.facets.values()) and entry.status == "draft"


def test_the_three_commands_that_it_names_work(huiqi: Run, tmp_path: Path) -> None:
    commands = huiqi("init", tmp_path / "kb", "--yes").out.splitlines()
    assert [command.split()[:2] for command in commands] == [
        ["huiqi", "kb"],
        ["huiqi", "kb"],
        ["huiqi", "ask"],
    ]
    for command in commands:
        ran = huiqi(*command.split()[1:])
        assert ran.code == 0, ran.err
    assert "【怎样提问】用平常的话直接问" in ran.out
    for golden in read_pack(tmp_path / "kb").golden:
        assert "示例：小助手怎么用" in huiqi("ask", golden.question).out, golden.question


@pytest.mark.parametrize(
    ("before", "arguments", "sentence"),
    [
        ("kb/notes.txt", ("--yes",), "里已经有东西，什么都没有写"),
        ("kb", ("--yes",), "里已经有东西，什么都没有写"),
        ("", ("--yes", "--hotline", "便民电话"), "热线“便民电话”里没有号码"),
        ("", ("--yes", "--name", "长" * 21), "“name”太长（最多 20 个字）"),
        ("", ("--yes", "--levels", "县、县"), "“县”在“县”一级已经写过"),
    ],
)  # fmt: skip
def test_what_does_not_do_is_told_and_nothing_is_written(
    huiqi: Run, tmp_path: Path, before: str, arguments: tuple[str, ...], sentence: str
) -> None:
    if before:
        (tmp_path / before).parent.mkdir(exist_ok=True)
        (tmp_path / before).write_text("x", encoding="utf-8")
    there = sorted(tmp_path.rglob("*"))
    ran = huiqi("init", tmp_path / "kb", *arguments)
    assert (ran.code, sentence in ran.err) == (2, True), ran.err
    assert [item for item in sorted(tmp_path.rglob("*")) if "huiqi.db" not in item.name] == there


def test_an_empty_folder_is_filled_where_it_is(
    huiqi: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "空 的").mkdir()
    monkeypatch.chdir(tmp_path / "空 的")
    assert huiqi("init", ".", "--yes").code == 0
    assert read_pack(Path()).golden
    assert "'" in huiqi("init", tmp_path / "又 一个", "--yes").out


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20))
def test_any_words_may_be_said(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    from huiqi.formats.starter import NewOffice, write_starter

    folder = tmp_path_factory.mktemp("kb")
    write_starter(NewOffice(said, said, said, said, f"{said} 1", (said,)), folder)
    office = read_pack(folder).office
    assert (office.name, office.organisation, office.place, office.level_names) == (said, said, said, (said,))
