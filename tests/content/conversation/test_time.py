"""Answers by the day: today, --as-of, a day that the question names; what ended, what ends soon."""

from __future__ import annotations

import re
from datetime import date

import pytest
from huiqi.answering.composing import Asked
from huiqi.assistant.asking import Assistant
from huiqi.pack.model import ASPECTS, Pack

from tests.content.conftest import DAY
from tests.conversation.conftest import Talk, first_line

_PUBLISHED = re.compile(
    r"(20\d\d)年(?:(\d{1,2})月)?(?:\d{1,2}日)?(上半年|下半年)?的?[^，。；、]{0,8}?(?:报道|转载|通知|公告|通报|统计|文件)"
)


def test_an_expired_entry_says_so_first_and_names_what_came_later(talk: Talk) -> None:
    line = first_line(talk, "中小企业贷款贴息怎么申请", date(2022, 5, 1))
    assert line.startswith("注意：已于2020年12月31日到期")
    assert "2022年贷款贴息" in line


def test_a_coming_deadline_says_how_many_days_are_left(talk: Talk) -> None:
    text = "企业用电按95%结算是怎么回事"
    assert first_line(talk, text, date(2020, 6, 20)) == "提醒：有效期到2020年6月30日，还剩 10 天。"
    assert "今天是最后一天" in first_line(talk, text, date(2020, 6, 30))
    assert not first_line(talk, text, date(2020, 5, 1)).startswith("提醒")


@pytest.mark.parametrize("follow_up", ["要什么材料", "找谁"])
def test_that_it_has_ended_is_said_once(talk: Talk, follow_up: str) -> None:
    day = date(2022, 5, 1)
    assert not talk("中小企业贷款贴息怎么申请", follow_up, day=day).text.startswith("注意")


@pytest.mark.parametrize(
    ("text", "day", "says"),
    [
        ("区里延迟复工有什么补助", date(2021, 6, 1), "已于2020年12月31日到期"),
        ("贷款能不能延期还", date(2021, 2, 1), "已于2020年6月30日到期"),
        (
            "贷款能不能延期还",
            date(2021, 2, 1),
            "普惠小微贷款（单户授信1000万元及以下）最长可延到2021年3月31日",
        ),
        ("买设备扩产能资助多少", date(2020, 5, 1), "已于2020年3月31日到期"),
        ("大型企业社保减半减几个月", date(2020, 5, 15), "文中的2020年4月30日已经过了"),
        ("社保缓缴期间收滞纳金吗", date(2022, 6, 1), "这是2020年2月的规定，没有查到截止日期"),
        ("区里的24小时政务e站在哪", date(2020, 9, 1), "依据的是2019年7月以前的材料"),
        ("区里小升规奖多少", date(2026, 3, 1), "以前的材料，没有查到截止日期"),
    ],
)
def test_what_may_no_longer_hold_is_warned_of_before_the_answer(
    talk: Talk, text: str, day: date, says: str
) -> None:
    reply = talk(text, day=day)
    assert reply.blocks[0].kind == "notice"
    assert says in reply.blocks[0].text
    before = talk(text, day=date(2020, 2, 20))
    assert reply.first == before.first, "the answer is the same"
    assert not any(block.kind == "notice" for block in before.blocks)


@pytest.mark.parametrize("text", ["湖北籍员工没回来有补助吗", "口罩厂扩产租厂房有支持吗"])
def test_a_measure_ends_with_its_own_period_not_with_its_document(talk: Talk, text: str) -> None:
    assert first_line(talk, text, DAY).startswith("注意：已于2020年2月24日到期")
    assert "这一项只算到2020年2月24日" in first_line(talk, "现在还能申请吗", DAY, text)
    assert "有效期至2020年12月31日" not in talk(text).text


def test_today_no_entry_that_is_not_known_to_hold_goes_unwarned(quick: Assistant) -> None:
    day = date(2026, 11, 25)
    unwarned = [
        entry.id
        for entry in quick.pack.entries.values()
        if not quick.pack.is_in_force(entry, day)
        and quick._composer.answer(entry, Asked(day)).blocks[0].kind != "notice"
    ]
    assert unwarned == []


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2020, 3, 16), "】还在有效期内：到2020年12月31日，还剩 290 天。"),
        (date(2021, 3, 16), "】已经到期：有效期到2020年12月31日。"),
        (date(2020, 1, 1), "】还没有实施：2020年2月9日起实施。"),
    ],
)
def test_whether_it_still_holds_is_the_first_thing_said(talk: Talk, day: date, says: str) -> None:
    assert says in first_line(talk, "现在还能申请吗", day, "惠企15条总览")


def test_a_named_day_decides_over_today(talk: Talk) -> None:
    line = first_line(talk, "2020年3月那会儿能申请吗", date(2026, 1, 1), "惠企15条是什么")
    assert line.endswith("】以2020年3月15日来看，还在有效期内：到2020年12月31日。")


