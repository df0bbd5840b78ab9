"""What a document proposes: a policy, and one draft entry a measure, each statement with its quote. Every word of a
statement is the original's; people decide what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from huiqi.formats.fields import FIELDS
from huiqi.intake.blocks import CELL_BORDER, Block
from huiqi.intake.facets import LEAST, PHONES, PLAIN, FacetReader, Said
from huiqi.intake.forms import Forms, forms
from huiqi.intake.structure import Outline, Section, Sentence, outline_of
from huiqi.language.values import ARTICLE, COUNT, DOCUMENT, PHONE, Figure, figures_of
from huiqi.pack.model import FACET_NAMES, WHOLE, Pack

GRANT = "标准"
"""The facet that makes a measure: what there is to be had."""
SEVERAL = 4
"""A part without parts of its own that grants something in so many sentences holds several measures."""
LONGEST_TITLE = 40
LEAST_TITLE = 8
"""Characters; 免征增值税 alone does not say of what."""
OVERVIEW_FROM = 3
"""A document with so many measures gets an entry that speaks for the whole."""
OF_EACH = 2
"""Statements of each measure that the entry for the whole tells."""
MOST_CONTACTS = 3
"""Phones; a document that names more names them for different things."""
_PATTERNS = {
    "标准": ("{}标准是多少", "{}补多少"),
    "对象": ("哪些企业可以享受{}",),
    "条件": ("{}要符合什么条件",),
    "材料": ("{}要交什么材料",),
    "流程": ("{}怎么申请",),
    "时限": ("{}到什么时候",),
    "部门": ("{}归哪个部门管",),
    "电话": ("{}咨询电话是多少",),
}
"""Alternates by pattern for what a proposed entry tells."""
_TRIM = re.compile(r"^(?:[，、；：\s]|对|按照?|并|可|应当?|给予|继续|鼓励)+|[，、；：。\s]+$")
_NO_TITLE = re.compile(r"[（(][^）)]*[）)]|[《》“”]")


@dataclass(frozen=True)
class Quote:
    """Exact words of the original: `block` is the number of the paragraph, `start` their place in it, `path` the marks
    of the part (二、（五）)."""

    words: str
    block: int
    start: int
    path: str


@dataclass(frozen=True)
class Statement:
    """`chance`: how likely it is about its facet. `is_shared`: said of all measures of the document together."""

    text: str
    quote: Quote
    chance: float
    is_shared: bool = False

    @property
    def figures(self) -> list[Figure]:
        """The amounts, shares, days, periods and phones that it tells."""
        return [figure for figure in figures_of(self.text) if figure.kind not in (ARTICLE, COUNT, DOCUMENT)]


@dataclass(frozen=True)
class ProposedEntry:
    """`facets`: facet → statements. `alternates`: aspect → questions by pattern. `path`: the part that it comes from."""

    title: str
    short_title: str
    path: str
    facets: dict[str, tuple[Statement, ...]]
    keywords: tuple[str, ...] = ()
    alternates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_overview: bool = False

    @property
    def statements(self) -> Iterator[tuple[str, Statement]]:
        return ((facet, statement) for facet, found in self.facets.items() for statement in found)


@dataclass(frozen=True)
class Proposal:
    outline: Outline
    entries: tuple[ProposedEntry, ...]


def propose(blocks: Sequence[Block], pack: Pack, reader: FacetReader | None = None) -> Proposal:
    """The policy and the draft entries that a document gives."""
    outline = outline_of(blocks, pack)
    return Proposal(outline, tuple(_Proposing(outline, reader or FacetReader(), forms()).entries()))


@dataclass
class _Measure:
    """What is gathered of one measure: facet → statements in the order of the document."""

    heading: str
    path: str
    facets: dict[str, list[Statement]] = field(default_factory=dict)
    first: str = ""

    def add(self, facet: str, statement: Statement) -> None:
        place = (statement.quote.block, statement.quote.start)
        known = [(other.quote.block, other.quote.start) for other in self.facets.get(facet, [])]
        if place not in known:
            self.facets.setdefault(facet, []).append(statement)


class _Proposing:
    def __init__(self, outline: Outline, reader: FacetReader, known: Forms) -> None:
        self._outline = outline
        self._reader = reader
        self._forms = known
        self._shared = _Measure("", "")
        self._rows: list[tuple[str, str, Statement, _Measure]] = []
        self._is_regulation = any(part.depth < 3 for part in outline.sections)

    def entries(self) -> Iterator[ProposedEntry]:
        top = self._outline.sections
        labelled = [part for part in top if self._forms.facet_of(part.heading)]
        if not top or len(labelled) * 2 >= len(top):
            measures = [self._whole(top)]
        else:
            measures = [measure for part in top for measure in self._measures(part, None)]
        for sentence in self._outline.term:
            self._read_sentence(self._shared, sentence, "", "时限")
        self._deal_rows(measures)
        self._deal_contacts(measures)
        measures = [measure for measure in measures if measure.facets]
        if len(measures) >= OVERVIEW_FROM:
            yield self._overview(measures)
        for measure in measures:
            if len(measures) < OVERVIEW_FROM or self._is_regulation:
                for facet, statements in self._shared.facets.items():
                    measure.facets.setdefault(facet, list(statements))
            yield _entry(measure)

    def _whole(self, parts: Iterable[Section]) -> _Measure:
        """A document that is about one measure: its parts are the facets."""
        measure = _Measure(self._outline.title, "")
        if not self._outline.sections:
            self._read(measure, self._outline.head, None)
        for sentence in self._outline.term:
            self._read_sentence(measure, sentence, self._outline.head.path, "时限")
        for part in parts:
            self._gather(measure, part, None)
        return measure

    def _measures(self, part: Section, usual: str | None) -> Iterator[_Measure]:
        """The measures of a part. What stands in it for all of them is gathered as shared. `usual`: the facet of the
        part above."""
        if self._forms.holds_nothing(part.heading):
            return
        own = self._forms.facet_of(part.heading)
        headed = [
            child for child in part.children if child.heading and not self._forms.holds_nothing(child.heading)
        ]
        facets = [
            child
            for child in headed
            if self._forms.facet_of(child.heading) or self._forms.is_contents(child.heading)
        ]
        if self._forms.holds_no_measure(part.heading) or (own or usual or GRANT) != GRANT:
            self._gather(self._shared, part, own or usual)
        elif facets and len(facets) * 2 >= len(headed):
            measure = _Measure(part.heading, part.path)
            self._gather(measure, part, None)
            yield measure
        elif part.children and (not part.sentences or self._have_headings(part.children)):
            if any(figures_of(sentence.text) for sentence in part.sentences):
                yield from self._leaf(replace(part, children=()))
            for child in part.children:
                yield from self._measures(child, own or usual)
        else:
            yield from self._leaf(part)

    def _have_headings(self, children: Sequence[Section]) -> bool:
        """Whether parts are measures of their own, not the items of one."""
        return sum(bool(child.heading or child.children) for child in children) * 2 >= len(children)

    def _leaf(self, part: Section) -> Iterator[_Measure]:
        """The measure of a part without measures below it; several, where it grants several things without numbering
        them; none, where it has no heading and grants nothing."""
        grants = [sentence for sentence in part.sentences if self._grants(sentence)]
        if not part.heading and not grants and (self._is_regulation or self._only_runs(part)):
            self._gather(self._shared, part, None)
        elif len(grants) < SEVERAL or part.rows or part.children:
            measure = _Measure(part.heading, part.path)
            self._gather(measure, part, None)
            yield measure
        else:
            measure = _Measure("", part.path)
            for sentence in part.sentences:
                if sentence in grants and GRANT in measure.facets:
                    yield measure
                    measure = _Measure("", part.path)
                self._read_sentence(measure, sentence, part.path, None)
            yield measure

    def _grants(self, sentence: Sentence) -> bool:
        said = self._reader.said(sentence.text)
        return any(one.facet == GRANT and one.chance >= PLAIN for one in said)

    def _only_runs(self, part: Section) -> bool:
        """Whether a part tells only how the document is put into practice: its term, who answers for it, how."""
        told = {
            said.facet
            for sentence in part.sentences
            if sentence not in self._outline.term
            for said in self._reader.said(sentence.text)
        }
        return told <= {"部门", "电话", "流程", "材料"}

    def _gather(self, measure: _Measure, part: Section, usual: str | None) -> None:
        """All that a part and those below it say, as one measure's."""
        if self._forms.holds_nothing(part.heading):
            return
        own = self._forms.facet_of(part.heading)
        if self._forms.is_contents(part.heading):
            usual = GRANT
        if self._forms.holds_no_measure(part.heading):
            measure, own, usual = self._shared, None, None
        if not measure.first and part.sentences:
            measure.first = part.sentences[0].text
        self._read(measure, part, own, usual)
        for child in part.children:
            self._gather(measure, child, own or usual)

    def _read(self, measure: _Measure, part: Section, facet: str | None, usual: str | None = None) -> None:
        heading = Sentence(part.heading, part.block, part.heading_start)
        says_more = any(self._grants(sentence) for sentence in part.sentences)
        if part.heading and facet is None and not says_more and self._grants(heading):
            # 对某类企业免征关税。 is heading and statement at once.
            self._read_sentence(measure, heading, part.path, GRANT)
        for sentence in part.sentences:
            self._read_sentence(measure, sentence, part.path, facet, usual)
        self._read_rows(measure, part, facet or usual)

    def _read_sentence(
        self, measure: _Measure, sentence: Sentence, path: str, facet: str | None, usual: str | None = None
    ) -> None:
        if sentence in self._outline.term:
            facet = "时限"
        elif facet is None and sentence.lead:
            chances = self._reader.chances(sentence.lead)
            facet = max(chances, key=lambda name: chances[name])
        for said in self._reader.said(sentence.text, facet, usual):
            least = PLAIN if measure is self._shared and not figures_of(said.text) else LEAST
            if said.chance < least:
                continue
            measure.add(said.facet, _statement(said, sentence, path, measure is self._shared))

    def _read_rows(self, measure: _Measure, part: Section, facet: str | None) -> None:
        """A cell is told under the facet that the heading of its column says, of the measure that its row names."""
        heads: list[str] = []
        for row in part.rows:
            named = [self._forms.facet_of(cell) for cell in row.cells]
            if len(row.cells) != len(heads) or (not heads and any(named)):
                heads = row.cells
                if any(named):
                    continue
            start = 0
            name = row.cells[0].strip()
            for head, cell in zip(heads, row.cells, strict=True):
                own = self._forms.facet_of(head) or facet
                words = cell.strip()
                if own and words and words != name:
                    quote = Quote(words, row.number, row.text.index(words, start), part.path)
                    statement = Statement(f"{name}：{words}", quote, 1.0)
                    self._rows.append((name, own, statement, measure))
                start += len(cell) + len(CELL_BORDER)

    def _deal_rows(self, measures: Sequence[_Measure]) -> None:
        for name, facet, statement, measure in self._rows:
            named = [one for one in measures if name and name in one.heading]
            for one in named or [measure]:
                one.add(facet, statement)

    def _deal_contacts(self, measures: Sequence[_Measure]) -> None:
        """Whom the document names to call is to be called about each of its measures, unless it names many."""
        phones = {
            figure.value
            for sentence in self._outline.contacts
            for figure in figures_of(sentence.text)
            if figure.kind == PHONE
        }
        if not 0 < len(phones) <= MOST_CONTACTS:
            return
        surest = max(self._outline.contacts, key=lambda one: self._reader.chances(one.text)[PHONES])
        for said in self._reader.said(surest.text):
            for measure in measures:
                if said.facet == PHONES and PHONES not in measure.facets:
                    measure.add(PHONES, _statement(said, surest, "", True))

    def _overview(self, measures: Sequence[_Measure]) -> ProposedEntry:
        """The entry that speaks for the whole: what is said of all measures, and the surest that each grants."""
        whole = _Measure(self._outline.title, "", first=self._outline.title)
        for facet, statements in self._shared.facets.items():
            whole.facets[facet] = list(statements)
        for measure in measures:
            granted = sorted(measure.facets.get(GRANT, []), key=lambda one: (not one.figures, -one.chance))
            for one in granted[:OF_EACH]:
                whole.add(GRANT, one)
        return replace(_entry(whole), is_overview=True)


