"""The page of corrections (更正): whom a change concerns who was given the old answer, and what they are told."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.curation.corrections import GIVEN_WITHIN, CorrectionDesk


def corrections(visit: PageVisit) -> Response:
    desk = CorrectionDesk(visit.workbench.database)
    found = [
        (correction, Counter(given.channel for given in desk.given(correction)))
        for correction in desk.waiting()
    ]
    return visit.render("corrections.html", found=found, days=GIVEN_WITHIN.days)


def decide(visit: PageVisit) -> Response:
    desk, number = CorrectionDesk(visit.workbench.database), visit.number("correction")
    if visit.value("act") == "send":
        told = desk.send(number, visit.value("text"), visit.member)
        return visit.redirect("/corrections", f"更正已排队发给 {told} 人，发得怎样看“通知”")
    desk.drop(number, visit.member)
    return visit.redirect("/corrections", "好的，不发更正")
