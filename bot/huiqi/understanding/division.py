"""Which parts of a message are questions of their own: the division with the best sum over its parts.

The shape of the text proposes borders (splitting.py); what each part means by itself says what a border is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from huiqi.answering.composing import TOGETHER
from huiqi.understanding.meaning import Meaning, Understander
from huiqi.understanding.splitting import Piece, at_each_level, distribute, pieces, split

HARD_BORDER, SOFT_BORDER = 0.15, 0.65
"""What a border costs in the sum of probabilities: one that a mark sets (？ ； 2.), and one that only a comma does."""
UNANSWERED = -0.1
"""What a part is worth that nothing answers."""
MOST_QUESTIONS = 5
"""Of a message that is a list of more questions, the first so many are answered."""
MOST_PIECES = 6
"""A message of more pieces is a story: its last pieces are looked at, the rest goes with the first of them."""


_Leans = Callable[[Meaning, str | None], bool]
"""Whether a part leans on what stands before it: Understander.leans."""


@dataclass(frozen=True)
class _Division:
    worth: float
    parts: tuple[Meaning, ...]


class Divider:
    def __init__(self, understander: Understander) -> None:
        self._understander = understander

    def questions(self, text: str, today: date) -> list[Meaning]:
        """The questions of `text` in order, each as it is understood by itself; one where taking it apart is worth
        nothing."""
        understand = self._understood(today)
        if of_levels := self._at_levels(text, understand):
            return of_levels
        proposed = _first(pieces(text))
        if len(proposed) == 1:
            of_each = [understand(own) for own in distribute(text)]
            answers = {part.entry for part in of_each}
            if None not in answers and len(answers) == len(of_each):
                return of_each
            return [understand(text)]
        best = _best(_shortened(proposed), understand, self._understander.leans)
        if len(best.parts) == 1:
            return [understand(text)]
        return self._with_year(list(best.parts), understand)

    def asks_too_much(self, text: str) -> bool:
        """Whether `questions` leaves out what comes after the first few."""
        proposed = pieces(text)
        return len(_first(proposed)) < len(proposed)

    def _at_levels(self, text: str, understand: Callable[[str], Meaning]) -> list[Meaning]:
        """The same question of each level that `text` names in one sentence, where counterparts at these levels answer it; else
        nothing, as where each of its clauses is better answered by itself (市里技改补多少，区里参展补多少)."""
        if len(split(text)) > 1:
            return []
        asked = at_each_level(*self._understander.reader.levels_in(text))
        if len(asked) < 2 or TOGETHER in understand(text).aspects:
            return []
        parts = [understand(own) for own in asked[:MOST_QUESTIONS]]
        if not self._understander.are_counterparts(parts):
            return []
        clauses = [understand(piece.text) for piece in pieces(text)]
        is_of_each = all(part.entry for part in clauses) and _sureness(clauses) > _sureness(parts)
        return [] if is_of_each else parts

    def _understood(self, today: date) -> Callable[[str], Meaning]:
        """What a text means by itself, worked out once a message."""

        @cache
        def understood(text: str) -> Meaning:
            return self._understander.meaning(self._understander.reader.read(text, today))

        return understood

    def _with_year(self, parts: list[Meaning], understand: Callable[[str], Meaning]) -> list[Meaning]:
        """A year said once counts for what follows, where that means nothing without it."""
        years = parts[0].reading.question.marks.years
        if len(years) != 1:
            return parts
        (year,) = years
        dated = [parts[0]]
        for part in parts[1:]:
            with_year = understand(f"{year}年{part.text}") if part.outcome == "unanswered" else part
            dated.append(with_year if with_year.outcome == "answer" else part)
        return dated


def _first(proposed: list[Piece]) -> list[Piece]:
    """What stands before the sixth question, where each is set apart by a mark; a story has fewer."""
    asking = [place for place, piece in enumerate(proposed) if piece.is_hard and piece.asks]
    return proposed if len(asking) <= MOST_QUESTIONS else proposed[: asking[MOST_QUESTIONS]]


def _shortened(proposed: list[Piece]) -> list[Piece]:
    if len(proposed) <= MOST_PIECES:
        return proposed
    told, rest = proposed[: 1 - MOST_PIECES], proposed[1 - MOST_PIECES :]
    first = replace(told[0], text="，".join(piece.text for piece in told), asks=any(p.asks for p in told))
    return [first, *rest]


def _best(proposed: list[Piece], understand: Callable[[str], Meaning], leans: _Leans) -> _Division:
    """The best division, by dynamic programming over the place where its last part begins."""
    best: list[_Division] = [_Division(0.0, ())]
    for end in range(1, len(proposed) + 1):
        found = []
        for start in range(end):
            if start and not (_asks(proposed[start:end]) and _asks(proposed[:start])):
                continue
            part = understand("，".join(piece.text for piece in proposed[start:end]))
            found.append(_joined(best[start], part, proposed[start].is_hard, leans))
        best.append(max(found, key=lambda division: division.worth))
    return best[-1]


def _asks(part: list[Piece]) -> bool:
    return any(piece.asks for piece in part)


def _joined(before: _Division, part: Meaning, is_hard: bool, leans: _Leans) -> _Division:
    if not before.parts:
        return _Division(_worth(part), (part,))
    last = before.parts[-1]
    cost = HARD_BORDER if is_hard else SOFT_BORDER
    is_bare = part.reading.is_bare and (part.entry is None or leans(part, None))
    # After a comma 最晚到什么时候 is about what stands before it, however well it fits elsewhere.
    if last.entry is not None and (is_bare or (not is_hard and leans(part, last.entry))):
        # Nothing but an aspect: a question of its own after a mark, and of another aspect than the one before.
        asks_more = bool(set(part.aspects) - set(last.aspects)) and is_hard
        return _Division(before.worth + (cost if asks_more else -1.0), (*before.parts, part))
    if part.entry is not None and part.entry == last.entry:
        asks_more = bool(set(part.aspects) - set(last.aspects)) and is_hard
        return _Division(before.worth + (0.0 if asks_more else -1.0), (*before.parts, part))
    return _Division(before.worth + _worth(part) - cost, (*before.parts, part))


def _sureness(parts: list[Meaning]) -> float:
    return sum(part.decision.confidence for part in parts)


def _worth(part: Meaning) -> float:
    if part.outcome == "answer":
        return part.decision.confidence
    if part.outcome == "clarify":
        return sum(item.probability for item in part.decision.candidates) / 2
    return UNANSWERED
