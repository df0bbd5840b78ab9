"""How many turns of dialogues, and parts of messages with several questions, are answered right.

    python scripts/measure_conversations.py FILE… [--as-of DAY] [--misses]

A line of FILE is one JSON object: `{"turns": [{"question", "accept", "facet"?}]}`, or `{"question",
"accept_each"}`, or `{"question", "accept", "facet"}`. An empty `accept` means: not answered from an entry.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bot"))

from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.service.settings import load_settings
from huiqi.service.wiring import open_assistant


@dataclass(frozen=True)
class Judged:
    """One thing counted: its kind, whether it was right, and a line about it for --misses."""

    kind: str
    is_right: bool
    line: str


def judge(assistant: Assistant, name: str, row: dict[str, Any], day: date | None) -> Iterator[Judged]:
    """What one line of a file says about the assistant."""
    message = Message("", "measure", conversation=name, day=day)
    if "turns" in row:
        said: list[str] = []
        for turn in row["turns"]:
            reply = assistant.ask(replace(message, text=turn["question"]))
            asked = " / ".join([*said, turn["question"]])
            line = f"{asked} → {_shown(reply)}（应为 {turn['accept']} {turn.get('facet') or ''}）"
            yield Judged("turn", _is_accepted(reply, turn["accept"]), line)
            if turn.get("facet"):
                yield Judged("turn facet", reply.facet == turn["facet"], line)
            said.append(turn["question"])
    elif "accept_each" in row:
        reply = assistant.ask(replace(message, text=row["question"]))
        parts = reply.parts or (reply,)
        for place, accept in enumerate(row["accept_each"]):
            part = parts[place] if place < len(parts) else None
            shown = " ; ".join(map(_shown, parts))
            is_right = (
                part is not None and len(parts) == len(row["accept_each"]) and _is_accepted(part, accept)
            )
            yield Judged("part", is_right, f"{row['question']!r}[{place}] → {shown}（应为 {accept}）")
    else:
        reply = assistant.ask(replace(message, text=row["question"], conversation=None))
        parts = reply.parts or (reply,)
        yield Judged(
            "kept whole",
            len(parts) == 1,
            f"{row['question']!r} → {len(parts)} parts: {' ; '.join(p.question for p in parts)}",
        )
        if "facet" in row:
            line = f"{row['question']!r} → {_shown(reply)}（应为 {row['facet']}）"
            yield Judged("facet", reply.facet == row["facet"], line)
            if row["facet"]:
                yield Judged("facet asked", reply.facet == row["facet"], "")


def _is_accepted(reply: Reply, accept: list[str]) -> bool:
    if not accept:
        return reply.outcome != "answer"
    return reply.outcome == "answer" and reply.entry in accept


def _shown(reply: Reply) -> str:
    return f"{reply.outcome} {reply.entry or ''} {reply.facet or ''} {reply.confidence:.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    assistant = open_assistant(replace(load_settings(), database=":memory:"))
    for file in options.files:
        asked: Counter[str] = Counter()
        right: Counter[str] = Counter()
        misses: list[str] = []
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            for judged in judge(assistant, f"{file.name}-{number}", json.loads(line), options.as_of):
                asked[judged.kind] += 1
                right[judged.kind] += judged.is_right
                if not judged.is_right and judged.line:
                    misses.append(f"  [{judged.kind}] {judged.line}")
        shares = "，".join(f"{kind} {right[kind]}/{asked[kind]}" for kind in asked)
        print(f"{file.name}: {shares}")
        if options.misses:
            print("\n".join(misses))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
