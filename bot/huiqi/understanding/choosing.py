"""What was chosen from a numbered list by what was typed: 2, 第二个, 选②, 最后一个, 国家的, 都不是."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from huiqi.pack.office import Office

NONE = re.compile(
    r"(?:以上|这些|上面)?(?:都|全|一个都|统统)?不(?:是|对)(?:的|这些|这几个|上面的|这个)?(?:吧|啊|呀)?|没有(?:我要的|合适的|一个是)?"
)
_NUMERALS = "零一二三四五六七八九十"
_NUMBER = rf"\d{{1,3}}|[{_NUMERALS}两]"
_ONE = rf"(?:第)?[(]?(?:{_NUMBER})[.)、）。]*(?:个|项|条|号)?"
_NUMBERS = re.compile(
    rf"(?:那|我|就|想|要|请|先)*(?P<choose>选项?|选择|序号|编号)?(?:的是|要|问|看)*"
    rf"{_ONE}(?: ?(?:和|跟|与|及|、|，|,| ) ?(?:选|要|看)?{_ONE})*(?:那个|那项|那条)*(?:都要|都看|都选)?(?:吧|的|呢|啊|哈)*"
)
_LAST = re.compile(r"(?:选|要|看)?(?:最后|末尾|倒数第一|最下面)(?:的)?(?:那)?(?:一)?(?:个|项|条)?(?:吧|的)?")
_ALL = re.compile(r"(?:我)?(?:这)?(?:[两三几23]个)?(?:都|全都?)(?:想)?(?:要|看|选|看看|部)(?:吧|啊)?")
ALIKE = 80.0
"""RapidFuzz ratio from which what was typed is the name of a choice."""


def chosen_numbers(text: str, labels: Sequence[str], office: Office | None = None) -> tuple[int, ...]:
    """The numbers chosen, 0 for none of them; empty where the text chooses nothing. A number beyond the list is
    returned as it is. `office`: whose levels choose, too (市里的). Without a list only what can be nothing else is taken for a choice: 2, 第二个, 选2."""
    typed = unicodedata.normalize("NFKC", text).strip().strip("。.!！?？~～ ")
    if not typed:
        return ()
    if typed in labels:
        # 没有 and 不是 may be choices themselves.
        return (labels.index(typed) + 1,)
    if labels and _ALL.fullmatch(typed):
        return tuple(range(1, len(labels) + 1))
    if found := _NUMBERS.fullmatch(typed):
        return _numbers(typed, found["choose"] is not None, len(labels))
    if not labels:
        return (int(typed[2:]),) if re.fullmatch(r"不是\d{1,3}", typed) else ()
    if NONE.fullmatch(typed):
        return (0,)
    if _LAST.fullmatch(typed):
        return (len(labels),)
    choice = _named(typed, labels, office)
    return () if choice is None else (choice,)


def _numbers(typed: str, is_called_choice: bool, choices: int) -> tuple[int, ...]:
    numbers = tuple(dict.fromkeys(map(_value, re.findall(_NUMBER, typed))))
    if not choices:
        is_number = typed.rstrip(".)、）").isdecimal()
        return numbers if is_number or is_called_choice or re.fullmatch("第.{1,3}个", typed) else ()
    # 57条 beside a list of three is a policy, no choice.
    return () if max(numbers) > choices and typed.rstrip("的呢").endswith(("条", "项")) else numbers


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    return 2 if numeral == "两" else _NUMERALS.index(numeral)


def _named(typed: str, labels: Sequence[str], office: Office | None) -> int | None:
    """The only choice at the level that was typed (国家的), or the one that is called so."""
    bare = typed.removesuffix("呢").removesuffix("那个").removesuffix("的")
    level = office.level_called(bare) if office else None
    if office and level:
        fits = [number for number, label in enumerate(labels, 1) if label.endswith(office.tag(level.name))]
        return fits[0] if len(fits) == 1 else None
    scores = [fuzz.ratio(bare, label.split("（")[0]) for label in labels]
    best = max(scores, default=0.0)
    return scores.index(best) + 1 if best >= ALIKE else None