@pytest.mark.parametrize("day", [date(2020, 2, 10), DAY, date(2020, 6, 1), date(2021, 6, 1)])
def test_nothing_is_told_that_was_published_after_the_day_asked(quick: Assistant, day: date) -> None:
    told = [
        (entry.id, block.text)
        for entry in quick.pack.entries.values()
        for aspects in ((), *((aspect,) for aspect in ASPECTS))
        for block in quick._composer.answer(entry, Asked(day, aspects, dict.fromkeys(aspects, 1.0))).blocks
        if block.kind == "answer"
    ]
    later = [
        item
        for item in told
        for year, month, half in _PUBLISHED.findall(item[1])
        if date(int(year), int(month or (7 if half == "下半年" else 1)), 1) > day
    ]
    assert later == []


def test_this_year_is_the_year_of_the_day(talk: Talk) -> None:
    assert talk("今年的贷款贴息怎么算", day=date(2022, 5, 1)).entry == "relief22-loan-interest"


@pytest.mark.parametrize(
    "text", ["去年11月贷的款能贴息吗", "去年底借的钱能申请贷款贴息吗", "去年刚贷了款能贴息吗"]
)
def test_when_something_happened_is_not_the_year_of_the_policy(talk: Talk, text: str) -> None:
    assert talk(text).entry == "hq15-loan-interest"
    assert talk("去年的贷款贴息还有吗").outcome == "unanswered"


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("去年没裁人，稳岗返还能返多少", "sz16-stable-jobs"),
        ("2019年我们一个人没裁，稳岗返还怎么领", "sz16-stable-jobs"),
        ("去年一整年没炒人，失业保险返一半要自己申请吗", "sz16-stable-jobs"),
        ("2019年发放的贷款能申请省里贴息吗", "gd20-loan-interest"),
        ("去年亏了三十万，这亏损能往后抵几年", "cn-loss-carry"),
        ("租金两千，国有物业能免几个月", "sz16-rent"),
        ("月租两千一，租的国有物业能免多少", "sz16-rent"),
    ],
)
def test_what_was_done_last_year_and_an_amount_are_no_other_year(talk: Talk, text: str, entry: str) -> None:
    assert talk(text).entry == entry


@pytest.mark.parametrize("text", ["2020年房租减免几个月", "2020年国有物业免几个月租"])
def test_of_two_years_that_are_known_the_one_that_is_named_answers(talk: Talk, text: str) -> None:
    assert talk(text).entry == "sz16-rent"


class TestLadder:
    """各级对照 is told on demand: by its button, or by the very word after an answer."""

    @pytest.mark.parametrize(
        ("question", "together"),
        [
            (
                "区里的贷款贴息能补多少",
                "可叠加（“中小企业贷款贴息”与“市级政策”）：区里的中小企业贷款贴息可与市级政策叠加，市、区两级可同时申请。",
            ),
            ("市里的贷款贴息怎么算", "可叠加（“市产业资金贷款贴息”与“中小企业贷款贴息”）"),
            ("省里的贷款贴息怎么算", "“省财政贷款贴息”能否与别级同时享受：未查明"),
            ("重点保障企业贴息多少", "“重点保障企业贴息”能否与别级同时享受：未查明"),
        ],
    )
    def test_counterparts_are_told_from_the_nearest_level_with_what_goes_together(
        self, talk: Talk, question: str, together: str
    ) -> None:
        lines = talk(question, "各级对照").text.splitlines()
        assert [line[1:3].strip("：") for line in lines[1:5]] == ["区", "市", "省", "国家"]
        assert lines[5].startswith(together)
        assert lines[6:] == ["光明区的企业可先问区级的“中小企业贷款贴息”。"]

    def test_a_note_with_a_source_says_which_level_comes_first(self, talk: Talk) -> None:
        told = talk("国有物业免租免几个月", "各级对照").text
        assert "先后：省里是首月免、后两月减半，市里是免2个月；在深圳先看市“16条”" in told

    def test_an_answer_is_short_and_offers_them_as_a_button(self, talk: Talk) -> None:
        reply = talk("中小企业贷款贴息要什么材料")
        assert not any(block.kind == "related" for block in reply.blocks)
        assert any(button.action.kind in ("levels", "more") for button in reply.buttons)

    def test_what_stands_alone_says_so(self, talk: Talk) -> None:
        assert "没有查到（未查明）" in talk("57条是什么", "各级对照").text

    def test_every_ladder_has_levels_in_order(self, pack: Pack) -> None:
        for ladder in pack.ladders:
            levels = [pack.entries[rung].level for rung in ladder.rungs]
            assert levels == sorted(levels, key=("区", "市", "省", "国家").index)


@pytest.mark.parametrize(
    "question", ["创业担保贷款能贷多少", "专精特新怎么认定", "参展的展位费补多少", "租算力的训力券怎么申请"]
)
def test_what_only_a_later_rule_is_about_is_answered_with_nothing_else_before_it(
    talk: Talk, question: str
) -> None:
    assert talk(question).entry is None
    assert (talk(question, day=date(2026, 11, 25)).entry or "").startswith("now-")


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("22年5月新贷的款，区里贴多少", "relief22-loan-interest"),
        ("2020年2月捐的口罩，所得税能扣吗", "cn-donation-tax"),
    ],
)
def test_a_year_that_is_only_told_picks_the_rule_of_that_year(talk: Talk, text: str, entry: str) -> None:
    assert talk(text, day=date(2026, 11, 25)).entry == entry
