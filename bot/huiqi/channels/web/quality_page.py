"""The public page at /quality, where the office wants it: week by week how much was asked, answered and not, how fast it was
dealt with, and what staff thought of a sample. Figures alone: nobody's words."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from huiqi.channels.rates import TooOften
from huiqi.channels.web.api import Api, address_of
from huiqi.channels.web.drawing import HEADERS, drawn
from huiqi.curation.brief import Brief, brief
from huiqi.curation.sampling import VERDICTS
from huiqi.curation.weeks import DAYS, week_of
from huiqi.store.database import Database

WEEKS = 8
"""So many weeks that are over are shown: two months, in which a change is seen."""
KEPT_FOR = 600.0
"""Seconds for which the figures are told again, since counting reads the whole log of the weeks."""


@dataclass(frozen=True)
class _Kept:
    until: float
    weeks: list[Brief]


class QualityPage:
    def __init__(self, api: Api, database: Database) -> None:
        self._api = api
        self._database = database
        self._kept = _Kept(0.0, [])

    def routes(self) -> list[Route]:
        return [Route("/quality", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        try:
            weeks = await self._api.in_turn(partial(self._weeks, address_of(request)))
        except TooOften as error:
            return HTMLResponse(str(error), 429, headers=HEADERS)
        html = drawn(
            "quality.html",
            home=request.scope["root_path"],
            office=self._api.pack.office,
            weeks=weeks,
            verdicts=VERDICTS,
        )
        return HTMLResponse(html, headers=HEADERS)

    def _weeks(self, address: str | None) -> list[Brief]:
        self._api.count(address)
        if time.monotonic() >= self._kept.until:
            pack = self._api.pack
            today = pack.office.today()
            weeks = [
                brief(pack, self._database, week_of(today - timedelta(days=DAYS * back)))
                for back in range(1, WEEKS + 1)
            ]
            self._kept = _Kept(time.monotonic() + KEPT_FOR, [week for week in weeks if week.asked])
        return self._kept.weeks
