"""What a proposed entry has to do with entries that are there: the same measure at another level, before or after; and
where the two tell different figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from huiqi.intake.proposals import GRANT, ProposedEntry
from huiqi.intake.structure import Outline
from huiqi.language.values import Figure, figures_of
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack

LIKELY = 0.3
"""Chance by the matcher from which on an entry is worth a look."""
MOST_LINKS = 3
SAME, OTHER_LEVEL, EARLIER, LATER, ALIKE = "同一份文件", "别的层级", "在它之前", "在它之后", "相近"
_COMPARED = ("元", "%")


@dataclass(frozen=True)
class Link:
    """`relation`: what the existing entry is to the proposed one. `ours`, `theirs`: amounts and shares of the same kind
    that only one of them tells, where the two seem to contradict each other."""

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
        is_other = relation == OTHER_LEVEL
        ours = [figure for one in entry.facets.get(GRANT, ()) for figure in one.figures]
        theirs = figures_of(known.facets[GRANT].text or "")
        found.append(
            Link(
                known.id,
                known.short_title,
                relation,
                () if is_other else _only(ours, theirs),
                () if is_other else _only(theirs, ours),
            )
        )
    return found


def _only(some: Iterable[Figure], others: Iterable[Figure]) -> tuple[str, ...]:
    """Amounts and shares that `others` tell otherwise: they tell some of that kind, and not these."""
    known = list(others)
    kinds = {figure.kind for figure in known}
    return tuple(
        dict.fromkeys(
            figure.text
            for figure in some
            if figure.kind in _COMPARED and figure.kind in kinds and not figure.stands_in(known)
        )
    )
