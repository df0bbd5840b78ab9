"""What is in use today answers today in its first line, however it is asked."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from huiqi.pack.model import Pack

from tests.conversation.conftest import Talk

TODAY = date(2026, 11, 26)
TABLE = Path(__file__).with_name("first_lines.txt")
ROWS = [
    tuple(cell.strip() for cell in line.split(" | ", 2))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("entries", "question", "said"), ROWS, ids=[row[1] for row in ROWS])
def test_the_first_line_says_what_was_asked_and_names_its_source(
    talk: Talk, entries: str, question: str, said: str
) -> None:
    reply = talk(question, day=TODAY)
    assert reply.outcome == "answer" and reply.entry in entries.split(",")
    assert re.search(said, reply.first), reply.first
    assert any(block.kind == "source" for block in reply.blocks)


def test_every_policy_in_use_is_asked_several_ways(pack: Pack) -> None:
    asked = Counter(pack.entries[key].policy for key in {row[0].split(",")[0]: 0 for row in ROWS})
    questions = Counter(pack.entries[row[0].split(",")[0]].policy for row in ROWS)
    today = {key for key in pack.policies if key.startswith("now-")}
    # Shenzhen's measures for artificial intelligence came beside the 32, and the funds say where to apply for all.
    assert set(asked) == today
    assert all(questions[key] >= 3 for key in today - {"now-sz-ai", "now-gm-funds"})


def test_who_names_the_place_is_told_todays_rule_of_another_level_and_that_it_is_one(talk: Talk) -> None:
    reply = talk("光明区小升规奖多少", day=TODAY)
    assert reply.entry == "now-sz-scale-up" and "20万元" in reply.first
    assert "区级的“小升规奖励”是以前的" in reply.text


def test_who_names_the_level_is_told_of_what_came_after_elsewhere(talk: Talk) -> None:
    reply = talk("区里技改补多少", day=TODAY)
    assert reply.entry == "quality-tech-upgrade"
    assert "近年的是市级的“深圳市技改补助”" in reply.text
    assert "近年的是" not in talk("区里技改补多少", day=date(2020, 5, 1)).text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("困难企业的土地使用税能免多久", "免3个月"),
        ("职工医保缓缴几个月", "缓缴，原则上不超过6个月"),
    ],
)
def test_what_is_about_as_likely_to_be_wanted_is_told_in_the_same_line(
    talk: Talk, question: str, said: str
) -> None:
    reply = talk(question)
    assert said in reply.first
    assert len(reply.first) <= 80


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("厂里变压器报停，不到十五天行吗，这事找谁受理，做到几月为止", ("15天", "电网企业", "6月30日")),
        ("延期交税最多拖多久，房产税是不是也免", ("3个月", "房产税")),
        ("共享员工的社保由谁交，借出方能不能赚差价", ("原单位", "营利")),
        ("贴息的贷款用外币借的算吗，老板私人名义借的算吗", ("人民币", "企业名义")),
        ("捐出去的自产货要交增值税吗，已经开了专票怎么处理", ("免征增值税", "红字")),
        ("停产头一个月工资怎么算，一个月以后还没活干发多少", ("正常工作时间", "80%")),
    ],
)
def test_each_of_several_questions_about_one_thing_is_answered_the_first_of_them_first(
    talk: Talk, question: str, told: tuple[str, ...]
) -> None:
    reply = talk(question)
    assert told[0] in reply.first
    assert [fact for fact in told if fact not in reply.text] == []


@pytest.mark.parametrize(
    ("question", "day", "said"),
    [
        ("1月15号放的款，区里贴息算不算", None, "1月23日"),
        ("4月6号才买的口罩机，市里还资助不", None, "3月31日"),
        ("社保想缓8个月行吗", None, "6个月|3个月"),
        ("一台设备540万，能不能一次性扣", TODAY, "500万"),
        ("我们29个人，残保金交不交", TODAY, "30人"),
        ("去年批发做了30亿今年涨了24%，够得上奖励吗", TODAY, "25%"),
    ],
)
def test_who_tells_a_figure_of_their_own_is_told_the_limit_first(
    talk: Talk, question: str, day: date | None, said: str
) -> None:
    reply = talk(question, day=day) if day else talk(question)
    assert re.search(said, reply.first), reply.first


def test_the_heading_names_no_aspect_that_the_first_line_does_not_tell_of(talk: Talk) -> None:
    reply = talk("我们29个人，残保金交不交，到哪年为止", day=TODAY)
    assert "30人" in reply.first and "2027年12月31日" in reply.text
    assert reply.text.startswith("【残保金减免】")


def test_who_asks_whether_it_still_holds_is_told_what_it_gives_too(talk: Talk) -> None:
    reply = talk("设备更新贷款的贴息现在还有没有", day=TODAY)
    assert "还在有效期内" in reply.first and "1.5个百分点" in reply.first
    assert "30人（含）以下" in talk("才二十个人的厂，残保金还用交不", day=TODAY).text


def test_a_number_of_days_that_is_told_is_not_asked_for(talk: Talk) -> None:
    reply = talk("报税晚了几天，会不会罚滞纳金")
    assert "滞纳金" in reply.first and len(reply.parts) < 2


def test_who_asks_where_is_told_the_place(talk: Talk) -> None:
    assert "一楼" in talk("哪里有通宵能办事的自助站").first


def test_what_the_first_line_says_is_not_said_again_below(talk: Talk) -> None:
    reply = talk("共享员工要守什么规矩，能收钱吗")
    lines = [block.text for block in reply.blocks if block.kind == "answer"]
    assert "不得以营利为目的" in lines[0]
    assert all("营利" not in line for line in lines[1:])


def test_who_is_in_charge_is_no_line_of_what_does_not_ask_for_it(talk: Talk) -> None:
    reply = talk("三险里单位和个人承担的，都免了吗")
    lines = [block.text for block in reply.blocks if block.kind == "answer"]
    assert "单位缴费" in lines[0]
    assert all("承担主体责任" not in line for line in lines)


def test_how_many_years_a_loss_is_carried_is_told_in_years(talk: Talk) -> None:
    assert "8年" in talk("民宿亏了，往后几年都可以抵").first
