"""What users and their programs rely on, held fast: answers that were right stay right, borders keep their shape.

`snapshot.tsv` holds what the first version answered. Answers may get better; hardly any right one may be lost.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from huiqi.answering.reply import Action
from huiqi.assistant.asking import Assistant, Message
from huiqi.channels.answer_line import answer_line
from huiqi.cli.main import parser
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack

from tests.content.conftest import DAY, Measured

HERE = Path(__file__).parent
MOST_LOST = 0.03
"""Share of the right answers of the first version that another version may miss: the base is not the same either."""


def _snapshot() -> dict[str, tuple[str, str]]:
    lines = (HERE / "snapshot.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {identifier: (outcome, entry) for identifier, outcome, entry in rows}


@pytest.mark.parametrize("name", ["heldout", "heldout-guards", "heldout-dialogues", "heldout-out"])
def test_what_was_answered_rightly_still_is(measured: Measured, name: str) -> None:
    before = _snapshot()
    right, lost = 0, []
    report = measured(name)
    for item in [*report.outcomes, *report.several]:
        row, reply = item.row, item.reply
        outcome, entry = before[f"{name}/{row.id}"]
        was_right = entry in row.accept if row.accept else outcome != "answer"
        right += was_right
        is_right = reply.entry in row.accept if row.accept else reply.outcome != "answer"
        if was_right and not is_right:
            lost.append(f"{row.id} {row.question} → {reply.outcome} {reply.entry}")
    assert len(lost) <= MOST_LOST * right + 1, "\n".join(lost)


COMMANDS = [
    "ask",
    "chat",
    "check",
    "eval",
    "rank",
    "unanswered",
    "kb",
    "telegram",
    "serve",
    "user",
    "backup",
    "restore",
    "doctor",
    "prepare",
]


def test_no_command_is_gone() -> None:
    actions: Any = parser()._subparsers
    known = next(action.choices for action in actions._group_actions)
    assert set(COMMANDS) <= set(known)


def test_json_lines_keep_their_fields(pack: Pack, matcher: Matcher) -> None:
    line = answer_line(Assistant(pack, matcher).ask(Message("贷款贴息能补多少", "held", day=DAY)))
    assert {"outcome", "entry", "facet", "confidence", "candidates", "text"} <= set(line)
    assert json.loads(json.dumps(line, ensure_ascii=False)) == line


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("e:hq15-rent::", Action("entry", "hq15-rent")),
        ("f:hq15-rent:3:", Action("facet", "hq15-rent", "材料")),
        ("n:::", Action("none")),
        ("u:::2n", Action("up", question=95)),
        ("d:::2n", Action("down", question=95)),
        ("s:hq15-rent::", Action("subscribe", "hq15-rent")),
        ("h:::2n", Action("human", question=95)),
        ("c::::place1", Action("check", value="place1")),
        ("m:hq15-loan-interest::", Action("estimate", "hq15-loan-interest")),
        ("l::::place1", Action("checklist", value="place1")),
    ],
)
def test_buttons_of_old_messages_go_on_working(code: str, action: Action) -> None:
    assert Action.from_code(code) == action
    assert action.code() == code
