"""Problems as programs read them (RFC 9457), named in Chinese and English. `error` holds the sentence as it always has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse

PROBLEM_JSON = "application/problem+json"
TYPE = "urn:huiqi:problem:"


@dataclass(frozen=True)
class Kind:
    status: int
    chinese: str
    english: str


KINDS: Mapping[str, Kind] = {
    "bad_request": Kind(400, "请求看不懂", "The request cannot be understood"),
    "no_key": Kind(401, "没有密钥，或密钥不对", "There is no key, or it is not a valid one"),
    "wrong_key": Kind(403, "没有密钥，或密钥不对", "There is no key, or it is not a valid one"),
    "not_allowed": Kind(403, "这个密钥不能做这件事", "This key may not do that"),
    "not_found": Kind(404, "没有这个地址或条目", "There is no such address or entry"),
    "in_hand": Kind(409, "同一个请求正在处理", "The same request is being worked on"),
    "too_large": Kind(413, "请求太大", "The request is too large"),
    "other_request": Kind(
        422, "这个 Idempotency-Key 用过，请求却不一样", "This Idempotency-Key came with another request"
    ),
    "too_often": Kind(429, "太快了，请过一会儿再来", "Too many requests, come again later"),
    "failed": Kind(500, "程序出错", "An error of ours"),
    "not_installed": Kind(501, "这项功能没有安装", "This is not installed"),
    "closed": Kind(503, "暂停作答", "Closed for now"),
}


def problem(
    request: Request,
    kind: str,
    sentence: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
    is_new: bool = False,
) -> JSONResponse:
    """`sentence`: what is wrong here, in Chinese. `is_new`: the address has said problem+json from its beginning; the
    older ones say it to whoever accepts it. `more`: further members."""
    known = KINDS[kind]
    is_english = prefers_english(request.headers.get("accept-language", ""))
    body = {
        "type": TYPE + kind,
        "title": known.english if is_english else known.chinese,
        "status": known.status,
        "detail": known.english if is_english else sentence,
        "error": sentence,
        **(more or {}),
    }
    is_problem = is_new or PROBLEM_JSON in request.headers.get("accept", "")
    return JSONResponse(
        body, known.status, dict(headers or {}), PROBLEM_JSON if is_problem else "application/json"
    )


def prefers_english(accepted: str) -> bool:
    """Whether English comes before Chinese in an Accept-Language."""
    weights = {"en": 0.0, "zh": 0.0}
    for part in accepted.split(","):
        language, _, rest = part.strip().partition(";")
        name = language.strip().lower()[:2]
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        if name in weights:
            weights[name] = max(weights[name], weight)
    return weights["en"] > weights["zh"]
