"""Dify's external knowledge contract (docs.dify.ai, External Knowledge API): entries and passages near a question, with a
score that means something, source and validity."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from huiqi.channels.rates import TooOften
from huiqi.channels.web.api import Api, BadRequest, Closed, json_body
from huiqi.channels.web.door import Door, NoKey, NotAllowed
from huiqi.channels.web.models import MOST_RECORDS, Condition, MetadataCondition, Record, Retrieval
from huiqi.channels.web.problems import problem
from huiqi.pack.originals import QuotedPassage
from huiqi.people.lookup import Lookup, Near

KNOWLEDGE = ("all", "entries", "passages")
MALFORMED_KEY, WRONG_KEY, NO_KNOWLEDGE = 1001, 1002, 2001
"""Error codes of the contract."""
HOLDS = (0.74, 0.09)
"""How often the nearest passage, and the one after it where that one does not, holds what was asked (docs/passages.md)."""
LEAST = 0.001
"""A probability below it rounds to none."""


class KnowledgeGate:
    """`home`: the web address of our pages, for links in records; "" where nobody has said."""

    def __init__(self, api: Api, lookup: Lookup, door: Door, home: str = "") -> None:
        self._api = api
        self._lookup = lookup
        self._door = door
        self._home = home.rstrip("/")

    def routes(self) -> list[Route]:
        return [Route("/retrieval", self.retrieve, methods=["POST"])]

    async def retrieve(self, request: Request) -> Response:
        told = partial(problem, request, is_new=True)
        try:
            self._door.enter(request, "retrieval")
            self._api.check_open(is_page=False)
            asked = Retrieval.model_validate(await json_body(request))
            if asked.knowledge_id not in KNOWLEDGE:
                sentence = f"没有知识库 {asked.knowledge_id[:40]}，可用的是：{'、'.join(KNOWLEDGE)}"
                return told("not_found", sentence, more=_dify(NO_KNOWLEDGE, sentence))
            records = await self._api.in_turn(partial(self.records, asked))
        except NoKey as error:
            code = MALFORMED_KEY if error.is_malformed else WRONG_KEY
            # 403 and not 401: by that the other side tells, when the address is filled in, that the key is wrong.
            return told("wrong_key", str(error), more=_dify(code, str(error)))
        except NotAllowed as error:
            return told("not_allowed", str(error), more=_dify(WRONG_KEY, str(error)))
        except TooOften as error:
            return told("too_often", str(error), {"Retry-After": str(error.seconds)}, _dify(429, str(error)))
        except Closed as error:
            return told("closed", str(error), more=_dify(503, str(error)))
        except ValidationError as error:
            sentence = _spoken(error)
            return told("bad_request", sentence, more=_dify(400, sentence))
        except BadRequest as error:
            return told("bad_request", str(error), more=_dify(400, str(error)))
        return JSONResponse({"records": [record.model_dump() for record in records]})

    def records(self, asked: Retrieval) -> list[Record]:
        """The best first, at most as many as were asked for."""
        setting, day = asked.retrieval_setting, self._lookup.today()
        limit = min(setting.top_k, MOST_RECORDS)
        found = self._lookup.find(asked.query, MOST_RECORDS, day)
        records = []
        if asked.knowledge_id != "passages":
            records += [self._of_entry(near, day) for near in found.entries if near.probability >= LEAST]
        if asked.knowledge_id != "entries":
            records += [
                self._of_passage(passage, found.nobody * holds, day)
                for passage, holds in zip(found.passages, HOLDS, strict=False)
            ]
        condition = asked.metadata_condition
        kept = [
            record
            for record in records
            if record.score >= setting.score_threshold
            and (condition is None or fits(condition, record.metadata))
        ]
        return sorted(kept, key=lambda record: -record.score)[:limit]

    def _of_entry(self, near: Near, day: date) -> Record:
        pack, entry = self._lookup.pack, near.entry
        policy = pack.document_of(entry)
        sources = [pack.sources[key] for key in entry.sources if key in pack.sources]
        address = next((url for source in sources for url in source.urls), "")
        page = f"{self._home}/e/{entry.id}" if self._home else ""
        return Record(
            content=self._lookup.text_of(entry, day),
            score=round(near.probability, 4),
            title=entry.title,
            metadata={
                "kind": "entry",
                "id": entry.id,
                "path": page or address,
                "description": entry.short_title,
                "level": entry.level,
                "policy": policy.title if policy else "",
                "document_number": (policy.document_number if policy else None) or "",
                "state": self._lookup.state(entry, day),
                "valid_from": _written(entry.validity.start),
                "valid_to": _written(entry.validity.end),
                "sources": "；".join(source.title for source in sources),
                "source_url": address,
                "last_checked": _written(entry.last_checked),
            },
        )

    def _of_passage(self, passage: QuotedPassage, chance: float, day: date) -> Record:
        end = date.fromisoformat(passage.valid_to) if passage.valid_to else None
        return Record(
            content=f"《{passage.title}》{passage.place}：“{passage.words}”",
            score=round(chance, 4),
            title=passage.title,
            metadata={
                "kind": "passage",
                "id": f"{passage.doc}#{passage.start}-{passage.end}",
                "path": passage.url or "",
                "description": passage.place,
                "state": "unknown" if end is None else "expired" if end < day else "valid",
                "issued": passage.issued or "",
                "valid_to": passage.valid_to or "",
                "sources": passage.source,
                "source_url": passage.url or "",
            },
        )


def fits(condition: MetadataCondition, metadata: Mapping[str, Any]) -> bool:
    """Whether what is told of a record meets the conditions."""
    met = [
        _OPERATORS[part.comparison_operator](metadata.get(name), part.value)
        for part in condition.conditions
        for name in _names(part)
    ]
    return not met or (all(met) if condition.logical_operator == "and" else any(met))


def _names(condition: Condition) -> list[str]:
    return [condition.name] if isinstance(condition.name, str) else condition.name


def _number(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(own: Any, wanted: Any) -> bool:
        try:
            return compare(float(own), float(wanted))
        except (TypeError, ValueError):
            return False

    return holds


def _day(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    # Days are written so that they sort (ISO 8601); what has no day is on no side of one.
    return lambda own, wanted: bool(own) and compare(str(own)[:10], str(wanted)[:10])


def _listed(wanted: Any) -> list[str]:
    return [str(item) for item in wanted] if isinstance(wanted, list) else str(wanted or "").split(",")


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "contains": lambda own, wanted: str(wanted) in str(own or ""),
    "not contains": lambda own, wanted: str(wanted) not in str(own or ""),
    "start with": lambda own, wanted: str(own or "").startswith(str(wanted)),
    "end with": lambda own, wanted: str(own or "").endswith(str(wanted)),
    "is": lambda own, wanted: str(own or "") == str(wanted),
    "is not": lambda own, wanted: str(own or "") != str(wanted),
    "in": lambda own, wanted: str(own or "") in _listed(wanted),
    "not in": lambda own, wanted: str(own or "") not in _listed(wanted),
    "empty": lambda own, wanted: not own,
    "not empty": lambda own, wanted: bool(own),
    "=": _number(operator.eq),
    "≠": _number(operator.ne),
    ">": _number(operator.gt),
    "<": _number(operator.lt),
    "≥": _number(operator.ge),
    "≤": _number(operator.le),
    "before": _day(operator.lt),
    "after": _day(operator.gt),
}


def _dify(code: int, sentence: str) -> dict[str, object]:
    return {"error_code": code, "error_msg": sentence}


def _spoken(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place or '请求'} 不对：{first['msg']}"


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""
