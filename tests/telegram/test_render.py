"""What a reply looks like in Telegram: escaped, linked, cut at the limit and never inside a tag."""

from __future__ import annotations

import pytest
from huiqi.answering.reply import Block, Reply
from huiqi.channels.telegram.render import LONGEST_MESSAGE, Span, messages_of, pack, to_plain, units
from hypothesis import given
from hypothesis import strategies as st

from tests.telegram.html_entities import parse

words = st.text(st.sampled_from("政策。；\n<>&\"'a 😀补𠮷"), max_size=300)
spans = st.builds(
    Span, words, st.sampled_from([None, "b", "i"]), st.sampled_from([None, 'https://a.cn/?x=1&y=<2>"'])
)
paragraphs = st.lists(st.lists(spans, max_size=4).map(tuple), min_size=1, max_size=6)


def reply(*blocks: Block) -> Reply:
    return Reply("answer", blocks)


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (Block("answer", '实付利息<20%> & "封顶"'), '实付利息&lt;20%&gt; &amp; "封顶"'),
        (Block("title", "【贴息】"), "<b>【贴息】</b>"),
        (Block("notice", "注意：已到期"), "<b>注意：已到期</b>"),
        (Block("hint", "可以点按钮"), "<i>可以点按钮</i>"),
        (
            Block("source", "· 《甲》（官方发布） http://b.cn/", (("《甲》", "http://b.cn/"),)),
            '· <a href="http://b.cn/">《甲》</a>（官方发布）',
        ),
        (
            Block(
                "source", "甲 http://b.cn/；甲 http://c.cn/", (("甲", "http://b.cn/"), ("甲", "http://c.cn/"))
            ),
            '<a href="http://b.cn/">甲</a>；<a href="http://c.cn/">甲</a>',
        ),
        (
            Block("source", "来源：《甲》", (("别的名字", "http://b.cn/?a=1&b=2"),)),
            '来源：《甲》 <a href="http://b.cn/?a=1&amp;b=2">别的名字</a>',
        ),
        (Block("source", "来源：甲", (("甲", "javascript:alert(1)"),)), "来源：甲"),
    ],
)
def test_a_block_is_escaped_and_formatted(block: Block, html: str) -> None:
    assert messages_of(reply(block)) == [html]


def test_a_reply_that_fits_is_one_message() -> None:
    assert messages_of(reply(Block("title", "甲"), Block("answer", "乙"))) == ["<b>甲</b>\n乙"]


def test_a_long_reply_is_split_between_paragraphs() -> None:
    first, second = "一" * 3000, "二" * 3000
    assert messages_of(reply(Block("answer", first), Block("answer", second))) == [first, second]


def test_a_long_paragraph_is_split_at_a_sentence_and_its_tag_opened_again() -> None:
    messages = messages_of(reply(Block("title", "一" * 3000 + "。" + "二" * 3000)))
    assert messages == [f"<b>{'一' * 3000}。</b>", f"<b>{'二' * 3000}</b>"]


def test_the_limit_counts_utf_16_units() -> None:
    messages = messages_of(reply(Block("answer", "😀" * 3000)))
    assert len(messages) == 2 and max(map(units, messages)) <= 4096
    assert "".join(messages) == "😀" * 3000


def test_an_empty_reply_is_still_a_message() -> None:
    assert messages_of(reply(Block("answer", "  "))) == ["…"]


@given(paragraphs, st.sampled_from([200, 300, LONGEST_MESSAGE]))
def test_every_piece_fits_and_is_whole_html(text: list[tuple[Span, ...]], limit: int) -> None:
    for message in pack(text, limit):
        assert units(message) <= limit
        parse(message)


@given(paragraphs, st.sampled_from([200, LONGEST_MESSAGE]))
def test_nothing_is_lost_between_the_pieces(text: list[tuple[Span, ...]], limit: int) -> None:
    said = "".join(span.text for paragraph in text for span in paragraph)
    shown = "".join(parse(message).text for message in pack(text, limit))
    if said.strip():
        assert "".join(shown.split()) == "".join(said.split())


@given(paragraphs)
def test_plain_text_holds_the_same_words(text: list[tuple[Span, ...]]) -> None:
    for message in pack([tuple(Span(span.text, span.tag) for span in paragraph) for paragraph in text]):
        assert to_plain(message) == parse(message).text
