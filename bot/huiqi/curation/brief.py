"""The weekly brief: what was asked in a week, what could not be said, how fast it closed, what changes next."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from huiqi.curation.figures import OUTCOMES
from huiqi.curation.sampling import Quality, quality
from huiqi.curation.weeks import DAYS, first_day, week_of
from huiqi.pack.model import Pack
from huiqi.store.briefs import WeekLog
from huiqi.store.database import Database

TOP, QUOTED, UPCOMING_DAYS = 10, 5, 14


@dataclass(frozen=True)
class Brief:
    """`by_day`: day → outcome → how many. `closed_within`: band of hours → groups closed. `judged`: of the answers, how
    many were marked useful, not useful, or as wrong by staff; `sampled`: what staff thought of some that were drawn by lot.
    `quoted`: masked questions chosen by lot, the same each time. `upcoming`: (day, what) of entries that begin or end next.
    Shares are None where nothing was asked."""

    week: str
    first: date
    last: date
    by_day: dict[str, dict[str, int]]
    askers: int
    top: list[tuple[str, int]]
    missed: list[tuple[str, int]]
    closed_within: dict[str, int]
    median_hours: float | None
    still_open: int
    judged: dict[str, int]
    sampled: Quality
    quoted: list[str]
    upcoming: list[tuple[date, str]]
    releases: int

    @property
    def totals(self) -> dict[str, int]:
        return {outcome: sum(day[outcome] for day in self.by_day.values()) for outcome in OUTCOMES}

    @property
    def asked(self) -> int:
        return sum(count for outcome, count in self.totals.items() if outcome != "smalltalk")

    @property
    def answered_share(self) -> float | None:
        return self.totals["answer"] / self.asked if self.asked else None


BANDS = (("4 小时内", 4.0), ("24 小时内", 24.0), ("3 天内", 72.0), ("更久", float("inf")))


def brief(pack: Pack, database: Database, week: str) -> Brief:
    """Raises CurationError for what is no week."""
    first = first_day(week)
    last, office = first + timedelta(days=DAYS - 1), pack.office
    since = office.midnight(first).astimezone(UTC).isoformat(timespec="milliseconds")
    until = office.midnight(first + timedelta(days=DAYS)).astimezone(UTC).isoformat(timespec="milliseconds")
    log = WeekLog(database, since, until)
    by_day = {
        (first + timedelta(days=number)).isoformat(): dict.fromkeys(OUTCOMES, 0) for number in range(DAYS)
    }
    asked: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    quotable: dict[str, None] = {}
    askers = set()
    for row in log.questions():
        day = office.local(datetime.fromisoformat(row.asked_at)).date().isoformat()
        if day not in by_day or row.outcome not in OUTCOMES:
            continue
        by_day[day][row.outcome] += 1
        askers.add((row.channel, row.who))
        if row.outcome == "smalltalk":
            continue
        asked[row.text] += 1
        quotable[row.text] = None
        if row.entry is not None and row.entry in pack.entries:
            entries[pack.entries[row.entry].short_title] += 1
    hours = log.hours_to_close()
    bands = dict.fromkeys((name for name, _ in BANDS), 0)
    for span in hours:
        bands[next(name for name, most in BANDS if span <= most)] += 1
    texts = sorted(quotable)
    border = last + timedelta(days=UPCOMING_DAYS)
    changes = [
        (day, f"{entry.short_title}{what}")
        for entry in pack.published
        for day, what in ((entry.validity.start, "起实施"), (entry.validity.end, "到期"))
        if day is not None and last < day <= border
    ]
    return Brief(
        week=week_of(first),
        first=first,
        last=last,
        by_day=by_day,
        askers=len(askers),
        top=entries.most_common(TOP),
        missed=log.missed()[:TOP],
        closed_within=bands,
        median_hours=median(hours) if hours else None,
        still_open=log.still_open(),
        judged=log.judged(),
        sampled=quality(database, week_of(first)),
        # By a lot that is the same whenever the week is looked at.
        quoted=random.Random(week_of(first)).sample(texts, min(QUOTED, len(texts))),
        upcoming=sorted(changes),
        releases=log.releases(),
    )


def as_text(found: Brief) -> str:
    """The brief for a terminal, or to be sent."""
    share = f"{found.answered_share:.0%}" if found.answered_share is not None else "—"
    hours = f"{found.median_hours:.1f} 小时" if found.median_hours is not None else "—"
    lines = [
        f"{found.week} 周报（{found.first} 至 {found.last}）",
        f"提问 {found.asked} 次，{found.askers} 人；答上 {found.totals['answer']}（{share}），"
        f"反问 {found.totals['clarify']}，答不上 {found.totals['unanswered']}",
        f"处理完 {sum(found.closed_within.values())} 组，中位 {hours}；还没处理 {found.still_open} 组；发布 {found.releases} 次",
        f"评价：有用 {found.judged['up']}，没用 {found.judged['down']}，工作人员标为答错 {found.judged['bad']}",
        f"抽样：{found.sampled.told()}",
    ]
    for name, rows in (("问得最多的条目", found.top), ("没有答上的", found.missed)):
        lines += ["", f"{name}："] + ([f"  {count} 次  {text}" for text, count in rows] or ["  没有"])
    lines += ["", "抽出的提问（个人信息已隐去）："] + ([f"  {text}" for text in found.quoted] or ["  没有"])
    lines += ["", f"接下来 {UPCOMING_DAYS} 天的变化："]
    lines += [f"  {day}  {title}" for day, title in found.upcoming] or ["  没有"]
    return "\n".join(lines)
