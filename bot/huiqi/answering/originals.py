"""What originals say in their own words: passages where no entry answers, and quotes behind an entry's statements.

A passage is never an answer. It is offered only where it says every word of the question that tells anything, and where
nothing in the question rules its document out: another place, year, level, document or number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Protocol

from huiqi.answering import wording
from huiqi.answering.reply import Block, spoken_day
from huiqi.language.document_number import is_numbered
from huiqi.matching.background import COMMON
from huiqi.matching.features import Question
from huiqi.matching.marks import Marks
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Entry, Pack
from huiqi.pack.originals import Place, QuotedPassage, SourceText, StatementQuote
from huiqi.search.passages import PassageIndex, Span

MOST_OFFERED = 2
MOST_QUOTED = 3
LOOKED_AT = 12
"""Passages, the nearest first, that are looked at for one that says all that is asked."""
MOST_SAID = 4000
"""Passages kept as they are compared, some 300 characters each."""
FEWEST = 4
"""Chinese characters of the telling words, of which there must be two: less is no question to hold a passage against."""
_HEADING = re.compile(
    r"第[一二三四五六七八九十百零\d]+[章条]|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d{1,2}[.．、](?!\d)"
)
_CHINESE = re.compile(r"[一-鿿]+")
_DEPTHS = (re.compile(r"第.+章|[一二三四五六七八九十]+、"), re.compile(r"第.+条|（"), re.compile(r"\d"))


class AtHand(Protocol):
    """The originals of a pack, each kind read when it is first asked for: most questions need neither."""

    def texts(self) -> Sequence[SourceText]: ...

    def quotes(self) -> Mapping[Place, Sequence[StatementQuote]]: ...

    def quoted_entries(self) -> Collection[str]:
        """The entries that have quotes, as written: cheap, for a button that says so."""
        ...


class Originals:
    """What the originals of a pack say of questions and entries."""

    def __init__(self, pack: Pack, matcher: Matcher, at_hand: AtHand) -> None:
        self._pack = pack
        self._analyser = matcher.analyser
        self._marker = matcher.marker
        self._at_hand = at_hand
        self._said: dict[tuple[str, Span], str] = {}

    def near(self, question: Question, day: date) -> tuple[QuotedPassage, ...]:
        """At most two passages that say all that `question` asks of, the nearest first; none of what was issued after
        `day`."""
        told = _telling(question, self._analyser.lexicon.weights)
        if (
            len(told) < 2
            or len("".join(_CHINESE.findall("".join(told)))) < FEWEST
            or question.marks.place is not None
        ):
            return ()
        found = []
        for passage in self._index.find(question.asking, LOOKED_AT):
            text = self._texts[passage.document]
            is_later = text.issued is not None and text.issued > day
            if is_later or not self._says(text, passage.span, told):
                continue
            span = next(
                (
                    shorter
                    for shorter in _without_edges(text.text, passage.span)
                    if self._says(text, shorter, told)
                ),
                passage.span,
            )
            if self._may_be_told(question.marks, text, _in_context(text, span)):
                found.append(self._quoted(text, span))
                if len(found) == MOST_OFFERED:
                    break
        return tuple(found)

    def blocks(self, passages: Sequence[QuotedPassage], day: date) -> list[Block]:
        """How passages are offered: as the original's words, with source, date and validity on `day`."""
        if not passages:
            return []
        blocks = [Block("hint", "没有整理好的答案，原文里最接近的是：")]
        for passage in passages:
            blocks.append(Block("related", f"{named(passage.title)}{passage.place}：“{passage.words}”"))
            issued = f"，{spoken_day(date.fromisoformat(passage.issued))}印发" if passage.issued else ""
            address = f" {passage.url}" if passage.url else ""
            links = ((passage.source, passage.url),) if passage.url else ()
            said = f"来源：{passage.source}{address}{issued}；{_holds(passage, day)}"
            blocks.append(Block("source", said, links))
        return blocks

    def has_quotes(self, entry: Entry) -> bool:
        return entry.id in self._quoted_entries

    def quoted(self, entry: Entry, facets: Sequence[str]) -> list[Block]:
        """The original's words behind what an entry says: those of `facets`, or where these have none, of the whole."""
        held = self._quotes.get(entry.id, ())
        chosen = [quote for facet, quote in held if facet in facets] or [quote for _, quote in held]
        titles = {text.source: named(text.title) for text in self._texts}
        lines = []
        for quote in dict.fromkeys(chosen):
            source = self._pack.sources.get(quote.source)
            title = titles.get(quote.source) or (named(source.title) if source else quote.source)
            lines.append(f"{title}{_spoken_place(quote.paragraph)}：“{quote.words}”")
        return [Block("answer", line) for line in lines[:MOST_QUOTED]]

    @cached_property
    def _quoted_entries(self) -> frozenset[str]:
        return frozenset(self._at_hand.quoted_entries())

    @cached_property
    def _quotes(self) -> Mapping[str, Sequence[tuple[str, StatementQuote]]]:
        """Entry → facet and quote of each of its statements that has one."""
        found: dict[str, list[tuple[str, StatementQuote]]] = {}
        for (entry, facet, _), quotes in sorted(self._at_hand.quotes().items()):
            found.setdefault(entry, []).extend((facet, quote) for quote in quotes)
        return found

    @cached_property
    def _texts(self) -> Sequence[SourceText]:
        return self._at_hand.texts()

    @cached_property
    def _index(self) -> PassageIndex:
        return PassageIndex([text.text for text in self._texts], self._analyser.lexicon)

    def _says(self, text: SourceText, span: Span, told: Sequence[str]) -> bool:
        """Whether a passage, or what it stands under, holds the very words that were asked with: what a synonym stands
        for (税 for 契税) may be another thing in an original."""
        said = self._said.get((text.id, span))
        if said is None:
            said = self._analyser.normalise(_in_context(text, span)).replace(" ", "")
            if len(self._said) >= MOST_SAID:
                # The oldest goes; another thread may have been quicker.
                self._said.pop(next(iter(self._said)), None)
            self._said[text.id, span] = said
        return all(word in said for word in told)

    def _may_be_told(self, asked: Marks, text: SourceText, context: str) -> bool:
        """Whether nothing in the question rules the document out, as guards rule out entries."""
        own = self._marker(self._analyser.normalise(f"{text.number or ''} {context}"))
        if asked.asker_place is not None and text.level == self._pack.office.nearest.name:
            return False
        if asked.firm and text.level not in asked.levels:
            return False
        years = own.years | {day.year for day in (text.issued, text.validity.start, text.validity.end) if day}
        if asked.years and not asked.years & years:
            return False
        if asked.document_number is not None and not is_numbered(text.number, asked.document_number):
            return False
        if asked.counted - own.counted or (asked.article is not None and asked.article != own.article):
            return False
        said = dict(own.sides)
        return all(said.get(row, side) == side for row, side in asked.sides)

    def _quoted(self, text: SourceText, span: Span) -> QuotedPassage:
        source = self._pack.sources.get(text.source)
        kind = f"{source.title}（{wording.kind_of(source, self._pack.office)}）" if source else text.source
        url = text.url or (source.urls[0] if source and source.urls else None)
        return QuotedPassage(
            doc=text.id,
            title=text.title,
            place=_place(text.text, span),
            words=text.text[span.start : span.end].replace("\n", ""),
            start=span.start,
            end=span.end,
            source=kind,
            source_id=source.id if source else None,
            issued=text.issued.isoformat() if text.issued else None,
            valid_to=text.validity.end.isoformat() if text.validity.end else None,
            url=url,
        )


