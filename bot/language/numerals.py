"""Chinese numerals to digits, where a number is counted: 十五条 → 15条, 百分之二十 → 20%, 二〇二二年 → 2022年."""

from __future__ import annotations

import re

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "零〇一二两三四五六七八九十百千"

# A numeral is only read as a number before a unit: 一窗通, 三位一体, 十分 and 万一 stay as they are.
_COUNTED = re.compile(
    rf"(?<![{_NUMERAL}几])(?![百千])([{_NUMERAL}]+)"
    r"(?=条|项|个月|个点|个百分点|月|号|日|年|天|成(?!都|本|立|果|长)|折|元|块|万|亿|人(?!社|才|力)|家(?!里|庭)|倍|平|位数|类|期)"
)
_LONG = re.compile(r"[一二两三四五六七八九][十百千][零〇一二三四五六七八九十百千]*|十[一二三四五六七八九]")
_PERCENT = re.compile(rf"百分之([{_NUMERAL}]+|\d+(?:\.\d+)?)")
_JIAO = re.compile(r"(?<![\d.])([一二两三四五六七八九1-9])(?:毛钱?|角钱?)")
_SHORT_YEAR = re.compile(r"(?<!\d)([12]\d)年(?=的|底|初|那|纾|末|租|免|贷|新|大|以|度|春|上|下|\W|$|前|后|[一-鿿])")
_PLUS = re.compile(r"(\d)(?:加|\+)(\d)(?:加|\+)n")
_DIGIT_RUN = re.compile(r"[零〇一二三四五六七八九]{2,}(?=年)")


def to_integer(numeral: str) -> int:
    """The value of a Chinese numeral below ten thousand; digit by digit where it has no 十/百/千."""
    if not any(character in _PLACES for character in numeral):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total, digit = 0, 0
    for character in numeral:
        if character in _PLACES:
            total += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


def digits_for_numerals(text: str) -> str:
    """`text` with its counted numerals in digits."""
    if not any(character in _DIGITS or character in _PLACES for character in text):
        return _short_years(_PLUS.sub(r"\1+\2+n", text))
    text = _PERCENT.sub(lambda match: f"{_value(match[1])}%", text)
    text = _DIGIT_RUN.sub(lambda match: str(to_integer(match[0])), text)
    text = _JIAO.sub(lambda match: f"0.{_value(match[1])}元", text)
    text = _LONG.sub(lambda match: str(to_integer(match[0])), text)
    text = _COUNTED.sub(_counted, text)
    return _short_years(_PLUS.sub(r"\1+\2+n", text))


def _counted(match: re.Match[str]) -> str:
    numeral = match[1]
    spelt_out = len(numeral) > 1 and not any(character in _PLACES for character in numeral)
    # 两三个月 is a range; only years and 九五折 are spelt digit by digit.
    if spelt_out and match.string[match.end() : match.end() + 1] not in ("年", "折"):
        return numeral
    return str(to_integer(numeral))


def _value(numeral: str) -> str:
    return numeral if numeral[0].isdigit() else str(to_integer(numeral))


def _short_years(text: str) -> str:
    return _SHORT_YEAR.sub(r"20\1年", text)
