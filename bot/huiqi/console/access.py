"""Login and logout, users and sessions, the audit trail."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from huiqi.console.page import (
    SESSION_COOKIE,
    PageVisit,
    check_token,
    console_of,
    drop_cookie,
    give_cookie,
    held_cookie,
    read_form,
    rendered,
    whole_number,
)
from huiqi.curation.accounts import PENDING_LENGTH, SESSION_LENGTH, LoginRefused
from huiqi.curation.drafts.drafting import FieldChange, difference
from huiqi.curation.roles import ROLES
from huiqi.curation.switching import CHANNELS
from huiqi.curation.workbench import Workbench
from huiqi.store.audit import AuditRow

LOGIN_COOKIE, PENDING_COOKIE = "huiqi_login", "huiqi_pending"
"""The token of the login form, which has no session to keep it in; what stands for a right password until the second
factor comes."""


async def login(request: Request) -> Response:
    workbench: Workbench = request.app.state.workbench
    to = _safe(request.query_params.get("next", ""), console_of(request))
    if request.method == "GET":
        return _form(request, to)
    form = await _read(request)
    address = _address(request)
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    try:
        token, login = await run_in_threadpool(workbench.accounts.log_in, name, password, address)
    except LoginRefused as error:
        return _form(request, to, str(error), name, 429 if error.is_throttled else 401)
    if not login.is_pending:
        return _let_in(request, to, token)
    asked = RedirectResponse(f"{console_of(request)}/login/code?next={quote(to)}", status_code=303)
    give_cookie(
        request, asked, PENDING_COOKIE, token, max_age=int(PENDING_LENGTH.total_seconds()), is_strict=True
    )
    return asked


async def session(request: Request) -> Response:
    """204 while the session is on, 401 when it is over: pages ask before they send what would be lost."""
    workbench: Workbench = request.app.state.workbench
    login = await run_in_threadpool(workbench.accounts.login, held_cookie(request, SESSION_COOKIE))
    return Response(status_code=204 if login else 401)


async def enter_code(request: Request) -> Response:
    """The second factor of who has one."""
    workbench: Workbench = request.app.state.workbench
    to = _safe(request.query_params.get("next", ""), console_of(request))
    if request.method == "GET":
        return _form(request, to, is_code=True)
    form = await _read(request)
    pending, code = held_cookie(request, PENDING_COOKIE), str(form.get("code", ""))[:64]
    try:
        token, _ = await run_in_threadpool(workbench.accounts.enter_code, pending, code, _address(request))
    except LoginRefused as error:
        return _form(request, to, str(error), status=429 if error.is_throttled else 401, is_code=True)
    return _let_in(request, to, token)


def _let_in(request: Request, to: str, token: str) -> Response:
    response = RedirectResponse(to, status_code=303)
    give_cookie(request, response, SESSION_COOKIE, token, max_age=int(SESSION_LENGTH.total_seconds()))
    for name in (LOGIN_COOKIE, PENDING_COOKIE):
        drop_cookie(request, response, name)
    return response


async def _read(request: Request) -> FormData:
    """A form of somebody who has no session yet."""
    form = await read_form(request)
    check_token(form.get("csrf"), held_cookie(request, LOGIN_COOKIE) or secrets.token_hex(), request)
    return form


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _form(
    request: Request,
    to: str,
    sentence: str = "",
    name: str = "",
    status: int = 200,
    is_code: bool = False,
) -> Response:
    token = held_cookie(request, LOGIN_COOKIE) or secrets.token_urlsafe(24)
    host = request.url.hostname or ""
    is_open = request.url.scheme != "https" and host not in ("127.0.0.1", "localhost", "::1", "testserver")
    response = rendered(
        request,
        "login.html",
        status,
        csrf=token,
        to=to,
        sentence=sentence,
        name=name,
        is_open=is_open,
        is_code=is_code,
    )
    give_cookie(request, response, LOGIN_COOKIE, token, is_strict=True)
    return response


def _safe(to: str, console: str) -> str:
    """Only a path of the console: a link must not send a fresh login elsewhere."""
    return to if to.startswith(console) and "//" not in to and "\\" not in to else console


def log_out(visit: PageVisit) -> Response:
    visit.workbench.accounts.log_out(visit.login)
    response = RedirectResponse(f"{visit.console}/login", status_code=303)
    drop_cookie(visit.request, response, SESSION_COOKIE)
    return response


def users(visit: PageVisit) -> Response:
    return _users(visit)


def _users(visit: PageVisit, codes: tuple[str, ...] = ()) -> Response:
    """`codes`: recovery codes to show, this once."""
    accounts = visit.workbench.accounts
    factor = accounts.second_factor
    secret = factor.begun(visit.member)
    return visit.render(
        "users.html",
        codes=codes,
        secret=secret,
        qr=_drawn(factor.address(visit.member, f"{visit.pack.office.name} 工作台")) if secret else "",
        has_factor=factor.is_on(visit.member.name),
        with_factor=factor.everybody(),
        accounts=accounts.all() if visit.member.may("admin") else [],
        sessions=accounts.sessions() if visit.member.may("admin") else [],
        roles=ROLES,
        own=visit.login.session,
        one_person=visit.workbench.one_person,
    )


def add_user(visit: PageVisit) -> Response:
    name = visit.value("name")
    visit.workbench.accounts.create(
        name, str(visit.form.get("password", "")), visit.value("role"), visit.member
    )
    return visit.redirect("/users", f"已建好用户“{name}”，请把密码当面告诉本人")


def change_user(visit: PageVisit) -> Response:
    name = visit.path("name")
    password = str(visit.form.get("password", ""))
    visit.workbench.accounts.change(
        name,
        visit.member,
        role=visit.value("role") or None,
        is_active=visit.value("is_active") == "1",
        password=password or None,
        telegram=visit.value("telegram"),
    )
    return visit.redirect("/users", f"“{name}”已改")


def _drawn(address: str) -> Markup:
    """A QR code as part of the page: nothing of it is an address that a log or a cache would keep."""
    return Markup(segno.make_qr(address, error="m").svg_inline(scale=4, border=4, light="#fff"))


def change_factor(visit: PageVisit) -> Response:
    """Begin the second factor, confirm it by a first code, or leave it off; an admin also another's."""
    factor, act = visit.workbench.accounts.second_factor, visit.value("act")
    if act == "begin":
        factor.begin(visit.member)
        return visit.redirect("/users#code")
    if act == "confirm":
        return _users(visit, factor.confirm(visit.member, visit.value("code")))
    name = visit.value("name") or visit.member.name
    if name == visit.member.name:
        visit.workbench.accounts.check_own_password(visit.member, str(visit.form.get("password", "")))
    factor.remove(name, visit.member)
    return visit.redirect("/users", f"“{name}”登录时不再要验证码")


