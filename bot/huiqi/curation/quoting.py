"""Which sentences of an original could be quoted behind a statement, and why statements are left without a quote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from huiqi.curation.quotes import (
    Checked,
    Quote,
    figures_in,
    original_in,
    stand_in,
    statements_of,
    years_of,
)
from huiqi.formats.source_texts import read_source_texts
from huiqi.pack.model import Pack
from huiqi.pack.originals import Place

NO_ORIGINAL = "原文不在手"
NOT_COPIED = "原文在手，还没有抄"
NOT_FOUND = "原文在手，里面没有找到这句话"
REASONS = (NOT_COPIED, NOT_FOUND, NO_ORIGINAL)
"""Why a statement has no quote, what can be done at once first."""
MOST_SENTENCES = 3
LEAST_ALIKE = 0.35
"""Share of a statement's pairs of characters that its quotes must say."""
LONGEST = 220
_MARK = re.compile(
    r"（[一二三四五六七八九十]{1,3}）|(?<![\w])[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}条"
)
_SENTENCE = re.compile(r"(?:[^。；\n]|\n(?!\n))+[。；]?")


@dataclass(frozen=True)
class Unquoted:
    """A statement with figures and without a quote. `reason`: one of REASONS; `sources`: those of which the original is
    not at hand, or in whose original it should be looked for."""

    place: Place
    text: str
    reason: str
    sources: tuple[str, ...]


def originals_of(folder: Path, pack: Pack, beside: Path | None = None) -> dict[str, str]:
    """Source id → text, of the originals in the pack's folder and of those in `beside`."""
    held = {text.source: text.text for text in read_source_texts(folder)[0]}
    for source in pack.sources:
        if (text := original_in(source, beside)) is not None:
            held[source] = text
    return held


def unquoted(checked: Checked, pack: Pack, originals: Mapping[str, str]) -> list[Unquoted]:
    """Every statement that lacks a quote, with the reason, in the order of REASONS and then of the pack."""
    found = []
    for entry in pack.entries.values():
        for place, text, facet in statements_of(entry):
            if place not in checked.bare:
                continue
            held = [source for source in facet.sources if source in originals]
            missing = tuple(source for source in facet.sources if source not in originals)
            saying = tuple(
                source for source in held if proposed(pack, place, text, source, originals[source])[1]
            )
            if saying:
                found.append(Unquoted(place, text, NOT_COPIED, saying))
            elif missing:
                found.append(Unquoted(place, text, NO_ORIGINAL, missing))
            else:
                found.append(Unquoted(place, text, NOT_FOUND, tuple(held)))
    return sorted(found, key=lambda item: REASONS.index(item.reason))


def proposed(pack: Pack, place: Place, text: str, source: str, original: str) -> tuple[float, list[Quote]]:
    """The sentences of `original` that hold every figure of a statement and say most of it, and how much; none where
    they do not."""
    years, wanted = years_of(pack, source), _pairs(text)
    left = stand_in(figures_in(text, pack), pack.sources[source].title, {}, years)
    said: set[str] = set()
    quotes: list[Quote] = []
    found = list(_sentences(original))

    def worth(item: tuple[str, str]) -> tuple[float, int]:
        held = len(left) - len(stand_in(left, item[1], {}, years))
        return held + 4 * len((_pairs(item[1]) & wanted) - said) / max(len(wanted), 1), -len(item[1])

    while found and (left or not quotes) and len(quotes) < MOST_SENTENCES:
        mark, words = max(found, key=worth)
        after = stand_in(left, words, {}, years)
        if quotes and len(after) == len(left):
            break
        left, said = after, said | _pairs(words)
        quotes.append(Quote(statement=place[2], source=source, paragraph=mark, words=words))
    alike = len(said & wanted) / max(len(wanted), 1)
    return (0.0, []) if left or alike < LEAST_ALIKE else (alike, quotes)


def _pairs(text: str) -> set[str]:
    bare = re.sub(r"\W", "", text)
    return {bare[place : place + 2] for place in range(len(bare) - 1)}


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence of an original with the mark of the paragraph that it stands in."""
    mark = "开头"
    for found in _SENTENCE.finditer(text):
        sentence = found[0].strip()
        marks = _MARK.findall(sentence)
        mark = marks[-1] if marks else mark
        if 6 <= len(sentence) <= LONGEST:
            yield mark, sentence
