"""For channels that show nothing but text: choices by number, and long texts in pieces of so many bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from huiqi.answering.reply import Button, Reply
from huiqi.channels.outbound import Content
from huiqi.understanding.choosing import chosen_numbers

CUT = "……（太长，没有发完，请问得具体些，例如“要什么材料”）"
_AFTER_SENTENCE = re.compile(r"(?<=[。！？；!?;\n])")
_AFTER_CLAUSE = re.compile(r"(?<=[，、：,:\s])")


def unnumbered(reply: Reply) -> list[Button]:
    """The buttons that the reply's own text does not number yet."""
    if any(block.kind == "choice" for block in reply.blocks):
        return []
    return list(reply.buttons)


def with_numbers(text: str, buttons: Sequence[Button]) -> str:
    """A text with the line that says what the numbers stand for."""
    if not buttons:
        return text
    choices = "　".join(f"{number}.{button.label}" for number, button in enumerate(buttons, 1))
    return f"{text}\n还可以问（回复编号）：{choices}"


def chosen(text: str, codes: Sequence[str]) -> list[str]:
    """The codes of the buttons whose numbers were typed (2, 第二个, 1和3); none where it is a question."""
    numbers = chosen_numbers(text, [""] * len(codes)) if codes else ()
    are_there = all(1 <= number <= len(codes) for number in numbers)
    return [codes[number - 1] for number in numbers] if are_there else []


def contents(reply: Reply, most_bytes: int, most_pieces: int = 4) -> list[Content]:
    """A reply as numbered text in pieces, the last of at most `most_pieces` saying that it was cut."""
    return [
        Content(piece)
        for piece in limited(with_numbers(reply.text, unnumbered(reply)), most_bytes, most_pieces)
    ]


def limited(text: str, most_bytes: int, most_pieces: int) -> list[str]:
    """As `pieces`, at most so many of them; what is left out is told at the end of the last."""
    found = pieces(text, most_bytes)
    if len(found) <= most_pieces:
        return found
    kept = found[:most_pieces]
    last = pieces(kept[-1], most_bytes - len(CUT.encode()))[0]
    return [*kept[:-1], last + CUT]


def pieces(text: str, most_bytes: int) -> list[str]:
    """A text in pieces of at most `most_bytes` of UTF-8 (4 or more), each ending with a sentence where one fits, else
    with a clause, else anywhere between two characters; together they say the same."""
    made: list[str] = []
    held = ""
    for part in _parts(text, most_bytes):
        if held and len((held + part).rstrip("\n").encode(errors="replace")) > most_bytes:
            made.append(held.strip("\n"))
            held = ""
        held += part
    made.append(held.strip("\n"))
    return [piece for piece in made if piece.strip()] or [""]


def _parts(text: str, most_bytes: int) -> Iterator[str]:
    """What need not be torn."""
    for sentence in _AFTER_SENTENCE.split(text):
        if len(sentence.encode(errors="replace")) <= most_bytes:
            yield sentence
            continue
        for clause in _AFTER_CLAUSE.split(sentence):
            yield from _torn(clause, most_bytes)


def _torn(text: str, most_bytes: int) -> Iterator[str]:
    held, size = "", 0
    for character in text:
        width = len(character.encode(errors="replace"))
        if size + width > most_bytes:
            yield held
            held, size = "", 0
        held += character
        size += width
    yield held