def named(title: str) -> str:
    """A title in its marks."""
    return title if "《" in title or "〔" in title else f"《{title}》"


def _telling(question: Question, kinds: Mapping[str, float]) -> list[str]:
    """The words that tell what is asked: those that do not stand in the questions of most entries, and are no function
    words (`kinds`: how telling a word is by its part of speech). A single character is none without the word beside
    it (超范围, 排烟罩)."""
    analysis = question.analysis
    found: list[str] = []
    end, is_single = -1, False
    for word, span, share, aside in zip(
        analysis.words, analysis.spans, question.shares_of_default, question.is_aside, strict=True
    ):
        if share <= COMMON or aside or kinds.get(word, 1.0) <= COMMON:
            continue
        if span[0] == end and (len(word) == 1 or is_single):
            found[-1] += word
        else:
            found.append(word)
        end, is_single = span[1], len(word) == 1
    return found


def _in_context(text: SourceText, span: Span) -> str:
    headings = " ".join(words for _, words in _sections(text.text, span))
    return f"{text.title} {headings} {text.text[span.start : span.end]}"


def _without_edges(text: str, span: Span) -> Iterator[Span]:
    """`span` without paragraphs at its beginning and end, the shortest first."""
    borders = [span.start + match.start() for match in re.finditer("\n", text[span.start : span.end])]
    starts, ends = [span.start, *(border + 1 for border in borders)], [*borders, span.end]
    cut = [Span(start, end) for start in starts for end in ends if start < end]
    yield from sorted(cut, key=lambda shorter: shorter.end - shorter.start)


def _sections(text: str, span: Span) -> list[tuple[str, str]]:
    """The parts of a document in which a passage begins, from the largest on: mark (三、) and first words of each."""
    end = text.find("\n", span.start)
    open_parts: dict[int, tuple[str, str]] = {}
    for paragraph in text[: end if end >= 0 else len(text)].split("\n"):
        if found := _HEADING.match(paragraph):
            depth = next(
                (number for number, form in enumerate(_DEPTHS) if form.match(found[0])), len(_DEPTHS)
            )
            open_parts = {level: part for level, part in open_parts.items() if level < depth}
            open_parts[depth] = (found[0], re.split(r"[。\s]", paragraph)[0])
    return [open_parts[depth] for depth in sorted(open_parts)]


def _place(text: str, span: Span) -> str:
    """Where a passage stands, by the marks of the document (三、（二）), else by the number of the paragraph."""
    marks = "".join(mark for mark, _ in _sections(text, span)).rstrip("、.．")
    return marks or f"第{text.count(chr(10), 0, span.start) + 1}段"


def _holds(passage: QuotedPassage, day: date) -> str:
    if passage.valid_to is None:
        return "有效期没有查到，是否还有效请先核实。"
    end = date.fromisoformat(passage.valid_to)
    return f"{spoken_day(end)}已经到期。" if end < day else f"有效期到{spoken_day(end)}。"


def _spoken_place(paragraph: str) -> str:
    return paragraph.rstrip("、") if _HEADING.match(paragraph) else f"（{paragraph}）"
