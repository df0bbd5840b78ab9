"""Numbers with their units in a sentence: 200万，年利率5%，三个月 → 2000000 元, 0.05 a year, 3 months.

Only what a formula of the self-check may ask for: money, rates, months, days, people, square metres. Dates,
document numbers and whatever else counts other things is no quantity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from huiqi.language.numerals import NUMERAL, WRITTEN, to_decimal

MONEY, RATE, MONTHS, DAYS, PEOPLE, AREA = "元", "%", "个月", "天", "人", "平方米"
UNITS = (MONEY, RATE, MONTHS, DAYS, PEOPLE, AREA)
EXAMPLES = {
    MONEY: "200万元",
    RATE: "年利率5%",
    MONTHS: "三个月",
    DAYS: "10天",
    PEOPLE: "10人",
    AREA: "2000平方米",
}
"""How each unit may be said, to show an asker."""
LOWEST_CLEAR_RATE = Decimal("0.01")
"""Hardly a company borrows for less a year: a lower rate without 年 or 月 is as likely one a month."""
LARGEST = 10**12
"""What is more is no number of a company's."""
_HIGHEST_PERCENT = 100
_MONTHS_A_YEAR = 12
_DAYS_A_MONTH = 30
_LONGEST_YEARS = 99
_WAN = 10_000


@dataclass(frozen=True)
class Quantity:
    """`value` in the unit: yuan, a share of one a year (5% is 0.05), months, days, people, square metres. `unit`: one
    of UNITS, None for a bare number; `is_weak` where it is only likely (200万, 10个). `said`: the words, enough to
    read it again. `before`, `after`: what stands around it in its clause. `every`: 月 or 年 where it comes again each
    month or year. `doubt`: the question to be answered
    before `value` means anything. `span`: the least and the most that is meant (三十几个人: 30, 39; 500人以上: 500, None)."""

    value: Decimal
    unit: str | None
    said: str
    is_weak: bool = False
    before: str = ""
    after: str = ""
    every: str = ""
    doubt: str = ""
    span: tuple[Decimal, Decimal | None] | None = None


def read_quantities(text: str) -> list[Quantity]:
    """The quantities in `text`, in their order."""
    return [read for _, read in _scan(text) if read is not None]


def without_quantities(text: str) -> str:
    """What else `text` says."""
    return "".join(piece for piece, read in _scan(text) if read is None)


def settled(quantity: Quantity, answer: str) -> Quantity | None:
    """A doubtful quantity after its question was answered with words (月息, 年的, 万元); None where it was not."""
    answer = unicodedata.normalize("NFKC", answer).lower().replace("万元", "万")
    meant = [form for words, form in _ANSWERS.get(quantity.unit, ()) if any(word in answer for word in words)]
    if len(meant) != 1:
        return None
    read = read_quantities(meant[0].format(quantity.said))
    return read[0] if len(read) == 1 and not read[0].doubt else None


def in_unit(quantity: Quantity, unit: str | None) -> Quantity | None:
    """The quantity in another unit where that says the same: 90天 are 3 months; else None."""
    if quantity.unit == unit:
        return quantity
    if quantity.unit == DAYS and unit == MONTHS:
        return replace(quantity, value=quantity.value / _DAYS_A_MONTH, unit=MONTHS)
    return None


def spoken(value: Decimal, unit: str | None) -> str:
    """200万元, 年利率 5%, 3 个月."""
    if unit == MONEY and value >= _WAN and value % 100 == 0:
        return f"{_plain(value / _WAN)}万元"
    if unit == MONEY:
        return f"{_plain(value)}元"
    if unit == RATE:
        return f"年利率 {_plain(value * 100)}%"
    return f"{_plain(value)} {unit or ''}".rstrip()


