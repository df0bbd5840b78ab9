"""Login and logout, users and sessions, the audit trail."""

from __future__ import annotations

import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from huiqi.console.page import (
    SESSION_COOKIE,
    PageVisit,
    check_token,
    console_of,
    read_form,
    rendered,
    whole_number,
)
from huiqi.curation.accounts import SESSION_LENGTH, LoginRefused
from huiqi.curation.roles import ROLES
from huiqi.curation.workbench import Workbench

LOGIN_COOKIE = "huiqi_login"
"""Holds the token of the login form, which has no session to keep it in."""


async def login(request: Request) -> Response:
    workbench: Workbench = request.app.state.workbench
    to = _safe(request.query_params.get("next", ""), console_of(request))
    if request.method == "GET":
        return _form(request, to)
    form = await read_form(request)
    check_token(form.get("csrf"), request.cookies.get(LOGIN_COOKIE) or secrets.token_hex(), request)
    address = request.client.host if request.client else ""
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    try:
        token, _ = await run_in_threadpool(workbench.accounts.log_in, name, password, address)
    except LoginRefused as error:
        return _form(request, to, str(error), name, 429 if error.is_throttled else 401)
    response = RedirectResponse(to, status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        path=console_of(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(LOGIN_COOKIE, path=console_of(request))
    return response


def _form(request: Request, to: str, sentence: str = "", name: str = "", status: int = 200) -> Response:
    token = request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(24)
    host = request.url.hostname or ""
    is_open = request.url.scheme != "https" and host not in ("127.0.0.1", "localhost", "::1", "testserver")
    response = rendered(
        request, "login.html", status, csrf=token, to=to, sentence=sentence, name=name, is_open=is_open
    )
    response.set_cookie(
        LOGIN_COOKIE,
        token,
        path=console_of(request),
        secure=not is_open and request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


def _safe(to: str, console: str) -> str:
    """Only a path of the console: a link must not send a fresh login elsewhere."""
    return to if to.startswith(console) and "//" not in to and "\\" not in to else console


def log_out(visit: PageVisit) -> Response:
    visit.workbench.accounts.log_out(visit.login)
    response = RedirectResponse(f"{visit.console}/login", status_code=303)
    response.delete_cookie(SESSION_COOKIE, path=visit.console)
    return response


def users(visit: PageVisit) -> Response:
    accounts = visit.workbench.accounts
    return visit.render(
        "users.html",
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


def change_password(visit: PageVisit) -> Response:
    visit.workbench.accounts.change_own_password(
        visit.member, str(visit.form.get("old", "")), str(visit.form.get("new", "")), visit.login.session
    )
    return visit.redirect("/users", "密码已改，您在别处的登录都已结束")


def end_session(visit: PageVisit) -> Response:
    visit.workbench.accounts.end_session(visit.value("session"), visit.member)
    return visit.redirect("/users", "会话已结束")


def audit(visit: PageVisit) -> Response:
    before = visit.query("before")
    rows = visit.workbench.audit.rows(
        actor=visit.query("actor") or None,
        kind=visit.query("kind") or None,
        subject=visit.query("subject") or None,
        before_id=whole_number(before) or None,
    )
    return visit.render("audit.html", rows=rows, actor=visit.query("actor"), subject=visit.query("subject"))
