"""What whoever runs the service reads at /metrics: how long answers take and wait, and nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from huiqi.curation.roles import Member
from huiqi.curation.switching import Switching
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

PERSONAL = "我叫王小明，换炉灶有补贴吗，电话13812345678"


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False) as client:
        yield client


def samples(client: httpx.Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_each_question_is_in_the_histograms_and_each_refusal_under_its_reason(
    app: Starlette, client: httpx.Client
) -> None:
    Switching(app.state.staff).off("web", Member("老王", "reviewer"), "在改")
    for _ in range(3):
        assert client.post("/api/v1/ask", json={"question": "换炉灶有补贴吗"}).status_code == 200
    assert client.post("/api/v1/ask", json={"question": ""}).status_code == 400
    assert client.post("/api/v1/ask", json={"question": "换炉灶有补贴吗", "page": True}).status_code == 503
    read = samples(client)
    assert read["huiqi_answer_seconds_count", "api"] == 4
    assert read["huiqi_queue_seconds_count",] == 5
    assert read["huiqi_answer_seconds_bucket", "api", "+Inf"] == 4
    assert 0 < read["huiqi_answer_seconds_sum", "api"] < 60
    assert read["huiqi_refused_total", "bad_request"] == read["huiqi_refused_total", "channel_off"] == 1
    assert read["huiqi_refused_total", "error"] == read["huiqi_in_hand",] == 0
    assert read["huiqi_questions_total", "web", "answer"] == 3
    assert read["huiqi_channel_off", "web"] == read["huiqi_ready",] == 1
    assert read["huiqi_misses_to_ask",] == read["huiqi_inbox_waiting",] == read["huiqi_held_writes",] == 0


def test_nothing_of_anybody_is_in_it(client: httpx.Client) -> None:
    client.post("/api/v1/ask", json={"question": PERSONAL, "conversation": "das-gespraech"})
    said = client.get("/metrics").text
    for secret in ("王小明", "1381234", "das-gespraech", "127.0.0.1", "炉灶"):
        assert secret not in said
