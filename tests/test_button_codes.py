"""A button comes back as a few bytes that anybody may forge: what is not exactly one of ours is refused at once."""

from __future__ import annotations

import pytest
from huiqi.answering.reply import LARGEST_NUMBER, Action
from huiqi.pack.model import FACET_NAMES
from hypothesis import example, given, settings
from hypothesis import strategies as st

OURS = {
    "e:shop-front::": Action("entry", "shop-front"),
    "e:shop-front:3:": Action("entry", "shop-front", "材料"),
    "f:shop-front:0:": Action("facet", "shop-front", "对象"),
    "a:shop-rent::": Action("whole", "shop-rent"),
    "v:shop-rent::": Action("levels", "shop-rent"),
    "w:shop-rent::": Action("origin", "shop-rent"),
    "o:shop-rent::": Action("more", "shop-rent"),
    "n:::": Action("none"),
    "u:::zz": Action("up", question=1295),
    "d:::0": Action("down", question=0),
    "h:::1y2p0ij32e8e7": Action("human", question=LARGEST_NUMBER),
    "b:tea-stove::": Action("files", "tea-stove"),
    "s:tea-stove::": Action("subscribe", "tea-stove"),
    "m:tea-stove::": Action("estimate", "tea-stove"),
    "c:::": Action("check"),
    "c::::place0.size2": Action("check", value="place0.size2"),
    "l::::place0": Action("checklist", value="place0"),
    "l::::": Action("checklist", value=""),
}
"""Codes that stand in chats for ever: what they mean may never change."""


@pytest.mark.parametrize(("code", "action"), OURS.items())
def test_a_code_means_the_same_for_ever(code: str, action: Action) -> None:
    assert action.code() == code
    assert Action.from_code(code) == action


@pytest.mark.parametrize(
    "code",
    [
        "",
        "e",
        ":::",
        "x:a::",
        "ee:a::",
        "e:::",
        "e:shop-front::-1",
        "u:::-1",
        "u:::+1",
        "u:::ZZ",
        "u:::1_0",
        "u::: 1",
        "u:::007",
        "u:::１",
        "u:::1y2p0ij32e8e8",
        "u:::zzzzzzzzzzzzzzzzzzzzz",
        "u:a::1",
        "f:a::",
        "f:a:8:",
        "f:a:-1:",
        "f:a:٣:",
        "f:A:3:",
        "f:茶:3:",
        "e:a b::",
        "e:a::\n",
        "e:a::::",
        "e:a:::place0",
        "n::::place0",
        "c::::Place0",
        "c::::place",
        "c::::place0.",
        "c::::place0 or 1",
        "l:::",
        "a:::",
        "a:a:3:",
    ],
)
def test_what_is_no_code_of_ours_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a button of ours"):
        Action.from_code(code)


_parts = st.one_of(
    st.sampled_from(["", "a", "shop-front", "0", "7", "8", "-1", "zz", "place0.size2", "\n", "１"]),
    st.text(max_size=8),
)
_like_codes = st.lists(_parts, max_size=6).map(":".join)
_kinds = st.sampled_from([code[0] for code in OURS])


@settings(deadline=500)
@given(st.one_of(st.text(), _like_codes, st.builds("{}:{}".format, _kinds, _like_codes)))
@example("e:" + "a-" * 100_000 + "::!")
@example("c::::" + "place0." * 50_000)
@example("u:::" + "9" * 100_000)
def test_any_text_is_either_one_code_or_refused(text: str) -> None:
    try:
        action = Action.from_code(text)
    except ValueError:
        return
    assert action.code() == text


@given(st.integers(0, LARGEST_NUMBER))
def test_every_number_of_the_log_comes_back(number: int) -> None:
    assert Action.from_code(Action("up", question=number).code()).question == number


@pytest.mark.parametrize("number", [-1, -(2**70), LARGEST_NUMBER + 1])
def test_a_number_that_no_question_has_makes_no_button(number: int) -> None:
    with pytest.raises(ValueError, match="not the number of a question"):
        Action("up", question=number).code()


def test_every_facet_has_its_digit() -> None:
    codes = [Action("facet", "a", name).code() for name in FACET_NAMES]
    assert [Action.from_code(code).facet for code in codes] == list(FACET_NAMES)
