"""A day of which perhaps only the month or the year is known."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class RoughDay:
    """A year, a month of it, or a day. `month` and `day` are None where they are not known."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def read(cls, text: str) -> RoughDay:
        """From year, year-month or year-month-day. Raises ValueError for what is none of these or not in the calendar."""
        found = _WRITTEN.fullmatch(text.strip())
        if not found:
            raise ValueError(text)
        return cls(*(int(part) for part in found.groups() if part)).checked()

    def checked(self) -> RoughDay:
        """Itself. Raises ValueError where the calendar does not have it."""
        _ = self.first
        return self

    def __str__(self) -> str:
        parts = (f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None))
        return "-".join(parts)

    @property
    def spoken(self) -> str:
        month = f"{self.month}月" if self.month else ""
        return f"{self.year}年{month}{f'{self.day}日' if self.day else ''}"

    @property
    def first(self) -> date:
        """The first day that it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last day that it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])