def _plain(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.0001')):,f}".rstrip("0").rstrip(".")


def _scan(text: str) -> list[tuple[str, Quantity | None]]:
    """`text` in pieces, each with the quantity that it is (None: other words)."""
    grouped = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    plain = _DATE.sub(" ", unicodedata.normalize("NFKC", grouped).lower())
    forms, other = _forms()
    pieces: list[tuple[str, Quantity | None]] = []
    place = 0
    while place < len(plain):
        found, read = next(
            (
                (found, read)
                for pattern, reader in forms
                if (found := pattern.match(plain, place))
                and (read := reader(found))
                and read.value <= LARGEST
            ),
            (other.match(plain, place), None),
        )
        assert found is not None
        if read is not None:
            before, after = _CLAUSE.split(plain[:place])[-1], _CLAUSE.split(plain[found.end() :])[0]
            read = replace(
                read, said=found[0], before=before, after=after, every=_every(read.unit, before, after)
            )
        pieces.append((found[0], read))
        place = found.end()
    return pieces


_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)")
_CLAUSE = re.compile(r"[,。.;、!?\s]+")
_DATE = re.compile(r"(?:19|20)\d\d年(?:度|\d{1,2}月份?)?(?:\d{1,2}[日号])?|\d{1,2}月\d{1,2}[日号]|[上下]半年")
# A number is taken whole or not at all: 一万五 is not ten thousand.
_N = rf"(?>{WRITTEN})"

_EVERY = (
    ("月", re.compile(r"(?:每个?月|(?<!\w)一个月|月[租供付])[^\d]{0,6}$"), re.compile(r"/月|每个?月|一个月")),
    ("年", re.compile(r"(?:每年|(?<!\w)一年|年租)[^\d]{0,6}$"), re.compile(r"/年|每年|一年")),
)


def _every(unit: str | None, before: str, after: str) -> str:
    if unit not in (MONEY, None):
        return ""
    return next((every for every, at_end, next_ in _EVERY if at_end.search(before) or next_.match(after)), "")


_YEARLY, _MONTHLY = "年化利率|年利率|年化|年息|年利|每年|一年", "月利率|月息|月利|每个?月|一个月"
_TENTH = r"[1-9一二三四五六七八九半](?![\d.%个年月天万十百千厘分])"
_RATE = (
    rf"(?:(?:(?P<yearly>{_YEARLY})|(?P<monthly>{_MONTHLY})|利率)[是为:约]?\s?)?"
    rf"(?:百分之(?P<hundredth>{_N})|千分之(?P<thousandth>{_N})"
    rf"|(?P<number>{_N})(?P<share>%|‰|个?百分点|个点|厘|分(?=利|息|{_TENTH}))(?P<tenth>{_TENTH})?"
    rf"|(?<=[率化息是为:约\s])(?P<percent>{_N})(?![\w.]))"
    rf"(?:利息|的?(?:(?P<yearly_after>{_YEARLY})|(?P<monthly_after>{_MONTHLY})))?"
)
_NAMES_A_RATE = re.compile("[年月]?(?:利率|息)|年化")
_SHARES = {"%": 100, "个百分点": 100, "百分点": 100, "个点": 100, "‰": 1000}
_OF_TRADITION = {"厘": (100, 1000), "分": (10, 100)}
"""厘 and 分 mean a hundredth and a tenth a year, a tenth of that a month."""
_ANSWERS: dict[str | None, tuple[tuple[tuple[str, ...], str], ...]] = {
    RATE: ((("年",), "年息{}"), (("月",), "月息{}")),
    None: ((("万", "w"), "{}万元"), (("元", "块"), "{}元")),
}


def _rate(found: re.Match[str]) -> Quantity | None:
    is_yearly = bool(found["yearly"] or found["yearly_after"])
    is_monthly = bool(found["monthly"] or found["monthly_after"])
    number = to_decimal(found["hundredth"] or found["thousandth"] or found["number"] or found["percent"])
    share = found["share"] or ("‰" if found["thousandth"] else "%")
    if found["percent"] and (number >= _HIGHEST_PERCENT or not _NAMES_A_RATE.match(found[0])):
        return None
    if share in _OF_TRADITION:
        # 四厘五 is 4.5 厘.
        tenth = found["tenth"]
        number += (Decimal(5) if tenth == "半" else to_decimal(tenth)) / 10 if tenth else 0
        yearly, monthly = _OF_TRADITION[share]
        value = number / monthly * _MONTHS_A_YEAR if is_monthly else number / yearly
        is_clear = is_yearly or is_monthly
    else:
        value = number / _SHARES[share] * (_MONTHS_A_YEAR if is_monthly else 1)
        is_clear = is_yearly or is_monthly or value >= LOWEST_CLEAR_RATE
    doubt = "" if is_clear else f"{found[0]}是年利率还是月利率？"
    return Quantity(value, RATE, "", doubt=doubt)


