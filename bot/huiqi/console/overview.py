"""The first page, health, figures and help."""

from __future__ import annotations

import csv
import io
from collections import Counter

from starlette.responses import Response

from huiqi.console.charts import stacked_bars
from huiqi.console.misses import GATHERED_SECONDS
from huiqi.console.page import PageVisit, whole_number
from huiqi.curation import health as checks
from huiqi.curation.figures import OUTCOMES, figures
from huiqi.curation.misses.queue import Filter
from huiqi.curation.stale import STATES, stale_entries
from huiqi.curation.switching import CHANNELS
from huiqi.pack.model import UNKNOWN
from huiqi.store.clock import now

SPANS = (7, 30, 90)
SHOWN = 8


def home(visit: PageVisit) -> Response:
    queue = visit.workbench.miss_queue()
    queue.gather(GATHERED_SECONDS)
    waiting = queue.numbers(Filter(is_noise=False))
    mine = queue.numbers(Filter(states=("open", "drafting"), assignee=visit.member.name))
    drafting = visit.workbench.drafting
    drafts = drafting.with_state("draft")
    visit.workbench.tasks.bring_up_to_date(visit.pack, visit.pack.office.today())
    tasks = visit.workbench.tasks.open_ones()
    return visit.render(
        "home.html",
        rows=queue.rows_of(waiting[:SHOWN]),
        returned=drafting.returned_to(visit.member.name),
        own_drafts=[draft for draft in drafts if not draft.comment and visit.member.name in draft.editors],
        waiting=len(waiting),
        overdue=len(queue.numbers(Filter(overdue=True, is_noise=False))),
        mine=sorted(queue.rows_of(mine), key=lambda row: row.miss.due_at or "")[:SHOWN],
        number_of_mine=len(mine),
        in_review=len(drafting.with_state("in_review")),
        approved=len(drafting.with_state("approved")),
        drafts=len(drafts),
        tasks=tasks,
        tasks_overdue=sum(task.due_at < now() for task in tasks),
        stale=sum(item.is_due for item in stale_entries(visit.pack, visit.pack.office.today())),
        figures=figures(visit.pack, visit.workbench.database, 7, visit.pack.office.today()),
    )


def health(visit: PageVisit) -> Response:
    pack, matcher = visit.workbench.engine.current()
    findings = checks.examine(pack, matcher, visit.workbench.database, visit.pack.office.today())
    kind = visit.query("kind")
    return visit.render(
        "health.html",
        findings=[finding for finding in findings if not kind or finding.kind == kind],
        counts_by_kind={name: sum(finding.kind == name for finding in findings) for name in checks.KINDS},
        kinds=checks.KINDS,
        kind=kind,
    )


def stale(visit: PageVisit) -> Response:
    """What may no longer be true, unit by unit for those who ask there; `?due=1` leaves out what was checked lately."""
    found = stale_entries(visit.pack, visit.pack.office.today())
    unit, is_due = visit.query("unit"), visit.query("due") == "1"
    return visit.render(
        "stale.html",
        found=[
            item
            for item in found
            if (not unit or (item.unit or UNKNOWN) == unit) and (item.is_due or not is_due)
        ],
        units=Counter(item.unit or UNKNOWN for item in found).most_common(),
        states=STATES,
        unit=unit,
        due=is_due,
    )


def show_figures(visit: PageVisit) -> Response:
    days = _days(visit)
    found = figures(visit.pack, visit.workbench.database, days, visit.pack.office.today())
    return visit.render(
        "figures.html",
        found=found,
        days=days,
        spans=SPANS,
        outcomes=OUTCOMES,
        chart=stacked_bars(found.by_day, OUTCOMES, f"最近 {days} 天每天的提问"),
    )


def figures_table(visit: PageVisit) -> Response:
    found = figures(visit.pack, visit.workbench.database, _days(visit), visit.pack.office.today())
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["日期", *OUTCOMES.values()])
    for day, counts in found.by_day.items():
        writer.writerow([day, *(counts[outcome] for outcome in OUTCOMES)])
    return Response(
        ("\ufeff" + stream.getvalue()).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="figures.csv"'},
    )


def _days(visit: PageVisit) -> int:
    days = visit.query("days")
    found = whole_number(days)
    return found if found in SPANS else 30


def help_page(visit: PageVisit) -> Response:
    return visit.render("help.html")


def channels(visit: PageVisit) -> Response:
    return visit.render("channels.html", channels=CHANNELS, off=visit.workbench.switching.off_now())


def switch_channel(visit: PageVisit) -> Response:
    """The kill switch of a channel: off at once, or on again."""
    channel, reason = visit.value("channel"), visit.value("reason")
    if visit.value("act") == "off":
        visit.workbench.switching.off(channel, visit.member, reason)
        return visit.redirect("/channels", f"{CHANNELS[channel]}已停用，两秒之内不再作答")
    visit.workbench.switching.on(channel, visit.member, reason)
    return visit.redirect("/channels", f"{CHANNELS[channel]}已恢复作答")
