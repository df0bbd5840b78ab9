"""Reads the plain tables of dialogues and messages next to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huiqi.answering.reply import Reply

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Expected:
    """What one question should bring: any of `entries` (none: not answered from an entry), and the facet."""

    line: int
    question: str
    entries: tuple[str, ...]
    facet: str | None = None

    def is_met_by(self, reply: Reply) -> bool:
        if not self.entries:
            return reply.outcome != "answer"
        is_right = reply.outcome == "answer" and reply.entry in self.entries
        return is_right and self.facet in (None, reply.facet)


def dialogues() -> list[list[Expected]]:
    return [[_expected(number, line) for number, line in section] for section in _sections("dialogues.txt")]


def messages() -> list[tuple[str, list[Expected]]]:
    """(message, one Expected a part; none where the message must not be taken apart)."""
    return [
        (
            section[0][1].replace("⏎", "\n"),
            [
                _expected(number, f"第{place}问 | {line}")
                for place, (number, line) in enumerate(section[1:], 1)
            ],
        )
        for section in _sections("messages.txt")
    ]


def _sections(name: str) -> Iterator[list[tuple[int, str]]]:
    section: list[tuple[int, str]] = []
    for number, line in enumerate([*(HERE / name).read_text(encoding="utf-8").splitlines(), ""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            section.append((number, line))
        elif section:
            yield section
            section = []


def _expected(number: int, line: str) -> Expected:
    question, entries, *facet = (field.strip() for field in line.split("|"))
    return Expected(
        number,
        question,
        tuple(entries.split("/")) if entries != "-" else (),
        facet[0] if facet else None,
    )
