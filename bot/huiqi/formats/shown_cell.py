"""What a cell of Excel shows, which is what people mean: 0.2 that is shown as 20 % says 20%.

Excel keeps a number and how it is shown apart (ECMA-376, part 1, section 18.8.31). The ways that offices use are read;
a cell that is shown in another is refused rather than taken for what nobody saw.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

PLAIN = ("General", "@", "")
_NUMBER = re.compile(r"(?P<thousands>#,##)?0(?:\.(?P<places>0+))?(?P<share>%)?(?:_[ )])?")
_DATED = re.compile(r"[yd年日]", re.IGNORECASE)
_TIMED = re.compile(r"[hs时]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class NotShown(Exception):
    """It is not known how the cell is shown."""


def shown(value: Any, number_format: str) -> Any:
    """The text that a cell shows, or the value as it is where it is text, empty or a day. Raises NotShown."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, number_format.split(";")[0])
    if isinstance(value, datetime):
        return value if value.time() == time() else _moment(value, number_format)
    if isinstance(value, date) or value is None or isinstance(value, str):
        return value
    raise NotShown


def _number(value: float, number_format: str) -> Any:
    if number_format in PLAIN:
        # What Excel shows of a number without a format has eleven digits at most.
        return int(value) if float(value).is_integer() else float(f"{value:.10g}")
    found = _NUMBER.fullmatch(number_format.replace('"', ""))
    if found is None:
        raise NotShown
    places = len(found["places"] or "")
    number = value * 100 if found["share"] else value
    digits = f"{number:,.{places}f}" if found["thousands"] else f"{number:.{places}f}"
    return digits + (found["share"] or "")


def _moment(value: datetime, number_format: str) -> Any:
    """A day with a time of day: where only the day is shown, the day."""
    plain = _QUOTED.sub("", number_format)
    if not _DATED.search(plain):
        raise NotShown
    return value.strftime("%Y-%m-%d %H:%M") if _TIMED.search(plain) else value.date()
