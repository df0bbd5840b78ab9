"""Asks measured questions again inside wrappers (greetings, who asks, how they feel): none of it may change the answer.

The table is our own and shares no wrapper with the one that the models are fitted on (understanding/examples).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from huiqi.assistant.asking import Message

if TYPE_CHECKING:
    from huiqi.answering.reply import Reply
    from huiqi.assistant.asking import Assistant
    from huiqi.evaluation.judging import Outcome

TABLE = Path(__file__).with_name("wrappers.yaml")
SLOT = "{}"
_MARKS = "?？。.!！"


@dataclass(frozen=True)
class WrapperFigures:
    """What one wrapper did to `asked` questions that are answered without it: how many were answered from the same
    entry, and how many with the same aspects as well."""

    wrapper: str
    asked: int
    same_entry: int
    same: int


def read_wrappers() -> list[str]:
    """The table; each wrapper holds SLOT where the question goes."""
    return [str(wrapper) for wrapper in yaml.safe_load(TABLE.read_text(encoding="utf-8"))]


def wrapped(question: str, wrapper: str) -> str:
    """The question inside a wrapper; its own mark gives way to what the wrapper goes on with."""
    ends_with_it = wrapper.endswith(SLOT)
    return wrapper.replace(SLOT, question if ends_with_it else question.rstrip(_MARKS))


def ask_wrapped(
    assistant: Assistant,
    outcomes: Iterable[Outcome],
    wrappers: Sequence[str],
    day: date | None = None,
    progress: Callable[[Iterable[Outcome]], Iterable[Outcome]] = lambda outcomes: outcomes,
) -> list[WrapperFigures]:
    """The figures of each wrapper over those questions that stand alone, are ours and were answered."""
    bare = [
        item
        for item in outcomes
        if item.row.accept and item.row.conversation is None and item.reply.outcome == "answer"
    ]
    same_entry = [0] * len(wrappers)
    same = [0] * len(wrappers)
    for item in progress(bare):
        before = _answers(item.reply)
        for place, wrapper in enumerate(wrappers):
            reply = assistant.ask(Message(wrapped(item.row.question, wrapper), "eval", day=day))
            after = _answers(reply)
            same_entry[place] += [entry for entry, _ in after] == [entry for entry, _ in before]
            same[place] += after == before
    return [
        WrapperFigures(wrapper, len(bare), *figures)
        for wrapper, *figures in zip(wrappers, same_entry, same, strict=True)
    ]


def _answers(reply: Reply) -> list[tuple[str | None, frozenset[str]]]:
    """(entry, aspects) of each answer in a reply."""
    parts = reply.parts or (reply,)
    return [(part.entry, frozenset(part.aspects)) for part in parts if part.outcome == "answer"]
