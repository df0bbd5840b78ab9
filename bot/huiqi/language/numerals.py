"""Chinese numerals to digits, where a number is counted: 十五条 → 15条, 百分之二十 → 20%, and 二〇一… is a year in figures."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "零〇一二两三四五六七八九十百千"
"""The characters of a Chinese numeral below ten thousand."""
_NUMERALS = frozenset(NUMERAL)
_PLACE_CHARACTERS = frozenset(_PLACES)
_ARABIC = re.compile(r"\d")

# A numeral is only read as a number before a unit: 一窗通, 三位一体, 十分 and 万一 stay as they are.
_COUNTED = re.compile(
    rf"(?<![{NUMERAL}几])(?![百千])([{NUMERAL}]+)"
    r"(?=条|项|个月|个点|个百分点|月|号|日|年|天|成(?!都|本|立|果|长)|折|元|块|万|亿|人(?!社|才|力)|家(?!里|庭)|倍|平|位数|类|期)"
)
_LONG = re.compile(r"[一二两三四五六七八九][十百千][零〇一二三四五六七八九十百千]*|十[一二三四五六七八九]")
_PERCENT = re.compile(rf"百分之([{NUMERAL}]+|\d+(?:\.\d+)?)")
_JIAO = re.compile(r"(?<![\d.])([一二两三四五六七八九1-9])(?:毛钱?|角钱)")
_SHORT_YEAR = re.compile(r"(?<![\d了干做开有近满超过])([12]\d)年(?!期|限|老|历史|以[上来后内]|多|了|内|龄)")
_PLUS = re.compile(r"(\d)(?:加|\+)(\d)(?:加|\+)n")
_ONE_DIGIT = re.compile("[一二两三四五六七八九]")
_MORE_DIGITS = re.compile(f"[{NUMERAL}\\d]{{2}}|[十百千零〇\\d]")
_DIGIT_RUN = re.compile(r"[零〇一二三四五六七八九]{2,}(?=年)")


def to_integer(numeral: str) -> int | None:
    """The value of a Chinese numeral below ten thousand; digit by digit where it has no 十/百/千. 两千一 is 2100: what comes
    right after 千 or 百 counts the place below.

    None for what is no numeral, such as 一千千 in 一千千伏安."""
    if not any(character in _PLACES for character in numeral):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total, digit, smallest = 0, 0, 10000
    for character in numeral:
        if character in _PLACES:
            place = _PLACES[character]
            if place >= smallest:
                return None
            smallest = place
            total += (digit or 1) * place
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit * max(_PLACES.get(numeral[-2:-1], 1) // 10, 1)


def otherwise_counted(name: str) -> list[str]:
    """The other ways to write a name that counts two things or more: 六税两费 as 6税2费, 六税二费, 6税两费. None of one that
    counts one thing or has a longer numeral, for its digits may be a number (一窗, 十五条)."""
    if len(_ONE_DIGIT.findall(name)) < 2 or _MORE_DIGITS.search(name):
        return []
    ways = [_alike(character) for character in name]
    return [written for written in map("".join, product(*ways)) if written != name]


def _alike(character: str) -> list[str]:
    """`character`, and if it is a digit the others of the same value, Chinese ones and the Arabic one."""
    value = _DIGITS.get(character)
    if value is None:
        return [character]
    return [*(same for same, other in _DIGITS.items() if other == value), str(value)]


_SINGLE = "零〇一二两三四五六七八九"
# 百分之五六个月 is five per cent and six months: characters without a place between them are two numbers.
_PART = (
    rf"(?:\d+(?:\.\d+)?"
    rf"|(?:(?:[零〇]?[{_SINGLE[2:]}]?[十百千])+(?:[零〇]?[{_SINGLE[2:]}])?|[{_SINGLE}])(?:点[{_SINGLE}]+)?)"
)
_ABOUT = "[多几来余]?"
# The 五 of 一万五, but not the 5 of 200万5%.
_TAIL = rf"(?:[1-9{_SINGLE[2:]}](?![\d.%‰个厘点分成年天日月人名位平块元m{NUMERAL}万亿]))?"
WRITTEN = rf"(?:{_PART}(?:{_ABOUT}[十百千]?[万亿w]|{_ABOUT}[十百千k])(?:零?{_PART}(?:[十百千]?万|[百千]))*{_TAIL}|{_PART})"
"""A pattern for a number as people write it: 8万, 1.5亿, 两百五十万, 一万五, 12万5千, 100w, 四点三五, 300000."""
_TOKEN = re.compile(rf"\d+(?:\.\d+)?|点[{_SINGLE}]+|.")
_SCALES = {**_PLACES, "万": 10_000, "w": 10_000, "k": 1000, "亿": 100_000_000}


def to_decimal(written: str) -> Decimal:
    """The value of what WRITTEN found; 多, 几 and the like count nothing."""
    total, section, digit, last = Decimal(0), Decimal(0), Decimal(0), 1
    is_spelt = False
    for token in _TOKEN.findall(written):
        scale = _SCALES.get(token)
        if scale is not None and scale < 10_000:
            section += (digit or 1) * scale
            digit, last = Decimal(0), scale
        elif scale is not None:
            counted = section + digit
            total = (total + counted) * scale if scale > total else total + counted * scale
            section, digit, last = Decimal(0), Decimal(0), scale
        elif token in "零〇" and not is_spelt:
            last = 1
        elif token in _DIGITS:
            digit = digit * 10 + _DIGITS[token] if is_spelt else Decimal(_DIGITS[token])
        elif token[0] == "点":
            digit += Decimal("0." + "".join(str(_DIGITS[character]) for character in token[1:]))
        elif token[0].isdecimal():
            digit = Decimal(token)
        is_spelt = token in _DIGITS
    # 一万五 is fifteen thousand, 两百五 two hundred and fifty.
    return total + section + digit * (last // 10 if last >= 100 and digit < 10 else 1)


def digits_for_numerals(text: str) -> str:
    """`text` with its counted numerals in digits."""
    if _NUMERALS.isdisjoint(text):
        return _short_forms(text) if _ARABIC.search(text) else text
    # Each pattern is tried only where the character stands without which it cannot match.
    if "百分之" in text:
        text = _PERCENT.sub(lambda match: f"{_value(match[1])}%", text)
    if "年" in text:
        text = _DIGIT_RUN.sub(lambda match: _value(match[0]), text)
    if "毛" in text or "角" in text:
        text = _JIAO.sub(lambda match: f"0.{_value(match[1])}元", text)
    if not _PLACE_CHARACTERS.isdisjoint(text):
        text = _LONG.sub(lambda match: _value(match[0]), text)
    return _short_forms(_COUNTED.sub(_counted, text))


def _counted(match: re.Match[str]) -> str:
    numeral = match[1]
    spelt_out = len(numeral) > 1 and not any(character in _PLACES for character in numeral)
    # 两三个月 is a range; only years and 九五折 are spelt digit by digit.
    if spelt_out and match.string[match.end() : match.end() + 1] not in ("年", "折"):
        return numeral
    return _value(numeral)


def _value(numeral: str) -> str:
    if numeral[0].isdigit():
        return numeral
    value = to_integer(numeral)
    return numeral if value is None else str(value)


def _short_forms(text: str) -> str:
    """22年 is a year of this century, 2加1加n is 2+1+n."""
    if "n" in text:
        text = _PLUS.sub(r"\1+\2+n", text)
    return _SHORT_YEAR.sub(r"20\1年", text) if "年" in text else text
