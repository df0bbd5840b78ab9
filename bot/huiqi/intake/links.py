"""What a proposed entry has to do with entries that are there: the same measure at another level, before or after; and
where the two tell different figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from huiqi.intake.proposals import GRANT, ProposedEntry
from huiqi.intake.structure import Outline
from huiqi.language.values import DAY, PHONE, Figure, figures_of
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Entry, Pack

LIKELY = 0.3
"""Chance by the matcher from which on an entry is worth a look."""
MOST_LINKS = 3
SAME, OTHER_LEVEL, EARLIER, LATER, ALIKE = "同一份文件", "别的层级", "在它之前", "在它之后", "相近"
_PERIODS = ("个月", "年数", "天", "工作日", "小时", "分钟")
_COMPARED = frozenset({"元", "%", *_PERIODS, DAY, PHONE})
"""The kinds of figures of which two entries about the same measure may tell different ones."""
_VALIDITY = "有效期"


@dataclass(frozen=True)
class Link:
    """`relation`: what the existing entry is to the proposed one. `ours`, `theirs`: figures of one facet and kind that only
    one of them tells, where the two seem to contradict each other; what is no grant is followed by its facet."""

    entry: str
    title: str
    relation: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


def links_of(entry: ProposedEntry, outline: Outline, pack: Pack, matcher: Matcher) -> list[Link]:
    """The existing entries most likely about the same measure."""
    if entry.is_overview:
        return []
    candidates = matcher.match(entry.title).candidates
    found = []
    for candidate in candidates[:MOST_LINKS]:
        if candidate.probability < LIKELY:
            break
        known = pack.entries[matcher.entry_id(candidate.entry)]
        policy = pack.policies[known.policy]
        if outline.document_number and policy.document_number == outline.document_number:
            relation = SAME
        elif outline.level and known.level != outline.level:
            relation = OTHER_LEVEL
        elif policy.issued and outline.issued:
            relation = EARLIER if policy.issued <= outline.issued else LATER
        else:
            relation = ALIKE
        # Each level gives what it gives: only about the same thing can two contradict each other.
        ours, theirs = (
            ((), ()) if relation == OTHER_LEVEL else _contradictions(entry, outline, known, relation)
        )
        found.append(Link(known.id, known.short_title, relation, tuple(ours), tuple(theirs)))
    return found


def _contradictions(
    entry: ProposedEntry, outline: Outline, known: Entry, relation: str
) -> tuple[list[str], list[str]]:
    """What each of the two tells otherwise than the other, facet by facet, and of how long it holds."""
    # What came before or after has other days by nature.
    is_of_its_time = relation in (EARLIER, LATER)
    kinds = _COMPARED - {DAY} if is_of_its_time else _COMPARED
    whole = [figure for _, one in entry.statements for figure in one.figures]
    texts = [known.summary.text, *(facet.text for facet in known.facets.values())]
    known_whole = figures_of("\n".join(text for text in texts if text))
    ours: list[str] = []
    theirs: list[str] = []
    for facet, statements in entry.facets.items():
        own = [figure for one in statements for figure in one.figures]
        other = figures_of(known.facets[facet].text or "")
        both = kinds & {figure.kind for figure in own} & {figure.kind for figure in other}
        ours += _only(facet, own, other, known_whole, both)
        theirs += _only(facet, other, own, whole, both)
    own_end, known_end = outline.valid_to, known.validity.end
    if not is_of_its_time and own_end and known_end and own_end != known_end:
        ours.append(_placed(f"{own_end.year}年{own_end.month}月{own_end.day}日", _VALIDITY))
        theirs.append(_placed(f"{known_end.year}年{known_end.month}月{known_end.day}日", _VALIDITY))
    return ours, theirs


def _only(
    facet: str,
    some: Iterable[Figure],
    others: Sequence[Figure],
    whole: Sequence[Figure],
    kinds: Collection[str],
) -> list[str]:
    """The figures of `kinds` in `facet` that the other tells otherwise: it tells some of that kind there, and not these,
    nor anywhere else (`whole`)."""
    told = [
        _placed(figure.text, facet)
        for figure in some
        if figure.kind in kinds and not figure.stands_in(others) and not figure.stands_in(whole)
    ]
    return list(dict.fromkeys(told))


def _placed(text: str, facet: str) -> str:
    return text if facet == GRANT else f"{text}（{facet}）"
