"""When a miss has to be dealt with: questions about policy within 24 hours, others within 3 working days."""

from __future__ import annotations

from datetime import datetime, timedelta

POLICY_HOURS = 24
OTHER_WORKING_DAYS = 3
NOT_POLICY = frozenset({"out_of_scope", "error"})
"""Reasons for which a miss is not taken for a question about policy."""


def due_at(seen: datetime, reason: str) -> datetime:
    """The instant by which a miss first `seen` then is due. Working days are Monday to Friday; public
    holidays are not known here."""
    if reason not in NOT_POLICY:
        return seen + timedelta(hours=POLICY_HOURS)
    moment, left = seen, OTHER_WORKING_DAYS
    while left:
        moment += timedelta(days=1)
        if moment.weekday() < 5:
            left -= 1
    return moment
