"""The hours in which nobody is written to who did not ask just then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from huiqi.pack.office import Office

_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–~至]\s*([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class QuietHours:
    """From `begins` until `ends` by the office's clock, over midnight where it ends earlier in the day."""

    begins: time
    ends: time

    @classmethod
    def read(cls, written: str) -> QuietHours:
        """From 21:00-8:00. Raises ValueError."""
        found = _WRITTEN.fullmatch(written.strip())
        if found is None:
            raise ValueError(written)
        first, second, third, fourth = map(int, found.groups())
        return cls(time(first, second), time(third, fourth))

    def are_now(self, moment: datetime, office: Office) -> bool:
        clock = office.local(moment).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends
