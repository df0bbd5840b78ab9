"""When a miss is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from huiqi.pack.office import Office
from huiqi.people.due import due_at
from huiqi.people.working_days import after_working_days, is_working_day, known_until
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("seen", "reason", "due"),
    [
        ("2020-03-16T09:00", "no_match", "2020-03-17T09:00"),
        ("2020-03-14T09:00", "thumbs_down", "2020-03-15T09:00"),
        ("2020-03-16T09:00", "out_of_scope", "2020-03-19T09:00"),
        ("2020-03-13T09:00", "error", "2020-03-18T09:00"),
        # 国庆 2026 is 10-01 to 10-07, and 10-10 is worked; so is 02-14 and 02-28, 春节 being 02-15 to 02-23.
        ("2026-09-30T09:00", "error", "2026-10-10T09:00"),
        ("2026-02-13T09:00", "error", "2026-02-25T09:00"),
        ("2026-04-30T09:00", "no_match", "2026-05-01T09:00"),
        # Later than any table: Monday to Friday.
        ("2041-05-03T09:00", "error", "2041-05-08T09:00"),
    ],
)
def test_policy_within_a_day_others_within_three_working_days(seen: str, reason: str, due: str) -> None:
    assert due_at(datetime.fromisoformat(seen), reason, Office()) == datetime.fromisoformat(due)


def test_the_day_is_that_of_the_office() -> None:
    """Friday 20:30 in Greenwich is Saturday in Shenzhen."""
    seen = datetime.fromisoformat("2026-11-20T20:30:00+00:00")
    assert due_at(seen, "error", Office()) == datetime.fromisoformat("2026-11-24T20:30:00+00:00")


TABLE = Path(__file__).parent.parent / "workdays.tsv"


def test_the_table_of_working_days_says_what_the_notices_say() -> None:
    """tests/workdays.tsv: every day of 2025 and 2026 that is not as its weekday would have it, from the notices."""
    told = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            day, kind = line.split("\t")
            told[date.fromisoformat(day)] = kind == "班"
    day = date(2025, 1, 1)
    counted = {2025: 0, 2026: 0}
    while day <= date(2026, 12, 31):
        assert is_working_day(day) == told.get(day, day.weekday() < 5), day
        counted[day.year] += is_working_day(day)
        day += timedelta(days=1)
    assert counted == {2025: 248, 2026: 248}
    assert known_until() >= date(2026, 12, 31)


@given(st.dates(date(2004, 1, 1), date(2030, 1, 1)), st.integers(1, 20))
def test_so_many_working_days_lie_between(day: date, number: int) -> None:
    end = after_working_days(day, number)
    between = [day + timedelta(days=place) for place in range(1, (end - day).days + 1)]
    assert sum(map(is_working_day, between)) == number and is_working_day(end)
