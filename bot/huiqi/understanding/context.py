"""What was being talked about, kept per channel, chat and person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Context:
    """The state of one conversation.

    `entry`, `facet`, `question`: what was last answered, and the question that led there. `told`: the entry whose
    source, validity and office were told, so that they are not told again. `offered`: the
    codes of the buttons that a number may choose. `asked`: the log number of the clarification they belong
    to. `rejected`: how often in a row 都不是 was chosen. `check`: the answers of a self-check so far, None
    outside one. `estimate`: the entry whose amount is being worked out, `heard`: what was said for it so far.
    `checked`: the answers of the last self-check that came to its end. `earlier`: what was answered before `entry`, the
    newest first."""

    entry: str | None = None
    facet: str | None = None
    question: str = ""
    offered: tuple[str, ...] = ()
    asked: int | None = None
    rejected: int = 0
    check: str | None = None
    estimate: str | None = None
    checked: str | None = None
    told: str | None = None
    aspects: tuple[str, ...] = ()
    heard: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def talked_of(self) -> tuple[str, ...]:
        """The entries that were answered of late, the newest first."""
        return (self.entry, *self.earlier) if self.entry is not None else self.earlier

    @property
    def is_checking(self) -> bool:
        """Whether what was offered belongs to a self-check."""
        has_begun = self.check is not None or self.estimate is not None
        return has_begun or any(code[0] in "cmlk" for code in self.offered)

    def without_check(self) -> Context:
        """The same, with a self-check or an estimate given up."""
        return replace(self, check=None, estimate=None)

    def to_state(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_state(cls, state: Mapping[str, Any] | None) -> Context:
        """The inverse of `to_state`; what an older version has written is read as far as it is known."""
        known = (
            {field.name: state[field.name] for field in fields(cls) if field.name in (state or {})}
            if state
            else {}
        )
        return cls(
            **(known | {name: tuple(known.get(name, ())) for name in ("offered", "aspects", "earlier")})
        )
