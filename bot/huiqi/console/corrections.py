"""The page of corrections (更正): whom a change concerns who was given the old answer, and what they are told."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.curation.corrections import GIVEN_WITHIN, CorrectionDesk
from huiqi.store.askers import Askers

LISTED = 200
"""People of a correction who are shown by what they asked."""


def corrections(visit: PageVisit) -> Response:
    desk, askers = CorrectionDesk(visit.workbench.database), Askers(visit.workbench.database)
    found = []
    for correction in desk.waiting():
        given = desk.given(correction)
        asked = [
            (one.channel, one.question, askers.text_of(one.question) if one.question is not None else None)
            for one in given[:LISTED]
        ]
        found.append((correction, Counter(one.channel for one in given), asked, len(given) - len(asked)))
    return visit.render("corrections.html", found=found, days=GIVEN_WITHIN.days)


def decide(visit: PageVisit) -> Response:
    desk, number = CorrectionDesk(visit.workbench.database), visit.number("correction")
    if visit.value("act") == "send":
        told = desk.send(number, visit.value("text"), visit.member)
        return visit.redirect("/corrections", f"更正已排队发给 {told} 人，发得怎样看“通知”")
    desk.drop(number, visit.member)
    return visit.redirect("/corrections", "好的，不发更正")
