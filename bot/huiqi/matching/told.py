"""What a message tells before it asks: where what it asks has a subject of its own, the story's words weigh less.

In 各地都通知了延迟复工，企业能不能让员工提前返岗 the first half would else decide which entry is meant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from huiqi.language.analysis import Analysis
from huiqi.language.asking import asking_parts, points_back
from huiqi.language.telling import tells
from huiqi.matching.background import COMMON, subject_of

BESIDE_SHARE = 0.3
"""What is left of the weight of words beside what is asked: those that only say who asks (做口罩的 still speaks for help to mask
makers), and those that are told where another part asks of a subject of its own."""


def mere_asides(
    analysis: Analysis, pieces: Sequence[str], asides: frozenset[int], shares: Sequence[float]
) -> frozenset[int]:
    """The `asides` that only say who asks, of a message that names no rule. Where no other piece names a subject, what was done
    (刚招了三十个人, 有补贴吗) is what is asked about. `shares`: for each word its weight as a share of that of a word which the pack
    does not know."""
    in_aside = analysis.stand_in(asides)
    rest = subject_of(share for share, is_aside in zip(shares, in_aside, strict=True) if not is_aside)
    if rest > COMMON:
        return asides
    return frozenset(number for number in asides if not tells(pieces[number]))


def told_parts(pieces: Sequence[str], asides: frozenset[int]) -> frozenset[int]:
    """Which of a text's pieces are told while others ask, `asides` (who asks) left out. None where what is asked points back
    to them (这样合不合规)."""
    kept = [number for number in range(len(pieces)) if number not in asides]
    if len(kept) < 2:
        return frozenset()
    asking = set(asking_parts([pieces[number] for number in kept]))
    if any(map(points_back, asking)):
        return frozenset()
    return frozenset(number for number in kept if pieces[number] not in asking)


def weigh_told(
    analysis: Analysis,
    pieces: Sequence[str],
    asides: frozenset[int],
    weights: list[float],
    default: float,
) -> list[float]:
    """`weights`, one a word, with those of what is told made smaller, the more the question asks of a subject of its own.
    `default`: the weight of a word that the pack does not know."""
    told = told_parts(pieces, asides)
    if not told:
        return weights
    is_told = analysis.stand_in(told)
    does_not_ask = analysis.stand_in(told | asides)
    subject = subject_of(
        weight / default for weight, is_off in zip(weights, does_not_ask, strict=True) if not is_off
    )
    share = BESIDE_SHARE + (1.0 - BESIDE_SHARE) * math.exp(-max(subject - COMMON, 0.0))
    return [weight * share if is_off else weight for weight, is_off in zip(weights, is_told, strict=True)]
