"""The splitter: nothing is lost, added or moved; a single question stays whole; taking apart twice is once."""

from __future__ import annotations

import re

from huiqi.understanding.splitting import _BREAK, distribute, group, is_question, split, split_at_pauses
from hypothesis import given, settings
from hypothesis import strategies as st

QUESTION_WORDS = st.sampled_from(
    [
        "贷款贴息补多少",
        "公积金能不能缓缴",
        "秒批要多久",
        "谁能申请",
        "租金免几个月",
        "材料要交什么",
        "社保减不减",
        "24条是什么",
    ]
)
BREAKS = st.sampled_from(["？", "?", "；", ";", "\n", "？\n", "。", "？另外", "；还有", "？（2）"])
ANY_TEXT = st.text(
    st.sampled_from("贷款贴息补多少吗呢什么怎么？?；;。，,、另外还有以及第一二12.()（）① \n市区里的不"),
    max_size=40,
)

_SQUEEZE = re.compile(r"[\s　,，。.、:：!！~～…]+")


def _letters(text: str) -> str:
    return _SQUEEZE.sub("", text)


@given(ANY_TEXT)
def test_parts_are_the_text_without_its_breaks_in_order(text: str) -> None:
    place = 0
    for part in split(text):
        found = text.find(part, place)
        assert found >= place, (text, part)
        place = found + len(part)


@given(ANY_TEXT)
def test_only_breaks_and_scraps_of_one_character_go(text: str) -> None:
    kept = _letters("".join(split(text)))
    # A piece may itself begin with a break that the first left bare (；①以及).
    pieces = [_letters(_BREAK.sub("", piece)) for piece in _BREAK.split(text) if piece]
    whole = "".join(piece for piece in pieces if len(piece) >= 2)
    assert len(kept) >= len(whole) or split(text) == [text]


@given(ANY_TEXT)
def test_taking_apart_twice_changes_nothing(text: str) -> None:
    parts = split(text)
    if len(parts) > 1:
        assert [piece for part in parts for piece in split(part)] == parts


@given(QUESTION_WORDS)
def test_a_single_question_stays_whole(question: str) -> None:
    assert split(question) == [question]
    assert split(question + "？") == [question]
    assert split_at_pauses(question) == [question]
    assert distribute(question) == [question]


@settings(max_examples=60)
@given(st.lists(QUESTION_WORDS, min_size=2, max_size=5), BREAKS)
def test_questions_that_punctuation_sets_apart_are_found(questions: list[str], mark: str) -> None:
    assert split(mark.join(questions)) == questions


@given(
    st.lists(
        st.sampled_from(["我们是小厂", "三月借了钱", "贷款贴息补多少", "谁能申请"]), min_size=1, max_size=6
    )
)
def test_what_is_told_joins_the_question_it_belongs_to(parts: list[str]) -> None:
    grouped = group(parts)
    assert "，".join(grouped) == "，".join(parts)
    assert len(grouped) == max(1, sum(map(is_question, parts)))


def test_words_that_only_look_like_breaks_do_not_split() -> None:
    for text in (
        "现在还有贷款贴息吗",
        "还有没有稳岗返还",
        "另外的补贴怎么拿",
        "市里还有什么政策",
        "第15条讲了什么",
        "2020.3.1以后的贷款算不算",
        "材料以及流程怎么弄",
    ):
        assert split(text) == [text], text


def test_two_things_asked_at_once_are_asked_one_by_one() -> None:
    assert distribute("光速办和一窗通办分别是什么？") == ["光速办是什么", "一窗通办是什么"]
    assert distribute("社保和公积金都可以缓缴吗") == ["社保和公积金都可以缓缴吗"]
