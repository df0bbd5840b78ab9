"""How a message leans on what was talked about, and what of it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.matching.matcher import Matcher
from huiqi.understanding.context import Context, read_against
from huiqi.understanding.ellipsis import subject_of
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from tests.conftest import DAY

NAMES = st.none() | st.sampled_from(["hq15-loan-interest", "sz16-rent"])
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
)


@given(CONTEXTS)
def test_a_context_survives_the_store(context: Context) -> None:
    assert Context.from_state(context.to_state()) == context


@given(st.dictionaries(st.sampled_from(["entry", "gone", "offered"]), st.just(["x"]) | st.none(), max_size=2))
def test_a_state_of_another_version_is_read_as_far_as_it_is_known(state: dict[str, object]) -> None:
    if state.get("offered", ()) is not None:
        Context.from_state(state)


@given(
    st.sampled_from(["换个问题，", "换个话题 ", "不说这个了，", "问个别的，"]),
    st.text("贷款贴息秒批多久呢", min_size=2),
)
def test_a_new_subject_never_leans_back(opening: str, rest: str) -> None:
    reading = read_against(opening + rest, Context("hq15-loan-interest"))
    assert reading.is_new_subject
    assert not reading.leans_back
    assert reading.text == rest.strip()


@given(st.text(max_size=30))
def test_without_anything_talked_about_nothing_leans(text: str) -> None:
    assert not read_against(text, Context()).leans_back


@pytest.mark.parametrize(
    "text",
    [
        "那材料呢",
        "要多久",
        "上限多少",
        "市里的呢",
        "还能申请吗",
        "最高能拿多少",
        "找哪个部门",
        "这个怎么申请",
        "要盖章吗",
        "多久到账",
        "网上能办吗",
    ],
)
def test_a_mere_aspect_names_no_subject(matcher: Matcher, text: str) -> None:
    assert subject_of(matcher.analyser(text).all_words) == ""


@pytest.mark.parametrize(
    "text", ["口罩厂的呢", "上市奖多少", "贷款贴息呢", "租金的呢", "公积金呢", "湖北员工呢"]
)
def test_a_word_of_a_subject_of_its_own_is_seen(matcher: Matcher, text: str) -> None:
    assert subject_of(matcher.analyser(text).all_words)


def test_after_half_an_hour_nothing_is_talked_about(assistant: Assistant, database: Database) -> None:
    def say(text: str) -> str | None:
        return assistant.ask(Message(text, "test", "c1", day=DAY)).entry

    assert say("中小企业贷款贴息怎么申请") == "hq15-loan-interest"
    earlier = (datetime.now(UTC) - timedelta(minutes=29)).isoformat(timespec="milliseconds")
    database.execute("update conversation set updated_at = ?", [earlier])
    assert say("那材料呢") == "hq15-loan-interest"
    earlier = (datetime.now(UTC) - timedelta(minutes=31)).isoformat(timespec="milliseconds")
    database.execute("update conversation set updated_at = ?", [earlier])
    assert say("那材料呢") is None
