"""Which parts of a message are questions of their own: the splitter proposes, the matcher disposes."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.matching.matcher import Matcher
from huiqi.understanding.facets import detect_facet
from huiqi.understanding.interpreter import PAYMENT, is_bare
from huiqi.understanding.splitting import (
    distribute,
    group,
    is_question,
    split,
    split_at_and,
    split_at_pauses,
)

STORY = 60
"""From this length on a message tells a story: a part that nothing answers belongs to the story."""
SURELY_ONE = 0.9
"""A message that one entry answers with this confidence is not taken apart at its commas."""


@dataclass(frozen=True)
class _Part:
    text: str
    outcome: str
    entry: str | None
    facet: str | None
    is_bare: bool

    @property
    def stands(self) -> bool:
        return self.outcome in ("answer", "clarify") and not self.is_bare


class Divider:
    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def questions(self, text: str) -> list[str]:
        """The questions of `text` in order; `[text]` itself where taking it apart is not safe."""
        apart = split(text)
        # What each answers by itself, and differently, are two questions however they are joined.
        for pair in (distribute(text), split_at_and(text), apart):
            if len(pair) == 2:
                parts = [self._part(part) for part in pair]
                if all(part.outcome == "answer" for part in parts) and parts[0].entry != parts[1].entry:
                    return pair
        proposed = group(apart)
        if len(proposed) > 1:
            return self._with_year(self._safe(text, proposed, is_soft=False))
        proposed = split_at_pauses(text)
        return self._safe(text, proposed, is_soft=True) if len(proposed) > 1 else [text]

    def _with_year(self, questions: list[str]) -> list[str]:
        """A year said once counts for what follows, where that means nothing without it."""
        if len(questions) < 2:
            return questions
        years = self._matcher.match(questions[0]).question.marks.years
        if len(years) != 1:
            return questions
        (year,) = years
        dated = [questions[0]]
        for question in questions[1:]:
            alone = self._matcher.match(question)
            with_year = f"{year}年{question}"
            needs_it = alone.outcome == "unanswered" and self._matcher.match(with_year).outcome == "answer"
            dated.append(with_year if needs_it else question)
        return dated

    def find_question(self, text: str) -> list[str]:
        """Shorter readings of a long story, the likeliest first: its question with the clause before it, then
        the question alone."""
        clauses = [
            clause for part in split(text) for clause in part.replace(",", "，").split("，") if clause.strip()
        ]
        asking = [place for place, clause in enumerate(clauses) if is_question(clause)]
        if len(clauses) < 2 or not asking:
            return []
        last = asking[-1]
        readings = ["，".join(clauses[max(0, last - 1) : last + 1]), clauses[last]]
        readings += [clauses[place] for place in reversed(asking[:-1])]
        return list(dict.fromkeys(readings))

    def _part(self, text: str) -> _Part:
        decision = self._matcher.match(text)
        best = decision.best
        return _Part(
            text,
            decision.outcome,
            self._matcher.entry_id(best.entry) if best and decision.outcome == "answer" else None,
            detect_facet(decision.question.text),
            is_bare(decision),
        )

    def _safe(self, text: str, proposed: list[str], is_soft: bool) -> list[str]:
        kept: list[_Part] = []
        waiting = ""
        for part in map(self._part, proposed):
            if (not is_question(part.text) and not part.stands) or (part.is_bare and not kept):
                waiting = f"{waiting}，{part.text}".strip("，")
            elif kept and self._repeats(part, kept[-1]):
                kept[-1] = self._joined(kept[-1], part)
            else:
                kept.append(self._part(f"{waiting}，{part.text}") if waiting else part)
                waiting = ""
        if waiting and kept:
            kept[-1] = self._joined(kept[-1], self._part(waiting))
        if len(kept) < 2 or not any(part.stands for part in kept):
            return [text]
        fails = [part for part in kept if not part.stands and not part.is_bare]
        if fails and (is_soft or len(text) > STORY):
            return [text]
        if is_soft and not self._differ(kept, self._matcher.match(text).confidence):
            return [text]
        return [part.text for part in kept]

    @staticmethod
    def _differ(kept: list[_Part], confidence: float) -> bool:
        """Whether parts that only a comma sets apart ask for clearly different things: each for a facet of
        its own, or for entries that no single one answers."""
        if any(part.is_bare for part in kept):
            return all(part.facet for part in kept)
        return confidence < SURELY_ONE

    @staticmethod
    def _repeats(part: _Part, before: _Part) -> bool:
        """Whether `part` asks nothing that `before` does not ask."""
        if part.is_bare:
            return part.facet == before.facet or (part.facet is None and not PAYMENT.search(part.text))
        return part.entry is not None and part.entry == before.entry and part.facet in (None, before.facet)

    @staticmethod
    def _joined(before: _Part, part: _Part) -> _Part:
        return _Part(
            f"{before.text}，{part.text}",
            before.outcome,
            before.entry,
            before.facet or part.facet,
            before.is_bare,
        )
