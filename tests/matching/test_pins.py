"""What pins a question down: place, level, year, document, count, and which of two opposites."""

from __future__ import annotations

import pytest
from huiqi.matching.marks import read_opposites


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("县里的修房补助", {"县"}),
        ("全县的换新奖励", {"县"}),
        ("我们星河", {"镇"}),
        ("银湾县的补助", {"县"}),
        ("能和县里的一起拿吗", set()),
        ("摊位费多少", set()),
    ],
)
def test_levels(marks, text: str, levels: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).levels == levels


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("北桥镇有摊位吗", "北桥镇"),
        ("海月的办法", "海月"),
        ("我的店在星河，总店在海月", None),
        ("从海月招的工人", None),
        # The end of one word and the beginning of the next.
        ("上海月饼店能申请摊位吗", None),
    ],
)
def test_places_that_are_not_ours(marks, text: str, place: str | None) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).place == place


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019年摊位费", {2019}),
        ("二零二二年", {2022}),
        ("22年的租金", {2022}),
        ("产值2000万", set()),
        ("开了20年了", set()),
        ("星府〔2024〕9号", set()),
    ],
)
def test_years(marks, text: str, years: set[int]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).years == years


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("小店六条", {"6条"}),
        ("夜市十八条", {"18条"}),
        ("十二项举措", {"12项"}),
        ("第18条", set()),
        ("两三条", set()),
    ],
)
def test_counted_names(marks, text: str, counted: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).counted == counted


@pytest.mark.parametrize(
    "text", ["星府〔2024〕9号", "星府（2024）9号", "星府[2024]9号", "星府【2024】第9号", "星府〔2024〕 9 号"]
)
def test_a_document_number_keeps_its_issuer_in_every_writing(marks, text: str) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).document_number == "星府〔2024〕9号"


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("不裁员", "不裁员"),
        ("要裁员", "裁员"),
        ("裁员率多少", "裁员率"),
        ("没炒人", "不裁员"),
        ("招人", None),
        ("提前返岗行不行", "提前"),
        ("比规定晚了十天才开工", "推迟"),
        ("租私人房东的厂房", "私人房东"),
        ("租的是国企的楼", "公家房东"),
        ("贷款还不上了", "还款"),
        ("刚借了一笔新增贷款", "新借"),
        ("上个月交了的怎么退", "退回"),
    ],
)
def test_opposites(marks, text: str, side: str | None) -> None:  # type: ignore[no-untyped-def]
    assert [said for _, said in marks(text).sides] == ([side] if side else [])


@pytest.mark.parametrize("row", read_opposites(), ids=lambda row: str(row[0]))
def test_a_text_takes_one_side_of_a_row_at_most(marks, row) -> None:  # type: ignore[no-untyped-def]
    name, sides = row
    assert len({side for side, _ in sides}) == len(sides) >= 2
    for side, said in sides:
        word = said.split("|")[0]
        if word.isalpha():
            assert (name, side) in marks(word).sides
    found = [taken for taken, _ in marks("要裁员还是不裁员，提前复工还是晚点复工").sides]
    assert len(found) == len(set(found))