def change_password(visit: PageVisit) -> Response:
    visit.workbench.accounts.change_own_password(
        visit.member, str(visit.form.get("old", "")), str(visit.form.get("new", "")), visit.login.session
    )
    return visit.redirect("/users", "密码已改，您在别处的登录都已结束")


def end_session(visit: PageVisit) -> Response:
    visit.workbench.accounts.end_session(visit.value("session"), visit.member)
    return visit.redirect("/users", "会话已结束")


def _named(visit: PageVisit, subject: str) -> str:
    """The id of what is called so; what nothing is called stays."""
    return next((key for key, title in visit.titles.items() if title == subject), subject)


def audit(visit: PageVisit) -> Response:
    before = visit.query("before")
    rows = visit.workbench.audit.rows(
        actor=visit.query("actor") or None,
        kind=visit.query("kind") or None,
        subject=_named(visit, visit.query("subject")) or None,
        before_id=whole_number(before) or None,
    )
    return visit.render(
        "audit.html",
        rows=[(row, _changes(visit, row), _subject(visit, row)) for row in rows],
        actor=visit.query("actor"),
        subject=visit.query("subject"),
    )


def _changes(visit: PageVisit, row: AuditRow) -> list[FieldChange]:
    """What an act changed of an item, field by field; nothing where it was of something else."""
    before, after = row.before, row.after
    if row.kind not in ("entry", "policy", "file") or not isinstance(after or before, dict | list):
        return []
    empty: Any = [] if isinstance(after or before, list) else {}
    return difference(before or empty, after or empty, row.kind, visit.titles)


def _subject(visit: PageVisit, row: AuditRow) -> str:
    if row.kind == "channel":
        return CHANNELS.get(row.subject, row.subject)
    if row.kind in SUBJECTS:
        return SUBJECTS[row.kind].format(row.subject)
    return visit.titles.get(row.subject, row.subject)


SUBJECTS = {
    "miss": "待处理 {} 号",
    "gate": "第 {} 次检查",
    "release": "第 {} 版",
    "question": "提问 {} 号",
    "document": "收文 {}",
    "session": "一次登录",
    "correction": "更正 {}",
}
"""How the trail calls what has a number only."""
