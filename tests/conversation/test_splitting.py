"""The splitter: nothing is lost, added or moved; a single question stays whole; taking apart twice is once."""

from __future__ import annotations

import re

import pytest
from huiqi.assistant.asking import LONGEST_READ, Assistant, Message
from huiqi.language.asking import is_question
from huiqi.language.legible import bounded
from huiqi.understanding.division import Divider
from huiqi.understanding.splitting import _BREAK, _TRIMMED, at_each_level, distribute, pieces, split, stories
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import DAY

QUESTION_WORDS = st.sampled_from(
    [
        "店面换新补多少",
        "公房能不能免租",
        "夜市几点收摊",
        "谁能申请",
        "摊位费交多少",
        "材料要交什么",
        "房租减不减",
        "6条是什么",
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


def _in_order(parts: list[str], text: str) -> bool:
    """Whether all characters of `parts` stand in `text` in this order."""
    place = 0
    for character in "".join(parts):
        place = text.find(character, place) + 1
        if not place:
            return False
    return True


@given(ANY_TEXT)
def test_parts_are_the_text_without_its_breaks_in_order(text: str) -> None:
    place = 0
    for part in split(text):
        found = text.find(part, place)
        assert found >= place, (text, part)
        place = found + len(part)


@given(ANY_TEXT)
@example(".还有11")
@example("；①以及材料")
def test_only_breaks_and_scraps_of_one_character_go(text: str) -> None:
    kept = _letters("".join(split(text)))
    # A piece may itself begin with a break that the first, or a mark, left bare (；①以及, .还有).
    found = [_letters(_BREAK.sub("", piece.strip(_TRIMMED))) for piece in _BREAK.split(text) if piece]
    whole = "".join(piece for piece in found if len(piece) >= 2)
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
    assert [piece.text for piece in pieces(question)] == [question]
    assert distribute(question) == [question]


@settings(max_examples=60)
@given(st.lists(QUESTION_WORDS, min_size=2, max_size=5), BREAKS)
def test_questions_that_punctuation_sets_apart_are_found(questions: list[str], mark: str) -> None:
    assert split(mark.join(questions)) == questions
    assert [piece.text for piece in pieces(mark.join(questions))] == questions
    assert all(piece.is_hard for piece in pieces(mark.join(questions)))


@given(
    st.lists(
        st.sampled_from(["我们是小厂", "三月借了钱", "店面换新补多少", "谁要交"]), min_size=1, max_size=6
    )
)
def test_what_is_told_joins_the_question_it_belongs_to(parts: list[str]) -> None:
    found = pieces("，".join(parts))
    assert "，".join(piece.text for piece in found) == "，".join(parts)
    assert len(found) == max(1, sum(map(is_question, parts)))


@given(ANY_TEXT)
def test_pieces_add_nothing_and_keep_the_order(text: str) -> None:
    assert pieces(text)
    assert _in_order([_letters(piece.text) for piece in pieces(text)], _letters(text))


@given(ANY_TEXT)
def test_a_shorter_reading_of_a_story_is_a_stretch_of_it(text: str) -> None:
    for reading in stories(text):
        assert _in_order([_letters(reading)], _letters(text))


@pytest.fixture(scope="module")
def divider(quick: Assistant) -> Divider:
    return quick._divider


MESSAGE = st.lists(
    st.sampled_from(
        [
            "店面换新补多少",
            "公房能免租吗",
            "我们是小饭馆",
            "要什么材料",
            "招人补多少",
            "今天天气怎么样",
            "小店6条是什么",
        ]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(MESSAGE, st.sampled_from(["？", "，", "；", "\n", "。另外，"]))
def test_divided_a_message_keeps_what_was_asked_in_order(
    divider: Divider, clauses: list[str], mark: str
) -> None:
    message = mark.join(clauses)
    parts = [part.text for part in divider.questions(message, DAY)]
    assert _in_order([_letters(part) for part in parts], _letters(message))
    kept = _letters("".join(parts))
    assert all(_letters(clause) in kept for clause in clauses)


@settings(max_examples=40, deadline=None)
@given(ANY_TEXT)
def test_whatever_is_written_is_divided_into_parts_of_it(divider: Divider, text: str) -> None:
    parts = [part.text for part in divider.questions(text or "？", DAY)]
    assert parts
    assert _in_order([_letters(part) for part in parts], _letters(text or "？"))


def test_words_that_only_look_like_breaks_do_not_split() -> None:
    for text in (
        "现在还有换新补助吗",
        "还有没有招人补助",
        "另外的补贴怎么拿",
        "县里还有什么政策",
        "第15条讲了什么",
        "2024.3.1以后的工程算不算",
        "材料以及流程怎么弄",
    ):
        assert split(text) == [text], text


def test_two_things_asked_at_once_are_asked_one_by_one() -> None:
    assert distribute("摊位费和换新补助分别是什么？") == ["摊位费是什么", "换新补助是什么"]
    assert distribute("摊位费和房租都可以缓交吗") == ["摊位费和房租都可以缓交吗"]


def test_of_a_list_of_questions_the_first_five_are_answered_and_the_rest_is_asked_for_again(
    assistant: Assistant,
) -> None:
    asked = [
        "店面换新补多少",
        "房租能减几个月",
        "社保能缓缴吗",
        "口罩怎么买",
        "复工要备案吗",
        "水电费有优惠吗",
    ]
    few = assistant.ask(Message("？".join(asked[:5]) + "？", "test", "a"))
    many = assistant.ask(Message("？".join(asked * 40)[:2000], "test", "b"))
    assert [part.question for part in many.parts] == [part.question for part in few.parts]
    assert "先答前 5 个" in many.text and "先答前" not in few.text


def test_a_long_story_is_no_list_of_questions(assistant: Assistant) -> None:
    story = "我们公司去年底刚搬到星河镇，" + "开春以来生意少了很多，帮手也回不来，" * 20 + "房租能不能减？"
    assert "先答前" not in assistant.ask(Message(story, "test", "c")).text


def test_a_sign_that_stands_for_many_costs_no_more_than_those(assistant: Assistant) -> None:

    assert bounded("ﷺ" * 2000, LONGEST_READ) == "ﷺ" * (LONGEST_READ // 18)
    assert bounded("贴" * 5000, LONGEST_READ) == "贴" * LONGEST_READ
    assert bounded("贴息ﷺ", LONGEST_READ) == "贴息ﷺ"
    assert assistant.ask(Message("ﷺ" * 5000, "test", "d")).outcome == "unanswered"


LEVELS = {"区里": "区", "市里": "市", "省里": "省"}


def spans(text: str) -> list[tuple[int, int, str]]:
    return [(found.start(), found.end(), LEVELS[found[0]]) for found in re.finditer("|".join(LEVELS), text)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("夜市区里补多少 市里补多少", ["夜市区里补多少", "夜市市里补多少"]),
        ("夜市区里和市里分别补多少", ["夜市区里补多少", "夜市市里补多少"]),
        ("区里和市里的夜市补贴各是多少", ["区里的夜市补贴是多少", "市里的夜市补贴是多少"]),
        ("夜市市里能开到几点 省里呢", ["夜市市里能开到几点", "夜市省里能开到几点"]),
        ("市里 省里和区里的夜市各补几成", ["市里的夜市补几成", "省里的夜市补几成", "区里的夜市补几成"]),
        ("我们开夜市的 区里奖多少 市里奖多少", ["我们开夜市的 区里奖多少", "我们开夜市的 市里奖多少"]),
        ("夜市区里补多少", ["夜市区里补多少"]),
        ("夜市补多少", ["夜市补多少"]),
    ],
)
def test_a_question_of_several_levels_is_asked_of_each(text: str, asked: list[str]) -> None:
    assert at_each_level(text, spans(text)) == asked


@given(
    st.lists(st.sampled_from([*LEVELS, "夜市", "补多少", "和", " ", "呢", "的"]), max_size=10).map("".join)
)
def test_of_each_level_only_that_one_is_named(text: str) -> None:
    asked = at_each_level(text, spans(text))
    levels = [{level for _, _, level in spans(own)} for own in asked]
    assert asked == [text] or (
        all(len(own) == 1 for own in levels) and len(set().union(*levels)) == len(asked)
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "摊位费、房租、水电费这三样现在各减多少",
            ["摊位费现在减多少", "房租现在减多少", "水电费现在减多少"],
        ),
        ("我们开店的，摊位费和换新补助，分别找谁办", ["摊位费找谁办", "换新补助找谁办"]),
        ("老板和员工各交多少？", ["老板交多少", "员工交多少"]),
        ("摊位费和房租各级都有补助", ["摊位费和房租各级都有补助"]),
    ],
)
def test_what_is_asked_of_each_of_a_list_is_asked_of_each(text: str, parts: list[str]) -> None:
    assert distribute(text) == parts


def test_a_space_parts_questions_as_a_comma_does() -> None:
    assert [piece.text for piece in pieces("夜市几点收摊 店面换新补多少")] == [
        "夜市几点收摊",
        "店面换新补多少",
    ]
    assert [piece.text for piece in pieces("夜市 摊位费 交多少")] == ["夜市，摊位费，交多少"]
