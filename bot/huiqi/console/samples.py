"""The page of a week's lot: answers drawn by chance, each judged with one click."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from huiqi.answering.composing import Asked, Composer
from huiqi.answering.reply import Block
from huiqi.answering.responder import Responder
from huiqi.answering.statement_choice import StatementBook
from huiqi.console.entries import told_then
from huiqi.console.page import PageVisit
from huiqi.curation.sampling import VERDICTS, SamplingDesk, quality
from huiqi.curation.weeks import DAYS, first_day, week_of
from huiqi.pack.model import FACET_NAMES
from huiqi.store.samples import Sampled


def samples(visit: PageVisit) -> Response:
    office = visit.pack.office
    desk, today = SamplingDesk(visit.workbench.database, office), office.today()
    desk.draw_last_week(today)
    last = week_of(today - timedelta(days=DAYS))
    week = week_of(first_day(visit.query("week") or last))
    rows = desk.of(week)
    told = _as_told(visit, rows)
    return visit.render(
        "samples.html",
        rows=[(row, told[row.question]) for row in rows],
        week=week,
        before=week_of(first_day(week) - timedelta(days=DAYS)),
        after=week_of(first_day(week) + timedelta(days=DAYS)) if week < last else None,
        found=quality(visit.workbench.database, week),
        verdicts=VERDICTS,
    )


def judge(visit: PageVisit) -> Response:
    desk = SamplingDesk(visit.workbench.database, visit.pack.office)
    number = visit.number("question")
    desk.judge(number, visit.value("verdict"), visit.member)
    week = week_of(first_day(visit.value("week")))
    return visit.redirect(f"/samples?week={week}", f"记下了：{VERDICTS[visit.value('verdict')]}")


def _as_told(visit: PageVisit, rows: list[Sampled]) -> dict[int, list[Block]]:
    """What each asker was told; nothing where it can no longer be told."""
    pack, matcher = visit.workbench.engine.current()
    responder = Responder(
        pack, matcher, Composer(pack, StatementBook(matcher.base.lexicon, matcher.marker.sides))
    )
    found = {}
    for row in rows:
        facet = row.facet if row.facet in FACET_NAMES else None
        day = visit.pack.office.local(datetime.fromisoformat(row.asked_at)).date()
        entry = pack.entries.get(row.entry)
        if entry is not None and visit.workbench.knowledge.revision_of(row.entry) == row.revision:
            aspects = (facet,) if facet else ()
            asked = Asked(day, aspects, dict.fromkeys(aspects, 1.0))
            blocks = responder.chosen(entry, asked, "").blocks
        else:
            blocks = told_then(visit, row.entry, row.revision, facet, day)
        found[row.question] = [block for block in blocks if block.kind in ("title", "answer", "notice")]
    return found
