"""A proposal while people work on it: what they take, change, drop, merge and part. Each act gives a new state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict

from huiqi.intake.links import Link
from huiqi.intake.proposals import GRANT, Proposal, ProposedEntry
from huiqi.intake.structure import Outline
from huiqi.pack.model import FACET_NAMES

Place = tuple[int, int]
"""A statement: number of its entry and its own there, from 0."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkStatement(_Frozen):
    """`words`: exactly, from the place `start` of paragraph `block`."""

    facet: str
    text: str
    words: str
    block: int
    start: int
    path: str


class WorkLink(_Frozen):
    entry: str
    title: str
    relation: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


class WorkEntry(_Frozen):
    title: str
    short_title: str
    statements: tuple[WorkStatement, ...]
    keywords: tuple[str, ...] = ()
    alternates: dict[str, tuple[str, ...]] = {}
    links: tuple[WorkLink, ...] = ()
    is_taken: bool = False
    is_overview: bool = False

    @property
    def ordered(self) -> list[tuple[int, WorkStatement]]:
        """The statements by facet, each with its number."""
        return sorted(enumerate(self.statements), key=lambda item: FACET_NAMES.index(item[1].facet))


class WorkPolicy(_Frozen):
    """`ends`: titles of what it ends, as the document names them."""

    title: str
    document_number: str | None = None
    issuer: str | None = None
    level: str | None = None
    issued: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    term: str | None = None
    ends: tuple[str, ...] = ()


class Work(_Frozen):
    policy: WorkPolicy
    entries: tuple[WorkEntry, ...]

    @property
    def taken(self) -> list[WorkEntry]:
        return [entry for entry in self.entries if entry.is_taken]


def begun(proposal: Proposal, links: Iterable[Iterable[Link]]) -> Work:
    """The state from which people start: nothing is taken yet. `links`: those of each entry."""
    entries = [_entry(entry, own) for entry, own in zip(proposal.entries, links, strict=True)]
    return Work(policy=policy_of(proposal.outline), entries=tuple(entries))


def policy_of(outline: Outline) -> WorkPolicy:
    return WorkPolicy(
        title=outline.title,
        document_number=outline.document_number,
        issuer=outline.issuer,
        level=outline.level,
        issued=outline.issued,
        valid_from=outline.valid_from,
        valid_to=outline.valid_to,
        term=outline.term[0].text if outline.term else None,
        ends=outline.ends,
    )


def _entry(entry: ProposedEntry, links: Iterable[Link]) -> WorkEntry:
    return WorkEntry(
        title=entry.title,
        short_title=entry.short_title,
        statements=tuple(
            WorkStatement(
                facet=facet,
                text=one.text,
                words=one.quote.words,
                block=one.quote.block,
                start=one.quote.start,
                path=one.quote.path,
            )
            for facet, one in entry.statements
        ),
        keywords=entry.keywords,
        alternates=entry.alternates,
        links=tuple(WorkLink(**vars(link)) for link in links),
        is_overview=entry.is_overview,
    )


def edited(
    work: Work,
    titles: Mapping[int, str],
    texts: Mapping[Place, tuple[str, str]],
    taken: Collection[int],
    policy: Mapping[str, str],
) -> Work:
    """What a form says: title of each entry, facet and text of each statement, which entries are taken, and what is known
    of the policy. What it does not say stays."""
    entries = []
    for number, entry in enumerate(work.entries):
        statements = []
        for place, one in enumerate(entry.statements):
            facet, text = texts.get((number, place), (one.facet, one.text))
            change = {"facet": facet if facet in FACET_NAMES else one.facet, "text": text.strip() or one.text}
            statements.append(one.model_copy(update=change))
        title = titles.get(number, "").strip() or entry.title
        entries.append(
            entry.model_copy(
                update={"statements": tuple(statements), "is_taken": number in taken, "title": title}
            )
        )
    known = {**work.policy.model_dump(), **{key: value.strip() or None for key, value in policy.items()}}
    known["title"] = known["title"] or work.policy.title
    return Work(policy=WorkPolicy.model_validate(known), entries=tuple(entries))


def dropped(work: Work, places: Collection[Place]) -> Work:
    """Without these statements; an entry of which none is left goes as well."""
    entries = []
    for number, entry in enumerate(work.entries):
        kept = tuple(one for place, one in enumerate(entry.statements) if (number, place) not in places)
        if kept:
            entries.append(entry.model_copy(update={"statements": kept}))
    return work.model_copy(update={"entries": tuple(entries)})


def without(work: Work, number: int) -> Work:
    """Without one entry."""
    return work.model_copy(update={"entries": work.entries[:number] + work.entries[number + 1 :]})


def merged(work: Work, number: int) -> Work:
    """One entry put into the one before it."""
    if not 0 < number < len(work.entries):
        return work
    before, entry = work.entries[number - 1], work.entries[number]
    both = before.statements + tuple(one for one in entry.statements if one not in before.statements)
    alternates = {
        group: tuple(dict.fromkeys((*before.alternates.get(group, ()), *entry.alternates.get(group, ()))))
        for group in {**before.alternates, **entry.alternates}
    }
    whole = before.model_copy(
        update={
            "statements": both,
            "alternates": alternates,
            "links": tuple(dict.fromkeys((*before.links, *entry.links))),
            "keywords": tuple(dict.fromkeys((*before.keywords, *entry.keywords))),
        }
    )
    return work.model_copy(
        update={"entries": (*work.entries[: number - 1], whole, *work.entries[number + 1 :])}
    )


def parted(work: Work, places: Collection[Place]) -> Work:
    """These statements as an entry of their own, behind the first that they are taken from."""
    chosen = sorted(place for place in places if place[0] < len(work.entries))
    moved = [
        work.entries[number].statements[place]
        for number, place in chosen
        if place < len(work.entries[number].statements)
    ]
    if not moved:
        return work
    granted = next((one for one in moved if one.facet == GRANT), moved[0])
    title = granted.text.rstrip("。；")[:18]
    new = WorkEntry(title=title, short_title=title, statements=tuple(moved), alternates={"整体": (title,)})
    behind = work.entries[chosen[0][0]]
    left = dropped(work, chosen)
    remains = any(entry.title == behind.title for entry in left.entries)
    at = next((n for n, entry in enumerate(left.entries) if entry.title == behind.title), chosen[0][0] - 1)
    place = at + 1 if remains else chosen[0][0]
    return left.model_copy(update={"entries": (*left.entries[:place], new, *left.entries[place:])})
