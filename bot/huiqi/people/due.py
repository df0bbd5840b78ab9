"""When a miss has to be dealt with: questions about policy within 24 hours, others within 3 working days."""

from __future__ import annotations

from datetime import datetime, timedelta

from huiqi.pack.office import Office
from huiqi.people.working_days import after_working_days

POLICY_HOURS = 24
OTHER_WORKING_DAYS = 3
NOT_POLICY = frozenset({"out_of_scope", "no_subject", "error"})
"""Reasons for which a miss is not taken for a question about policy."""


def due_at(seen: datetime, reason: str, office: Office) -> datetime:
    """The instant by which a miss first `seen` then is due: by the clock of the office that works those days."""
    if reason not in NOT_POLICY:
        return seen + timedelta(hours=POLICY_HOURS)
    day = office.local(seen).date()
    return seen + (after_working_days(day, OTHER_WORKING_DAYS, office) - day)
