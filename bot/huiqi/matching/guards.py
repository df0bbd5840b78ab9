"""What rules an entry out however alike the words are: another year, another number, another document.

Each guard is one row of GUARDS: a name, a sentence for people, and a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from huiqi.language.document_number import find_document_number
from huiqi.matching.corpus import EntryView
from huiqi.matching.features import Question, names_document
from huiqi.pack.model import Entry, Pack

MENTION, OTHER_YEAR = "mention", "year"


@dataclass(frozen=True)
class Guard:
    """`keeps_mass`: the entry ruled out still takes its share of the probability, so that a question about
    another year is not pushed onto the next best entry. Levels give it up to the counterpart that was meant."""

    name: str
    sentence: str
    forbids: Callable[[Question, EntryView], bool]
    keeps_mass: bool = True


def bar(question: Question, entry: EntryView, is_talked_about: bool = False) -> Guard | None:
    """The first guard that rules `entry` out for `question`, or None. `is_talked_about`: its policy is being talked
    about, so that it need not be mentioned again."""
    if not entry.requires and not question.marks.pins:
        return None
    return next(
        (
            guard
            for guard in GUARDS
            if not (is_talked_about and guard.name == MENTION) and guard.forbids(question, entry)
        ),
        None,
    )


def _other_place(question: Question, entry: EntryView) -> bool:
    """Another place is asked about, or asks for what the nearest level has for its own only."""
    marks = question.marks
    return marks.place is not None or (marks.asker_place is not None and entry.distance == 0)


def _other_year(question: Question, entry: EntryView) -> bool:
    return is_of_other_year(entry, question.marks.years)


def is_of_other_year(entry: EntryView, years: frozenset[int]) -> bool:
    """Whether an entry is of a year that is not among those named."""
    allowed = entry.own_years or entry.years
    return bool(years and allowed) and not years & allowed


def _needs_mention(question: Question, entry: EntryView) -> bool:
    if not entry.requires or (question.titled is not None and question.titled == entry.policy):
        return False
    compact = question.analysis.compact
    return not any(word in compact for word in entry.requires)


def _other_document(question: Question, entry: EntryView) -> bool:
    number = question.marks.document_number
    return number is not None and not names_document(number, entry)


def _other_count(question: Question, entry: EntryView) -> bool:
    counted = question.marks.counted
    return bool(counted) and not counted & entry.counted


def _other_name(question: Question, entry: EntryView) -> bool:
    """纾困12条 is not 12项举措: a count with the kind of document must be known together."""
    named = question.marks.named
    return named is not None and named not in entry.named


def _counted_elsewhere(question: Question, entry: EntryView) -> bool:
    """省里的16条 is not the city's 16条. Who is in the district may name the city for a document of the district."""
    marks = question.marks
    if not marks.counted or not marks.levels or entry.levels & marks.levels:
        return False
    return bool(marks.firm) or not entry.also_said & marks.levels


def _no_such_article(question: Question, entry: EntryView) -> bool:
    """There is no 第16条 of 15条."""
    marks = question.marks
    if marks.article is None or not marks.counted:
        return False
    return all(marks.article > int(re.sub(r"\D", "", name)) for name in marks.counted)


def _other_level(question: Question, entry: EntryView) -> bool:
    marks = question.marks
    return bool(marks.firm) and not entry.levels & marks.levels


GUARDS = (
    Guard("place", "问的是别处，不用这里的条目回答", _other_place),
    Guard(OTHER_YEAR, "问的年份与条目不同", _other_year),
    Guard(MENTION, "条目只在说到它的年份、名称或主题时回答", _needs_mention, keeps_mass=False),
    Guard("document", "问的文号与条目不同", _other_document, keeps_mass=False),
    Guard("count", "问的“几条”“几项”与条目不同", _other_count),
    Guard("count", "没有叫这个名字的文件", _other_name),
    Guard("count", "说的层级没有这个“几条”", _counted_elsewhere),
    Guard("article", "这份文件没有问的那一条", _no_such_article),
    Guard("level", "指明的层级与条目不同", _other_level, keeps_mass=False),
)


def not_before(pack: Pack, entry: Entry) -> date | None:
    """The day before which nobody can have known of `entry`: its first day, else the first of the year that its document is
    numbered with."""
    document = pack.document_of(entry)
    number = find_document_number(document.document_number or "") if document is not None else None
    return pack.first_day(entry) or (date(number.year, 1, 1) if number is not None else None)
