"""What every page shares: who is there, the form they sent, the template, and errors as sentences.

A view is a plain function from a `PageVisit` to a response. `page` wraps it into an endpoint that checks
the session, the role and the form's token first, and runs it outside the event loop.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from huiqi.curation.accounts import Login, LoginRefused
from huiqi.curation.drafts.drafting import STATE_NAMES as DRAFT_STATES
from huiqi.curation.figures import OUTCOMES
from huiqi.curation.misses.queue import EXIT_NAMES, REASONS
from huiqi.curation.misses.queue import STATE_NAMES as MISS_STATES
from huiqi.curation.roles import ROLE_NAMES, Conflict, CurationError, Forbidden, Member
from huiqi.curation.switching import CHANNELS
from huiqi.curation.workbench import Workbench
from huiqi.formats.content_tables import TABLES
from huiqi.pack.identity import ELIGIBILITY_FILE, GOLDEN_FILE, OFFICE_FILE, WEIGHTS_FILE
from huiqi.pack.model import FACET_NAMES, Pack
from huiqi.pack.office import Office
from huiqi.store.clock import now
from huiqi.store.drafts import Draft

SESSION_COOKIE, SAID_COOKIE = "huiqi_session", "huiqi_said"
FILE_TITLES = {table.file: table.title for table in TABLES if table.file} | {
    GOLDEN_FILE: "标准题",
    OFFICE_FILE: "办公室",
    WEIGHTS_FILE: "选条目的权重",
    ELIGIBILITY_FILE: "自查",
}
MOUNTED = "/console"
"""Where the console is on a site of its own."""
LARGEST_FORM = 2 * 1024 * 1024

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass
class PageVisit:
    """One request by one logged-in person."""

    request: Request
    login: Login
    workbench: Workbench
    form: FormData = field(default_factory=FormData)

    @property
    def console(self) -> str:
        return console_of(self.request)

    @property
    def member(self) -> Member:
        return self.login.member

    @property
    def pack(self) -> Pack:
        return self.workbench.engine.current()[0]

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        return int(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default).strip()

    def value(self, name: str, default: str = "") -> str:
        """A field of the form, with the line ends that Python uses."""
        found = self.form.get(name, default)
        return found.replace("\r\n", "\n").strip() if isinstance(found, str) else default

    def whole(self, name: str) -> int:
        """A number of the form, 0 where it is none."""
        return whole_number(self.value(name))

    def values(self, name: str) -> list[str]:
        return [item for item in self.form.getlist(name) if isinstance(item, str)]

    def file(self, name: str) -> UploadFile | None:
        found = self.form.get(name)
        return found if isinstance(found, UploadFile) and found.filename else None

    @cached_property
    def open_drafts(self) -> list[Draft]:
        return self.workbench.drafting.open()

    @cached_property
    def titles(self) -> dict[str, str]:
        """What items are called, those of open drafts too, by their ids."""
        drafted = {
            draft.item: str(draft.content.get("short_title") or draft.content.get("title") or draft.item)
            for draft in self.open_drafts
            if draft.kind in ("entry", "policy") and draft.content is not None
        }
        policies = {policy.id: policy.title for policy in self.pack.policies.values()}
        entries = {entry.id: entry.short_title for entry in self.pack.entries.values()}
        sources = {source.id: source.title for source in self.pack.sources.values()}
        asked = {f"check:{one.id}": one.about or one.ask for one in self.pack.check_questions}
        return asked | sources | drafted | policies | entries | FILE_TITLES

    def render(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        said = held_cookie(self.request, SAID_COOKIE)
        response = rendered(
            self.request,
            template,
            status,
            member=self.member,
            csrf=self.login.csrf,
            said=unquote(said) if said else None,
            here=self.request.url.path,
            titles=self.titles,
            counts=self.workbench.miss_queue().counts(),
            talk_count=self.workbench.talks.count(),
            draft_counts=Counter(draft.state for draft in self.open_drafts),
            channels_off=[CHANNELS[name] for name in self.workbench.switching.off_now() if name in CHANNELS],
            office=self.pack.office,
            **context,
        )
        if said:
            drop_cookie(self.request, response, SAID_COOKIE)
        return response

    def redirect(self, to: str, said: str = "") -> RedirectResponse:
        response = RedirectResponse(self.console + to, status_code=303)
        if said:
            give_cookie(self.request, response, SAID_COOKIE, quote(said), max_age=60, is_strict=True)
        return response


def whole_number(text: str) -> int:
    """A number as forms and addresses hold it; 0 for whatever no row can have as its number (², -1, 30 digits)."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def console_of(request: Request) -> str:
    """The path of the console's first page as browsers see it: behind a proxy it may lie in a folder of a site."""
    return str(request.scope["root_path"])


