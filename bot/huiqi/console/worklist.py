"""The lists of misses that staff work through: what is on each, and which comes after the one that is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from huiqi.console.page import PageVisit, whole_number
from huiqi.curation.misses.queue import ORDERS, REASONS, STATE_NAMES, Filter, MissQueue

LISTS = {
    "open": "待处理",
    "mine": "我认领的",
    "returned": "退回给我的",
    "due": "今天到期",
    "noise": "杂音",
    "drafting": STATE_NAMES["drafting"],
    "closed": STATE_NAMES["closed"],
    "ignored": STATE_NAMES["ignored"],
}
FIRST_BY_DAY = ("mine", "returned", "due")
"""Lists that begin with what is due first, where no other order is asked for."""


@dataclass(frozen=True)
class Worklist:
    """One list with its filters. `name`: one of `LISTS`; `fields`: the filters as an address says them."""

    name: str
    fields: Mapping[str, str]
    wanted: Filter

    def address(self, **others: object) -> str:
        """The query of this list; `others` are put beside its filters, or in their place."""
        fields = {**self.fields, **{name: str(value) for name, value in others.items()}}
        return urlencode({name: value for name, value in fields.items() if value})


def shown(visit: PageVisit) -> Worklist:
    """The list that a page is to show."""
    return worklist(visit, dict(visit.request.query_params))


def come_from(visit: PageVisit) -> Worklist:
    """The list from which a miss was opened; the open ones where it was none."""
    return worklist(visit, dict(parse_qsl(visit.query("from"))))


def worklist(visit: PageVisit, fields: Mapping[str, str]) -> Worklist:
    name = fields.get("state", "").strip()
    name = name if name in LISTS else "open"
    fields = {key: fields.get(key, "").strip() for key in _FIELDS} | {"state": name}
    order = fields["order"] if fields["order"] in ORDERS else "due" if name in FIRST_BY_DAY else "asked"
    assignee = fields["assignee"]
    wanted = Filter(
        states=_STATES.get(name, (name,)),
        reason=fields["reason"] if fields["reason"] in REASONS else None,
        channel=fields["channel"] or None,
        assignee={"": None, "-": ""}.get(assignee, assignee),
        overdue=fields["overdue"] == "1",
        text=fields["text"],
        order=order,
        is_noise={"noise": True, "open": False, "due": False}.get(name),
    )
    return Worklist(name, fields, _narrowed(visit, name, wanted))


_FIELDS = ("state", "text", "reason", "channel", "assignee", "overdue", "order")
_STATES = {
    "mine": ("open", "drafting"),
    "returned": ("drafting",),
    "due": ("open",),
    "noise": ("open",),
}


def _narrowed(visit: PageVisit, name: str, wanted: Filter) -> Filter:
    if name == "mine":
        return replace(wanted, assignee=visit.member.name)
    if name == "returned":
        return replace(wanted, returned_to=visit.member.name)
    if name == "due":
        office = visit.pack.office
        midnight = office.local(datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
        end = (midnight + timedelta(days=1)).astimezone(UTC)
        return replace(wanted, due_before=end.isoformat(timespec="milliseconds"))
    return wanted


def counted(visit: PageVisit, queue: MissQueue) -> dict[str, int]:
    """How many are on the lists that somebody has to do something about."""
    return {
        name: len(queue.numbers(worklist(visit, {"state": name}).wanted))
        for name in ("open", "mine", "returned", "due", "noise")
    }


@dataclass(frozen=True)
class Way:
    """Where a miss stands in its list. `at`: its place, or the one it had; `next`: the miss after it; `left`: how many
    others there are."""

    origin: Worklist
    at: int
    next: int | None
    left: int

    @property
    def query(self) -> str:
        """What an address carries so that the way goes on from there."""
        return urlencode({"from": self.origin.address(), "at": self.at})


def way(visit: PageVisit, queue: MissQueue, number: int = 0) -> Way:
    """The way through the list from which miss `number` was opened. What was dealt with stands there no more; then the
    one that came up to its place is next."""
    origin = come_from(visit)
    numbers = queue.numbers(origin.wanted)
    at = whole_number(visit.query("at"))
    others = [each for each in numbers if each != number]
    if number in numbers:
        at = numbers.index(number)
    following = others[at] if at < len(others) else others[0] if others else None
    return Way(origin, at, following, len(others))
