"""Figures of use: what was asked and answered by day, channel and policy, and what the pack covers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from huiqi.pack.model import FACET_NAMES, Pack
from huiqi.store.asked import AskedLately
from huiqi.store.database import Database

OUTCOMES = {"answer": "回答", "clarify": "反问", "unanswered": "答不上", "smalltalk": "寒暄"}


@dataclass(frozen=True)
class Figures:
    """`by_day`: day → outcome → how many, every day of the span present. `coverage`: policy title →
    facet → (known, all entries). `median_hours`: from first seen to dealt with; None where nothing was."""

    days: int
    by_day: dict[str, dict[str, int]]
    by_channel: dict[str, dict[str, int]]
    by_policy: list[tuple[str, int]]
    top_questions: list[tuple[str, int]]
    thumbs_up: int
    thumbs_down: int
    closed: int
    median_hours: float | None
    coverage: dict[str, dict[str, tuple[int, int]]]

    @property
    def totals(self) -> dict[str, int]:
        return {outcome: sum(day[outcome] for day in self.by_day.values()) for outcome in OUTCOMES}


def figures(pack: Pack, database: Database, days: int, today: date) -> Figures:
    """Figures of the last `days` days, today included."""
    asked = AskedLately(database)
    first = today - timedelta(days=days - 1)
    office = pack.office
    since = office.midnight(first).astimezone(UTC).isoformat(timespec="milliseconds")
    span = [(first + timedelta(days=number)).isoformat() for number in range(days)]
    by_day = {day: dict.fromkeys(OUTCOMES, 0) for day in span}
    by_channel: dict[str, dict[str, int]] = {}
    by_policy: Counter[str] = Counter()
    for minute, channel, outcome, entry, count in asked.by_minute(since):
        if outcome not in OUTCOMES:
            continue
        day = office.local(datetime.fromisoformat(minute)).date().isoformat()
        if day in by_day:
            by_day[day][outcome] += count
        by_channel.setdefault(channel, dict.fromkeys(OUTCOMES, 0))[outcome] += count
        if entry is not None and entry in pack.entries:
            by_policy[pack.policy_of(entry).title] += count
    thumbs = asked.thumbs(since)
    hours = asked.hours_to_close(since)
    return Figures(
        days=days,
        by_day=by_day,
        by_channel=by_channel,
        by_policy=by_policy.most_common(12),
        top_questions=list(asked.questions(since).items())[:20],
        thumbs_up=thumbs.get("up", 0),
        thumbs_down=thumbs.get("down", 0),
        closed=len(hours),
        median_hours=median(hours) if hours else None,
        coverage=_coverage(pack),
    )


def _coverage(pack: Pack) -> dict[str, dict[str, tuple[int, int]]]:
    grid: dict[str, dict[str, tuple[int, int]]] = {}
    for entry in pack.entries.values():
        row = grid.setdefault(pack.policies[entry.policy].title, dict.fromkeys(FACET_NAMES, (0, 0)))
        for name in FACET_NAMES:
            known, every = row[name]
            row[name] = (known + entry.facets[name].is_known, every + 1)
    return grid
