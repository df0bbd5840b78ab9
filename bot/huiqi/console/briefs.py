"""The page of the weekly brief (周报), to be read and printed."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from huiqi.console.charts import stacked_bars
from huiqi.console.page import PageVisit
from huiqi.curation.brief import UPCOMING_DAYS, brief
from huiqi.curation.figures import OUTCOMES
from huiqi.curation.weeks import week_of


def weekly(visit: PageVisit) -> Response:
    today = visit.pack.office.today()
    found = brief(visit.pack, visit.workbench.database, visit.query("week") or week_of(today))
    return visit.render(
        "brief.html",
        found=found,
        outcomes=OUTCOMES,
        chart=stacked_bars(found.by_day, OUTCOMES, "每天的提问"),
        # Labels are shown from the sixth sign on, as those of days.
        speed=stacked_bars(
            {f"     {name}": {"closed": count} for name, count in found.closed_within.items()},
            {"closed": "处理完"},
            "多久处理完",
            brings_fills=False,
        ),
        upcoming_days=UPCOMING_DAYS,
        before=week_of(found.first - timedelta(days=7)),
        after=week_of(found.first + timedelta(days=7)) if found.last < today else None,
    )
