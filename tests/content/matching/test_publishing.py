"""Publishing moves the index, never the weights: new ways of asking for one entry leave the others' answers alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.background import COMMON
from huiqi.matching.earlier import Earlier
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.matching.weights import shipped_weights
from huiqi.pack.model import Pack
from huiqi.service.wiring import Compiled

from tests.conftest import ROOT
from tests.content.conftest import DAY

ENTRY = "quality-scale-up"
TRADES = ("五金", "塑胶", "模具", "灯饰", "家具", "玩具", "钟表", "眼镜", "印刷", "线路板")
FORMS = (
    "{}厂首次入统奖多少",
    "我们是{}厂，今年首次入统有没有奖励",
    "{}企业首次入统的奖励要什么材料",
    "{}厂入统以后去哪领奖",
    "{}行业小升规什么时候发钱",
)
ASKED = {"奖多少": "标准", "有没有": "", "材料": "材料", "去哪": "流程", "什么时候": "时限"}


@pytest.fixture(scope="module")
def changed(compiled: Compiled) -> Pack:
    """The pack with fifty new alternates in one entry, each in the group of what it asks."""
    entry = compiled.pack.entries[ENTRY]
    new = tuple(form.format(trade) for form in FORMS for trade in TRADES)
    aspects = {text: (aspect,) for text in new for word, aspect in ASKED.items() if aspect and word in text}
    newer = replace(
        entry,
        alternates=entry.alternates + new,
        alternate_aspects={**entry.alternate_aspects, **aspects},
    )
    return replace(compiled.pack, entries={**compiled.pack.entries, ENTRY: newer})


@pytest.fixture(scope="module")
def after(changed: Pack, compiled: Compiled, matcher: Matcher) -> Matcher:
    return Matcher(compile_pack(changed, Earlier(compiled.pack, matcher.base)))


def informative(matcher: Matcher, text: str) -> set[str]:
    question = matcher.read(text)
    return {
        word
        for word, share in zip(question.analysis.words, question.shares_of_default, strict=True)
        if share > COMMON
    }


def test_fifty_new_alternates_change_no_answer_that_shares_no_telling_word_with_them(
    compiled: Compiled, matcher: Matcher, changed: Pack, after: Matcher
) -> None:
    new = set(changed.entries[ENTRY].alternates) - set(compiled.pack.entries[ENTRY].alternates)
    assert len(new) == 50
    theirs = set().union(*(informative(matcher, text) for text in new))
    before = Assistant(compiled.pack, matcher)
    since = Assistant(changed, after)
    asked = [
        text
        for entry in compiled.pack.entries.values()
        if entry.id != ENTRY
        for text in entry.alternates[::120]
        if not informative(matcher, text) & theirs
    ]
    asked += [text for texts in compiled.pack.out_of_scope.values() for text in texts[::160]]
    asked = [text for text in asked if not informative(matcher, text) & theirs]
    assert len(asked) >= 120

    def told(assistant: Assistant, text: str) -> tuple[str, str | None, str]:
        reply = assistant.ask(Message(text, "test", day=DAY))
        return reply.outcome, reply.entry, reply.text

    different = [
        (text, one[:2], other[:2])
        for text in asked
        if (one := told(before, text)) != (other := told(since, text))
    ]
    assert different == []


def test_what_was_published_is_answered_and_its_aspect_told(changed: Pack, after: Matcher) -> None:
    assistant = Assistant(changed, after)
    for text in ("灯饰厂首次入统奖多少", "自行车厂首次入统奖多少"):
        reply = assistant.ask(Message(text, "test", day=DAY))
        assert (reply.entry, reply.aspects) == (ENTRY, ("标准",))


def test_the_weights_are_the_packages_own_whatever_the_pack(matcher: Matcher, after: Matcher) -> None:
    for model in (matcher.model, after.model):
        assert (model.weights == shipped_weights().weights).all()
        assert (model.outside_weights == shipped_weights().outside_weights).all()


THINGS = [
    "路灯",
    "公交卡",
    "游泳馆",
    "宠物狗",
    "菜市场",
    "自行车",
    "快递柜",
    "垃圾桶",
    "篮球场",
    "雨伞",
    "盆栽",
    "蜂蜜",
    "风筝",
    "钢琴",
    "书法",
    "围棋",
    "羽毛球",
    "热水器",
    "洗衣机",
    "窗帘",
    "地毯",
    "灯笼",
    "陶瓷",
    "茶具",
    "毛笔",
    "相机",
    "望远镜",
    "吉他",
    "帐篷",
    "滑板",
    "鱼缸",
    "鹦鹉",
    "仓鼠",
    "苔藓",
    "蘑菇",
    "竹笋",
    "荔枝",
    "龙眼",
    "芒果",
    "菠萝",
    "榴莲",
    "柚子",
    "石榴",
    "枇杷",
    "杨梅",
    "秋千",
    "沙发",
    "台灯",
    "闹钟",
    "拼图",
]
MANY = 35
"""Entries added: fewer than would take the size of the pack over a step of search/steps.py."""
MOVED_AT_MOST = 0.01
"""Share of the questions."""
ABOUT_THINGS = (
    "{}去哪借",
    "想领一个{}",
    "{}坏了谁来修",
    "几点能去看{}",
    "家里的{}旧了",
    "{}有哪几种颜色",
    "小区的{}归谁管",
    "{}一天多少钱",
)


def test_many_new_entries_hardly_change_an_answer_that_shares_no_telling_word_with_them(
    compiled: Compiled, matcher: Matcher
) -> None:
    model = compiled.pack.entries[ENTRY]
    new = {
        f"thing-{number}": replace(
            model,
            id=f"thing-{number}",
            title=ABOUT_THINGS[number % len(ABOUT_THINGS)].format(thing),
            short_title=f"{thing}的事",
            keywords=(thing,),
            negative_keywords=(),
            alternates=tuple(form.format(thing) for form in ABOUT_THINGS),
            alternate_aspects={},
            see_also=(),
            replaces=(),
        )
        for number, thing in enumerate(THINGS[:MANY])
    }
    assert len(new) == MANY
    changed = replace(compiled.pack, entries={**compiled.pack.entries, **new})
    after = Matcher(compile_pack(changed, Earlier(compiled.pack, matcher.base)))
    before, since = Assistant(compiled.pack, matcher), Assistant(changed, after)
    theirs: set[str] = set()
    for entry in new.values():
        for text in (entry.title, entry.short_title, *entry.alternates):
            theirs |= informative(after, text)
    asked = [item.question for item in compiled.pack.golden]
    for file in sorted((ROOT / "tests/questions").glob("*.jsonl")):
        rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        asked += [row["question"] for row in rows if "question" in row]
    asked = [
        text for text in asked[::6] if not (informative(matcher, text) | informative(after, text)) & theirs
    ]
    assert len(asked) >= 200

    def told(assistant: Assistant, text: str) -> tuple[str, str | None, tuple[str, ...]]:
        reply = assistant.ask(Message(text, "test", day=DAY))
        return reply.outcome, reply.entry, reply.firsts

    # Common words are shared with all; a question on the border between two outcomes may be tipped by them.
    moved = [text for text in asked if told(before, text) != told(since, text)]
    assert len(moved) <= MOVED_AT_MOST * len(asked), moved
