"""Which day a question is about, where it names one: 前年3月那会儿, 今年的, 去年的, 明年."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from huiqi.language.mentions import is_told_year

_THEN = r"(?:份)?的?(?:那会儿?|那个?时候|那阵子?|那时|当时|当初|时候)"
_STILL = r"(?:还能|还可以|能不能|能否|能申请|可以申请|还有|还在|有效|到期|过期|生效|实施|执行了?吗|算数)"
# A year alone may be that of the policy (去年的补助还有吗); it is a day only right before the verb.
_FULL = re.compile(
    r"(?:在|到|按|以)?(?P<year>20\d\d)年"
    r"(?:(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>[12]\d|3[01]|0?[1-9])[日号])?"
    rf"(?:{_THEN}|(?:份|底|初|中旬?)?(?=.{{0,8}}{_STILL}))|{_THEN}|(?:年?底|年?初)?(?=.{{0,1}}{_STILL}))[,，]?"
)
_MONTH = re.compile(
    rf"(?<![\d年])(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>[12]\d|3[01]|0?[1-9])[日号])?{_THEN}[,，]?"
)
_RELATIVE = re.compile(r"今年|本年度?|去年|前年|明年|后年")
_NOW = frozenset({"今年", "本年", "本年度"})
_SHIFTS = {"去年": -1, "前年": -2, "明年": 1, "后年": 2}


@dataclass(frozen=True)
class Dated:
    """`text`: the question without the day it named. `alternative`: with a relative year spelt out
    as a number, to be tried first. `day`: the day that it is about. `named`: whether the question named it."""

    text: str
    day: date
    alternative: str | None = None
    named: bool = False


def read_day(text: str, today: date) -> Dated:
    """The day that `text` asks about; `today` where it names none."""
    full = _FULL.search(text)
    if full:
        found = _day(int(full["year"]), full["month"], full["day"], today)
        return Dated(_without(text, full), found, named=True)
    month = _MONTH.search(text)
    if month:
        found = _day(today.year, month["month"], month["day"], today)
        if found > today:
            found = _day(today.year - 1, month["month"], month["day"], today)
        return Dated(_without(text, month), found, named=True)
    relative = _asked_year(text)
    if relative:
        year = today.year + _SHIFTS.get(relative[0], 0)
        spelt = text[: relative.start()] + f"{year}年" + text[relative.end() :]
        if year == today.year:
            return Dated(text, today, alternative=spelt)
        if year > today.year:
            return Dated(text, date(year, 1, 1), alternative=spelt, named=True)
        return Dated(spelt, today)
    return Dated(text, today)


def _asked_year(text: str) -> re.Match[str] | None:
    """The last year named by its distance that is asked about: in 去年贷的款 it only tells when that was."""
    found = None
    for match in _RELATIVE.finditer(text):
        if match[0] in _NOW or not is_told_year(text.lower(), *match.span()):
            found = match
    return found


def _day(year: int, month: str | None, day: str | None, today: date) -> date:
    if month is None:
        # A whole year: the part of it that is today's, or its middle.
        return today if year == today.year else date(year, 6, 30)
    last = calendar.monthrange(year, int(month))[1]
    return date(year, int(month), min(int(day), last) if day else min(15, last))


def _without(text: str, found: re.Match[str]) -> str:
    rest = (text[: found.start()] + text[found.end() :]).strip(" ,，的")
    return rest or text
