"""The console's routes: the table of contents of staff's work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiqi.answering.reply import Reply
from huiqi.console import (
    access,
    briefs,
    content,
    corrections,
    documents,
    entries,
    keys,
    log,
    misses,
    notices,
    overview,
    publishing,
    samples,
    talks,
    tasks,
    workbook,
)
from huiqi.console.page import SECURITY_HEADERS, page, rendered
from huiqi.curation.workbench import Workbench


class _RowNumber(Convertor[int]):
    """The number of a row in an address; what no row can have is no page."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("row", _RowNumber())
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]


def console(workbench: Workbench, as_telegram: Callable[[Reply], list[str]] | None = None) -> Starlette:
    """The application to be mounted at /console. `as_telegram` gives a reply as that channel's messages, in its
    HTML, for the preview."""
    app = Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static"),
            Route("/login", access.login, methods=BOTH),
            Route("/login/code", access.enter_code, methods=BOTH),
            Route("/logout", page(access.log_out), methods=POST),
            Route("/session", access.session, methods=GET),
            Route("/", page(overview.home), methods=GET),
            Route("/inbox", page(misses.misses), methods=GET),
            Route("/inbox/bulk", page(misses.bulk), methods=POST),
            Route("/question", page(misses.by_number), methods=GET),
            Route("/again", page(misses.again), methods=GET),
            Route("/again", page(misses.close_again, "editor"), methods=POST),
            Route("/inbox/{miss:row}", page(misses.miss), methods=GET),
            Route("/inbox/next", page(misses.following), methods=GET),
            Route("/inbox/{miss:row}/merge", page(misses.merge, "editor"), methods=POST),
            Route("/inbox/{miss:row}/part", page(misses.part, "editor"), methods=POST),
            Route("/inbox/{miss:row}/noise", page(misses.set_noise, "editor"), methods=POST),
            Route("/inbox/{miss:row}/alias", page(misses.alias, "editor"), methods=POST),
            Route("/inbox/{miss:row}/entry", page(misses.new_entry, "editor"), methods=POST),
            Route("/inbox/{miss:row}/ignore", page(misses.ignore, "editor"), methods=POST),
            Route("/inbox/{miss:row}/reply", page(misses.reply, "editor"), methods=POST),
            Route("/inbox/{miss:row}/undo", page(misses.undo, "editor"), methods=POST),
            Route("/inbox/{miss:row}/claim", page(misses.claim, "editor"), methods=POST),
            Route("/inbox/{miss:row}/assign", page(misses.assign, "editor"), methods=POST),
            Route("/talks", page(talks.talks), methods=GET),
            Route("/talks/{talk:row}", page(talks.talk), methods=GET),
            Route("/talks/{talk:row}", page(talks.act, "editor"), methods=POST),
            Route("/entries", page(entries.entries), methods=GET),
            Route("/entries/new", page(entries.new_entry, "editor"), methods=BOTH),
            Route("/entries/{entry}", page(entries.entry), methods=BOTH),
            Route("/entries/{entry}/check", page(entries.check, "editor"), methods=POST),
            Route("/entries/{entry}/delete", page(content.remove_entry, "editor"), methods=POST),
            Route("/attachments/{entry}", page(content.attach, "editor"), methods=POST),
            Route("/attachments/{entry}/{name}", page(content.attachment), methods=GET),
            Route("/revisions/{kind}/{item}", page(entries.revisions), methods=GET),
            Route("/revisions/{kind}/{item}/back", page(entries.roll_back, "editor"), methods=POST),
            Route("/content", page(content.contents), methods=GET),
            Route("/content/{table}", page(content.records), methods=BOTH),
            Route("/content/{table}/{key}", page(content.record), methods=BOTH),
            Route("/content/{table}/{key}/delete", page(content.remove, "editor"), methods=POST),
            Route("/sources", page(entries.sources), methods=BOTH),
            Route("/test", page(entries.test), methods=GET),
            Route("/test.json", page(entries.quick_test), methods=GET),
            Route("/review", page(publishing.review), methods=GET),
            Route("/review", page(publishing.act_on_many, "editor"), methods=POST),
            Route("/drafts/{draft:row}", page(publishing.draft), methods=GET),
            Route("/drafts/{draft:row}", page(publishing.act_on_draft, "editor"), methods=POST),
            Route("/publish", page(publishing.publish), methods=GET),
            Route("/publish/check", page(publishing.start, "reviewer"), methods=POST),
            Route("/publish/back", page(publishing.take_back, "admin"), methods=POST),
            Route("/publish/{gate:row}", page(publishing.gate), methods=GET),
            Route("/publish/{gate:row}", page(publishing.put_in_force, "reviewer"), methods=POST),
            Route("/publish/{gate:row}/wrong", page(publishing.mark_wrong, "editor"), methods=POST),
            Route("/publish/{gate:row}/progress", page(publishing.progress), methods=GET),
            Route("/golden", page(publishing.golden), methods=GET),
            Route("/golden", page(publishing.change_golden, "editor"), methods=POST),
            Route("/log", page(log.log), methods=GET),
            Route("/log/{question:row}", page(log.question), methods=GET),
            Route("/log/{question:row}", page(log.judge, "editor"), methods=POST),
            Route("/faults", page(log.faults), methods=GET),
            Route("/log/bad", page(log.mark_bad, "editor"), methods=POST),
            Route("/health", page(overview.health), methods=GET),
            Route("/stale", page(overview.stale), methods=GET),
            Route("/figures", page(overview.show_figures), methods=GET),
            Route("/figures.csv", page(overview.figures_table), methods=GET),
            Route("/documents", page(documents.documents), methods=BOTH),
            Route("/documents/{document:row}", page(documents.document), methods=BOTH),
            Route("/documents/{document:row}/original", page(documents.original), methods=GET),
            Route("/workbook", page(workbook.upload), methods=BOTH),
            Route("/workbook.xlsx", page(workbook.download), methods=GET),
            Route("/template.xlsx", page(workbook.template), methods=GET),
            Route("/users", page(access.users), methods=GET),
            Route("/users", page(access.add_user, "admin"), methods=POST),
            Route("/users/password", page(access.change_password), methods=POST),
            Route("/users/code", page(access.change_factor), methods=POST),
            Route("/users/session", page(access.end_session, "admin"), methods=POST),
            Route("/users/{name}", page(access.change_user, "admin"), methods=POST),
            Route("/channels", page(overview.channels), methods=GET),
            Route("/channels", page(overview.switch_channel, "reviewer"), methods=POST),
            Route("/keys", page(keys.keys), methods=GET),
            Route("/keys", page(keys.change_keys, "admin"), methods=POST),
            Route("/brief", page(briefs.weekly), methods=GET),
            Route("/corrections", page(corrections.corrections), methods=GET),
            Route("/corrections/{correction:row}", page(corrections.decide, "reviewer"), methods=POST),
            Route("/tasks", page(tasks.tasks), methods=GET),
            Route("/tasks/{task:row}", page(tasks.transfer, "editor"), methods=POST),
            Route("/samples", page(samples.samples), methods=GET),
            Route("/samples/{question:row}", page(samples.judge, "editor"), methods=POST),
            Route("/notices", page(notices.notices), methods=GET),
            Route("/audit", page(access.audit), methods=GET),
            Route("/help", page(overview.help_page), methods=GET),
        ],
        middleware=[Middleware(_SecurityHeaders)],
        exception_handlers={HTTPException: _http_error, 404: _missing, 500: _http_error},
    )
    app.state.workbench = workbench
    app.state.as_telegram = as_telegram
    return app


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "程序出错了，请把刚才做的事告诉管理员"
    return rendered(request, "plain_error.html", status, sentence=detail)


def _missing(request: Request, error: Exception) -> Response:
    return rendered(request, "plain_error.html", 404, sentence="没有这个页面，请从首页进入")


class _SecurityHeaders:
    """Adds the same protective headers to every response of the console."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in SECURITY_HEADERS.items()
                        if name.lower().encode() not in held
                    ),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)
