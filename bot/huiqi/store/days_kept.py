"""How long what people said and did is kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Days:
    """How many days each kind is kept; 0 for ever."""

    questions: int = 365
    conversations: int = 1
    sessions: int = 30
    failures: int = 90
    gates: int = 365
    checks: int = 365


DEFAULT_DAYS = Days()
