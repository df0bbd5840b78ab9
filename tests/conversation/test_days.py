"""Answers by the day: today, --as-of, a day that the question names; what ended, what ends soon."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.answering.composing import Asked
from huiqi.assistant.asking import Assistant
from huiqi.understanding.days import read_day
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DAY
from tests.conversation.conftest import Talk, first_line

BEFORE_MARCH, SUMMER, NEXT_YEAR = date(2024, 2, 1), date(2024, 8, 21), date(2025, 2, 1)


@pytest.mark.parametrize(
    ("text", "left", "day"),
    [
        ("2020年3月那会儿能申请吗", "能申请吗", date(2020, 3, 15)),
        ("2020年3月20日那时候还有吗", "还有吗", date(2020, 3, 20)),
        ("3月份那会儿能报吗", "能报吗", date(2020, 3, 15)),
        ("2020年12月换新补助还能申请吗", "换新补助还能申请吗", date(2020, 12, 15)),
        ("2021年还有效吗", "还有效吗", date(2021, 6, 30)),
        ("2022年的换新补助", "2022年的换新补助", date(2020, 5, 1)),
        ("2021年招人还有补助吗", "2021年招人还有补助吗", date(2020, 5, 1)),
        ("换新补助最高多少", "换新补助最高多少", date(2020, 5, 1)),
        ("去年的换新补助", "2019年的换新补助", date(2020, 5, 1)),
        ("能不能缓到明年3月", "能不能缓到明年3月", date(2020, 5, 1)),
        ("拖到明年再申请行吗", "拖到明年再申请行吗", date(2021, 1, 1)),
    ],
)
def test_the_day_that_a_question_names(text: str, left: str, day: date) -> None:
    dated = read_day(text, date(2020, 5, 1))
    assert (dated.text, dated.day) == (left, day)


@given(
    st.text(st.characters(exclude_characters="0123456789年月今去前明后本"), max_size=30),
    st.dates(date(2019, 1, 1), date(2030, 1, 1)),
)
def test_a_question_without_a_date_is_about_today(text: str, today: date) -> None:
    assert read_day(text, today).day == today
    assert read_day(text, today).text == text


def test_an_expired_entry_says_so_first_and_once(talk: Talk) -> None:
    assert first_line(talk, "店面换新补多少", NEXT_YEAR).startswith("注意：已于2024年12月31日到期")
    assert not talk("店面换新补多少", "要什么材料", day=NEXT_YEAR).text.startswith("注意")


def test_what_is_not_yet_in_force_says_when_it_will_be(talk: Talk) -> None:
    assert "还没有实施（2024年7月1日起）" in first_line(talk, "夏天用电补多少", DAY)


def test_a_coming_deadline_says_how_many_days_are_left(talk: Talk) -> None:
    assert first_line(talk, "夏天用电补多少", SUMMER) == "提醒：有效期到2024年8月31日，还剩 10 天。"
    assert "今天是最后一天" in first_line(talk, "夏天用电补多少", date(2024, 8, 31))
    assert not first_line(talk, "夏天用电补多少", date(2024, 7, 2)).startswith("提醒")


def test_a_measure_ends_with_its_own_period_not_with_its_document(talk: Talk) -> None:
    told = talk("夏天用电补多少", day=date(2024, 10, 1)).text
    assert told.startswith("注意：已于2024年8月31日到期") and "有效期至2024年12月31日" not in told


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (DAY, "】还在有效期内：到2024年12月31日，还剩 211 天。"),
        (NEXT_YEAR, "】已经到期：有效期到2024年12月31日。"),
        (BEFORE_MARCH, "】还没有实施：2024年3月10日起实施。"),
    ],
)
def test_whether_it_still_holds_is_the_first_thing_said(talk: Talk, day: date, says: str) -> None:
    assert says in first_line(talk, "现在还能申请吗", day, "小店6条是什么")


def test_a_named_day_decides_over_today(talk: Talk) -> None:
    line = first_line(talk, "2024年4月那会儿能申请吗", date(2026, 1, 1), "小店6条是什么")
    assert line.endswith("】以2024年4月15日来看，还在有效期内：到2024年12月31日。")


@pytest.mark.parametrize(
    ("text", "entry"),
    [("2023年摊位费多少钱", "stall-fee-2023"), ("摊位费多少钱", "stall-fee"), ("2019年摊位费多少钱", None)],
)
def test_the_year_that_was_asked_decides_between_two_rules(talk: Talk, text: str, entry: str | None) -> None:
    assert talk(text).entry == entry


def test_this_year_is_the_year_of_the_day(talk: Talk) -> None:
    assert talk("今年的夜市优惠怎么算", day=date(2023, 6, 1)).entry == "stall-fee-2023"


def test_today_no_entry_that_is_not_known_to_hold_goes_unwarned(quick: Assistant) -> None:
    day = date(2026, 11, 25)
    unwarned = [
        entry.id
        for entry in quick.pack.entries.values()
        if not quick.pack.is_in_force(entry, day)
        and quick._composer.answer(entry, Asked(day)).blocks[0].kind != "notice"
    ]
    assert [entry for entry in unwarned if not entry.startswith("faq")] == []
