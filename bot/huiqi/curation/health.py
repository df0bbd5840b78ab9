"""Health of the knowledge base: what is sound for kb check and still needs somebody's care."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rapidfuzz import fuzz

from huiqi.curation.asked_aspects import asked_aspects
from huiqi.matching.features import take_apart
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import FACET_NAMES, Pack
from huiqi.pack.office import OWN
from huiqi.store.asked import AskedLately
from huiqi.store.database import Database
from huiqi.store.knowledge import KnowledgeStore

NEAR_IDENTICAL = 92.0
"""RapidFuzz ratio from which two alternates of different entries are taken for the same question."""
EXPIRING = timedelta(days=30)
NOT_HIT = timedelta(days=90)
GAP_AT = 3
"""A facet asked for in vain this often is a gap."""
FEW_ALTERNATES = 5
"""Entries with fewer alternates than this are listed: one is enough to be found by, not to be found reliably."""
FEW_FACETS = 3
"""Entries that know fewer facets than this are listed."""

KINDS = {
    "gap": "问得多、没查明的要素",
    "expired": "已过期、没有接替",
    "expiring": "30 天内到期",
    "example": "答不上的例子",
    "near_identical": "不同条目的相似问几乎一样",
    "weak_source": "只有二手来源",
    "few_alternates": "相似问太少",
    "missing": "查明的要素太少",
    "unasked": "查明了、没有相似问问到的要素",
    "link": "链接不对",
    "not_hit": "90 天没有人问到",
}


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `entry` is where; `other` a second entry, where two are concerned."""

    kind: str
    entry: str
    sentence: str
    remedy: str
    other: str | None = None


def examine(pack: Pack, matcher: Matcher, database: Database, day: date) -> list[Finding]:
    """Every finding, the most pressing kinds first."""
    asked = AskedLately(database)
    since = (datetime.now(UTC) - NOT_HIT).isoformat(timespec="milliseconds")
    hit = asked.entries_hit(since)
    known = KnowledgeStore(database).first_seen()
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _gaps(pack, asked),
        lambda: _validity(pack, day),
        lambda: _examples(pack, matcher),
        lambda: _near_identical(matcher),
        lambda: _sources(pack),
        lambda: _alternates(pack),
        lambda: _facets(pack),
        lambda: _unasked(pack),
        lambda: _links(pack),
        lambda: _not_hit(pack, hit, known, since),
    )
    findings = [finding for check in checks for finding in check()]
    order = list(KINDS)
    return sorted(findings, key=lambda finding: (order.index(finding.kind), finding.entry))


def _gaps(pack: Pack, asked: AskedLately) -> Iterator[Finding]:
    for entry, facet, times in asked.facet_gaps(GAP_AT):
        found = pack.entries.get(entry)
        if found is not None and not found.facets[facet].is_known:
            yield Finding("gap", entry, f"“{facet}”被问了 {times} 次，还是未查明", f"查到来源后补上“{facet}”")


def _validity(pack: Pack, day: date) -> Iterator[Finding]:
    replaced = {old for entry in pack.entries.values() for old in entry.replaces}
    for entry in pack.published:
        end = entry.validity.end
        if end is None:
            continue
        if end < day and entry.id not in replaced:
            remedy = "有新规定就新建条目，并在“取代的条目”里写上它；没有就留着"
            yield Finding("expired", entry.id, f"{end.isoformat()} 已到期，没有条目接替它", remedy)
        elif day <= end <= day + EXPIRING:
            left = (end - day).days
            yield Finding(
                "expiring", entry.id, f"{end.isoformat()} 到期，还剩 {left} 天", "向责任单位问清是否延续"
            )


def _examples(pack: Pack, matcher: Matcher) -> Iterator[Finding]:
    """What people are shown as an example must be answered; what it asked for may be gone."""
    for example in pack.office.examples:
        if matcher.match(example).outcome == "unanswered":
            yield Finding(
                "example",
                "",
                f"办公室的例子“{example}”答不上",
                "在 office.yaml 或 Excel 的“办公室”里换成答得上的",
            )


