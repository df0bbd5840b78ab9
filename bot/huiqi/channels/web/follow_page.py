"""The page at /follow: a browser's consent to be told of changes, what it subscribed to, and the end of each. Works as plain
forms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from huiqi.answering.subscribing import KEEP_WORDS, called, is_there
from huiqi.channels.rates import TooOften
from huiqi.channels.web.api import Api, address_of
from huiqi.channels.web.drawing import HEADERS, drawn
from huiqi.channels.web.follower import drop, follower_of, keep, new_follower
from huiqi.people.reception import Person
from huiqi.store.subscriptions import Scope


class FollowPage:
    def __init__(self, api: Api) -> None:
        self._api = api

    def routes(self) -> list[Route]:
        return [
            Route("/follow", self.show, methods=["GET"]),
            Route("/follow", self.act, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """What is asked for, to be agreed to; and what was agreed to before."""
        return await self._page(request, request.query_params)

    async def act(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            # Nobody agrees by a form on another site.
            return await self._page(request, {}, fault="请在本站的页面上操作。", status=403)
        form = await request.form(max_files=0, max_fields=10)
        given = {name: str(value) for name, value in form.items()}
        follower = follower_of(request)
        try:
            await self._api.in_turn(partial(self._api.count, address_of(request)))
        except TooOften as error:
            return await self._page(request, {}, fault=str(error), status=429)
        if given.get("act") == "agree":
            follower = follower or new_follower()
            if not await self._api.in_turn(partial(self._agree, follower, given)):
                return await self._page(request, {}, fault="没有这一项了，请回到对话里重新订阅。", status=404)
        elif follower is not None:
            await self._api.in_turn(partial(self._end, follower, given))
        response = RedirectResponse(f"{request.scope['root_path']}/follow", 303)
        if follower is not None:
            is_left = bool(await self._api.in_turn(partial(self._api.reception.subscriptions, follower)))
            (keep(response, request, follower) if is_left else drop(response, request))
        return response

    def _agree(self, follower: Person, given: Mapping[str, str]) -> bool:
        reception = self._api.reception
        if given.get("check") is not None:
            return reception.keep_check(follower, given["check"])
        scope = Scope(given.get("kind", ""), given.get("about", ""))
        if not is_there(scope, reception.pack):
            return False
        reception.subscribe(follower, scope)
        return True

    def _end(self, follower: Person, given: Mapping[str, str]) -> None:
        if given.get("act") == "end_check":
            self._api.reception.end_check(follower)
        number = given.get("end", "")
        if number.isdecimal() and number.isascii() and len(number) <= 18:
            self._api.reception.end_subscription(follower, int(number))

    async def _page(
        self, request: Request, wanted: Mapping[str, str], fault: str = "", status: int = 200
    ) -> Response:
        pack, follower = self._api.pack, follower_of(request)
        scope = Scope(wanted.get("kind", ""), wanted.get("about", ""))
        name = called(scope, pack) if is_there(scope, pack) else ""
        check = wanted.get("check")
        mine = (
            await self._api.in_turn(partial(self._api.reception.subscriptions, follower)) if follower else []
        )
        html = drawn(
            "follow.html",
            home=request.scope["root_path"],
            office=pack.office,
            fault=fault,
            name=name,
            scope=scope,
            check=check,
            keep_words=KEEP_WORDS,
            mine=mine,
        )
        return HTMLResponse(html, status, headers={**HEADERS, "Cache-Control": "no-store"})
