"""The description of the HTTP interface holds: whatever it allows is answered as it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from starlette.applications import Starlette
from starlette.testclient import TestClient

schemathesis = pytest.importorskip("schemathesis")
positive_data_acceptance = schemathesis.checks.positive_data_acceptance
CHECKED = (
    "/api/v1/ask",
    "/api/v1/entries/{id}",
    "/api/v1/feedback",
    "/api/v1/forget",
    "/api/v1/leave",
    "/api/v1/question",
    "/retrieval",
)


@pytest.mark.parametrize("path", CHECKED)
def test_each_address_answers_as_described(app: Starlette, key: Callable[..., str], path: str) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    [method] = [name for name in ("get", "post") if name in schema.raw_schema["paths"][path]]
    operation = schema[path][method.upper()]
    headers = {"Authorization": f"Bearer {key()}"}

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @schema_given(operation)
    def answers(case: object) -> None:
        # Whether an answer with such a number was given, or a button with such a code, no description can say.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])  # type: ignore[attr-defined]

    answers()


def schema_given(operation: object) -> Callable[[Callable[[object], None]], Callable[[], None]]:
    from hypothesis import given

    return given(case=operation.as_strategy())  # type: ignore[attr-defined,no-any-return]


def test_every_address_for_programs_is_described(client: TestClient, app: Starlette) -> None:
    described = client.get("/api/v1/openapi.json").json()["paths"]
    there = {getattr(route, "path", "") for route in app.routes}
    for path in described:
        assert path.replace("{id}", "{entry}") in there
