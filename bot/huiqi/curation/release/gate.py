"""The publish gate: what would change for people who ask, if the approved drafts were published now?

Golden questions and the questions of the last 30 days are asked of the published pack and of the draft
pack, by the same code that answers people. Nothing is logged by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from huiqi.answering.reply import Reply, is_told_first
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Golden, Pack

GROUPS = ("lost", "changed", "newly", "wanted")
"""No longer answered; answered otherwise; answered now, though the change was not made for it; what it was made for. The
first asks for the closest look."""
Ask = Callable[[str], "Answer"]
Progress = Callable[[int, int], None]

SOME_CHANCE = 0.05
"""An entry less likely than this loses nothing by falling behind."""
STEP = 25
"""Progress is told every so many questions."""


@dataclass(frozen=True)
class Answer:
    """What the gate compares of a reply. `firsts`: its first line, or that of each part; `likely`: the entry that comes
    first of those that a clarification offers."""

    outcome: str
    entry: str | None
    facet: str | None
    text: str
    reason: str | None = None
    firsts: tuple[str, ...] = ()
    likely: str | None = None

    @classmethod
    def of(cls, reply: Reply) -> Answer:
        likely = reply.candidates[0][0] if reply.outcome == "clarify" and reply.candidates else None
        return cls(reply.outcome, reply.entry, reply.facet, reply.text, reply.reason, reply.firsts, likely)

    @property
    def is_full(self) -> bool:
        """Whether the asker got what was asked for: an answer, and not that the facet is 未查明."""
        return self.outcome == "answer" and self.reason != "facet_missing"


@dataclass(frozen=True)
class Change:
    """A question whose answer would change. `kind`: better, worse or other; `asked`: how often, in 30 days; `group`: what
    staff make of it, one of GROUPS."""

    question: str
    kind: str
    asked: int
    before: Answer
    after: Answer
    group: str = "changed"


@dataclass(frozen=True)
class BrokenGolden:
    """A golden question that was right and would be wrong. `fault`: what of it, in the words of `fault_of`."""

    question: str
    accept: tuple[str, ...]
    facet: str | None
    first: str | None
    fault: str
    after: Answer


@dataclass(frozen=True)
class Shift:
    """Where a new alternate ranks entries, before and after: (entry, probability), best first."""

    alternate: str
    entry: str
    before: tuple[tuple[str, float], ...]
    after: tuple[tuple[str, float], ...]

    @property
    def losers(self) -> tuple[str, ...]:
        """Entries that stood above the entry before, with some chance, and do not any more."""
        earlier = [entry for entry, chance in self.before if chance >= SOME_CHANCE]
        later = [entry for entry, _ in self.after]
        above = earlier[: earlier.index(self.entry)] if self.entry in earlier else earlier
        now_above = later[: later.index(self.entry)] if self.entry in later else later
        return tuple(entry for entry in above if entry not in now_above)


@dataclass(frozen=True)
class GateReport:
    """`still_wrong`: golden questions that are wrong already today, and stay so; they do not block. `replayed`: logged
    questions compared, of which `untouched` share no telling word with the change and were not asked again."""

    golden: int
    replayed: int
    broken: tuple[BrokenGolden, ...]
    still_wrong: tuple[str, ...]
    changes: tuple[Change, ...]
    shifts: tuple[Shift, ...]
    untouched: int = 0

    @property
    def passes(self) -> bool:
        return not self.broken

    def to_json(self) -> dict[str, Any]:
        data = asdict(self)
        for row, shift in zip(data["shifts"], self.shifts, strict=True):
            row["losers"] = list(shift.losers)
        return data


def fault_of(golden: Golden, answer: Answer) -> str | None:
    """What is wrong with an answer to a golden question: entry, facet or first (its first line does not answer); None
    where it is right. An empty `accept` asks for no answer."""
    if not golden.accept:
        return "entry" if answer.outcome == "answer" else None
    if answer.outcome != "answer" or answer.entry not in golden.accept:
        return "entry"
    if golden.facet is not None and answer.facet != golden.facet:
        return "facet"
    if golden.first is not None and not is_told_first(golden.first, answer.firsts):
        return "first"
    return None


def is_right(golden: Golden, answer: Answer) -> bool:
    return fault_of(golden, answer) is None


def replay(
    before: Ask,
    after: Ask,
    golden: Iterable[Golden],
    asked: Mapping[str, int],
    shifts: Iterable[Shift],
    progress: Progress = lambda done, total: None,
    can_change: Callable[[str], bool] = lambda question: True,
    is_wanted: Callable[[str, Answer], bool] = lambda question, answer: False,
) -> GateReport:
    """Ask every question that `can_change` twice, and the other golden ones once. `asked`: question → how often it
    was asked; `is_wanted`: whether a changed answer is what the change was made for."""
    golden = tuple(golden)
    expected = {item.question: item for item in golden}
    questions = list(dict.fromkeys([*expected, *asked]))
    broken: list[BrokenGolden] = []
    still_wrong: list[str] = []
    changes: list[Change] = []
    untouched = 0
    for number, question in enumerate(questions):
        if number % STEP == 0:
            progress(number, len(questions))
        item = expected.get(question)
        is_touched = can_change(question)
        if not is_touched:
            untouched += question in asked
            if item is None:
                continue
        old = before(question)
        new = after(question) if is_touched else old
        fault = fault_of(item, new) if item is not None else None
        if item is not None and fault:
            if is_right(item, old):
                broken.append(BrokenGolden(question, item.accept, item.facet, item.first, fault, new))
            else:
                still_wrong.append(question)
        if old != new:
            group = "wanted" if is_wanted(question, new) else _group(old, new)
            changes.append(Change(question, _kind(item, old, new), asked.get(question, 0), old, new, group))
    progress(len(questions), len(questions))
    order = {"worse": 0, "other": 1, "better": 2}
    changes.sort(
        key=lambda change: (
            GROUPS.index(change.group),
            order[change.kind],
            -change.asked,
            change.question,
        )
    )
    return GateReport(
        len(golden), len(asked), tuple(broken), tuple(still_wrong), tuple(changes), tuple(shifts), untouched
    )


def _kind(golden: Golden | None, before: Answer, after: Answer) -> str:
    if golden is not None and is_right(golden, before) != is_right(golden, after):
        return "better" if is_right(golden, after) else "worse"
    rank = {"unanswered": 0, "clarify": 1, "answer": 2, "smalltalk": 2}
    if rank[after.outcome] != rank[before.outcome]:
        return "better" if rank[after.outcome] > rank[before.outcome] else "worse"
    return "other"


def _group(before: Answer, after: Answer) -> str:
    if before.is_full != after.is_full:
        return "newly" if after.is_full else "lost"
    return "changed"


def new_alternates(before: Pack, after: Pack) -> Iterator[tuple[str, str]]:
    """(entry, alternate) of every alternate that stands in `after` only."""
    for entry in after.entries.values():
        old = before.entries.get(entry.id)
        known = set(old.alternates) if old else set()
        for alternate in entry.alternates:
            if alternate not in known:
                yield entry.id, alternate


def shift(alternate: str, entry: str, before: Matcher, after: Matcher) -> Shift:
    return Shift(alternate, entry, _ranked(before, alternate), _ranked(after, alternate))


def _ranked(matcher: Matcher, text: str) -> tuple[tuple[str, float], ...]:
    return tuple(
        (matcher.entry_id(candidate.entry), round(candidate.probability, 4))
        for candidate in matcher.match(text).candidates[:5]
    )
