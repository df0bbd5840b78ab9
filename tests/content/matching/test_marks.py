"""What pins a question down: place, level, year, document, count."""

from __future__ import annotations

import pytest
from huiqi.matching.features import NAMES, describe
from huiqi.matching.matcher import Matcher


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
    ("text", "firm"),
    [
        ("市里的社保减免", {"市"}),
        ("我市社保减免", set()),
        ("本省稳岗返还", set()),
        ("广东的稳岗返还", set()),
        ("省里的稳岗返还", {"省"}),
        ("我区的稳岗返还", {"区"}),
    ],
)
def test_who_names_the_place_of_a_level_may_mean_another_level(marks, text: str, firm: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).levels and marks(text).firm == firm


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("宝安区有贴息吗", "宝安区"),
        ("佛山的政策", "佛山"),
        ("我们公司在光明，总部在上海", None),
        ("从东莞招的工人", None),
        ("湖北员工", None),
        ("珠海客户不付款", None),
        ("江西、安徽的工人返岗要登记吗", None),
        ("龙岗区江西籍的工人返岗有补贴吗", "龙岗区"),
        ("开了一家兰州拉面，三个人，社保怎么减", None),
        ("我们有个股东在苏州，注册要不要他来", None),
        ("苏州的注册补贴怎么领", "苏州"),
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
        ("2014年成立的公司", set()),
        ("2018年3月注册的小厂", set()),
        ("我们19年才成立的", set()),
        ("2020年设立的绿色通道", {2020}),
        ("2023年前设立的公司", set()),
        ("2019年以后注册的企业", set()),
        ("2021年前的技改补贴", {2021}),
        ("2017年在公明注册的合伙企业", set()),
        ("2012年的老厂", set()),
        ("2018年注册了两家店", set()),
        ("2022年在光明开办企业有没有补贴", {2022}),
        ("章程写2040年缴清", set()),
        ("合同定到2031年", set()),
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


@pytest.mark.parametrize(
    "text",
    [
        "深光府〔2020〕9号",
        "深光府（2020）9号",
        "深光府[2020]9号",
        "深光府【2020】第9号",
        "深光府〔2020〕 9 号",
    ],
)
def test_a_document_number_keeps_its_issuer_in_every_writing(marks, text: str) -> None:  # type: ignore[no-untyped-def]
    assert marks(text).document_number == "深光府〔2020〕9号"


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("贷款还不上了怎么办", "cn-loan-defer"),
        ("区里给刚借的贷款贴息吗", "hq15-loan-interest"),
        ("二月的社保已经交了怎么退", "cn-social-refund"),
        ("复工晚了二十天有补助吗", "hq15-delayed-resumption"),
        ("哪些企业可以提前复工", "gd-resume-date"),
    ],
)
def test_opposite_things_are_answered_by_different_entries(matcher: Matcher, text: str, entry: str) -> None:
    best = matcher.match(text).best
    assert best is not None and matcher.entry_id(best.entry) == entry


def test_an_entry_of_the_other_side_is_told_apart(matcher: Matcher) -> None:
    def opposite(text: str, entry: str) -> float:
        later = frozenset(view for name, view in matcher.numbers.items() if name.startswith("now-"))
        found, _ = describe(matcher.base, matcher.read(text), to_come=later)
        rows = {matcher.entry_id(item.entry): item.features for item in found}
        return rows[entry][NAMES.index("opposite")]

    assert opposite("贷款还不上了能贴息吗", "hq15-loan-interest") >= opposite(
        "新增贷款能贴息吗", "hq15-loan-interest"
    )
    assert opposite("提前复工的企业有补助吗", "hq15-delayed-resumption") == 1.0
    assert opposite("延迟复工的企业有补助吗", "hq15-delayed-resumption") == 0.0
