"""Every figure quotes its sentence: the words of originals behind the statements, and what does not stand in them.

Quotes live in files of their own, `quotes/` beside `policies/`, one for each policy's file. They are checked, and are no
part of the pack that is published. Those of entries that were made of a brought document are kept with the document,
and are written beside the others when the base is exported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from huiqi.answering.statements import cut
from huiqi.formats.document import Document, Location, read_document
from huiqi.formats.problem import Problem
from huiqi.language.values import DOCUMENT, PHONE, Figure, figures_of
from huiqi.pack.identity import QUOTE_FOLDER
from huiqi.pack.model import FACET_NAMES, Entry, Facet, Pack
from huiqi.pack.office import OWN
from huiqi.pack.originals import Place, StatementQuote

if TYPE_CHECKING:
    from huiqi.store.quotes import BroughtQuote

FOLDER = QUOTE_FOLDER
SUMMARY, TOGETHER = "概要", "叠加"
FACETS = (SUMMARY, *FACET_NAMES, TOGETHER)
ORIGINAL_PREFIX = "DOC-"
"""The original of a source DOC-name is name.txt; of any other, its number and .txt."""
_SPACE = re.compile(r"\s+")
_MARKS = re.compile("[“”《》]")


class Quote(BaseModel):
    """`statement`: the number of the sentence or list item that it stands behind, from 1. `paragraph`: where in the
    document, by its own marks. `words`: exactly. `reckoned`: a figure of the statement → how it follows from the words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: int = Field(ge=1)
    source: str
    paragraph: str
    words: str = Field(min_length=1)
    reckoned: dict[str, str] = {}


_FILE = TypeAdapter(dict[str, dict[str, list[Quote]]])


@dataclass(frozen=True)
class _Placed:
    """A quote and where it is written."""

    quote: Quote
    document: Document
    location: Location


@dataclass
class Checked:
    """`quoted`, `bare`: the statements with figures that have quotes, and those that have none, with their text."""

    problems: list[Problem] = field(default_factory=list)
    quoted: dict[Place, str] = field(default_factory=dict)
    bare: dict[Place, str] = field(default_factory=dict)


def check_quotes(folder: Path, pack: Pack, originals: Path | None = None) -> Checked:
    """Hold the statements of `pack` against the quotes in `folder`. `originals`: documents as text, in which the words
    must stand, but for white space."""
    checked = Checked()
    written: dict[Place, list[_Placed]] = {}
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        document = read_document(path, f"{FOLDER}/{path.name}")
        if isinstance(document, Problem):
            checked.problems.append(document)
            continue
        for place, placed in _read(document, checked.problems):
            written.setdefault(place, []).append(placed)
    statements = dict(_statements(pack))
    for place, quotes in written.items():
        for placed in quotes:
            checked.problems += _misplaced(place, placed, statements, originals)
    for place, (text, facet) in statements.items():
        figures = figures_in(text, pack)
        if figures and place not in written:
            # The office's own word has no original to be quoted from.
            if not _is_own_word(facet, pack):
                checked.bare[place] = text
        elif figures:
            checked.quoted[place] = text
            checked.problems += _missing(place, text, figures, written[place], pack)
    return checked


def quotes_at_hand(
    folder: Path | None,
    pack: Pack,
    changed: Collection[str] = (),
    brought: Sequence[BroughtQuote] = (),
) -> dict[Place, list[StatementQuote]]:
    """The quotes in `folder`, and those of `brought` documents, that may be shown with `pack` as it is published."""
    return {
        place: [StatementQuote(quote.source, quote.paragraph, quote.words) for quote in quotes]
        for place, quotes in held_quotes(folder, pack, changed, brought).items()
    }


def quote_files(held: Mapping[Place, Sequence[Quote]], pack: Pack) -> dict[str, Any]:
    """Quotes as files beside the policies', as a folder holds them."""
    files: dict[str, Any] = {}
    for place in sorted(held, key=lambda place: (FACETS.index(place[1]), place[2])):
        entry, facet, _ = place
        written = files.setdefault(f"{FOLDER}/{pack.entries[entry].policy}.yaml", {})
        listed = written.setdefault(entry, {}).setdefault(facet, [])
        listed += [quote.model_dump(exclude_defaults=True) for quote in held[place]]
    return files


def held_quotes(
    folder: Path | None,
    pack: Pack,
    changed: Collection[str] = (),
    brought: Sequence[BroughtQuote] = (),
) -> dict[Place, list[Quote]]:
    """The quotes that hold what `pack` says as it is published. Of a statement that was changed since, only what holds its
    figures; so of entries in `changed`, only quotes of statements that have figures."""
    statements = dict(_statements(pack))
    found: dict[Place, list[Quote]] = {}
    for path in sorted((folder / FOLDER).glob("*.yaml")) if folder else ():
        document = read_document(path, f"{FOLDER}/{path.name}")
        for place, placed in () if isinstance(document, Problem) else _read(document, []):
            found.setdefault(place, []).append(placed.quote)
    for place, quotes in list(found.items()):
        text = statements[place][0] if place in statements else ""
        figures = figures_in(text, pack)
        if not text or (not figures and place[0] in changed) or _not_said(figures, quotes, pack):
            del found[place]
    for place, quotes in _of_documents(brought, statements, pack):
        known = {quote.words for quote in found.get(place, ())}
        found.setdefault(place, []).extend(quote for quote in quotes if quote.words not in known)
    return found


def _of_documents(
    brought: Sequence[BroughtQuote], statements: Mapping[Place, tuple[str, Facet]], pack: Pack
) -> Iterator[tuple[Place, list[Quote]]]:
    """The quotes of `brought` documents behind each statement: those that it was handed in with, or where it was changed
    since, those that hold all its figures."""
    entries = {quote.entry for quote in brought}
    for place, (text, facet) in statements.items():
        if place[0] not in entries:
            continue
        figures = figures_in(text, pack)
        own = [quote for quote in brought if quote.entry == place[0] and quote.source in facet.sources]
        fitting = [quote for quote in own if quote.statement == text] or (
            [quote for quote in own if quote.facet == place[1]] if figures else []
        )
        quotes = [
            Quote(statement=place[2], source=quote.source, paragraph=quote.paragraph, words=quote.words)
            for quote in {quote.words: quote for quote in fitting}.values()
        ]
        is_changed = not any(quote.statement == text for quote in own)
        if is_changed:
            quotes = [quote for quote in quotes if not _not_said(figures, [quote], pack)][:1]
        if quotes and not _not_said(figures, quotes, pack):
            yield place, quotes


def figures_in(text: str, pack: Pack) -> list[Figure]:
    """The figures of a statement that need a source: not the hotline, nor what is part of a policy's name (省“20条”)."""
    bare = _MARKS.sub("", text)
    for name in sorted(
        {name for policy in pack.policies.values() for name in policy.names}, key=len, reverse=True
    ):
        bare = bare.replace(name, "")
    hotline = pack.office.hotline.number if pack.office.hotline else None
    return [item for item in figures_of(bare) if (item.kind, item.value) != (PHONE, hotline)]


def stand_in(
    figures: Sequence[Figure], words: str, reckoned: Mapping[str, str], years: set[int]
) -> list[Figure]:
    """Those of `figures` that do not stand in `words`, nor among those `reckoned` from them. `years`: those in which the
    document was written."""
    said = [*figures_of(words), *(item for text in reckoned for item in figures_of(text))]
    return [item for item in figures if not item.stands_in(said, years)]


def statements_of(entry: Entry) -> Iterator[tuple[Place, str, Facet]]:
    """Every statement of an entry with its place and the text it stands in."""
    texts = {SUMMARY: entry.summary, **entry.facets}
    texts[TOGETHER] = Facet(entry.stacking.text, entry.stacking.sources)
    for name, facet in texts.items():
        for number, (text, _) in enumerate(cut(facet.text or ""), 1):
            yield (entry.id, name, number), text, facet


