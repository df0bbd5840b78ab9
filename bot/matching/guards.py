"""What rules an entry out however alike the words are: another year, another number, another document.

Each guard is one row of GUARDS: a name, a sentence for people, and a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.matching.base import EntryView
from bot.matching.features import Question


@dataclass(frozen=True)
class Guard:
    name: str
    sentence: str
    forbids: Callable[[Question, EntryView], bool]


def bar(question: Question, entry: EntryView) -> str | None:
    """The name of the first guard that rules `entry` out for `question`, or None."""
    for guard in GUARDS:
        if guard.forbids(question, entry):
            return guard.name
    return None


def _other_place(question: Question, entry: EntryView) -> bool:
    return question.marks.place is not None


def _other_year(question: Question, entry: EntryView) -> bool:
    years = question.marks.years
    if not years:
        return False
    allowed = entry.own_years or entry.years
    return bool(allowed) and not years & allowed


def _needs_mention(question: Question, entry: EntryView) -> bool:
    if not entry.requires:
        return False
    compact = question.analysis.compact
    return not any(word in compact for word in entry.requires)


def _other_document(question: Question, entry: EntryView) -> bool:
    number = question.marks.document_number
    return number is not None and number != entry.document_number


def _other_count(question: Question, entry: EntryView) -> bool:
    counted = question.marks.counted
    return bool(counted) and not counted & entry.counted


GUARDS = (
    Guard("place", "问的是外地或别的区，不用光明区的条目回答", _other_place),
    Guard("year", "问的年份与条目不同", _other_year),
    Guard("mention", "条目只在说明年份或名称时回答", _needs_mention),
    Guard("document", "问的文号与条目不同", _other_document),
    Guard("count", "问的“几条”“几项”与条目不同", _other_count),
)
