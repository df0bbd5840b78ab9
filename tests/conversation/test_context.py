"""How a message leans on what was talked about, and what of it is kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled
from huiqi.understanding.context import Context
from huiqi.understanding.reading import Reader
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from tests.conftest import DAY
from tests.conversation.conftest import Talk

NAMES = st.none() | st.sampled_from(["shop-front", "shop-rent"])
CONTEXTS = st.builds(
    Context,
    entry=NAMES,
    facet=st.none() | st.sampled_from(["材料", "时限"]),
    question=st.text(max_size=20),
    offered=st.lists(st.sampled_from(["e:a::", "e:b::"])).map(tuple),
    asked=st.none() | st.integers(1, 999),
    rejected=st.integers(0, 3),
    check=st.none() | st.just("size1"),
    estimate=NAMES,
    told=NAMES,
    aspects=st.lists(st.sampled_from(["材料", "有效"])).map(tuple),
    earlier=st.lists(st.sampled_from(["shop-front", "shop-rent"])).map(tuple),
)


@given(CONTEXTS)
def test_a_context_survives_the_store(context: Context) -> None:
    assert Context.from_state(context.to_state()) == context


@given(
    st.dictionaries(
        st.sampled_from(["entry", "gone", "offered", "aspects"]), st.just(["x"]) | st.none(), max_size=2
    )
)
def test_a_state_of_another_version_is_read_as_far_as_it_is_known(state: dict[str, object]) -> None:
    if None not in (state.get("offered", ()), state.get("aspects", ())):
        Context.from_state(state)


@pytest.fixture(scope="module")
def reader(matcher: Matcher) -> Reader:
    return Reader(matcher)


@settings(deadline=None)
@given(
    opening=st.sampled_from(["换个问题，", "换个话题 ", "不说这个了，", "问个别的，"]),
    rest=st.text("店面换新夜市多久呢", min_size=2),
)
def test_a_new_subject_never_leans_back(reader: Reader, opening: str, rest: str) -> None:
    reading = reader.read(opening + rest, DAY)
    assert reading.is_new_subject
    assert reader.lean(reading) == 0.0
    assert reading.text == rest.strip()


@settings(max_examples=40, deadline=None)
@given(st.text("店面换新那它材料呢多久怎么办，县里的", max_size=20))
def test_without_anything_talked_about_nothing_leans(quick: Assistant, text: str) -> None:
    understander = quick._understander
    assert not understander.meaning(understander.reader.read(text, DAY), Context()).leaned


@pytest.mark.parametrize(
    "text",
    [
        "那材料呢",
        "要多久",
        "上限多少",
        "县里的呢",
        "还能申请吗",
        "最多能给多少",
        "找哪个部门",
        "这个怎么申请",
        "要不要发票",
        "多久到账",
        "网上能办吗",
        "我们能申请吗",
        "哪些企业能申请",
    ],
)
def test_a_mere_aspect_asks_about_what_was_talked_about(talk: Talk, text: str) -> None:
    found = talk("镇里的店面换新补助是怎么回事", text)
    assert found.outcome == "answer"
    assert found.entry == ("county-front" if text == "县里的呢" else "shop-front")


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("招人补助呢", "shop-staff"),
        ("那公房免租呢", "shop-rent"),
        ("摊位费呢", "stall-fee"),
        ("屋顶报备的呢", "repair-roof"),
        ("停车收费多少", "faq-parking"),
        ("小店贷款贴息呢", "county-loan"),
    ],
)
def test_a_subject_of_its_own_leaves_what_was_talked_about(talk: Talk, text: str, entry: str) -> None:
    assert talk("小店6条是什么", text).entry == entry


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("刚才店面换新那个要什么材料", "shop-front"),
        ("前面说的换新补助最多给多少", "shop-front"),
        ("回到公房免租那个，找谁申请", "shop-rent"),
        ("刚才说的要什么材料", "faq-parking"),
        ("刚才那个找谁", "faq-parking"),
        ("之前说的摊位费怎么交", "stall-fee"),
    ],
)
def test_who_goes_back_is_told_of_what_was_talked_about_before(talk: Talk, text: str, entry: str) -> None:
    assert talk("镇里的店面换新补助是怎么回事", "公房免租怎么申请", "停车收费多少", text).entry == entry


def test_what_goes_back_is_logged_as_it_was_written(talk: Talk) -> None:
    text = "刚才店面换新那个要什么材料"
    assert talk("镇里的店面换新补助是怎么回事", "停车收费多少", text).question == text


def test_the_name_of_another_measure_leaves_what_was_talked_about(talk: Talk, compiled: Compiled) -> None:
    """换新奖励呢 is worded like a follow-up: for one name of each entry, said after something else."""
    entries = compiled.pack.entries.values()
    owners = Counter(keyword for entry in entries for keyword in entry.keywords)
    named = [
        (f"{name}呢", entry.id)
        for entry in entries
        if entry.id != "shop-overview"
        for name in [word for word in entry.keywords if owners[word] == 1 and len(word) >= 3][:1]
        if talk(f"{name}呢").entry == entry.id
    ]
    stuck = [text for text, entry in named if talk("小店6条是什么", text).entry != entry]
    assert len(named) >= 10
    assert len(stuck) <= 0.07 * len(named), stuck


def test_after_half_an_hour_nothing_is_talked_about(assistant: Assistant, database: Database) -> None:
    def say(text: str) -> str | None:
        return assistant.ask(Message(text, "test", "c1", day=DAY)).entry

    assert say("店面换新补助怎么申请") == "shop-front"
    earlier = (datetime.now(UTC) - timedelta(minutes=29)).isoformat(timespec="milliseconds")
    database.execute("update conversation set updated_at = ?", [earlier])
    assert say("那材料呢") == "shop-front"
    earlier = (datetime.now(UTC) - timedelta(minutes=31)).isoformat(timespec="milliseconds")
    database.execute("update conversation set updated_at = ?", [earlier])
    assert say("那材料呢") is None
