"""The chat page at / and the widget that puts it on another site. Works as plain forms without JavaScript."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from huiqi.answering import wording
from huiqi.answering.reply import Action
from huiqi.channels.rates import TooOften
from huiqi.channels.web.api import Api, BadRequest, Closed, Failed, address_of
from huiqi.channels.web.drawing import FOLDER, HEADERS, drawn
from huiqi.channels.web.follower import drop, follower_of, keep
from huiqi.channels.web.ticket_page import News, news_for, remember_in, remembered_by
from huiqi.people.notices import Notice

CACHED = {"Cache-Control": "max-age=300"}


class ChatPage:
    """`origins`: the sites that may show it in a frame; none named, any may."""

    def __init__(self, api: Api, origins: Sequence[str] = ()) -> None:
        self._api = api
        self._headers = dict(HEADERS)
        if origins:
            self._headers["Content-Security-Policy"] += f"; frame-ancestors 'self' {' '.join(origins)}"

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page, methods=["GET", "POST"]),
            Route("/chat.css", self.file, methods=["GET"]),
            Route("/chat.js", self.file, methods=["GET"]),
            Route("/widget.js", self.widget, methods=["GET"]),
        ]

    async def file(self, request: Request) -> Response:
        return FileResponse(FOLDER / request.url.path.rpartition("/")[2], headers=CACHED)

    async def widget(self, request: Request) -> Response:
        """The script for other sites, with what the bot calls itself."""
        script = (FOLDER / "widget.js").read_text(encoding="utf-8")
        named = script.replace('"NAME"', json.dumps(self._api.pack.office.name))
        return Response(named, media_type="text/javascript", headers=CACHED)

    async def page(self, request: Request) -> Response:
        conversation = secrets.token_urlsafe(12)
        shown, answer, fault, wait = "", None, "", 0
        if request.method == "POST":
            form = await request.form(max_files=0, max_fields=10)
            if form.get("forget"):
                return await self._forgotten(request, str(form.get("conversation", ""))[:64])
            if form.get("leave"):
                return await self._left(request, form)
            question = str(form.get("question", "")).strip() or _by_number(str(form.get("number", "")))
            conversation = str(form.get("conversation") or conversation)[:64]
            # A button sends its code and, behind it, what is written on it.
            code, _, label = str(form.get("action", "")).partition(" ")
            shown = label if code else question
            body = {"question": question, "conversation": conversation} | ({"action": code} if code else {})
            try:
                answer = await self._api.in_turn(
                    partial(self._api.answer, body, address_of(request), stands_alone=True, is_page=True)
                )
            except (BadRequest, Closed, Failed) as error:
                fault = str(error)
            except TooOften as error:
                fault, wait = str(error), error.seconds
        else:
            try:
                await run_in_threadpool(self._api.check_open, is_page=True)
            except Closed as error:
                fault = str(error)
            remembered, follower = remembered_by(request), follower_of(request)
            news = await self._api.in_turn(partial(news_for, self._api, remembered)) if remembered else []
            notices = (
                await self._api.in_turn(partial(self._api.reception.fetched, follower))
                if follower and not fault
                else []
            )
            if (news or notices) and not fault:
                html = self._drawn(request, conversation, shown, answer, fault, news, notices)
                response = HTMLResponse(html, headers=self._headers | {"Cache-Control": "no-store"})
                told = {item.number for item in news}
                if news:
                    remember_in(
                        response,
                        request,
                        [replace(item, is_told=item.is_told or item.number in told) for item in remembered],
                    )
                if follower and notices:
                    keep(response, request, follower)
                return response
        html = self._drawn(request, conversation, shown, answer, fault)
        if wait:
            return HTMLResponse(html, 429, headers=self._headers | {"Retry-After": str(wait)})
        return HTMLResponse(html, headers=self._headers)

    async def _forgotten(self, request: Request, conversation: str) -> Response:
        """The conversation's own link to erase it; what follows is another conversation."""
        if conversation:
            await self._api.in_turn(partial(self._api.erase, {"conversation": conversation}))
        said = "这个对话的记录都已删除。"
        follower = follower_of(request)
        if follower is not None:
            await self._api.in_turn(partial(self._api.reception.forget, follower))
            said = "这个对话的记录和这个浏览器的订阅都已删除。"
        html = self._drawn(request, secrets.token_urlsafe(12), "", None, said)
        response = HTMLResponse(html, headers=self._headers)
        if follower is not None:
            drop(response, request)
        return response

    async def _left(self, request: Request, form: FormData) -> Response:
        """A question of this conversation is left for staff from now on."""
        conversation, written = str(form.get("conversation", ""))[:64], str(form.get("leave"))
        body = {"conversation": conversation, "number": int(written) if written.isdecimal() else -1}
        try:
            said = str((await self._api.in_turn(partial(self._api.leave, body)))["said"])
        except (BadRequest, TooOften) as error:
            said = str(error)
        return HTMLResponse(self._drawn(request, conversation, "", None, said), headers=self._headers)

    def _drawn(
        self,
        request: Request,
        conversation: str,
        shown: str,
        answer: dict[str, object] | None,
        fault: str,
        news: Sequence[News] = (),
        notices: Sequence[Notice] = (),
    ) -> str:
        return drawn(
            "chat.html",
            home=request.scope["root_path"],
            framed=request.query_params.get("in") == "frame",
            check=Action("check").code() if self._api.pack.check_questions else "",
            conversation=conversation,
            shown=shown,
            answer=answer,
            fault=fault,
            news=news,
            notices=notices,
            office=self._api.pack.office,
            news_title=wording.news_title(self._api.pack),
            examples=wording.examples(self._api.pack)[: wording.SHOWN],
            example=wording.short_example(self._api.pack),
        )


def _by_number(written: str) -> str:
    """What is written to look a question up by, as a question: by its name a number is no choice from a list."""
    number = written.strip()
    return f"编号 {number}" if number and not number.startswith("编号") else number
