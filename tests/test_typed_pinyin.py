"""Pinyin typed in the place of characters is read; every other Latin word stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.language.lexicon import Vocabulary, build_lexicon
from huiqi.language.typed_pinyin import TypedPinyin
from huiqi.matching.matcher import Matcher

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def reader(matcher: Matcher) -> TypedPinyin:
    return TypedPinyin(matcher.base.lexicon)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dian mian huan xin bu duo shao", "店面换新补多少"),
        ("dianmian huanxin", "店面换新"),
        ("Dianmian huanxin zenme shenqing", "店面换新怎么申请"),
        ("请问dianmianhuanxin怎么办", "请问店面换新怎么办"),
        ("butie shenme shihou daozhang", "补贴什么时候到账"),
    ],
)
def test_pinyin_is_read(reader: TypedPinyin, typed: str, meant: str) -> None:
    assert reader.read(typed) == meant


def test_a_word_is_read_as_it_is_spoken() -> None:
    """还 by itself is hai, and 率 shuai."""
    words = ("返还", "税率", "稳岗", "领")
    lexicon = build_lexicon(Vocabulary(words=words, synonyms=(("申请", ("领",), 0.9),)), words)
    reader = TypedPinyin(lexicon)
    assert reader.read("wengang fanhuan zenme ling") == "稳岗返还怎么领"
    assert reader.read("shuilv duoshao") == "税率多少"


@pytest.mark.parametrize(
    "text",
    [
        "店面换新补多少",
        "AI公司有补贴吗",
        "VIP客户",
        "hello",
        "can I get a subsidy",
        "online banking",
        "china mobile",
        "iso9001认证",
        "a@b.cn",
        "https://example.cn/shenqing",
        "me",
        "late",
        "women",
        "有没有late的",
        "GDP",
        "x" * 500,
        "",
    ],
)
def test_what_is_no_pinyin_stays(reader: TypedPinyin, text: str) -> None:
    assert reader.read(text) is None


def test_a_question_in_pinyin_is_answered_and_says_how_it_was_read(assistant: Assistant) -> None:
    plain = assistant.ask(Message("店面换新补多少", "test"))
    typed = assistant.ask(Message("dianmian huanxin bu duoshao", "test"))
    assert (typed.entry, typed.facet, typed.first) == (plain.entry, plain.facet, plain.first)
    assert typed.blocks[0].text == "（按拼音读作：店面换新补多少）"


def test_no_question_of_the_evaluation_is_read_otherwise(reader: TypedPinyin) -> None:
    asked = [
        question
        for file in (ROOT / "tests" / "questions").glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
        for question in _questions(json.loads(line))
    ]
    assert len(asked) > 500
    assert [question for question in asked if reader.read(question) is not None] == []


def _questions(written: Any) -> Iterator[str]:
    if isinstance(written, dict):
        yield from (written[name] for name in ("question",) if isinstance(written.get(name), str))
        yield from (question for value in written.values() for question in _questions(value))
    elif isinstance(written, list):
        yield from (question for value in written for question in _questions(value))
