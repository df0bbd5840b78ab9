"""Which entries may no longer be true: their end has passed, is near, or was never read; and when that was last checked.

Each is a task for the unit that the entry names: to ask, to write down what it found, and the day on which it asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from huiqi.answering.ladder import LevelFinder
from huiqi.pack.model import Entry, Pack

NEAR = timedelta(days=30)
CHECKED = timedelta(days=90)
"""What was checked this lately need not be checked again: a quarter, in which a year's programme is announced. What
ends soon is asked for once more when it has come NEAR."""

ENDED, NEARLY, UNREAD = "ended", "near", "unknown"
STATES = {NEARLY: "30 天内到期", ENDED: "已经到期", UNREAD: "没有查到期限"}
"""State → its name for people, the most pressing first."""
REMEDIES = {
    NEARLY: "问清是否延续；延续了就改有效期止，接替了就新建条目并写上“取代的条目”",
    ENDED: "问清后来有没有接替的；有就新建条目并写上“取代的条目”，没有就写上核对的日子",
    UNREAD: "问清到哪天、现在还用不用；写上有效期止，或最近一次见到使用",
}


@dataclass(frozen=True)
class Stale:
    """One entry to look after on a day. `last_seen`: when it was last seen in use, as written; `checked`: when it was last
    checked, None where nobody wrote that down; `is_due`: whether that is too long ago."""

    entry: str
    title: str
    unit: str | None
    state: str
    end: date | None
    last_seen: str | None
    checked: date | None
    is_due: bool

    @property
    def remedy(self) -> str:
        return REMEDIES[self.state]


def stale_entries(pack: Pack, day: date) -> list[Stale]:
    """The published entries whose end has passed without a successor, is near, or is not known, on `day`: the nearest
    end first, then those that ended last, then those without an end, never checked before long ago checked."""
    levels = LevelFinder(pack)
    found = [
        _stale(entry, state, day)
        for entry in pack.published
        if (state := _state(pack, levels, entry, day)) is not None
    ]
    order = list(STATES)
    return sorted(found, key=lambda item: (order.index(item.state), _distance(item, day), item.entry))


def _state(pack: Pack, levels: LevelFinder, entry: Entry, day: date) -> str | None:
    end = entry.validity.end
    if end is None:
        return None if pack.has_own_word(entry) else UNREAD
    if end < day:
        is_followed = levels.successor(entry) is not None or levels.later(entry, day) is not None
        return None if is_followed else ENDED
    return NEARLY if end <= day + NEAR else None


def _stale(entry: Entry, state: str, day: date) -> Stale:
    checked, seen, end = entry.last_checked, entry.validity.last_seen, entry.validity.end
    return Stale(
        entry=entry.id,
        title=entry.short_title,
        unit=entry.unit,
        state=state,
        end=end,
        last_seen=str(seen) if seen else None,
        checked=checked,
        is_due=checked is None or checked < (end - NEAR if end is not None and end >= day else day - CHECKED),
    )


def _distance(item: Stale, day: date) -> int:
    """Days from the end; without an end, since it was last checked, the longest first."""
    if item.end is not None:
        return abs((item.end - day).days)
    return -(day - item.checked).days if item.checked else -day.toordinal()