def _statement(said: Said, sentence: Sentence, path: str, is_shared: bool) -> Statement:
    indent = len(said.text) - len(said.text.lstrip())
    quote = Quote(said.text.strip(), sentence.block, sentence.start + said.start + indent, path)
    return Statement(quote.words.rstrip("，；：、"), quote, said.chance, is_shared)


def _entry(measure: _Measure) -> ProposedEntry:
    title = _NO_TITLE.sub("", measure.heading) or _title_of(measure)
    short = _short(title)
    facets = {name: tuple(measure.facets[name]) for name in FACET_NAMES if name in measure.facets}
    money = any(figure.kind in ("元", "%") for one in facets.get(GRANT, ()) for figure in one.figures)
    alternates: dict[str, tuple[str, ...]] = {WHOLE: (short,)}
    for facet in facets:
        patterns = _PATTERNS[facet] if facet != GRANT or money else _PATTERNS[facet][:1]
        alternates[facet] = tuple(pattern.format(short) for pattern in patterns)
    return ProposedEntry(
        title[:LONGEST_TITLE], short, measure.path, facets, _keywords(title, facets), alternates
    )


def _title_of(measure: _Measure) -> str:
    """What a measure without a heading is called: what it grants, in its own words."""
    granted = [one for one in measure.facets.get(GRANT, []) if one.chance >= PLAIN] or next(
        iter(measure.facets.values()), []
    )
    surest = max(granted, key=lambda statement: statement.chance).text if granted else measure.first
    pieces = [_TRIM.sub("", piece) for piece in _NO_TITLE.sub("", surest).split("，")]
    title = pieces[-1]
    for piece in reversed(pieces[:-1]):
        if len(title) >= LEAST_TITLE:
            break
        title = f"{piece}，{title}"
    return title[:LONGEST_TITLE]


def _short(title: str) -> str:
    most = FIELDS["short_title"].most
    return title if len(title) <= most else _TRIM.sub("", title[:most])


def _keywords(title: str, facets: dict[str, tuple[Statement, ...]]) -> tuple[str, ...]:
    amounts = [
        figure.text for one in facets.get(GRANT, ()) for figure in one.figures if figure.kind in ("元", "%")
    ]
    pieces = [piece for piece in re.split(r"[，。；：、和与及的\s]", title) if 2 <= len(piece) <= 10]
    return tuple(dict.fromkeys((*pieces, *amounts)))[:8]
