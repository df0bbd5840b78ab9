"""Which terms the questions of an entry hold, and how many of its questions: as arrays of numbers, for a large pack has some
million of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
import numpy.typing as npt

from huiqi.language.analysis import Analysis

Integers = npt.NDArray[np.integer]


class TermNumbers(defaultdict[str, int]):
    """Term → its number, given when it first comes up."""

    def __init__(self) -> None:
        super().__init__(count().__next__)

    def of(self, terms: Iterable[str]) -> npt.NDArray[np.int32]:
        return np.array(list(map(self.__getitem__, terms)), dtype=np.int32)


@dataclass(frozen=True)
class TermCounts:
    """`numbers`: those of the terms of one entry, rising; `counts`: how many of its questions and keywords hold each,
    `keywords`: how many of its keywords."""

    numbers: Integers
    counts: Integers
    keywords: Integers

    def held_by(self, least: float, names: Sequence[str]) -> list[tuple[str, int]]:
        """The terms that at least so many questions hold, each with how many do. `names`: the terms by their numbers."""
        (places,) = (self.counts >= least).nonzero()
        return list(
            zip(
                map(names.__getitem__, self.numbers[places].tolist()),
                self.counts[places].tolist(),
                strict=True,
            )
        )

    def without_keywords(self, least: float, names: Sequence[str]) -> list[str]:
        """The terms that at least so many questions hold which are no keywords."""
        counts = self.counts - self.keywords
        return [names[number] for number in self.numbers[(counts > 0) & (counts >= least)].tolist()]


def counts_of_entry(numbers: TermNumbers, terms: Integers, keywords: Sequence[Analysis]) -> TermCounts:
    """That of an entry. `terms`: the numbers of those of each of its questions, one question after the other."""
    as_keywords = _terms_of(numbers, keywords)
    held, counts = np.unique(np.concatenate((terms, as_keywords)), return_counts=True)
    return TermCounts(held, counts, _counted(held, as_keywords))


def kept_counts(
    numbers: TermNumbers, terms: Integers, counts: Integers, keywords: Sequence[Analysis]
) -> TermCounts:
    """That of an entry whose `terms` have been counted before, keywords among them."""
    order = terms.argsort()
    return TermCounts(terms[order], counts[order], _counted(terms[order], _terms_of(numbers, keywords)))


def counts_of_examples(numbers: TermNumbers, examples: Sequence[Analysis]) -> TermCounts:
    """That of what is out of scope."""
    return counts_of_entry(numbers, _terms_of(numbers, examples), ())


def _terms_of(numbers: TermNumbers, analysed: Sequence[Analysis]) -> npt.NDArray[np.int32]:
    return numbers.of(chain.from_iterable(analysis.terms for analysis in analysed))


def _counted(held: Integers, terms: Integers) -> Integers:
    return np.bincount(held.searchsorted(terms), minlength=len(held))
