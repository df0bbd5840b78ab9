"""A browser whose owner agreed to be told things when it comes again: by a name that is in its cookie and nowhere else."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

from huiqi.people.reception import Person

CHANNEL = "web"
COOKIE = "huiqi_follows"
KEPT_FOR = 180 * 24 * 3600
"""Seconds since the last visit; a browser that was away for longer is not waited for."""
_NAME = re.compile(r"[\w-]{24}", re.ASCII)


def follower_of(request: Request) -> Person | None:
    """Whom the browser's cookie names; None where it has none."""
    name = request.cookies.get(COOKIE, "")
    return Person(CHANNEL, name, name) if _NAME.fullmatch(name) else None


def new_follower() -> Person:
    name = secrets.token_urlsafe(18)
    return Person(CHANNEL, name, name)


def keep(response: Response, request: Request, follower: Person) -> None:
    response.set_cookie(
        COOKIE,
        follower.asker,
        max_age=KEPT_FOR,
        path=request.scope["root_path"] or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, request: Request) -> None:
    response.delete_cookie(COOKIE, request.scope["root_path"] or "/")
