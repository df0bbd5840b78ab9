"""What was chosen from a numbered list by what was typed: 2, 第二个, 选②, 最后一个, 国家的, 都不是."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

NONE = re.compile(
    r"(?:以上|这些|上面)?(?:都|全|一个都|统统)?不(?:是|对)(?:的|这些|这几个|上面的|这个)?(?:吧|啊|呀)?|没有(?:我要的|合适的|一个是)?"
)
_NUMERALS = "零一二三四五六七八九十"
_NUMBER = re.compile(
    rf"(?:我?(?:选|要|想选|想问|问|看|就)(?:择)?(?:的是)?)?(?:第)?(?P<number>\d{{1,3}}|[{_NUMERALS}两])"
    r"(?:[.)、）。]+)?(?:个|项|条|号|那个|那项|那条)*(?:吧|的|呢|啊|哈)*"
)
_LAST = re.compile(r"(?:选|要|看)?(?:最后|末尾|倒数第一|最下面)(?:的)?(?:那)?(?:一)?(?:个|项|条)?(?:吧|的)?")
_SEVERAL = re.compile(
    rf"(?:都要|全要|都看|全部|(?:\d|[{_NUMERALS}])(?:和|跟|与|、|，|,)(?:\d|[{_NUMERALS}]))(?:吧|都要|都看)?"
)
_LEVELS = {
    "区": ("区里", "区", "区级", "光明区"),
    "市": ("市里", "市", "市级"),
    "省": ("省里", "省", "省级"),
    "国家": ("国家", "全国", "中央", "国家级"),
}
ALIKE = 80.0
"""RapidFuzz ratio from which what was typed is the name of a choice."""


def chosen_numbers(text: str, labels: Sequence[str]) -> tuple[int, ...]:
    """The numbers chosen, 0 for none of them; empty where the text chooses nothing. A number beyond the list is
    returned as it is. Without a list only a bare number is taken for a choice."""
    typed = unicodedata.normalize("NFKC", text).strip().strip("。.!！?？~～ ")
    if not typed:
        return ()
    if found := _NUMBER.fullmatch(typed):
        is_plain = typed.rstrip(".)、）").isdecimal()
        return (_value(found["number"]),) if labels or is_plain else ()
    if not labels:
        return (int(typed[2:]),) if re.fullmatch(r"不是\d{1,3}", typed) else ()
    if NONE.fullmatch(typed):
        return (0,)
    if _LAST.fullmatch(typed):
        return (len(labels),)
    if _SEVERAL.fullmatch(typed):
        named = [_value(found) for found in re.findall(rf"\d|[{_NUMERALS}]", typed)]
        return tuple(dict.fromkeys(named)) or tuple(range(1, len(labels) + 1))
    choice = _named(typed, labels)
    return () if choice is None else (choice,)


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    return 2 if numeral == "两" else _NUMERALS.index(numeral)


def _named(typed: str, labels: Sequence[str]) -> int | None:
    """The only choice at the level that was typed (国家的), or the one that is called so."""
    bare = typed.removesuffix("呢").removesuffix("那个").removesuffix("的")
    for level, words in _LEVELS.items():
        if bare in words:
            fits = [number for number, label in enumerate(labels, 1) if label.endswith(f"（{level}）")]
            return fits[0] if len(fits) == 1 else None
    scores = [fuzz.ratio(bare, label.split("（")[0]) for label in labels]
    best = max(scores, default=0.0)
    return scores.index(best) + 1 if best >= ALIKE else None
