"""An entry's texts cut into statements: a sentence or a list item, which knows the facet it stands in, what it holds (an amount, a
share, a date …) and by when what it quotes was known."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from huiqi.pack.model import UNKNOWN

Sides = tuple[tuple[str, str], ...]
SUMMARY = ""
"""The facet of the statements of an entry's summary."""
_PUBLISHED = re.compile(
    r"(?P<year>20\d\d)年(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})日)?(?P<half>[上下]半年)?的?[^，。；、]{0,8}?(?:报道|转载|通知|公告|通报|统计|文件)"
)
# A day on which something begins or was published is none on which it ends.
_DAY = re.compile(
    r"(?P<year>20\d\d)年(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|底|末)(?!起|发布|印发|公布|施行|实施|启动|上线|推出|出台|开通|成立)"
)
_UNTIL = re.compile(
    r"(?P<year>20\d\d)年[^。]*?(?:到|至)(?:(?P<own_year>20\d\d)年)?(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|[底末])?"
)
_ITEM = re.compile(r"^\s*\d{1,2}[.、．]\s*")
_SENTENCE = re.compile(r"[^。！？\n]*(?:[。！？]+[”」』）]*|\n|$)")
_NOT_KNOWN = re.compile(UNKNOWN + r"|没有查到|没有写明|没有公布")


@dataclass(frozen=True)
class Writing:
    """Normalised text without spaces, with its pairs of characters and synonym groups."""

    compact: str
    terms: frozenset[str]

    def says(self, word: str, concepts: Iterable[str]) -> bool:
        """Whether it says `word`, or one of the synonym groups that stand for it."""
        return word in self.compact or not self.terms.isdisjoint(concepts)


@dataclass(frozen=True)
class Statement:
    """`facet`: where it stands, SUMMARY for the summary; `place`: its place there, from 0; `is_item`: one of a
    list; `own`: what it says; `known_by`: the same with the questions that staff wrote for it; `sides`: of what has opposites,
    which side it says (规上, 规下); `asked`: the pairs of characters of each question that it answers."""

    text: str
    facet: str
    place: int
    is_item: bool
    sources: tuple[str, ...]
    holds: frozenset[str]
    own: Writing
    known_by: Writing
    sides: Sides = ()
    asked: tuple[frozenset[str], ...] = ()

    @cached_property
    def is_unknown(self) -> bool:
        """Whether it says that something is not known."""
        return bool(_NOT_KNOWN.search(self.text))

    @property
    def is_opening(self) -> bool:
        """Whether it is what the entry opens with, as a whole or on one of its aspects."""
        return self.place == 0

    def was_known_on(self, day: date) -> bool:
        """Whether nothing that it quotes (据某年12月报道) was published after `day`."""
        return self._known_from <= day

    @cached_property
    def _known_from(self) -> date:
        return _last_published(self.text)

    @cached_property
    def last_day(self) -> date | None:
        """The latest day that it names, to the end of the month where it names no day."""
        return max((_last_day(found) for found in _DAY.finditer(self.text)), default=None)

    def period_end(self) -> date | None:
        """The last day of the period that it names (…年2月1日至3月31日); the first such, None where it names none."""
        found = _UNTIL.search(self.text)
        if found is None:
            return None
        year, month = int(found["own_year"] or found["year"]), min(max(int(found["month"]), 1), 12)
        last = monthrange(year, month)[1]
        return date(year, month, min(int(found["day"] or last), last))


def cut(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences and list items of `text` in order, each with whether it is an item. Nothing but white space is
    lost."""
    for line in text.split("\n"):
        if _ITEM.match(line):
            yield line.strip(), True
            continue
        for sentence in _SENTENCE.findall(line):
            if sentence.strip():
                yield sentence.strip(), False


def was_published_by(text: str, day: date) -> bool:
    """Whether nothing that `text` quotes (据某年12月报道) was published after `day`."""
    return _last_published(text) <= day


def _last_published(text: str) -> date:
    """The day on which the last of what `text` quotes was published, as early as it may have been."""
    return max(map(_first_day, _PUBLISHED.finditer(text)), default=date.min)


def _first_day(found: re.Match[str]) -> date:
    month = min(max(int(found["month"] or (7 if found["half"] == "下半年" else 1)), 1), 12)
    return date(
        int(found["year"]), month, min(int(found["day"] or 1), monthrange(int(found["year"]), month)[1])
    )


def _last_day(found: re.Match[str]) -> date:
    year, month = int(found["year"]), min(max(int(found["month"]), 1), 12)
    last = monthrange(year, month)[1]
    return date(year, month, min(int(found["day"] or last), last))


def is_opposite(own: Sides, wanted: Sides) -> bool:
    """Whether one text says a side of something of which the other says another."""
    said = dict(own)
    return any(said.get(name, side) != side for name, side in wanted)
