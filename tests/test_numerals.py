"""Chinese numerals become digits where something is counted, and stay words where they are words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from huiqi.language.numerals import WRITTEN, digits_for_numerals, otherwise_counted, to_decimal, to_integer
from hypothesis import given
from hypothesis import strategies as st

READ = [
    ("惠企十五条", "惠企15条"),
    ("二十四条", "24条"),
    ("五十七条措施", "57条措施"),
    ("十二项举措", "12项举措"),
    ("二百一十项", "210项"),
    ("二百零六家", "206家"),
    ("三个月", "3个月"),
    ("半年六个月", "半年6个月"),
    ("二〇二〇年", "2020年"),
    ("二零二二年纾困", "2022年纾困"),
    ("百分之二十", "20%"),
    ("百分之百", "100%"),
    ("百分之50", "50%"),
    ("补两成", "补2成"),
    ("打八折", "打8折"),
    ("五毛钱", "0.5元"),
    ("长三角", "长三角"),
    ("一千二百万", "1200万"),
    ("两千人", "2000人"),
    ("两千一个月", "2100个月"),
    ("月租两千三", "月租2300"),
    ("交了三百五元", "交了350元"),
    ("一千零五人", "1005人"),
    ("两百零几家", "200几家"),
    ("22年的租金", "2022年的租金"),
]

KEPT = [
    "一窗通",
    "一网通办",
    "三位一体",
    "十分感谢",
    "万一没交",
    "一体化",
    "两三个月",
    "统一社会信用代码",
    "五险一金",
    "一次性补贴",
    "秒批",
    "第三方",
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text for text, _ in READ])
def test_counted_numeral_is_read(text: str, expected: str) -> None:
    assert digits_for_numerals(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_word_with_a_numeral_in_it_stays(text: str) -> None:
    assert digits_for_numerals(text) == text


def _spelt(number: int) -> str:
    """The ordinary Chinese spelling of 1 … 9999."""
    digits = "零一二三四五六七八九"
    spelt = ""
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            spelt += digits[digit] + name
        elif spelt and not spelt.endswith("零") and number % place:
            spelt += "零"
    return spelt.removeprefix("一") if 10 <= number < 20 else spelt


@given(st.integers(1, 9999))
def test_every_spelling_below_ten_thousand_is_read(number: int) -> None:
    assert to_integer(_spelt(number)) == number


@given(st.integers(1, 9999))
def test_count_of_articles_is_read(number: int) -> None:
    assert digits_for_numerals(f"惠企{_spelt(number)}条") == f"惠企{number}条"


@given(st.text(alphabet="一二三十百千零两条项年月%惠企0123456789，", max_size=20))
def test_reading_twice_changes_nothing_more(text: str) -> None:
    once = digits_for_numerals(text)
    assert digits_for_numerals(once) == once


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8万", "80000"),
        ("1.5亿", "150000000"),
        ("1亿2000万", "120000000"),
        ("两百五十万", "2500000"),
        ("一千两百万", "12000000"),
        ("三百零五万", "3050000"),
        ("二十来万", "200000"),
        ("200多万", "2000000"),
        ("1百万", "1000000"),
        ("100w", "1000000"),
        ("一万五", "15000"),
        ("1万5", "15000"),
        ("12万5千", "125000"),
        ("两万零五百", "20500"),
        ("一万五千六百", "15600"),
        ("三千二", "3200"),
        ("一百零五", "105"),
        ("四点三五", "4.35"),
        ("十二", "12"),
        ("300000", "300000"),
    ],
)
def test_a_number_as_people_write_it(written: str, value: str) -> None:
    assert re.fullmatch(WRITTEN, written)
    assert to_decimal(written) == Decimal(value)


def test_a_number_ends_where_the_next_begins() -> None:
    found = re.match(WRITTEN, "200万5%")
    assert found is not None and found[0] == "200万"


@pytest.mark.parametrize(
    ("name", "otherwise"),
    [
        ("六税两费", {"6税2费", "6税两费", "六税2费", "6税二费", "六税二费"}),
        ("免三减半三", {"免3减半3", "免3减半三", "免三减半3"}),
        ("五险一金", {"5险1金", "5险一金", "五险1金"}),
        ("一窗通", set()),
        ("双随机一公开", set()),
        ("惠企十五条", set()),
        ("二十四条", set()),
        ("贷款贴息", set()),
    ],
)
def test_a_name_that_counts_two_things_is_known_in_digits(name: str, otherwise: set[str]) -> None:
    assert set(otherwise_counted(name)) == otherwise
