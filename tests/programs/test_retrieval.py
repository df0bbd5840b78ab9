"""Dify's external knowledge contract, replayed as its documentation and its own service say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from huiqi.channels.web.models import MetadataCondition
from huiqi.channels.web.retrieval import fits
from huiqi.curation.roles import Member
from huiqi.curation.switching import Switching
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from starlette.testclient import TestClient

ASKED: dict[str, Any] = {
    "knowledge_id": "all",
    "query": "换炉灶有补贴吗",
    "retrieval_setting": {"top_k": 2, "score_threshold": 0.5},
}


class Dify:
    """What it does at its side: checks the address when it is filled in, then asks."""

    def __init__(self, endpoint: str, key: str) -> None:
        self._address = f"{endpoint}/retrieval"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(trust_env=False)

    def fill_in(self) -> str:
        """It posts nothing at all, and looks at three statuses."""
        status = self._client.post(self._address, headers=self._headers).status_code
        return {502: "bad gateway", 404: "not found", 403: "forbidden"}.get(status, "accepted")

    def retrieve(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        headers = self._headers | {"Content-Type": "application/json"}
        answer = self._client.post(self._address, json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        records = answer.json()["records"]
        for record in records:
            assert isinstance(record["metadata"], dict) and record["title"] and record["content"]
        return list(records)

    def close(self) -> None:
        self._client.close()


def test_it_is_filled_in_and_asked(address: str, key: Callable[..., str]) -> None:
    dify, stranger = Dify(address, key("retrieval")), Dify(address, "hq_wrong")
    assert (dify.fill_in(), stranger.fill_in()) == ("accepted", "forbidden")
    [record] = dify.retrieve(ASKED)
    assert record["title"] == "茶室换炉灶补多少" and 0.5 <= record["score"] <= 1
    assert "按票面补三成" in record["content"] and "已于2020年12月31日到期" in record["content"]
    told = record["metadata"]
    assert told["state"] == "expired" and told["valid_to"] == "2020-12-31" and told["sources"] == "测试来源"
    assert told["path"] == "https://ask.example.cn/e/tea-stove"
    assert dify.retrieve(ASKED | {"query": "今天月亮圆不圆呢"}) == []
    dify.close()
    stranger.close()


def test_a_score_is_the_probability_of_the_entry(client: TestClient, key: Callable[..., str]) -> None:
    headers = {"Authorization": f"Bearer {key('retrieval')}"}
    wide = ASKED | {"retrieval_setting": {"top_k": 50, "score_threshold": 0}}
    records = client.post("/retrieval", json=wide, headers=headers).json()["records"]
    asked = client.post("/api/v1/ask", json={"question": ASKED["query"]}).json()
    assert records[0]["score"] == pytest.approx(asked["confidence"], abs=0.001)
    assert [record["score"] for record in records] == sorted(
        (record["score"] for record in records), reverse=True
    )
    assert sum(record["score"] for record in records) <= 1.001


def test_what_is_wrong_is_told_by_its_codes(
    client: TestClient, key: Callable[..., str], chosen: Settings
) -> None:
    assert client.post("/retrieval", json=ASKED).json()["error_code"] == 1001
    malformed = client.post("/retrieval", json=ASKED, headers={"Authorization": "Basic x"})
    assert (malformed.status_code, malformed.json()["error_code"]) == (403, 1001)
    wrong = client.post("/retrieval", json=ASKED, headers={"Authorization": "Bearer hq_x"})
    assert (wrong.status_code, wrong.json()["error_code"]) == (403, 1002)
    headers = {"Authorization": f"Bearer {key('retrieval')}"}
    other = client.post("/retrieval", json=ASKED | {"knowledge_id": "dogs"}, headers=headers)
    assert (other.status_code, other.json()["error_code"]) == (404, 2001)
    empty = client.post("/retrieval", json=ASKED | {"query": ""}, headers=headers)
    assert empty.status_code == 400 and "query" in empty.json()["error_msg"]
    database = open_database(chosen.database)
    Switching(database).off("api", Member("老王", "reviewer"), "正在改")
    database.close()
    import time

    time.sleep(1.1)
    assert client.post("/retrieval", json=ASKED, headers=headers).status_code == 503


@pytest.mark.parametrize(
    ("name", "comparison", "value", "holds"),
    [
        ("level", "is", "区", True),
        ("level", "is not", "区", False),
        ("title", "contains", "炉", True),
        ("title", "not contains", "炉", False),
        ("title", "start with", "茶室", True),
        ("title", "end with", "茶室", False),
        ("level", "in", ["市", "区"], True),
        ("level", "not in", "市,区", False),
        ("document_number", "empty", None, True),
        ("title", "not empty", None, True),
        ("valid_to", "before", "2021-01-01", True),
        ("valid_to", "after", "2021-01-01", False),
        ("nothing", "after", "2021-01-01", False),
        ("year", "=", 2020, True),
        ("year", "≠", 2020, False),
        ("year", ">", "2019", True),
        ("year", "<", 2019, False),
        ("year", "≥", 2020, True),
        ("year", "≤", 2019, False),
        ("title", ">", 3, False),
    ],
)
def test_each_condition_of_the_contract_is_understood(
    name: str, comparison: str, value: object, holds: bool
) -> None:
    told = {"level": "区", "title": "茶室炉灶", "document_number": "", "valid_to": "2020-12-31", "year": 2020}
    condition = {"name": name, "comparison_operator": comparison, "value": value}
    assert fits(MetadataCondition.model_validate({"conditions": [condition]}), told) is holds
    named = condition | {"name": [name]}
    assert (
        fits(MetadataCondition.model_validate({"logical_operator": "or", "conditions": [named]}), told)
        is holds
    )


def test_conditions_choose_among_records(client: TestClient, key: Callable[..., str]) -> None:
    headers = {"Authorization": f"Bearer {key('retrieval')}"}
    condition = {"conditions": [{"name": "state", "comparison_operator": "is", "value": "valid"}]}
    held = client.post("/retrieval", json=ASKED | {"metadata_condition": condition}, headers=headers)
    assert held.json()["records"] == []
