"""The description of the HTTP interface, made of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from huiqi.channels.web import models
from huiqi.channels.web.problems import KINDS, PROBLEM_JSON

TEMPLATE = "#/components/schemas/{model}"
_MODELS: Sequence[type[BaseModel]] = (
    models.Asked,
    models.Answer,
    models.Rated,
    models.Marked,
    models.Numbered,
    models.Told,
    models.ToForget,
    models.Forgotten,
    models.Problem,
    models.Retrieval,
    models.Records,
)
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "description": "自己起的编号；一天内同一编号的同一请求只做一次，得到同一个答案",
}


def described(title: str, about: str, server: str) -> dict[str, Any]:
    """The OpenAPI document. `server`: the folder in which the interface is."""
    _, schemas = models_json_schema([(model, "validation") for model in _MODELS], ref_template=TEMPLATE)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": about},
        "servers": [{"url": server}],
        "paths": _PATHS,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _ref(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": TEMPLATE.format(model=model.__name__)}}


def _given(description: str, model: type[BaseModel] | None = None) -> dict[str, Any]:
    content = {"content": {"application/json": _ref(model)}} if model else {}
    return {"description": description, **content}


def _problems(*kinds: str) -> dict[str, Any]:
    content = {kind: _ref(models.Problem) for kind in ("application/json", PROBLEM_JSON)}
    return {
        str(KINDS[kind].status): {"description": KINDS[kind].chinese, "content": content} for kind in kinds
    }


def _post(
    summary: str,
    taken: type[BaseModel],
    given: type[BaseModel],
    problems: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]] = (),
    is_keyed: bool = False,
) -> dict[str, Any]:
    return {
        "post": {
            "summary": summary,
            "parameters": list(parameters),
            "requestBody": {"required": True, "content": {"application/json": _ref(taken)}},
            "responses": {"200": _given(summary, given), **problems},
            "security": [{"key": []}] if is_keyed else [{}, {"key": []}],
        }
    }


_USUAL = ("bad_request", "no_key", "not_allowed", "in_hand", "too_large", "other_request", "too_often")
_PATHS: dict[str, Any] = {
    "/api/v1/ask": _post(
        "问一个问题，或按一个按钮",
        models.Asked,
        models.Answer,
        _problems(*_USUAL, "failed", "closed"),
        [_KEY_HEADER],
    ),
    "/api/v1/entries/{id}": {
        "get": {
            "summary": "一个条目",
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            ],
            "responses": {
                "200": {
                    "description": "条目",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                **_problems("not_found"),
            },
        }
    },
    "/api/v1/feedback": _post(
        "赞或踩一个答案", models.Rated, models.Marked, _problems("bad_request", "too_large", "too_often")
    ),
    "/api/v1/forget": _post(
        "删去一个对话的所有记录",
        models.ToForget,
        models.Forgotten,
        _problems("bad_request", "too_large", "too_often"),
    ),
    "/api/v1/leave": _post(
        "把问题留给工作人员", models.Numbered, models.Told, _problems("bad_request", "too_large", "too_often")
    ),
    "/api/v1/question": _post(
        "一个问题处理得怎么样",
        models.Numbered,
        models.Told,
        _problems("bad_request", "too_large", "too_often"),
    ),
    "/retrieval": _post(
        "外部知识库（Dify 的协议）：与问题最近的条目和原文段落",
        models.Retrieval,
        models.Records,
        _problems("bad_request", "wrong_key", "not_found", "too_large", "too_often", "closed"),
        is_keyed=True,
    ),
    "/healthz": {"get": {"summary": "进程活着", "responses": {"200": {"description": "ok"}}}},
    "/readyz": {
        "get": {
            "summary": "能回答问题",
            "responses": {"200": {"description": "能"}, "503": {"description": "还不能"}},
        }
    },
    "/metrics": {"get": {"summary": "Prometheus 指标", "responses": {"200": {"description": "指标"}}}},
}
