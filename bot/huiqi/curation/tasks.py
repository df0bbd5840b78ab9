"""The tasks of the units that entries name: which there are now, and handing one to another unit (首接负责: its clock goes
on)."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.curation.stale import NEARLY, stale_entries
from huiqi.pack.model import FACET_NAMES, Pack
from huiqi.people.due import due_at
from huiqi.store.audit import AuditTrail
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.tasks import DEADLINE, FACET, Task, Tasks, Transfer
from huiqi.store.transaction import transaction

NO_UNIT = "责任单位未查明"
DUE_BEFORE_END = timedelta(days=7)
"""An end must be cleared up while who wants to apply still has a week."""
KINDS = {FACET: "有人问、还未查明", DEADLINE: "快到期，要问清"}
DONE, GONE, CHECKED = "已经查明发布", "条目已撤下或没有人再等", "已经核对"
LONGEST_UNIT, LONGEST_WHY = 40, 200


@dataclass(frozen=True)
class Wanted:
    """A task that there should be."""

    kind: str
    entry: str
    about: str
    unit: str
    opened_at: str
    due_at: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.entry, self.about


class TaskDesk:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks = Tasks(database)
        self._audit = AuditTrail(database)

    def bring_up_to_date(self, pack: Pack, day: date) -> None:
        """Open what has come up, close what is cleared up: by what is asked and what `pack`, the one in force, says."""
        there = {task.key: task for task in self._tasks.open_ones()}
        wanted = {item.key: item for item in (*self._gaps(pack), *self._ends(pack, day, there))}
        if wanted.keys() == there.keys():
            return
        with transaction(self._database):
            for key in wanted.keys() - there.keys():
                item = wanted[key]
                self._tasks.open(item.kind, item.entry, item.about, item.unit, item.opened_at, item.due_at)
            for key in there.keys() - wanted.keys():
                self._tasks.close(there[key].id, _why(there[key], pack))

    def _gaps(self, pack: Pack) -> list[Wanted]:
        found = []
        for gap in self._tasks.gaps():
            entry = pack.entries.get(gap.entry)
            if entry is None or gap.facet not in FACET_NAMES or entry.facets[gap.facet].is_known:
                continue
            due = due_at(datetime.fromisoformat(gap.first_asked), "facet_missing", pack.office)
            found.append(
                Wanted(FACET, entry.id, gap.facet, entry.unit or NO_UNIT, gap.first_asked, _instant(due))
            )
        return found

    def _ends(self, pack: Pack, day: date, there: Container[tuple[str, str, str]]) -> list[Wanted]:
        found = []
        for item in stale_entries(pack, day):
            key = (DEADLINE, item.entry, str(item.end))
            # What has ended meanwhile is still to be cleared up where it was begun.
            if item.end is None or not item.is_due or (item.state != NEARLY and key not in there):
                continue
            due = pack.office.midnight(max(item.end - DUE_BEFORE_END, day))
            found.append(Wanted(*key, item.unit or NO_UNIT, now(), _instant(due)))
        return found

    def open_ones(self, unit: str = "") -> list[Task]:
        """What is open, of a unit where one is named, the most pressing first."""
        return [task for task in self._tasks.open_ones() if not unit or task.unit == unit]

    def newest_closed(self, limit: int = 20) -> list[Task]:
        return self._tasks.newest_closed(limit)

    def times_asked(self) -> dict[tuple[str, str], int]:
        """(entry, facet) → how often it was asked while nobody has dealt with it."""
        return {(gap.entry, gap.facet): gap.times for gap in self._tasks.gaps()}

    def transfer(self, number: int, unit: str, why: str, by: Member) -> Task:
        """Hand a task to another unit. Raises CurationError."""
        by.require("editor")
        to, reason = unit.strip(), why.strip()
        if not to or len(to) > LONGEST_UNIT:
            raise CurationError(f"请写转给哪个单位，最多 {LONGEST_UNIT} 个字")
        if not reason or len(reason) > LONGEST_WHY:
            raise CurationError(f"请写为什么转办，最多 {LONGEST_WHY} 个字")
        with transaction(self._database):
            task = self._tasks.get(number)
            if task is None or task.closed_at is not None:
                raise Conflict("这件任务已经办结了，请刷新后再看")
            if task.unit == to:
                raise CurationError(f"现在就在“{to}”，不用转")
            self._tasks.transfer(task, Transfer(now(), by.name, task.unit, to, reason))
            self._audit.add(by.name, "转办", "task", number, task.unit, to, reason)
        found = self._tasks.get(number)
        assert found is not None
        return found


def _why(task: Task, pack: Pack) -> str:
    entry = pack.entries.get(task.entry)
    if task.kind == FACET:
        return DONE if entry is not None and entry.facets[task.about].is_known else GONE
    return CHECKED if entry is not None else GONE


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
