"""A reply as the stable answer line, which the command line and the HTTP API both give."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiqi.answering.reply import Reply


def answer_line(reply: Reply) -> dict[str, object]:
    """A reply as the stable answer line (see the interfaces in the README), without its id."""
    line: dict[str, object] = {
        "outcome": reply.outcome,
        "entry": reply.entry,
        "facet": reply.facet,
        "confidence": round(reply.confidence, 4),
        "aspects": list(reply.aspects),
        "first": reply.first,
    }
    if reply.reason:
        line["reason"] = reply.reason
    line["candidates"] = [{"entry": entry, "score": score} for entry, score in reply.candidates]
    line["text"] = reply.text
    if reply.passages:
        line["passages"] = [asdict(passage) for passage in reply.passages]
    if reply.parts:
        line["parts"] = [answer_line(part) for part in reply.parts]
    return line
