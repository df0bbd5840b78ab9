"""A document as numbered blocks of text: paragraphs and rows of tables, in the words of the original.

What a file lost (breaks of lines in a copy from a page, or too many of them in a PDF) is restored by the marks that
official documents number their parts with: 第X章, 第X条, 一、, （一）, 1., （1） (GB/T 9704—2012, 7.3.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from huiqi.language.numerals import digits_for_numerals

PARAGRAPH, ROW = "paragraph", "row"
CELL_BORDER = " | "
MOST_CHARACTERS = 400_000
"""A long official document has 40,000."""
MOST_BLOCKS = 20_000

_HAN = "一二三四五六七八九十百零〇"
_MARKS = (
    re.compile(rf"第([{_HAN}]+|\d{{1,3}})章(?![^\s]{{0,3}}[规第])"),
    re.compile(rf"第([{_HAN}]+|\d{{1,3}})节"),
    re.compile(rf"第([{_HAN}]+|\d{{1,3}})条"),
    re.compile(rf"([{_HAN}]+)、"),
    re.compile(rf"[（(]([{_HAN}]+)[）)]"),
    re.compile(r"(\d{1,2})(?:[.．](?!\d)|、)"),
    re.compile(r"[（(](\d{1,2})[）)]"),
)
"""What a part begins with, the outermost first; the group is its number."""
_BORDER = re.compile(r"(?:^|(?<=[\s。；;：:！？!?”》）)]))")
_BLANKS = re.compile(r"[ \t\u00a0\u3000\u200b\ufeff]+")
_FULL = 0.85
"""Share of the usual width from which on a line is full."""
_WIDEST = 60
"""Characters; a longer line of plain text is a paragraph."""


@dataclass(frozen=True)
class Block:
    """`number` counts from 1. `kind`: PARAGRAPH, or ROW for a row of a table, its cells between CELL_BORDERs. `start`:
    place of its first character in the document's whole text, in which blocks stand a line each."""

    number: int
    text: str
    kind: str = PARAGRAPH
    start: int = 0

    @property
    def cells(self) -> list[str]:
        return self.text.split(CELL_BORDER)


@dataclass(frozen=True)
class Mark:
    """The mark of a part: `depth` in the order of _MARKS, `number` as counted, `text` as written."""

    depth: int
    number: int
    text: str


def blocks_of(written: Iterable[tuple[str, str]]) -> tuple[Block, ...]:
    """The blocks of (kind, text) as a reader found them; paragraphs that hold several numbered parts are cut before
    each."""
    cut = [(kind, part) for kind, text in written for part in ([text] if kind == ROW else _parts(text))]
    bare = ((kind, _BLANKS.sub(" ", part).strip()) for kind, part in cut)
    return kept_blocks((kind, part) for kind, part in bare if part)


def kept_blocks(written: Iterable[tuple[str, str]]) -> tuple[Block, ...]:
    """The blocks of (kind, text) as they were kept."""
    blocks: list[Block] = []
    start = 0
    for kind, text in written:
        blocks.append(Block(len(blocks) + 1, text, kind, start))
        start += len(text) + 1
    return tuple(blocks)


def of_text(text: str) -> tuple[Block, ...]:
    """The blocks of plain text: a line each, or a paragraph each where lines were broken to a width."""
    return blocks_of((PARAGRAPH, line) for line in unwrapped(text.splitlines()))


def mark_of(text: str) -> Mark | None:
    """The mark that `text` begins with."""
    for depth, pattern in enumerate(_MARKS):
        found = pattern.match(text)
        if found:
            return Mark(depth, _number(found[1]), found[0])
    return None


def unwrapped(lines: Iterable[str], is_laid_out: bool = False) -> list[str]:
    """Lines that were broken to a width put together again: a line nearly as long as most that ends in no full stop goes
    on in the next. `is_laid_out`: whether they were broken for sure, as in a PDF."""
    found = [line.strip() for line in lines]
    lengths = sorted(len(line) for line in found if line)
    if not lengths:
        return []
    width = lengths[int(len(lengths) * 0.9)]
    full = int(width * _FULL)
    if not is_laid_out and (width > _WIDEST or sum(length >= full for length in lengths) < len(lengths) / 3):
        return [line for line in found if line]
    paragraphs: list[str] = []
    before = ""
    for line in found:
        if before and line and len(before) >= full and before[-1] not in "。：:" and mark_of(line) is None:
            paragraphs[-1] += line
        elif line:
            paragraphs.append(line)
        before = line
    return paragraphs


def _parts(text: str) -> Sequence[str]:
    """`text` cut before each mark that carries on a count: the first of its depth, or the next after one there was."""
    found: list[tuple[int, Mark]] = []
    for depth, pattern in enumerate(_MARKS):
        for match in pattern.finditer(text):
            if _BORDER.match(text, match.start()) and (match.start() or depth):
                found.append((match.start(), Mark(depth, _number(match[1]), match[0])))
    found.sort(key=lambda item: item[0])
    reached: dict[int, int] = {}
    cuts = [0]
    for place, mark in found:
        # Some count （五） on from the （四） of the part before.
        if place and mark.number != 1 and mark.number != reached.get(mark.depth, 0) + 1:
            continue
        if place and mark.number == 1 and not _is_counted_on(found, place, mark):
            continue
        reached[mark.depth] = mark.number
        cuts.append(place)
    return [text[one:other] for one, other in pairwise([*dict.fromkeys(cuts), len(text)])]


def _is_counted_on(found: Sequence[tuple[int, Mark]], place: int, mark: Mark) -> bool:
    return any(
        later > place and other.depth == mark.depth and other.number == mark.number + 1
        for later, other in found
    )


def _number(text: str) -> int:
    digits = digits_for_numerals(text + "条").removesuffix("条")
    return int(digits) if digits.isdecimal() else 0