def _years(found: re.Match[str]) -> Quantity | None:
    years = to_decimal(found["years"])
    if years > _LONGEST_YEARS:
        return None
    months = to_decimal(found["months"]) if found["months"] else Decimal(6 if found["half"] else 0)
    return Quantity(years * _MONTHS_A_YEAR + months, MONTHS, "")


def _months(found: re.Match[str]) -> Quantity:
    return Quantity(to_decimal(found["months"]) + (Decimal("0.5") if found["half"] else 0), MONTHS, "")


def _people(found: re.Match[str]) -> Quantity:
    value = to_decimal(found["heads"])
    most: Decimal | None = value
    if found["bound"] == "以上":
        most = None
    elif found["few"]:
        most = value + 10 ** (len(str(int(value))) - len(str(int(value)).rstrip("0"))) - 1
    least = Decimal(0) if found["bound"] in ("以下", "以内") else value
    return Quantity(value, PEOPLE, "", is_weak=found["word"] == "个", span=(least, most))


def _of(
    unit: str | None, factor: int | str = 1, is_weak: bool = False
) -> Callable[[re.Match[str]], Quantity]:
    """Reads the number of a form in `unit`, times `factor`; 1 where the form has none."""

    def read(found: re.Match[str]) -> Quantity:
        number = to_decimal(found[1]) if found.re.groups else Decimal(1)
        return Quantity(number * Decimal(factor), unit, "", is_weak)

    return read


_HAN = r"\u4e00-\u9fff"
_BARE_END = r"(?:(?![\w%‰]|\.\d)|(?=左右|多|吧|和|跟|与|每|一个月|一年))"
Form = tuple[re.Pattern[str], Callable[[re.Match[str]], Quantity | None]]


@cache
def _forms() -> tuple[tuple[Form, ...], re.Pattern[str]]:
    """What is read, in the order of trying at each place, and what stands between. Read on first use: who is asked but
    one question need not wait for such long patterns."""
    forms: tuple[Form, ...] = (
        (re.compile(_RATE), _rate),
        (re.compile("半年"), _of(MONTHS, 6)),
        (re.compile("半个月"), _of(MONTHS, "0.5")),
        (re.compile(rf"({_N})个?季度"), _of(MONTHS, 3)),
        (
            re.compile(rf"(?P<years>{_N})年(?P<half>半)?(?:[零又]?(?P<months>{_N})个月)?(?![份度])"),
            _years,
        ),
        (re.compile(rf"(?P<months>{_N})个(?P<half>半)?月"), _months),
        (re.compile(rf"({_N})(?:个工作日|工作日|天|日(?!息|利))"), _of(DAYS)),
        (re.compile(rf"({_N})多?(?:平方米|平方|平米|平|m2)"), _of(AREA)),
        (
            re.compile(
                rf"(?P<heads>{_N})(?P<few>[几多来余])?(?P<word>个人|个员工|个职工|人(?!民币)|名|位"
                rf"|个(?![{_HAN}])|个(?=[{_HAN}]{{1,4}}(?:人|员工|职工)))"
                r"(?P<bound>以上|以下|以内)?"
            ),
            _people,
        ),
        (re.compile(rf"({_N})[多来余]?(?:块钱|块|元|圆|rmb|人民币)"), _of(MONEY)),
        (re.compile(rf"(?=[{NUMERAL}\d.多几余来]+[万亿wk])({_N})多?"), _of(MONEY, is_weak=True)),
        # A bare number stands alone. Digits and hundreds may follow a word (付了80000) but count nothing (57条).
        (re.compile(rf"(?<![\d.a-z第])(?=\d|[一二两三四五六七八九][百千])({_N}){_BARE_END}"), _of(None)),
        (re.compile(rf"(?<!\w)({_N}){_BARE_END}"), _of(None)),
    )
    return forms, re.compile(rf"第?{_N}|.", re.DOTALL)