def years_of(pack: Pack, source: str) -> set[int]:
    """The years in which a source was written, as far as that is known."""
    found = pack.sources.get(source)
    return {found.date.year} if found is not None and found.date is not None else set()


def original_in(source: str, originals: Path | None) -> str | None:
    """The text of a source in the folder `originals`, None where it is not at hand."""
    if originals is None:
        return None
    path = originals / f"{source.removeprefix(ORIGINAL_PREFIX)}.txt"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _statements(pack: Pack) -> Iterator[tuple[Place, tuple[str, Facet]]]:
    for entry in pack.entries.values():
        for place, text, facet in statements_of(entry):
            yield place, (text, facet)


def _read(document: Document, problems: list[Problem]) -> Iterator[tuple[Place, _Placed]]:
    try:
        file = _FILE.validate_python(document.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            remedy = "写成 条目编号: {要素: [{statement: 第几句, source: 来源编号, paragraph: 哪一段, words: 原话}]}"
            problems.append(
                document.problem(tuple(detail["loc"]), f"引文的写法不对（{detail['msg']}）", remedy)
            )
        return
    for entry, facets in file.items():
        for facet, quotes in facets.items():
            for index, quote in enumerate(quotes):
                location = (entry, facet, index)
                yield (entry, facet, quote.statement), _Placed(quote, document, location)


def _misplaced(
    place: Place,
    placed: _Placed,
    statements: Mapping[Place, tuple[str, Facet]],
    originals: Path | None,
) -> Iterator[Problem]:
    """What is wrong with where a quote stands: no such statement, a source that its text does not cite, other words."""
    quote, problem = placed.quote, placed.document.problem
    if place not in statements:
        message = f"条目 {place[0]} 的“{place[1]}”没有第 {place[2]} 句"
        yield problem(placed.location, message, "核对条目编号、要素和第几句；那一句改过，引文也要跟着改")
        return
    if quote.source not in statements[place][1].sources:
        message = f"“{place[1]}”没有引用来源“{quote.source}”"
        yield problem((*placed.location, "source"), message, "给那个要素加上这个来源，或换一个它引用的来源")
    original = original_in(quote.source, originals)
    if original is not None and _bare(quote.words) not in _bare(original):
        message = f"原话在 {quote.source} 的原文里找不到"
        yield problem((*placed.location, "words"), message, "照原文一字不差地抄，只有空格和换行可以不同")


def _missing(
    place: Place, text: str, figures: list[Figure], quotes: list[_Placed], pack: Pack
) -> Iterator[Problem]:
    missing = _not_said(figures, [placed.quote for placed in quotes], pack)
    if missing:
        shown = "、".join(f"“{item.text}”" for item in missing)
        message = f"条目 {place[0]} 的“{place[1]}”第 {place[2]} 句里的{shown}不在引文里：{text}"
        remedy = "核对原文，改条目或改引文；是由原话推算的，在 reckoned 里写上怎样推算"
        yield quotes[0].document.problem(quotes[0].location, message, remedy)


def _not_said(figures: Sequence[Figure], quotes: Sequence[Quote], pack: Pack) -> list[Figure]:
    """Those of a statement's figures that its quotes do not say."""
    words = "\n".join(quote.words for quote in quotes)
    # A document's own number stands in its title; what year is named there is no year of its days.
    titles = [item for quote in quotes for item in figures_of(_title(pack, quote.source))]
    left = [item for item in figures if item.kind != DOCUMENT or not item.stands_in(titles)]
    reckoned = {key: how for quote in quotes for key, how in quote.reckoned.items()}
    years = {year for quote in quotes for year in years_of(pack, quote.source)}
    return stand_in(left, words, reckoned, years)


def _is_own_word(facet: Facet, pack: Pack) -> bool:
    found = [pack.sources[key] for key in facet.sources if key in pack.sources]
    return bool(found) and all(source.confidence == OWN for source in found)


def _title(pack: Pack, source: str) -> str:
    return pack.sources[source].title if source in pack.sources else ""


def _bare(text: str) -> str:
    return _SPACE.sub("", text)