def _cookie(request: Request, name: str) -> tuple[str, str]:
    """(name, path) of a cookie. Under TLS a prefix binds it to this host, so that no other page of the domain, and nobody
    on the way who speaks without TLS, can put one in its place (draft-ietf-httpbis-rfc6265bis, section 4.1.3): __Host-
    wants the path /, so in a folder of a site, where others share the host, it is __Secure- and the folder."""
    console = console_of(request)
    if request.url.scheme != "https":
        return name, console
    return (f"__Host-{name}", "/") if console == MOUNTED else (f"__Secure-{name}", console)


def held_cookie(request: Request, name: str) -> str | None:
    return request.cookies.get(_cookie(request, name)[0])


def give_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    max_age: int | None = None,
    is_strict: bool = False,
) -> None:
    key, path = _cookie(request, name)
    response.set_cookie(
        key,
        value,
        max_age=max_age,
        path=path,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict" if is_strict else "lax",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    key, path = _cookie(request, name)
    response.delete_cookie(key, path=path, secure=request.url.scheme == "https", httponly=True)


def rendered(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    text = environment().get_template(template).render(console=console_of(request), **context)
    return HTMLResponse(text, status_code=status)


View = Callable[[PageVisit], Response]


def page(view: View, role: str = "viewer") -> Endpoint:
    """The endpoint of a view that people with at least `role` may see."""

    async def endpoint(request: Request) -> Response:
        workbench: Workbench = request.app.state.workbench
        token = held_cookie(request, SESSION_COOKIE)
        login = await run_in_threadpool(workbench.accounts.login, token)
        if login is None:
            if request.method != "GET":
                raise HTTPException(401, "登录已过期，请重新登录；刚才填的内容请先复制下来")
            return RedirectResponse(
                f"{console_of(request)}/login?next={quote(_here(request))}", status_code=303
            )
        visit = PageVisit(request, login, workbench)
        try:
            login.member.require(role)
            if request.method == "POST":
                visit.form = await read_form(request)
                check_token(visit.form.get("csrf"), login.csrf, request)
            return await run_in_threadpool(view, visit)
        except CurationError as error:
            return await run_in_threadpool(_refused, visit, error)
        finally:
            # What was uploaded lies in a file until then.
            await visit.form.close()

    return endpoint


async def read_form(request: Request) -> FormData:
    return await request.form(max_files=1, max_fields=2000, max_part_size=LARGEST_FORM)


def check_token(sent: object, expected: str, request: Request) -> None:
    """Raises HTTPException where a form does not come from a page of ours."""
    from secrets import compare_digest

    origin = request.headers.get("origin")
    is_foreign = origin not in (None, "null") and urlsplit(origin or "").netloc != request.headers.get("host")
    if is_foreign or not isinstance(sent, str) or not compare_digest(sent.encode(), expected.encode()):
        raise HTTPException(403, "这个表单不是从本站的页面提交的，或页面太旧；请刷新页面后再提交")


def _status_of(error: CurationError) -> int:
    if isinstance(error, LoginRefused):
        return 429 if error.is_throttled else 401
    return 403 if isinstance(error, Forbidden) else 409 if isinstance(error, Conflict) else 400


def _refused(visit: PageVisit, error: CurationError) -> Response:
    status = _status_of(error)
    back = urlsplit(visit.request.headers.get("referer", "")).path
    if not back.startswith(visit.console):
        back = visit.console
    return visit.render("error.html", status, sentence=str(error), back=back)


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def local_time(moment: str | None, office: Office) -> str:
    """An instant of the database as the office's clock shows it."""
    return office.local(datetime.fromisoformat(moment)).strftime("%Y-%m-%d %H:%M") if moment else ""


@pass_context
def _when(context: Context, moment: str | None) -> str:
    return local_time(moment, context["office"])


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("huiqi.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["when"] = _when
    made.filters["percent"] = lambda share: f"{share:.0%}"
    made.filters["pretty"] = _pretty
    made.globals.update(
        REASONS=REASONS,
        MISS_STATES=MISS_STATES,
        DRAFT_STATES=DRAFT_STATES,
        EXIT_NAMES=EXIT_NAMES,
        ROLE_NAMES=ROLE_NAMES,
        OUTCOME_NAMES=OUTCOMES,
        CHANNEL_NAMES=CHANNELS,
        FACET_NAMES=FACET_NAMES,
        now=now,
    )
    return made
