"""Which days are worked: by the notices on public holidays and on the weekends that are worked instead.

They come with chinesecalendar, which has a new version when the next year's notice is out, usually in November. Of later
years nothing is known, and Monday to Friday count.
"""

from __future__ import annotations

from datetime import date, timedelta

from chinese_calendar import is_workday
from chinese_calendar.constants import holidays

from huiqi.pack.office import Office

FRIDAY = 4


def known_until() -> date:
    """The last day of which the table says whether it is worked."""
    return date(max(holidays).year, 12, 31)


def is_working_day(day: date, office: Office | None = None) -> bool:
    """Whether `day` is worked, as far as is known; what `office` says of its own days goes first."""
    if office is not None and day in (*office.days_off, *office.days_worked):
        return day in office.days_worked
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.weekday() <= FRIDAY


def after_working_days(day: date, number: int, office: Office | None = None) -> date:
    """The day on which `number` working days after `day` have come."""
    while number:
        day += timedelta(days=1)
        number -= is_working_day(day, office)
    return day
