"""How common each term is in a pack, and what it therefore tells: its weight in a question, its evidence for an entry.

Counts over all entries go in steps, so that one more entry leaves the weights of what it does not speak of as they were.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from huiqi.language.table import Numbering
from huiqi.matching.background import Imagined
from huiqi.search.bm25 import Collection, inverse_frequency
from huiqi.search.index import InvertedIndex, inverted
from huiqi.search.steps import in_steps, size_in_steps
from huiqi.search.vectors import smallest

Numbers = npt.NDArray[np.float64]

USED_SURELY = 5.0
"""So many of an entry's questions hold a term that the entry counts in full among those asked with it."""

DIGITS_OF_WORDS, DIGITS_OF_EVIDENCE = 7, 7
"""How finely it is counted how many entries hold a term, for its weight in a question and for its evidence: whole numbers up
to 127 are exact, larger ones within 1 %."""

EVIDENCE_SIZE = 30.0
EVIDENCE_SMOOTHING = 5.0


@dataclass(frozen=True)
class _Held:
    """The terms of several vocabularies, one vocabulary after the other. `terms`: their numbers, as they come up;
    `numbers` and `counts`: those of each; `lengths`: how many each vocabulary has."""

    terms: dict[str, int]
    numbers: npt.NDArray[np.int32]
    counts: Numbers
    lengths: npt.NDArray[np.int64]

    def total(self, values: Numbers, imagined: Imagined, of_each: float = 1.0) -> Numbers:
        """For each term the sum of `values` over the vocabularies that hold it, and `of_each` for each of the imagined
        entries that do."""
        totals = np.bincount(self.numbers, weights=values, minlength=len(self.terms)).astype(np.float64)
        for term, held in imagined.holding.items():
            if term in self.terms:
                totals[self.terms[term]] += of_each * held
        return totals


def _held(vocabularies: Sequence[Mapping[str, int]]) -> _Held:
    terms: defaultdict[str, int] = defaultdict(count().__next__)
    numbers, counts = array("i"), array("d")
    for vocabulary in vocabularies:
        numbers.extend(map(terms.__getitem__, vocabulary))
        counts.extend(vocabulary.values())
    lengths = np.array(list(map(len, vocabularies)), dtype=np.int64)
    return _Held(dict(terms), np.array(numbers, dtype=np.int32), np.array(counts), lengths)


def rarities(vocabularies: Sequence[Mapping[str, int]], imagined: Imagined) -> tuple[dict[str, float], float]:
    """idf of each term over entries, and that of a term which none holds. `vocabularies`: for each entry term → number
    of its questions with it; it counts in full from USED_SURELY on."""
    held = _held(vocabularies)
    # What only imagined entries are asked with is as common as they say.
    strange = {term: USED_SURELY * mass for term, mass in imagined.holding.items() if term not in held.terms}
    mass = held.total(np.minimum(held.counts, USED_SURELY), imagined, USED_SURELY)
    size = size_in_steps(len(vocabularies) + imagined.number)
    entries = in_steps([*mass.tolist(), *strange.values()], DIGITS_OF_WORDS) / USED_SURELY
    idf = np.log(1.0 + (np.maximum(size - entries, 0.0) + 0.5) / (entries + 0.5))
    # Equal weights are made one object: few differ.
    one: dict[float, float] = {}
    weights = [one.setdefault(weight, weight) for weight in idf.tolist()]
    return dict(zip((*held.terms, *strange), weights, strict=True)), inverse_frequency(size, 0.0)


@dataclass(frozen=True)
class Usage:
    """Which terms the questions of each entry hold. `terms`: all of them; `evidence`: what each term tells for each entry that holds it; the
    last row is no entry, but what is out of scope. `counts`: beside the postings of `evidence`, how many questions of
    the entry hold the term."""

    terms: Numbering
    evidence: InvertedIndex
    counts: npt.NDArray[np.integer]

    def held(self, terms: Iterable[str], entries: Sequence[int]) -> list[dict[str, int]]:
        """For each of `entries` those of `terms` that it holds, each with the number of its questions with it."""
        found: list[dict[str, int]] = [{} for _ in entries]
        rows, held, places = self.evidence.places(terms, entries)
        for row, term, number in zip(rows, held, self.counts[places].tolist(), strict=True):
            found[row][term] = number
        return found

    def vocabularies(self) -> list[dict[str, int]]:
        """All terms of each row, in the order of their numbers, each with the number of questions with it."""
        names, index = list(self.evidence.terms), self.evidence
        terms = np.arange(len(names)).repeat(np.diff(index.offsets))
        by_row = np.argsort(index.documents, kind="stable")
        ends = np.bincount(index.documents, minlength=index.size).cumsum()
        numbers, counts = np.split(terms[by_row], ends[:-1]), np.split(self.counts[by_row], ends[:-1])
        return [
            {names[number]: count for number, count in zip(own.tolist(), held.tolist(), strict=True)}
            for own, held in zip(numbers, counts, strict=True)
        ]


def usage(
    vocabularies: Sequence[Mapping[str, int]],
    questions: Sequence[float],
    imagined: Imagined,
    terms: Mapping[str, int],
) -> Usage:
    """What is used in the questions of each entry, whose terms are numbered as in `terms`, and from there on. The weight of evidence of a term for an entry: how much likelier it is
    in its questions than in all, as a log ratio above that of a term which the entry does not hold. `questions`: how many
    each has; the last is no entry, but what is out of scope."""
    held = _held(vocabularies)
    shares = np.minimum(held.counts / np.array(questions).repeat(held.lengths), 1.0)
    size = size_in_steps(len(vocabularies) - 1 + imagined.number) + 1.0
    usual = in_steps(held.total(shares, imagined), DIGITS_OF_EVIDENCE) / size
    smooth = (EVIDENCE_SMOOTHING * usual)[held.numbers]
    impacts = np.log((EVIDENCE_SIZE * shares + smooth) / smooth).astype(np.float32)
    # New ones in alphabetical order, so that it does not matter in which order each vocabulary is given.
    known = Numbering(terms)
    known.update(zip(sorted(held.terms.keys() - terms.keys()), count(len(terms))))
    new = np.fromiter(map(known.__getitem__, held.terms), smallest(len(known)), len(held.terms))
    numbers = new[held.numbers]
    by_term = np.argsort(numbers, kind="stable")
    most = int(held.counts.max(initial=0))
    return Usage(
        known,
        inverted(known, numbers, impacts, held.lengths, by_term),
        held.counts[by_term].astype(smallest(most)),
    )


def counted_in_steps(whole: Collection) -> Collection:
    """What BM25 asks of all texts together, in steps."""
    held = in_steps(list(whole.held.values()), DIGITS_OF_EVIDENCE).tolist()
    return Collection(
        size_in_steps(whole.number),
        float(in_steps(whole.mean, DIGITS_OF_EVIDENCE)),
        dict(zip(whole.held, held, strict=True)),
    )
