"""The page of the units' tasks: what was asked and is 未查明, what ends soon, and handing one to another unit."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.curation.tasks import KINDS
from huiqi.store.clock import now


def tasks(visit: PageVisit) -> Response:
    desk = visit.workbench.tasks
    desk.bring_up_to_date(visit.pack, visit.pack.office.today())
    unit, found = visit.query("unit"), desk.open_ones()
    known = {entry.unit for entry in visit.pack.published if entry.unit}
    return visit.render(
        "tasks.html",
        found=[task for task in found if not unit or task.unit == unit],
        closed=desk.newest_closed(),
        units=Counter(task.unit for task in found).most_common(),
        known_units=sorted(known | {task.unit for task in found}),
        unit=unit,
        kinds=KINDS,
        times=desk.times_asked(),
        moment=now(),
    )


def transfer(visit: PageVisit) -> Response:
    number = visit.number("task")
    task = visit.workbench.tasks.transfer(number, visit.value("unit"), visit.value("why"), visit.member)
    return visit.redirect("/tasks", f"已转给{task.unit}，时限不变")
