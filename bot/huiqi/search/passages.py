"""Documents cut into passages of whole sentences, and the passages that are nearest to a question.

"Here are documents and a question, where in them does it say something about it?" A passage is a stretch of its
document and never longer than a person reads at a glance. What a document is, and whether a passage may be shown, is
for the caller to know.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from huiqi.language.lexicon import Lexicon
from huiqi.search.bm25 import inverse_frequency
from huiqi.search.index import build_index
from huiqi.search.terms import Terms, kind_weight

LONGEST = 180
"""Characters of a passage at most."""

# Chosen in halves: see docs/passages.md.
K1, B = 0.3, 0.3
LAST_WEIGHT = 0.4
"""What a word counts at the end of a passage; at its beginning it counts one."""
BEFORE_WEIGHT, SENTENCES_BEFORE = 0.3, 2
TITLE_WEIGHT, TITLE_LENGTH = 0.5, 60
OVERLAPPING = 12
"""Passages that one place of a document may bring, with room to spare."""
_SENTENCE = re.compile(r"[^。！？；!?;\n]*(?:[。！？；!?;]+[”’」』）)》]*|\n|$)")
_CLAUSE = re.compile(r"[^，、：,:\s]*(?:[，、：,:]+|\s+|$)")


@dataclass(frozen=True)
class Span:
    """Characters `start` up to `end` of a text."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


def sentences(text: str, longest: int = LONGEST) -> list[Span]:
    """The sentences of `text`, in order and without the white space around them. One longer than `longest` characters
    is cut at the borders of its clauses, and a clause that is still longer wherever it must be."""
    return [
        span for found in _pieces(text, 0, len(text), _SENTENCE) for span in _within(text, found, longest)
    ]


def passages(text: str, longest: int = LONGEST) -> list[Span]:
    """Stretches of whole sentences of `text`, at most `longest` characters each: one from every sentence on, as far as
    there is room. One that lies wholly in that before it is left out."""
    pieces = sentences(text, longest)
    return [Span(pieces[first].start, pieces[last].end) for first, last in _stretches(pieces, longest)]


def _pieces(text: str, start: int, end: int, border: re.Pattern[str]) -> Iterator[Span]:
    while start < end:
        match = border.match(text, start, end)
        stop = match.end() if match and match.end() > start else end
        piece = text[start:stop]
        bare = piece.strip()
        if bare:
            begin = start + piece.index(bare)
            yield Span(begin, begin + len(bare))
        start = stop


def _within(text: str, sentence: Span, longest: int) -> Iterator[Span]:
    """`sentence` in stretches of whole clauses of at most `longest` characters."""
    if sentence.end - sentence.start <= longest:
        yield sentence
        return
    start = end = sentence.start
    for clause in _pieces(text, sentence.start, sentence.end, _CLAUSE):
        if clause.end - start > longest:
            if end > start:
                yield Span(start, end)
            start = clause.start
            while clause.end - start > longest:
                yield Span(start, start + longest)
                start += longest
        end = clause.end
    yield Span(start, end)


@dataclass(frozen=True)
class Passage:
    """A stretch of document number `document`, and how near it is to the question that it was found for."""

    document: int
    span: Span
    score: float


class PassageIndex:
    """Passages of `texts`; documents are known by their position there.

    A passage is weighed by BM25 over the terms of the ranker, once for each term, however it comes to hold it: by its
    own words, by those of the sentences before it (a heading, 通知要求：), or by the title of its document. What heads a
    document is so no evidence for its first passage only. Words that begin a passage say more than those that end it,
    for an answer follows the words that it is asked with: a passage that ends with them has lost it."""

    def __init__(self, texts: Sequence[str], lexicon: Lexicon) -> None:
        self._terms = Terms(lexicon)
        self.places: list[tuple[int, Span]] = []
        amounts: list[dict[str, float]] = []
        lengths: list[int] = []
        own: Counter[str] = Counter()
        for number, text in enumerate(texts):
            pieces = sentences(text)
            counted = [Counter(self._terms.of(text[piece.start : piece.end])) for piece in pieces]
            title = _title(pieces, counted)
            for first, last in _stretches(pieces, LONGEST):
                held = _weighed(counted[first : last + 1])
                own.update(held)
                lengths.append(sum(map(Counter.total, counted[first : last + 1])))
                for before in counted[max(first - SENTENCES_BEFORE, 0) : first]:
                    _add(held, before, BEFORE_WEIGHT)
                _add(held, title, TITLE_WEIGHT)
                amounts.append(held)
                self.places.append((number, Span(pieces[first].start, pieces[last].end)))
        self._index = build_index(_impacts(amounts, lengths, own))

    def find(self, question: str, limit: int) -> list[Passage]:
        """The `limit` nearest passages, the nearest first, no two of which share a sentence; without those that share
        nothing with the question."""
        found: list[Passage] = []
        asked = Counter(self._terms.of(question))
        # Of one place a few passages overlap, so that as many as are wanted are among several times as many.
        for place, score in self._index.top(asked, limit * OVERLAPPING):
            document, span = self.places[place]
            if not any(other.document == document and other.span.overlaps(span) for other in found):
                found.append(Passage(document, span, score))
                if len(found) == limit:
                    break
        return found


def _stretches(pieces: Sequence[Span], longest: int) -> Iterator[tuple[int, int]]:
    """From every sentence on as many as there is room for (first, last); without those that lie in the one before."""
    last = reached = -1
    for first, piece in enumerate(pieces):
        last = max(last, first)
        while last + 1 < len(pieces) and pieces[last + 1].end - piece.start <= longest:
            last += 1
        if last > reached:
            reached = last
            yield first, last


def _weighed(counted: Sequence[Counter[str]]) -> dict[str, float]:
    held: dict[str, float] = {}
    for place, terms in enumerate(counted):
        _add(held, terms, 1 - (1 - LAST_WEIGHT) * place / len(counted))
    return held


def _add(held: dict[str, float], terms: Mapping[str, float], weight: float) -> None:
    for term, amount in terms.items():
        held[term] = held.get(term, 0.0) + weight * amount


def _title(pieces: Sequence[Span], counted: Sequence[Counter[str]]) -> Counter[str]:
    """The terms of the sentences with which a document begins, TITLE_LENGTH characters and what ends there."""
    title: Counter[str] = Counter()
    for piece, terms in zip(pieces, counted, strict=True):
        title += terms
        if piece.end >= TITLE_LENGTH:
            break
    return title


def _impacts(
    amounts: Sequence[Mapping[str, float]], lengths: Sequence[int], held: Mapping[str, int]
) -> Iterator[dict[str, float]]:
    """BM25 weights where a passage holds a term to an `amount` that need be no whole number. `held`: in how many
    passages a term stands itself."""
    number = len(amounts)
    mean = sum(lengths) / max(number, 1) or 1.0
    worth = {
        term: kind_weight(term) * (K1 + 1) * inverse_frequency(number, count) for term, count in held.items()
    }
    for terms, length in zip(amounts, lengths, strict=True):
        norm = K1 * (1 - B + B * length / mean)
        yield {term: worth[term] * amount / (amount + norm) for term, amount in terms.items()}
