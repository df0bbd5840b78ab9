"""The page of keys for other systems."""

from __future__ import annotations

from starlette.responses import Response

from huiqi.console.page import PageVisit, whole_number
from huiqi.curation.api_keys import SCOPES, ApiKeys

USUAL_A_MINUTE = 120


def keys(visit: PageVisit) -> Response:
    return _keys(visit)


def _keys(visit: PageVisit, secret: str = "", name: str = "") -> Response:
    """`secret`: a new key to show, this once."""
    return visit.render(
        "keys.html",
        keys=ApiKeys(visit.workbench.database).all(),
        scopes=SCOPES,
        secret=secret,
        name=name,
        usual=USUAL_A_MINUTE,
    )


def change_keys(visit: PageVisit) -> Response:
    """Make a key, or end one."""
    api_keys = ApiKeys(visit.workbench.database)
    if visit.value("act") == "end":
        api_keys.end(whole_number(visit.value("key")), visit.member)
        return visit.redirect("/keys", "密钥已停用，用它的请求从现在起都被拒绝")
    name = visit.value("name")
    chosen = [scope for scope in SCOPES if visit.value(f"scope-{scope}")]
    a_minute = visit.value("a_minute")
    secret = api_keys.make(name, chosen, int(a_minute) if a_minute.isdecimal() else -1, visit.member)
    return _keys(visit, secret, name)
