"""The figures of a text by value, so that 二十万元 and 20万元 are one: amounts, shares, periods, dates, numbers of
documents and articles, phones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from huiqi.language.numerals import NUMERAL, digits_for_numerals, to_integer

DAY, DOCUMENT, PHONE, ARTICLE, COUNT = "日期", "文号", "电话", "条", "数"
_Read = Callable[[re.Match[str]], list["Figure"]]
_SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}
_UNITS = {
    "元": "元",
    "%": "%",
    "‰": "%",
    "成": "%",
    "个月": "个月",
    "年": "年数",
    "工作日": "工作日",
    "个工作日": "工作日",
    "天": "天",
    "日": "天",
    "小时": "小时",
    "分钟": "分钟",
    "秒": "秒",
    "倍": "倍",
}
_SHARES = {"成": Decimal(10), "‰": Decimal("0.1")}
"""So many percent are one of these."""
_ITEM = re.compile(r"(?m)^\s*\d{1,2}[.、．]\s*(?=\D)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMBERED = re.compile(rf"第([{NUMERAL}]+)条")
_WORKING_DAYS = re.compile(rf"[{NUMERAL}]+(?=个工作日)")
_HALF = re.compile(r"半(?=个月|年|天)")
_ISO = re.compile(
    r"(?P<year>20\d\d)(?P<mark>[-.])(?P<month>\d{2})(?P=mark)(?P<day>\d{2})"
    r"(?:至(?P<to_month>\d{2})-(?P<to_day>\d{2}))?"
)
_DOCUMENT = re.compile(
    r"〔(?P<year>20\d\d)〕第?(?P<number>\d+)号|(?P<of_year>20\d\d)年第(?P<of_number>\d+)号"
)
_PHONE = re.compile(r"(?<![\d.-])(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|1[02]\d{3})(?![\d.%元万人家个-])")
_ARTICLE = re.compile(r"第[（(]?(?P<number>\d+)[）)]?条")
_MONTHS = re.compile(r"(?P<first>\d{1,2})[—–~至-](?P<last>\d{1,2})月(?!\d)")
_DATE = re.compile(
    r"(?P<year>20\d\d)年(?:度|(?P<month>\d{1,2})月(?:份|(?P<day>\d{1,2})日)?)?"
    r"|(?<!\d)(?P<bare_month>\d{1,2})月(?:份|(?P<bare_day>\d{1,2})[日号])?"
)
_NUMBER = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)(?P<more>[余多])?(?P<scale>[万亿]?)(?P<more_after>余)?"
    r"(?P<unit>元|%|‰|成|个月|个工作日|工作日|小时|分钟|年|天|日|秒|倍)?"
)


@dataclass(frozen=True)
class Figure:
    """`kind`: DAY, DOCUMENT, PHONE, ARTICLE, a unit (元, %, 个月 …) or COUNT for a number of anything else. `value`: the
    number; of a DAY year, month and day, 0 for what is not said; of a DOCUMENT year and number. `text`: as written."""

    kind: str
    value: tuple[Decimal, ...] | tuple[int, ...] | str
    text: str

    def stands_in(self, others: Iterable[Figure], years: Iterable[int] = ()) -> bool:
        """Whether one of `others` says the same. A day may be told with a year that it is written without, if the year
        is written elsewhere, or is among `years`."""
        if self.kind != DAY:
            return any((self.kind, self.value) == (other.kind, other.value) for other in others)
        days = [other.as_day() for other in others if other.kind == DAY]
        year, month, day = self.as_day()
        said = {value[0] for value in days} | set(years)
        if not month:
            alone = {value[0] for value in days if not value[1]}
            return year in (alone or said)
        return any(
            month == value[1]
            and day in (0, value[2])
            and (year in (0, value[0]) or (value[0] == 0 and year in said))
            for value in days
        )

    def as_day(self) -> tuple[int, int, int]:
        """Year, month and day of a DAY, 0 for what is not said."""
        year, month, day = (int(part) for part in self.value)
        return year, month, day


def figures_of(text: str) -> list[Figure]:
    """The figures of `text`, each once: numbers in digits, and numerals with a unit (三个月, 百分之二十)."""
    plain = _plain(text)
    left = _HALF.sub("0.5", digits_for_numerals(plain))
    found: dict[Figure, None] = {}

    def take(pattern: re.Pattern[str], read: _Read) -> None:
        nonlocal left

        def replaced(match: re.Match[str]) -> str:
            found.update(dict.fromkeys(read(match)))
            return "※"

        left = pattern.sub(replaced, left)

    take(_ISO, _iso)
    take(_DOCUMENT, _document)
    take(_PHONE, lambda match: [Figure(PHONE, match[0].replace("-", ""), match[0])])
    take(_ARTICLE, lambda match: [Figure(ARTICLE, (int(match["number"]),), match[0])])
    take(_MONTHS, _months)
    take(_DATE, _date)
    take(_NUMBER, lambda match: _number(match, plain))
    return list(found)


def _plain(text: str) -> str:
    """`text` in half width, without the numbers of list items and the commas of thousands."""
    bare = _ITEM.sub("", _THOUSANDS.sub("", text))
    folded = unicodedata.normalize("NFKC", bare).replace("〇", "零")
    folded = _WORKING_DAYS.sub(_in_digits, folded.replace("两月", "两个月"))
    return _NUMBERED.sub(lambda match: f"第{digits_for_numerals(match[1] + '条')}", folded)


def _in_digits(match: re.Match[str]) -> str:
    value = to_integer(match[0])
    return match[0] if value is None else str(value)


def _iso(match: re.Match[str]) -> list[Figure]:
    year = int(match["year"])
    days = [Figure(DAY, (year, int(match["month"]), int(match["day"])), match[0])]
    if match["to_month"]:
        days.append(Figure(DAY, (year, int(match["to_month"]), int(match["to_day"])), match[0]))
    return days


def _document(match: re.Match[str]) -> list[Figure]:
    year, number = match["year"] or match["of_year"], match["number"] or match["of_number"]
    return [Figure(DOCUMENT, (int(year), int(number)), match[0])]


def _months(match: re.Match[str]) -> list[Figure]:
    return [Figure(DAY, (0, int(match[end]), 0), match[0]) for end in ("first", "last")]


def _date(match: re.Match[str]) -> list[Figure]:
    year = int(match["year"] or 0)
    month, day = match["month"] or match["bare_month"] or 0, match["day"] or match["bare_day"] or 0
    return [Figure(DAY, (year, int(month), int(day)), match[0])]


def _number(match: re.Match[str], plain: str) -> list[Figure]:
    kind = _UNITS.get(match["unit"] or "", COUNT)
    if kind == COUNT and match["number"] not in plain:
        # 三项, 五个方面: words that count, no figures.
        return []
    share = _SHARES.get(match["unit"] or "", Decimal(1))
    return [Figure(kind, (Decimal(match["number"]) * _SCALES[match["scale"]] * share,), match[0])]
