"""Which aspects an entry's alternates ask, and which known facets nobody has thought of asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from huiqi.pack.model import ASPECTS, WHOLE


@dataclass(frozen=True)
class AskedAspects:
    """`counts`: aspect → how many alternates ask it, all ASPECTS in their order, and 整体 for those that ask none in
    particular. `unasked`: the known facets that none asks; empty where no alternate says what it asks."""

    counts: dict[str, int]
    unasked: tuple[str, ...]

    @property
    def is_grouped(self) -> bool:
        return any(self.counts[aspect] for aspect in ASPECTS)


def asked_aspects(asked: Iterable[tuple[str, ...]], known: Iterable[str]) -> AskedAspects:
    """`asked`: the aspects of each alternate, () for 整体; `known`: the facets that are not 未查明."""
    found = Counter(aspect for aspects in asked for aspect in aspects or (WHOLE,))
    counts = {aspect: found[aspect] for aspect in (*ASPECTS, WHOLE)}
    is_grouped = any(counts[aspect] for aspect in ASPECTS)
    return AskedAspects(counts, tuple(name for name in known if not counts[name]) if is_grouped else ())
