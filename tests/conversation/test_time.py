"""Answers by the day: today, --as-of, a day that the question names; what ended, what ends soon."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.pack.model import Pack
from huiqi.understanding.days import read_day
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DAY


def first_line(assistant: Assistant, text: str, day: date, *before: str) -> str:
    for earlier in before:
        assistant.ask(Message(earlier, "test", "c1", day=day))
    return assistant.ask(Message(text, "test", "c1", day=day)).text.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "left", "day"),
    [
        ("2020年3月那会儿能申请吗", "能申请吗", date(2020, 3, 15)),
        ("2020年3月20日那时候还有吗", "还有吗", date(2020, 3, 20)),
        ("3月份那会儿能报吗", "能报吗", date(2020, 3, 15)),
        ("2020年12月贷款贴息还能申请吗", "贷款贴息还能申请吗", date(2020, 12, 15)),
        ("2021年还有效吗", "还有效吗", date(2021, 6, 30)),
        ("2022年的贷款贴息", "2022年的贷款贴息", date(2020, 5, 1)),
        ("2021年延迟复工还有补助吗", "2021年延迟复工还有补助吗", date(2020, 5, 1)),
        ("贷款贴息最高多少", "贷款贴息最高多少", date(2020, 5, 1)),
        ("去年的贷款贴息", "2019年的贷款贴息", date(2020, 5, 1)),
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


def test_an_expired_entry_says_so_first_and_names_what_came_later(assistant: Assistant) -> None:
    line = first_line(assistant, "中小企业贷款贴息怎么申请", date(2022, 5, 1))
    assert line.startswith("注意：这项政策已于2020年12月31日到期。")
    assert "2022年贷款贴息" in line


def test_a_coming_deadline_says_how_many_days_are_left(assistant: Assistant) -> None:
    text = "企业用电按95%结算是怎么回事"
    assert first_line(assistant, text, date(2020, 6, 20)).startswith(
        "提醒：有效期到2020年6月30日，还剩 10 天。"
    )
    assert "今天是最后一天" in first_line(assistant, text, date(2020, 6, 30))
    assert not first_line(assistant, text, date(2020, 5, 1)).startswith("提醒")


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (date(2020, 3, 16), "还在有效期内（到2020年12月31日，还剩 290 天）。"),
        (date(2021, 3, 16), "注意：这项政策已于2020年12月31日到期。"),
        (date(2020, 1, 1), "注意：以2020年1月1日来看，这项政策还没有实施"),
    ],
)
def test_whether_it_still_holds_is_the_first_thing_said(assistant: Assistant, day: date, begins: str) -> None:
    assert first_line(assistant, "现在还能申请吗", day, "惠企15条总览").startswith(begins)


def test_a_named_day_decides_over_today(assistant: Assistant) -> None:
    line = first_line(assistant, "2020年3月那会儿能申请吗", date(2026, 1, 1), "惠企15条是什么")
    assert line == "以2020年3月15日来看，还在有效期内（到2020年12月31日）。"


def test_this_year_is_the_year_of_the_day(assistant: Assistant) -> None:
    assert (
        assistant.ask(Message("今年的贷款贴息怎么算", "test", day=date(2022, 5, 1))).entry
        == "relief22-loan-interest"
    )


class TestLadder:
    def test_counterparts_are_shown_in_one_block_with_what_goes_together(self, assistant: Assistant) -> None:
        reply = assistant.ask(Message("区里的贷款贴息能补多少", "test", day=DAY))
        block = next(block for block in reply.blocks if block.kind == "related")
        lines = block.text.splitlines()
        assert [line[1:3].strip("：") for line in lines[1:5]] == ["区", "市", "省", "国家"]
        assert "可叠加：可与市级政策叠加，市、区两级可同时申请。" in lines
        assert lines[-1] == "光明区的企业可先问区级的“中小企业贷款贴息”。"

    def test_a_note_with_a_source_says_which_level_comes_first(self, assistant: Assistant) -> None:
        text = assistant.ask(Message("国有物业免租免几个月", "test", day=DAY)).text
        assert "先后：省里是首月免、后两月减半，市里是免2个月；在深圳先看市“16条”" in text

    def test_it_is_left_out_where_only_a_facet_is_asked(self, assistant: Assistant) -> None:
        reply = assistant.ask(Message("中小企业贷款贴息要什么材料", "test", day=DAY))
        assert not any(block.kind == "related" for block in reply.blocks)

    def test_every_ladder_has_levels_in_order(self, pack: Pack) -> None:
        for ladder in pack.ladders:
            levels = [pack.entries[rung].level for rung in ladder.rungs]
            assert levels == sorted(levels, key=("区", "市", "省", "国家").index)
