"""What business the asker is in, said in one breath with what is asked: 理发店社保能免吗, 做模具的贷款能延期吗.

It says who asks and not what, like a piece of its own that does (我是开理发店的，…): it speaks for an entry that knows it,
and against none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huiqi.language.analysis import Analysis
from huiqi.matching.background import COMMON

ASKS_AT = 0.5
"""What the rest of the question must weigh, in words that the pack does not know: 网吧怎么弄 asks about the business itself."""
LONGEST = 3
"""So many words may stand between 做 and 的 in 做五金模具的."""
OF, NOT = "的", "不"


@dataclass(frozen=True)
class Trades:
    """The table trades.yaml. `endings`: what a business is called, after its trade; `whole`: what names one with its trade;
    `verbs`: after which the trade stands; `no_trades`: what may stand before an ending and is none."""

    endings: frozenset[str]
    whole: frozenset[str]
    verbs: frozenset[str]
    no_trades: frozenset[str]

    def mentioned(self, analysis: Analysis, shares: Sequence[float], names: str) -> frozenset[int]:
        """The places of the words that only tell the trade of who asks. `shares`: the weight of each word as a share of that
        of a word which the pack does not know; `names`: what all entries are called. None where nothing else
        would be asked about."""
        found: set[int] = set()
        for place, word in enumerate(analysis.words):
            if word in self.verbs:
                found.update(self._done(analysis, place, names))
            elif word in self.endings:
                if analysis.words[place + 1 : place + 2] == (NOT + word,):
                    # 行不行 asks whether something may be.
                    continue
                trade = self._before(analysis, place, shares, names)
                found.update((*trade, place) if trade else ())
            elif not _is_in(names, word) and (word in self.whole or self._is_trade(self._stem(word), names)):
                found.add(place)
        rest = sum(share for place, share in enumerate(shares) if place not in found)
        return frozenset(found) if rest >= ASKS_AT else frozenset()

    def _stem(self, word: str) -> str:
        """What stands before the ending within one word (理发 in 理发店); nothing where it has none, or is none (还在执行)."""
        if self._is_none(word):
            return ""
        ends = (word[cut:] for cut in range(1, len(word)))
        return next((word[: -len(end)] for end in ends if end in self.endings), "")

    def _before(self, analysis: Analysis, ending: int, shares: Sequence[float], names: str) -> range:
        """The words that tell the trade before an ending: one, or a run of single characters (足浴 in 足浴店)."""
        words = analysis.words
        first = ending
        while first and analysis.is_joined(first) and shares[first - 1] > COMMON:
            word = words[first - 1]
            if not self._is_trade(word, names):
                break
            if len(word) > 1:
                return range(first - 1 if first == ending else first, ending)
            first -= 1
        return range(first, ending)

    def _is_trade(self, word: str, names: str) -> bool:
        return bool(word) and not _is_in(names, word) and not self._is_none(word)

    def _is_none(self, word: str) -> bool:
        """Whether a word is, or ends in, what is no trade (还在执行, 商业银行)."""
        ends = (word[cut:] for cut in range(1, len(word) - 1))
        return not self.no_trades.isdisjoint((word, *ends))

    def _done(self, analysis: Analysis, place: int, names: str) -> range:
        """The words of 做模具的 from the verb at `place` on; none where no such thing is said, or it ends the question."""
        words, spans, text = analysis.words, analysis.spans, analysis.compact
        for last in range(place + 1, min(place + 1 + LONGEST, len(words))):
            if not analysis.is_joined(last) or _is_in(names, words[last]):
                break
            end = spans[last][1]
            if text.startswith(OF, end) and end + len(OF) < len(text):
                return range(place, last + (2 if words[last + 1 : last + 2] == (OF,) else 1))
        return range(0)


def _is_in(names: str, word: str) -> bool:
    return len(word) > 1 and word in names


def read_trades() -> Trades:
    """The table that comes with the package."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("trades.yaml").read_text(encoding="utf-8"))
    return Trades(*(frozenset(rows[name]) for name in ("endings", "whole", "verbs", "no_trades")))
