"""A Reply as Telegram HTML, in messages of at most 4096 UTF-16 units, no tag ever cut in two.

The limit is kept by the HTML itself, tags and entities included, which is never longer than what Telegram
counts (the text after parsing).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from huiqi.answering.reply import Block, Reply

LONGEST_MESSAGE = 4096
_SENTENCE_END = re.compile(r"(?<=[。！？；\n])")
_TAGS = {"title": "b", "notice": "b", "hint": "i"}


@dataclass(frozen=True)
class Span:
    """Text in one format: bold, italic, a link, or (no `tag`) as it is."""

    text: str
    tag: str | None = None
    address: str | None = None

    def html(self) -> str:
        escaped = html.escape(self.text, quote=False)
        if self.address:
            return f'<a href="{html.escape(self.address)}">{escaped}</a>'
        return f"<{self.tag}>{escaped}</{self.tag}>" if self.tag else escaped


Paragraph = tuple[Span, ...]


def units(text: str) -> int:
    """The length that Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def messages_of(reply: Reply) -> list[str]:
    """The reply as HTML, one string a message, at least one."""
    return pack(paragraph_of(block) for block in reply.blocks)


def paragraph_of(block: Block) -> Paragraph:
    """A block in its format, the words that name a link made into it."""
    tag = _TAGS.get(block.kind)
    return tuple(
        Span(words, address=address) if address else Span(words, tag) for words, address in block.spans()
    )


def plain(text: str) -> Paragraph:
    return (Span(text),)


def pack(paragraphs: Iterable[Paragraph], limit: int = LONGEST_MESSAGE) -> list[str]:
    """Paragraphs put into as few messages as their order allows. A paragraph is cut only where it does not
    fit into a message of its own: at the end of a sentence if one is there, never inside a tag."""
    messages: list[str] = []
    for paragraph in paragraphs:
        for piece in _pieces(paragraph, limit):
            joined = f"{messages[-1]}\n{piece}" if messages else piece
            if messages and units(joined) <= limit:
                messages[-1] = joined
            else:
                messages.append(piece)
    return [message for message in messages if to_plain(message).strip()] or ["…"]


def to_plain(text: str) -> str:
    """The words of our own HTML, the addresses of links behind them."""
    text = re.sub(r'<a href="([^"]*)">(.*?)</a>', r"\2（\1）", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def _pieces(paragraph: Paragraph, limit: int) -> Iterator[str]:
    """A paragraph as HTML strings that each fit."""
    whole = "".join(span.html() for span in paragraph)
    if units(whole) <= limit:
        yield whole
        return
    piece = ""
    for span in paragraph:
        for part in _fitting(span, limit):
            markup = part.html()
            if piece and units(piece + markup) > limit:
                yield piece
                piece = ""
            piece += markup
    if piece:
        yield piece


def _fitting(span: Span, limit: int) -> Iterator[Span]:
    """A span cut at sentence ends, and inside a sentence only where that alone is too long."""
    for sentence in _SENTENCE_END.split(span.text):
        rest = sentence
        while rest:
            take = len(rest)
            while units(replace(span, text=rest[:take]).html()) > limit:
                take = max(1, take * limit // (units(replace(span, text=rest[:take]).html()) + 1))
                if take == 1:
                    break
            yield replace(span, text=rest[:take])
            rest = rest[take:]
