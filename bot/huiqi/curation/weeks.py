"""Weeks as ISO 8601 counts them, written 2026-W47."""

from __future__ import annotations

import re
from datetime import date

from huiqi.curation.roles import CurationError

DAYS = 7
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


def first_day(week: str) -> date:
    """The Monday of a week. Raises CurationError."""
    found = _WEEK.fullmatch(week.strip())
    try:
        if found is None:
            raise ValueError(week)
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise CurationError(f"周要写成 2026-W47 这样，不能是“{week}”") from None


def week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
