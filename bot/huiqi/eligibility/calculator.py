"""How much a sourced formula gives, from a plain sentence: 200万，年利率5%，三个月.

Each number goes to what is asked for by its unit; bare ones go by their order where exactly as many come as are
still asked for. What is missing, or may mean two things, is asked for, and what was said is kept meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

from huiqi.eligibility.quantities import (
    EXAMPLES,
    MONEY,
    RATE,
    UNITS,
    Quantity,
    in_unit,
    read_quantities,
    settled,
    spoken,
    without_quantities,
)
from huiqi.eligibility.typed_answer import is_question
from huiqi.pack.model import Eligibility, Estimate

SMALLEST_CLEAR = 1000
"""Below this a bare number for money may be meant in 万元."""
_DIGITS = 60
"""Enough for the product of the three largest numbers that can be said."""
_UNIT = re.compile(rf"（({'|'.join(map(re.escape, UNITS))})")
# What is asked about the formula's own result is no question of its own (200万能补多少).
_HOW_MUCH = re.compile(
    r"(?:大概|一共|总共)?(?:能|可以|可)?(?:补|贴|给|拿|领|算|免|返|退|有)?(?:到|贴|助)?多少钱?[呢啊呀]?"
)
_MONTHLY = re.compile("每月|元/月")
_AROUND = re.compile(r"(?:[了是为有约共的:]|大概|差不多|一共|总共)+$")


@dataclass(frozen=True)
class Estimated:
    """`yuan`: the result to the cent. `read`: what it was reckoned with, in words. `note`: how."""

    yuan: Decimal
    read: str
    note: str


@dataclass(frozen=True)
class Wanting:
    """What is still to be said, as a sentence; `heard`: what was said so far."""

    sentence: str
    heard: str


def has_formula(eligibility: Eligibility | None) -> bool:
    return eligibility is not None and eligibility.estimate is not None


def estimate(formula: Estimate, numbers: Sequence[Decimal]) -> Decimal:
    """What the formula gives in yuan: the product × share ÷ divisor, at most the ceiling, to the cent."""
    amount = _product(numbers) * Decimal(str(formula.share)) / Decimal(str(formula.divisor))
    if formula.ceiling is not None:
        amount = min(amount, Decimal(str(formula.ceiling)))
    return _to_the_cent(amount)


def wanted(formula: Estimate) -> str:
    """What is to be said for an estimate, in words."""
    asks = "、".join(formula.asks)
    if formula.instead is None:
        return asks
    names = "、".join(_name(ask) for ask in formula.instead.asks)
    example = "，".join(EXAMPLES[unit] for ask in formula.instead.asks if (unit := unit_of(ask)))
    return f"{asks}；不知道的，说{names}也行，例如“{example}”"


def reckon(formula: Estimate, text: str, heard: str = "") -> Estimated | Wanting | None:
    """The estimate for what `text` says, after what was `heard` before; None where it says no number, or asks
    something of its own."""
    said, before = read_quantities(text), read_quantities(heard)
    doubtful = _best(formula, [before]).doubtful
    if said:
        if is_question(_HOW_MUCH.sub("", without_quantities(text))):
            return None
        # What is said anew takes the place of what was said in the same unit, and of money in doubt.
        units = {quantity.unit for quantity in said} - {None}
        is_dropped = doubtful is not None and doubtful.unit in (MONEY, None)
        dropped = doubtful.said if doubtful is not None and is_dropped else None
        kept = [item for item in before if item.unit not in units and item.said != dropped]
        best = _best(formula, [said, kept + said])
    else:
        clear = settled(doubtful, text) if doubtful else None
        if doubtful is None or clear is None:
            return None
        best = _best(formula, [[clear if item.said == doubtful.said else item for item in before]])
    if best.is_complete:
        with localcontext(prec=_DIGITS):
            return _estimated(formula, best)
    return Wanting(best.sentence, "，".join(item.said for item in best.said))


def unit_of(ask: str) -> str | None:
    """The unit that an ask names first in its brackets: 每月租金（元）."""
    found = _UNIT.search(ask)
    return found[1] if found else None


def _name(ask: str) -> str:
    return ask.split("（")[0]


@dataclass(frozen=True)
class _Filling:
    """Asks with the quantities that were said for them. `loose`: how many more were said than asked for;
    `doubtful`, `doubt`: the quantity that may mean two things, and the question about it."""

    asks: tuple[str, ...]
    said: Sequence[Quantity]
    found: Mapping[str, Quantity]
    loose: int
    doubtful: Quantity | None = None
    doubt: str = ""

    @property
    def is_complete(self) -> bool:
        return len(self.found) == len(self.asks) and not self.loose and not self.doubt

    @property
    def rank(self) -> tuple[int, bool]:
        """Most of what was said belongs here; of several such, the one that is complete."""
        return len(self.found) - self.loose, self.is_complete

    @property
    def sentence(self) -> str:
        """What to ask for next."""
        if self.doubt:
            return self.doubt
        missing = [ask for ask in self.asks if ask not in self.found]
        if self.loose or not self.found:
            return f"要 {len(self.asks)} 个数，收到 {len(self.said)} 个。请回复：{'、'.join(self.asks)}。"
        return f"还差：{'、'.join(missing)}。"


def _best(formula: Estimate, attempts: Sequence[Sequence[Quantity]]) -> _Filling:
    fillings = [
        _filling(asks, [item for item in attempt if _belongs(item, formula) in (None, asks)], attempt)
        for attempt in attempts
        for asks in (formula.asks, *([formula.instead.asks] if formula.instead else []))
    ]
    return max(fillings, key=lambda filling: filling.rank)


def _belongs(quantity: Quantity, formula: Estimate) -> tuple[str, ...] | None:
    """The asks that money is for by the words around it: 贷了200万 is no interest. None where they do not say."""
    if formula.instead is None or quantity.unit not in (MONEY, None):
        return None
    before, after = _AROUND.sub("", quantity.before), quantity.after.removeprefix("的")
    if any(before.endswith(word) or after.startswith(word) for word in formula.instead.words):
        return formula.instead.asks
    names_it = len(before) > 1 and any(before[-2:] in _name(ask) for ask in formula.asks)
    return formula.asks if names_it else None


def _filling(asks: tuple[str, ...], fitting: Sequence[Quantity], said: Sequence[Quantity]) -> _Filling:
    found: dict[str, Quantity] = {}
    left = list(fitting)
    for is_weak in (False, True):
        for ask in asks:
            unit = unit_of(ask)
            item = next((item for item in left if in_unit(item, unit) and item.is_weak == is_weak), None)
            if unit is not None and ask not in found and item is not None:
                found[ask] = in_unit(item, unit) or item
                left.remove(item)
    units = {unit_of(ask) for ask in asks}
    spare = [
        item for item in left if item.is_weak or item.unit is None or item.unit in units or None in units
    ]
    open_asks = [ask for ask in asks if ask not in found]
    loose = len(spare)
    if len(spare) == len(open_asks):
        loose = 0
        found |= {ask: _of_a_bare(item, unit_of(ask)) for ask, item in zip(open_asks, spare, strict=True)}
    found = {ask: _of_its_time(item, ask, asks) for ask, item in found.items()}
    doubtful = next((item for item in found.values() if item.doubt), None)
    return _Filling(asks, said, found, loose, doubtful, doubtful.doubt if doubtful else "")


def _of_a_bare(bare: Quantity, unit: str | None) -> Quantity:
    """A number without a unit as the one that is asked for; small ones may mean two things."""
    if unit == MONEY and bare.unit is None and bare.value < SMALLEST_CLEAR:
        return replace(bare, doubt=f"{bare.said} 是 {bare.said} 元，还是 {bare.said} 万元？")
    if unit == RATE:
        is_share = bare.value < 1
        doubt = f"{bare.said} 是百分之几？请写成“5%”这样。" if is_share else ""
        return replace(bare, value=bare.value / 100, doubt=doubt)
    return bare


def _of_its_time(item: Quantity, ask: str, asks: tuple[str, ...]) -> Quantity:
    """Money of a year or a month as what is asked for: the rent of a month, the interest of all the time."""
    is_monthly = bool(_MONTHLY.search(ask))
    if item.every == "年" and is_monthly:
        return replace(item, value=item.value / 12)
    if item.every == "月" and not is_monthly and len(asks) == 1:
        return replace(item, doubt=item.doubt or f"{item.said}是一个月的，一共是多少元？")
    return item


def _estimated(formula: Estimate, filling: _Filling) -> Estimated:
    instead = formula.instead if formula.instead and filling.asks == formula.instead.asks else None
    largest = {unit: Decimal(str(most)) for unit, most in instead.most.items()} if instead else {}
    numbers, read = [], []
    for ask in filling.asks:
        unit, number = unit_of(ask), filling.found[ask].value
        most = largest.get(unit or "", number)
        numbers.append(min(number, most))
        read.append(
            spoken(min(number, most), unit) + (f"（最多算 {spoken(most, unit)}）" if number > most else "")
        )
    if instead is None:
        # Where two sets of numbers might be meant, the name tells which was.
        name = f"{_name(filling.asks[0])} " if formula.instead else ""
        return Estimated(estimate(formula, numbers), name + "、".join(read), formula.note)
    number = _to_the_cent(_product(numbers) / Decimal(str(instead.divisor)))
    note = f"{_name(formula.asks[0])}约 {spoken(number, MONEY)}（{instead.note}）；{formula.note}"
    return Estimated(estimate(formula, [number]), "、".join(read), note)


def _product(numbers: Sequence[Decimal]) -> Decimal:
    product = Decimal(1)
    for number in numbers:
        product *= number
    return product


def _to_the_cent(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
