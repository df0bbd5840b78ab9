"""MCP, by the client of the official SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

mcp = pytest.importorskip("mcp")


def talk(address: str, key: str, *calls: tuple[str, dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """The tools, and what each call gave."""

    async def go() -> tuple[list[Any], list[Any]]:
        import httpx2
        from mcp.client.session import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            streamable_http_client(f"{address}/mcp", http_client=http) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            given = [await session.call_tool(name, arguments) for name, arguments in calls]
            return list(tools), given

    return asyncio.run(go())


def test_a_model_asks_looks_up_and_checks(address: str, key: Callable[..., str]) -> None:
    tools, given = talk(
        address,
        key("mcp"),
        ("ask", {"question": "换炉灶有补贴吗"}),
        ("ask", {"question": "换炉灶有补贴吗", "day": "2020-06-01"}),
        ("entry", {"id": "tea-stove", "day": "2020-06-01"}),
        ("in_force", {"day": "2020-06-01"}),
        ("in_force", {"day": "2030-06-01"}),
        ("search_passages", {"query": "换炉灶有补贴吗"}),
        ("self_check", {}),
        ("entry", {"id": "nothing"}),
        ("ask", {"question": "换炉灶有补贴吗", "day": "明天"}),
    )
    assert {tool.name for tool in tools} == {"ask", "entry", "search_passages", "self_check", "in_force"}
    assert all(tool.annotations.read_only_hint for tool in tools)
    now, then, entry, in_force, later, passages, check, unknown, wrong = given
    assert "已于2020年12月31日到期" in told(now)["text"] and told(now)["entry"] == "tea-stove"
    assert "到期" not in told(then)["text"]
    assert told(entry)["state"] == "valid" and "按票面补三成" in told(entry)["text"]
    assert {item["entry"] for item in told(in_force)["entries"]} == {"tea-stove", "tea-sign"}
    assert told(later)["count"] == 0
    assert told(passages) == {"passages": []}
    assert told(check)["verdicts"] == [] and told(check)["next"] is None
    assert unknown.is_error and "没有条目 nothing" in unknown.content[0].text
    assert wrong.is_error and "年-月-日" in wrong.content[0].text


def told(result: Any) -> dict[str, Any]:
    return result.structured_content or json.loads(result.content[0].text)


def test_nobody_gets_in_without_a_key(client: TestClient, key: Callable[..., str]) -> None:
    for headers in ({}, {"Authorization": "Bearer hq_wrong"}):
        refused = client.post("/mcp", json={}, headers=headers)
        assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
    assert client.post("/mcp", json={}, headers={"Authorization": f"Bearer {key('ask')}"}).status_code == 403
