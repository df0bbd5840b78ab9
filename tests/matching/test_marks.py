"""What pins a question down: place, level, year, document, count."""

from __future__ import annotations

import pytest
from huiqi.matching.marks import Marks
from huiqi.matching.matcher import Matcher


@pytest.fixture
def marks(matcher: Matcher):  # type: ignore[no-untyped-def]
    def of(text: str) -> Marks:
        return matcher.marker(matcher.analyser.normalise(text))

    return of


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("市里的减租", {"市"}),
        ("省财政贴息", {"省"}),
        ("国家规定的缓缴", set()),
        ("租的是区属国企的楼", set()),
        ("贴息能和市里的一起拿吗", set()),
        ("园区里的厂房", set()),
        ("资本市场上市", set()),
        ("省20条", {"省"}),
        ("我们光明", {"区"}),
        ("深圳社保", {"市"}),
        ("全国率先的那9条", set()),
    ],
)
def test_levels(marks, text: str, levels: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).levels == levels


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("宝安区有贴息吗", "宝安区"),
        ("佛山的政策", "佛山"),
        ("我们公司在光明，总部在上海", None),
        ("从东莞招的工人", None),
        ("湖北员工", None),
        ("珠海客户不付款", None),
    ],
)
def test_places_that_are_not_ours(marks, text: str, place: str | None) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).place == place


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019年减税", {2019}),
        ("二零二二年", {2022}),
        ("22年的租金", {2022}),
        ("产值2000万", set()),
        ("贷了2020万", set()),
        ("开了20年了", set()),
        ("深光府〔2020〕9号", set()),
    ],
)
def test_years(marks, text: str, years: set[int]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).years == years


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("惠企十五条", {"15条"}),
        ("十二项举措", {"12项"}),
        ("第18条", set()),
        ("两百一十项", {"210项"}),
        ("两三条", set()),
    ],
)
def test_counted_names(marks, text: str, counted: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).counted == counted


def test_a_document_number_keeps_its_issuer(marks) -> None:  # type: ignore[no-untyped-def]
    assert marks("深光府〔2020〕9号").document_number == "深光府〔2020〕9号"


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
