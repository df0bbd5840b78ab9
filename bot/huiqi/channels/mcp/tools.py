"""The tools that a large model has here; each reads only. What one cannot do it says in a sentence."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from huiqi.assistant.asking import Message
from huiqi.channels.answer_line import answer_line
from huiqi.channels.web.api import API_SWITCH, Api
from huiqi.formats.entry_json import entry_json
from huiqi.people.lookup import Lookup, UnknownAnswer
from huiqi.people.reception import Reception

CHANNEL = "mcp"
MOST = 200
LONGEST = 2000
INSTRUCTIONS = (
    "这里是政策问答的准确来源：每句话都有来源和有效期。先用 ask 提问；要全文用 entry；没有条目时用 search_passages 找原文；"
    "某一天哪些在施行用 in_force；公司能享受什么用 self_check。引用时请写明来源和有效期，state 不是 valid 的不要当作现行规定。"
)


def made(api: Api, reception: Reception, lookup: Lookup) -> MCPServer[Any]:
    """The server with its tools. What one cannot do it says in a sentence."""
    office = lookup.pack.office
    server: MCPServer[Any] = MCPServer(
        name="huiqi", title=f"{office.name}：{office.about}", instructions=INSTRUCTIONS
    )
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)

    @server.tool(title="提问", annotations=reads)
    async def ask(question: str, day: str = "") -> dict[str, Any]:
        """问一个政策问题，得到有来源的答案。question：一句中文问题，写全，不靠上文；day：按哪一天来看（YYYY-MM-DD），不写就是今天。"""
        message = Message(
            _bounded(question), CHANNEL, day=_day(day, None), switch=API_SWITCH, stands_alone=True
        )
        reply = await api.in_turn(lambda: reception.ask(message))
        return answer_line(reply) | {"number": reply.number}

    @server.tool(title="一个条目", annotations=reads)
    async def entry(id: str, day: str = "") -> dict[str, Any]:
        """一个条目的全部内容：各方面、来源、有效期，以及在某一天（YYYY-MM-DD，不写就是今天）是否施行。id 见 ask、in_force 的结果。"""
        found = lookup.entry(id)
        if found is None:
            raise ToolError(f"没有条目 {id[:80]}")
        on = _day(day, lookup.today())
        return entry_json(lookup.pack, found) | {
            "state": lookup.state(found, on),
            "text": lookup.text_of(found, on),
        }

    @server.tool(title="找原文段落", annotations=reads)
    async def search_passages(query: str) -> dict[str, Any]:
        """在政策文件原文里找说到这件事的段落，逐字给出，带文件名、位置、来源和有效期。它们是原文，不是整理好的答案。"""
        found = await api.in_turn(lambda: lookup.find(_bounded(query), 1))
        return {"passages": [asdict(passage) for passage in found.passages]}

    @server.tool(title="资格自查", annotations=reads)
    async def self_check(answers: dict[str, str] | None = None, day: str = "") -> dict[str, Any]:
        """按公司的情况看可能享受哪些政策。answers：问题编号到选项的对应；先不写，得到第一个问题，每次把 next 的问题答上再调用，直到没有 next。"""
        on = _day(day, lookup.today())
        try:
            verdicts, question = lookup.self_check(answers or {}, on)
        except UnknownAnswer as error:
            raise ToolError(str(error)) from None
        told = [
            {
                "entry": verdict.entry.id,
                "title": verdict.entry.short_title,
                "result": verdict.result,
                "reasons": list(verdict.reasons),
            }
            for verdict in verdicts
        ]
        following = (
            {"id": question.id, "ask": question.ask, "choices": [*question.choices, "不清楚"]}
            if question
            else None
        )
        return {"verdicts": told, "next": following, "note": "以主管部门认定为准。"}

    @server.tool(title="某一天在施行的", annotations=reads)
    async def in_force(day: str = "", level: str = "", limit: int = 50) -> dict[str, Any]:
        """某一天（YYYY-MM-DD，不写就是今天）在施行的条目，近的一级在前。level：只要哪一级；limit：最多几条。"""
        on = _day(day, lookup.today())
        levels = [one.name for one in lookup.pack.office.levels]
        if level and level not in levels:
            raise ToolError(f"没有“{level[:20]}”这一级，有的是：{'、'.join(levels)}")
        found = lookup.in_force(on, level or None)
        shown = [
            {
                "entry": item.id,
                "title": item.short_title,
                "level": item.level,
                "policy": lookup.pack.policies[item.policy].title,
                "valid_from": item.validity.start.isoformat() if item.validity.start else None,
                "valid_to": item.validity.end.isoformat() if item.validity.end else None,
            }
            for item in found[: max(1, min(limit, MOST))]
        ]
        return {"day": on.isoformat(), "count": len(found), "entries": shown}

    return server


def _day(written: str, otherwise: Any) -> Any:
    if not written.strip():
        return otherwise
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise ToolError(
            f"day 要写成 年-月-日（四位、两位、两位，例如 {date.today()}），不能是“{written[:20]}”"
        ) from None


def _bounded(text: str) -> str:
    if not text.strip() or len(text) > LONGEST:
        raise ToolError(f"请写一个问题，最多 {LONGEST} 个字")
    return text
