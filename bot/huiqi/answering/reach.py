"""Whom, and up to which figure, a statement reaches: 可以：中小微企业… is no yes to a large one, 单价不超过500万元的 none to
a machine of 620万.

Classes that exclude each other stand in classes.json: for each row the ways to name some of its classes, as regular
expressions, in the order in which they are tried; what one has found no later one finds again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from huiqi.language.values import COUNT, figures_of

FILE = Path(__file__).with_name("classes.json")
_DAYS = {"天": 1, "工作日": 1, "个月": 30, "年数": 365}
"""Days of a period; between the units of two periods a few days more or less decide nothing."""
_MONEY, _PERIOD = "元", "天"
_SCALES = ("万", "亿")
_AMOUNT = r"[\d.半一二两三四五六七八九十百千]+[多余]?[万亿]?(?:元|个月|个?工作日|天|日|年(?!\d))"
_ENOUGH = r"(?:（含）|\(含\))?"
_UP_TO = re.compile(
    rf"(?:(?:不|未|没有?)(?:超过|高于|多于|大于|满|到)|(?<![不未])(?:低于|少于|小于|最多|至多))(?P<of>{_AMOUNT})"
    rf"|(?P<within>{_AMOUNT}){_ENOUGH}(?:以下|以内|之内|内)"
)
_FROM = re.compile(
    rf"(?:(?:不|未)(?:低于|少于|小于|短于)|(?<![不未没有])(?:至少|满|达到?))(?P<of>{_AMOUNT})"
    rf"|(?P<within>{_AMOUNT}){_ENOUGH}及?以上"
)
_EXCLUDED = re.compile(r"不包括|不含|不适用于|除外|以外")
_BEFORE = re.compile(r"(?:^|[ ,，的是属于算成为对像叫那我们咱司厂本籍]|公司|企业|员工|工人|人员)$")
_AFTER = re.compile(r"的?(?:供|订单|单子|客户|货款|配套|生意|[欠拖压])")
"""What stands before a class that asks (我们是大企业, 大企业能不能), and what after one that somebody deals with."""


@dataclass(frozen=True)
class _Row:
    """Classes that exclude each other, and the ways to name some of them."""

    said: tuple[tuple[re.Pattern[str], frozenset[str]], ...]

    def named(self, text: str) -> frozenset[str]:
        return frozenset().union(*(classes for _, classes in self._found(text)))

    def asked_for(self, text: str) -> frozenset[str]:
        """The classes that a normalised question names, where it asks for one of them; none where it also speaks of one that it
        deals with (进了大厂供应链)."""
        asks = any(_is_asker(match) for match, _ in self._found(text))
        return self.named(text) if asks else frozenset()

    def _found(self, text: str) -> Iterator[tuple[re.Match[str], frozenset[str]]]:
        for words, classes in self.said:
            matches = list(words.finditer(text))
            for match in matches:
                yield match, classes
            if matches:
                text = words.sub(lambda match: "　" * len(match[0]), text)


def _is_asker(match: re.Match[str]) -> bool:
    """Whether what was found is who asks, or for whom is asked."""
    text = match.string
    return _BEFORE.search(text[: match.start()]) is not None and not _AFTER.match(text[match.end() :])


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(tuple((re.compile(words), frozenset(classes)) for words, classes in row["said"].items()))
        for row in json.loads(FILE.read_text(encoding="utf-8"))
    )


def excludes(told: str) -> bool:
    """Whether a sentence says what something is not for (房屋、建筑物以外的固定资产)."""
    return _EXCLUDED.search(told) is not None


def class_beyond(question: str, told: str, others: Sequence[str] = ()) -> str | None:
    """The class that `question` names and `told` does not reach, for it speaks of others of the same kind only; None where it
    reaches all, or one of the `others` speaks of it."""
    for row in _rows():
        asked = row.asked_for(question)
        reached = row.named(told) if asked else frozenset()
        is_beyond = bool(reached) and not asked & reached
        if is_beyond and not any(asked & row.named(other) for other in others):
            return "、".join(sorted(asked))
    return None


def has_figure_beyond(question: str, told: str) -> bool:
    """Whether `question` names an amount or a period, and each of that kind lies beyond a limit that `told` sets."""
    for kind in (_MONEY, _PERIOD):
        values = list(_values(question, kind))
        limits = [(Decimal(0), most) for most in _limits(_UP_TO, told, kind)]
        limits += [(least, Decimal("Infinity")) for least in _limits(_FROM, told, kind)]
        if values and limits and not any(low <= value <= high for value in values for low, high in limits):
            return True
    return False


def _limits(pattern: re.Pattern[str], text: str, kind: str) -> Iterator[Decimal]:
    for found in pattern.finditer(text):
        yield from _values(found["of"] or found["within"], kind)


def _values(text: str, kind: str) -> Iterator[Decimal]:
    """The amounts of `text` in yuan, or its periods in days."""
    for figure in figures_of(text):
        if isinstance(figure.value, str):
            continue
        # 620万 of a machine is yuan, whether they are named or not.
        is_money = figure.kind == _MONEY or (figure.kind == COUNT and figure.text.endswith(_SCALES))
        if kind == _MONEY and is_money:
            yield Decimal(figure.value[0])
        elif kind == _PERIOD and figure.kind in _DAYS:
            yield Decimal(figure.value[0]) * _DAYS[figure.kind]
