"""Whether a place, a level or a year that a message names is asked about, or only told of."""

from __future__ import annotations

import pytest
from huiqi.language.mentions import around, is_told_level, is_told_year, place_in


def spanned(text: str, name: str) -> tuple[str, int, int]:
    start = text.index(name)
    return text, start, start + len(name)


@pytest.mark.parametrize(
    "text",
    [
        "临河县的房租补助找哪个局",
        "临河县社保减到几月份",
        "想打听一下临河县对小店有啥照顾",
        "到临河县去要不要登记",
        "别的地方呢，临河县有没有这个",
    ],
)
def test_a_place_that_is_asked_about(text: str) -> None:
    assert not place_in(*spanned(text, "临河县")).is_told


@pytest.mark.parametrize(
    "text",
    [
        "从临河县回厂的师傅要不要隔离",
        "有三个临河县的工人还没到，工资怎么算",
        "临河县的客户欠了我们十二万，可以去哪里反映",
        "货都发到临河县去了，疫情耽误交货算违约吗",
        "老家临河县的员工，包车接回来有补贴吗",
        "开了一家临河县风味的面馆，租金能不能少交",
        "老板是临河县人，注册公司要什么",
    ],
)
def test_a_place_that_is_only_told_of(text: str) -> None:
    assert place_in(*spanned(text, "临河县")).is_told


@pytest.mark.parametrize(
    "text", ["我们公司在临河县，社保怎么减", "厂在临河县，能不能报", "我是临河县一家印刷厂的"]
)
def test_a_place_where_the_company_is(text: str) -> None:
    mention = place_in(*spanned(text, "临河县"))
    assert mention.is_of_asker and not mention.is_told


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2018年的用工补助现在还能领不", "2018年"),
        ("去年的水费补助什么标准", "去年"),
        ("前年的奖励漏报了，还补得上吗", "前年"),
        ("明年还发不发", "明年"),
        ("等明年再交材料可以吗", "明年"),
        ("2031年的通知出了没", "2031年"),
    ],
)
def test_a_year_that_is_asked_about(text: str, year: str) -> None:
    assert not is_told_year(*spanned(text, year))


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2018年开的店算不算新办企业", "2018年"),
        ("去年12月签的借款合同也给补吗", "去年"),
        ("去年一个人都没辞退，能退多少", "去年"),
        ("前年买的冲床，今年报能一次扣吗", "前年"),
        ("还款日是明年2月，想往后推", "明年"),
        ("营业期限写到2031年", "2031年"),
        ("能拖到后年再还本金吗", "后年"),
    ],
)
def test_a_year_that_is_only_told_of(text: str, year: str) -> None:
    assert is_told_year(*spanned(text, year))


def test_only_what_stands_beside_a_name_is_looked_at_and_any_name_is_read_alike() -> None:
    story = "我们做五金件的，年前接了一笔出口订单。" * 3
    first, second = (
        around(*spanned(f"{story}从{name}回来的工人三月到厂", name)) for name in ("甲县", "乙丙丁市")
    )
    assert first == second
    assert len(first) < 40


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("镇里给开民宿的补多少", "镇里"),
        ("我们卖农机的，镇里有没有奖励", "镇里"),
        ("省里的用工补助找哪个科室", "省里"),
        ("不是这个，我问镇里那份", "镇里"),
        ("厂里停了电，产量少了一半，这个国家有说法吗", "国家"),
        ("照省里的规定，加班费怎么发", "省里"),
    ],
)
def test_a_level_whose_rule_is_asked_about(text: str, level: str) -> None:
    assert not is_told_level(*spanned(text, level))


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("镇里叫我们先别开门，店租怎么办", "镇里"),
        ("帐篷送给镇里救灾了，能抵税不", "镇里"),
        ("省里来的工程师要在厂里住三个月，要登记吗", "省里"),
        ("给镇里的小学送菜，货款两个月没结，几天内该付", "镇里"),
        ("镇里盖了章的停业单子能不能当证明", "镇里"),
        ("拿了镇里的奖励，这笔还能再报吗", "镇里"),
        ("国家把我们的车调走拉物资了，保险费能退吗", "国家"),
    ],
)
def test_a_level_that_is_only_told_of(text: str, level: str) -> None:
    assert is_told_level(*spanned(text, level))