def _near_identical(matcher: Matcher) -> Iterator[Finding]:
    base = matcher.base
    told: set[tuple[int, int]] = set()
    for number, alternate in enumerate(base.alternates):
        if alternate.entry < 0:
            continue
        analysis = matcher.analyser.of_normalised(alternate.text)
        question = take_apart(base, analysis, matcher.marker(alternate.text))
        for other_number, _ in base.alternate_index.top(question.weights, 6):
            other = base.alternates[other_number]
            if other_number <= number or other.entry in (-1, alternate.entry):
                continue
            pair = (number, other_number)
            if pair in told or fuzz.ratio(alternate.compact, other.compact, score_cutoff=NEAR_IDENTICAL) == 0:
                continue
            told.add(pair)
            yield Finding(
                "near_identical",
                matcher.entry_id(alternate.entry),
                f"“{alternate.text}”与另一条目的“{other.text}”几乎一样",
                "只留在一个条目里，或改写得能分清",
                matcher.entry_id(other.entry),
            )


def _sources(pack: Pack) -> Iterator[Finding]:
    for entry in pack.published:
        weak = [
            name for name, facet in entry.facets.items() if facet.is_known and _is_weak(pack, facet.sources)
        ]
        if weak:
            yield Finding(
                "weak_source", entry.id, f"{'、'.join(weak)} 只有二手来源", "找到原文或官方转载后换上"
            )


def _is_weak(pack: Pack, sources: tuple[str, ...]) -> bool:
    return all(pack.sources[key].confidence in ("二手", "他区参照") for key in sources)


def _is_own_word(pack: Pack, sources: tuple[str, ...]) -> bool:
    return all(pack.sources[key].confidence == OWN for key in sources)


def _alternates(pack: Pack) -> Iterator[Finding]:
    for entry in pack.published:
        count = len(entry.alternates)
        if count < FEW_ALTERNATES:
            remedy = f"换几种说法补到 {FEW_ALTERNATES} 条以上，长短都要有"
            yield Finding("few_alternates", entry.id, f"只有 {count} 条相似问，换个说法就可能认不出", remedy)


def _facets(pack: Pack) -> Iterator[Finding]:
    for entry in pack.published:
        known = [name for name in FACET_NAMES if entry.facets[name].is_known]
        if not known and _is_own_word(pack, entry.sources):
            # A question with its answer, from those who know: nothing is left to be found out.
            continue
        if len(known) < FEW_FACETS:
            missing = "、".join(name for name in FACET_NAMES if name not in known)
            yield Finding("missing", entry.id, f"未查明：{missing}", "向责任单位核实后补上")


def _unasked(pack: Pack) -> Iterator[Finding]:
    for entry in pack.published:
        asked = [entry.alternate_aspects.get(text, ()) for text in entry.alternates]
        known = [name for name in FACET_NAMES if entry.facets[name].is_known]
        unasked = asked_aspects(asked, known).unasked
        if unasked:
            names = "、".join(unasked)
            yield Finding(
                "unasked",
                entry.id,
                f"{names} 查明了，没有一句相似问问到",
                "补几句这样问的相似问，写在它们的组里",
            )


def _links(pack: Pack) -> Iterator[Finding]:
    drafts = {entry.id for entry in pack.entries.values() if entry.status != "published"}
    for entry in pack.published:
        for target in (*entry.see_also, *entry.replaces):
            if target not in pack.entries or target in drafts:
                yield Finding("link", entry.id, f"链接到没有发布的条目 {target}", "删去这个链接，或发布它")


def _not_hit(pack: Pack, hit: set[str], known: Mapping[str, str], since: str) -> Iterator[Finding]:
    """`known`: entry → since when it is there; who came later had no time to be asked for."""
    for entry in pack.published:
        if entry.id not in hit and known.get(entry.id, since) <= since:
            yield Finding(
                "not_hit", entry.id, "90 天里没有一个问题落到它", "用“试问”看看企业会怎么问，补充相似问"
            )
