"""The page of a question at /q/NUMBER: what became of it, for whoever has its code; and what a browser that was asked to
remember questions is shown when it comes again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from huiqi.answering import tickets
from huiqi.channels.rates import TooOften
from huiqi.channels.web.api import Api, address_of, answer_of
from huiqi.channels.web.drawing import HEADERS, drawn
from huiqi.people.reception import TooManyCodes
from huiqi.store.tickets import Ticket

COOKIE = "huiqi_asked"
MOST_REMEMBERED = 20
REMEMBERED_FOR = 180 * 24 * 3600
"""Seconds; a question that nobody answered by then is not waited for any more."""
_REMEMBERED = re.compile(r"(\d{1,18})-([A-Z0-9]{4})(-t)?", re.ASCII)
"""-t: its answer was shown, and it is remembered for corrections only."""
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class Remembered:
    """A question that a browser was asked to remember. `is_told`: its answer was shown there."""

    number: int
    code: str
    is_told: bool = False


@dataclass(frozen=True)
class News:
    """An answer to a question that a browser was asked to remember, or a correction of it."""

    number: int
    code: str
    question: str
    first: str
    is_correction: bool = False


class TicketPage:
    def __init__(self, api: Api) -> None:
        self._api = api

    def routes(self) -> list[Route]:
        return [
            Route("/q", self.find, methods=["GET"]),
            Route("/q/{number}", self.show, methods=["GET"]),
            Route("/q/{number}/remember", self.remember, methods=["POST"]),
        ]

    async def find(self, request: Request) -> Response:
        """The page on which a number and its code are written."""
        number, code = request.query_params.get("number", ""), request.query_params.get("code", "")
        if _NUMBER.fullmatch(number.strip()) and code.strip():
            address = f"{request.scope['root_path']}/q/{number.strip()}?{urlencode({'code': code.strip()})}"
            return RedirectResponse(address, 303)
        return self._page(request, number, fault="请把编号和查询码都填上。" if number or code else "")

    async def show(self, request: Request) -> Response:
        number, code = request.path_params["number"], request.query_params.get("code", "")
        if not code:
            return self._page(request, number)
        return await self._opened(request, number, code)

    async def remember(self, request: Request) -> Response:
        """The browser's consent to be shown the answer next time."""
        form = await request.form(max_files=0, max_fields=10)
        return await self._opened(request, request.path_params["number"], str(form.get("code", "")), True)

    async def _opened(self, request: Request, number: str, code: str, remembers: bool = False) -> Response:
        try:
            ticket = await self._api.in_turn(
                partial(self._open, address_of(request), number, code, remembers)
            )
        except (TooOften, TooManyCodes) as error:
            said = str(error) if isinstance(error, TooOften) else tickets.TOO_MANY
            return self._page(request, number, fault=said, status=429)
        if ticket is None:
            return self._page(request, number, fault="没有查到这个编号和查询码，请核对后再填。", status=404)
        code = code.strip().upper()
        is_over = tickets.is_over(ticket)
        answer = await self._api.in_turn(partial(self._api.reception.answer_of, ticket))
        corrections = await self._api.in_turn(partial(self._api.reception.corrections_of, ticket))
        remembered = remembered_by(request)
        response = self._page(
            request,
            number,
            ticket=ticket,
            code=code,
            steps=[
                (step.name, tickets.when(step.at, self._api.pack.office) if step.at else "")
                for step in tickets.steps(ticket)
            ],
            words=tickets.words_of(ticket),
            corrections=corrections,
            answer=answer_of(answer) if answer else None,
            is_over=is_over,
            is_remembered=remembers
            or any((item.number, item.code) == (ticket.number, code) for item in remembered),
        )
        if remembers and not is_over:
            remember_in(
                response,
                request,
                [
                    *(item for item in remembered if item.number != ticket.number),
                    Remembered(ticket.number, code),
                ],
            )
        return response

    def _open(self, address: str | None, number: str, code: str, remembers: bool) -> Ticket | None:
        # A guess is counted like a question.
        self._api.count(address)
        if not _NUMBER.fullmatch(number):
            return None
        ticket = self._api.reception.ticket(int(number), code)
        if ticket is None:
            return None
        if remembers:
            self._api.reception.remember(ticket.number)
        self._api.reception.seen(ticket)
        return ticket

    def _page(self, request: Request, number: str, status: int = 200, **shown: object) -> Response:
        html = drawn(
            "ticket.html",
            home=request.scope["root_path"],
            office=self._api.pack.office,
            number=number,
            **{"ticket": None, "fault": "", **shown},
        )
        return HTMLResponse(html, status, headers={**HEADERS, "Cache-Control": "no-store"})


def remembered_by(request: Request) -> list[Remembered]:
    """The questions that a browser remembers."""
    found = _REMEMBERED.findall(request.cookies.get(COOKIE, ""))
    return [Remembered(int(number), code, bool(told)) for number, code, told in found][-MOST_REMEMBERED:]


def remember_in(response: Response, request: Request, questions: list[Remembered]) -> None:
    path = request.scope["root_path"] or "/"
    if not questions:
        response.delete_cookie(COOKIE, path)
        return
    response.set_cookie(
        COOKIE,
        ".".join(
            f"{item.number}-{item.code}{'-t' if item.is_told else ''}"
            for item in questions[-MOST_REMEMBERED:]
        ),
        max_age=REMEMBERED_FOR,
        path=path,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def news_for(api: Api, questions: list[Remembered]) -> list[News]:
    """What is answered or corrected by now of the questions that a browser remembers; their askers have been told by
    it."""
    found: list[News] = []
    if not api.reception.is_up_to_date():
        return found
    for item in questions:
        try:
            ticket = api.reception.ticket(item.number, item.code)
        except TooManyCodes:
            continue
        if ticket is None or not tickets.is_over(ticket):
            continue
        if item.is_told:
            said = api.reception.corrections_of(ticket, is_new=True)
            found += [News(item.number, item.code, ticket.text, text, True) for text in said]
        else:
            entry = tickets.entry_of(ticket)
            first = tickets.words_of(ticket) or (api.first_line(ticket.text, entry) if entry else "")
            found.append(News(item.number, item.code, ticket.text, first))
        api.reception.seen(ticket)
    return found
