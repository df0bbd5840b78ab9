"""office.yaml: who answers, read, checked, and absent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from huiqi.formats.pack_reader import read_pack
from huiqi.formats.problem import PackError
from huiqi.pack.office import Hotline, Level, Office

from tests.conftest import Ran


def _write(folder: Path, text: str) -> Path:
    (folder / "office.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_said_of_an_office_is_read(small_pack: Path) -> None:
    office = read_pack(
        _write(
            small_pack,
            "name: 茶小二\nplace: 云溪县\nhotline: {number: 055588, name: 云溪热线}\ntime_zone: Asia/Urumqi\n"
            "levels:\n  - {name: 区, words: [镇里], places: [云溪]}\n  - 市\nexamples: [换炉灶补几成]\n",
        )
    ).office
    assert (office.name, office.place, office.examples) == ("茶小二", "云溪县", ("换炉灶补几成",))
    assert office.hotline == Hotline("055588", "云溪热线")
    assert office.levels[0] == Level("区", ("镇里",), ("云溪",))
    assert office.levels[1].words[:2] == ("市里", "市级")


def test_a_pack_without_an_office_names_no_place_and_no_hotline(small_pack: Path) -> None:
    office = read_pack(small_pack).office
    assert office == Office()
    assert office.place is None and office.hotline is None and office.year is None
    assert office.level_names == ("区", "市", "省", "国家")


def test_an_office_that_says_nothing_of_levels_has_one(small_pack: Path) -> None:
    policy = small_pack / "policies" / "tea.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("  level: 区\n", ""), encoding="utf-8")
    pack = read_pack(_write(small_pack, "name: 茶小二\n"))
    assert not pack.office.has_levels
    assert {entry.level for entry in pack.entries.values()} == set(pack.office.level_names)
    assert pack.office.tag(pack.entries["tea-stove"].level) == ""


@pytest.mark.parametrize(
    ("office", "file", "says", "remedy"),
    [
        ("levels: [县, 市]", "policies/tea.yaml", "“level”不能是“区”", "只能是：县、市"),
        ("levels: [区, {name: 市, words: [区]}]", "office.yaml", "“区”在“区”一级已经写过", "只写在一级"),
        ("time_zone: Asia/Yunxi", "office.yaml", "没有时区“Asia/Yunxi”", "洲/城市"),
        ("levels: []", "office.yaml", "“levels”至少要有 1 条", "补足"),
        ("nmae: 茶小二", "office.yaml", "不认识的字段“nmae”", "name"),
        ("hotline: {name: 热线}", "office.yaml", "缺少字段“number”", "number"),
    ],
)
def test_a_fault_of_the_office_is_named(
    small_pack: Path, office: str, file: str, says: str, remedy: str
) -> None:
    with pytest.raises(PackError) as raised:
        read_pack(_write(small_pack, office + "\n"))
    problem = raised.value.problems[0]
    assert (problem.file, says in problem.message, remedy in problem.remedy) == (file, True, True), problem


def test_a_broken_office_is_not_held_against_the_levels_of_others(small_pack: Path) -> None:
    with pytest.raises(PackError) as raised:
        read_pack(_write(small_pack, "levels: [\n"))
    assert {problem.file for problem in raised.value.problems} == {"office.yaml"}


def test_names_of_a_level_above_that_there_is_not_are_named(small_pack: Path) -> None:
    (small_pack / "places.yaml").write_text(
        "{ours: [], ours_upper: {州: [云州]}, other_districts: [], other_cities: [], other_provinces: [],"
        " ambiguous: [], units: [], words: []}\n",
        encoding="utf-8",
    )
    with pytest.raises(PackError, match="1 处") as raised:
        read_pack(small_pack)
    assert "不能是“州”" in raised.value.problems[0].message


def test_check_reminds_of_a_missing_office(huiqi: Callable[..., Ran], small_pack: Path) -> None:
    ran = huiqi("kb", "check", small_pack)
    assert (ran.code, "没有 office.yaml" in ran.err) == (0, True)
    _write(small_pack, "levels: [区]\n")
    assert "office.yaml" not in huiqi("kb", "check", small_pack).err


def test_the_day_is_that_of_the_offices_clock() -> None:
    late = datetime(2024, 5, 1, 20, 30, tzinfo=UTC)
    assert Office().local(late).date().isoformat() == "2024-05-02"
    assert Office(time_zone="Europe/London").local(late).date().isoformat() == "2024-05-01"
