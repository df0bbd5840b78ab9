"""How common each term is in a pack, and what it therefore tells: its weight in a question, its evidence for an entry.

Counts over all entries go in steps, so that one more entry leaves the weights of what it does not speak of as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count

import numpy as np
import numpy.typing as npt

from huiqi.language.table import Numbering
from huiqi.matching.background import Imagined
from huiqi.matching.term_counts import TermCounts, TermNumbers
from huiqi.search.bm25 import Collection, inverse_frequency
from huiqi.search.index import InvertedIndex, inverted
from huiqi.search.steps import in_steps, size_in_steps, smallness
from huiqi.search.vectors import smallest

Numbers = npt.NDArray[np.float64]

MANY_QUESTIONS = 80
"""Of how many an entry's questions are told at most: more are other wordings of the same, and among them any word comes up."""
USED_SURELY = 5.0
"""So many of an entry's questions hold a term that the entry counts in full among those asked with it."""

DIGITS_OF_WORDS, DIGITS_OF_EVIDENCE = 7, 7
"""How finely it is counted how many entries hold a term, for its weight in a question and for its evidence: whole numbers up
to 127 are exact, larger ones within 1 %."""

DIGITS_OF_QUESTIONS = 3
"""The same for how many questions an entry has, so that one more leaves the weights of its words: in steps of an eighth."""

ASKED_LIKE_ANYTHING = 0.2
"""This share of imagined entries is taken to be asked in the words of what is out of scope, in packs of middle size. With all of
them offices of other kinds are as often answered right, and more often falsely; with none 72 % right instead of 78 %."""
EVIDENCE_SIZE = 30.0
EVIDENCE_SMOOTHING = 5.0


def rarities(
    vocabularies: Sequence[TermCounts], questions: Sequence[int], numbers: TermNumbers, imagined: Imagined
) -> tuple[dict[str, float], float]:
    """idf of each term over entries, and that of a term which none holds. `vocabularies`: those of the entries;
    `questions`: how many each has; a term counts in full from USED_SURELY of an entry's questions on, or where there are
    more than MANY_QUESTIONS from as many more, a keyword being as good as three."""
    held = np.concatenate([np.zeros(0, np.int64), *(own.numbers for own in vocabularies)])
    counts = np.concatenate(
        [
            np.zeros(0),
            *(
                (own.counts + 2.0 * own.keywords) * min(1.0, MANY_QUESTIONS / number)
                for own, number in zip(
                    vocabularies,
                    in_steps([max(number, 1) for number in questions], DIGITS_OF_QUESTIONS),
                    strict=True,
                )
            ),
        ]
    )
    is_held = np.zeros(len(numbers), dtype=bool)
    is_held[held] = True
    # What only imagined entries are asked with is as common as they say.
    strange = {
        term: USED_SURELY * mass
        for term, mass in imagined.holding.items()
        if term not in numbers or not is_held[numbers[term]]
    }
    mass = _total(held, np.minimum(counts, USED_SURELY), numbers, imagined, USED_SURELY)
    size = size_in_steps(len(vocabularies) + imagined.number, imagined.usual)
    entries = in_steps([*mass[is_held].tolist(), *strange.values()], DIGITS_OF_WORDS) / USED_SURELY
    idf = np.log(1.0 + (np.maximum(size - entries, 0.0) + 0.5) / (entries + 0.5))
    # Equal weights are made one object: few differ.
    one: dict[float, float] = {}
    weights = [one.setdefault(weight, weight) for weight in idf.tolist()]
    terms = compress(numbers, is_held.tolist())
    return dict(zip((*terms, *strange), weights, strict=True)), inverse_frequency(size, 0.0)


def _total(
    held: npt.NDArray[np.integer],
    values: Numbers,
    numbers: TermNumbers,
    imagined: Imagined,
    of_each: float = 1.0,
) -> Numbers:
    """For each term the sum of `values` over the vocabularies that hold it, and `of_each` for each of the imagined entries
    that do."""
    totals = np.bincount(held, weights=values, minlength=len(numbers)).astype(np.float64)
    for term, entries in imagined.holding.items():
        if term in numbers:
            totals[numbers[term]] += of_each * entries
    return totals


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

    def rows(self) -> list[tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]]:
        """The numbers of all terms of each row, rising, and the number of questions with each."""
        index = self.evidence
        terms = np.arange(len(index.terms)).repeat(np.diff(index.offsets))
        by_row = np.argsort(index.documents, kind="stable")
        ends = np.bincount(index.documents, minlength=index.size).cumsum()
        numbers, counts = np.split(terms[by_row], ends[:-1]), np.split(self.counts[by_row], ends[:-1])
        return list(zip(numbers, counts, strict=True))

    def vocabularies(self) -> list[dict[str, int]]:
        """All terms of each row, each with the number of questions with it."""
        names = list(self.terms)
        return [
            {names[number]: count for number, count in zip(own.tolist(), held.tolist(), strict=True)}
            for own, held in self.rows()
        ]


def usage(
    vocabularies: Sequence[TermCounts],
    questions: Sequence[float],
    numbers: TermNumbers,
    imagined: Imagined,
    terms: Mapping[str, int],
) -> Usage:
    """What is used in the questions of each entry, whose terms are numbered as in `terms`, and from there on. The weight of evidence of a term for an entry: how much likelier it is
    in its questions than in all, as a log ratio above that of a term which the entry does not hold. `questions`: how many
    each has; the last is no entry, but what is out of scope."""
    held = np.concatenate([own.numbers for own in vocabularies])
    counts = np.concatenate([own.counts for own in vocabularies])
    lengths = np.array([len(own.numbers) for own in vocabularies], dtype=np.int64)
    shares = np.minimum(counts / np.array(questions).repeat(lengths), 1.0)
    size = size_in_steps(len(vocabularies) - 1 + imagined.number, imagined.usual) + 1.0
    total = _total(held, shares, numbers, imagined)
    outside, asked_of = vocabularies[-1].numbers, _asked_like_anything(len(vocabularies) - 1, imagined)
    total[outside] = np.maximum(total[outside], (1.0 + asked_of) * shares[len(held) - len(outside) :])
    usual = in_steps(total, DIGITS_OF_EVIDENCE) / size
    smooth = (EVIDENCE_SMOOTHING * usual)[held]
    impacts = np.log((EVIDENCE_SIZE * shares + smooth) / smooth).astype(np.float32)
    is_held = np.zeros(len(numbers), dtype=bool)
    is_held[held] = True
    # New ones in alphabetical order, so that it does not matter in which order each vocabulary is given.
    known = Numbering(terms)
    more = [term for term in compress(numbers, is_held.tolist()) if term not in terms]
    known.update(zip(sorted(more), count(len(terms))))
    new = np.array([known.get(term, 0) for term in numbers], dtype=smallest(len(known)))
    by_number = new[held]
    by_term = np.argsort(by_number, kind="stable")
    return Usage(
        known,
        inverted(known, by_number, impacts, lengths, by_term),
        counts[by_term].astype(smallest(int(counts.max(initial=0)))),
    )


def _asked_like_anything(entries: int, imagined: Imagined) -> float:
    """How many imagined entries are asked in the words of what is out of scope: else each everyday word that a few entries lack
    speaks for what is nobody's. None in the smallest packs, where what is asked with it mostly is."""
    return ASKED_LIKE_ANYTHING * imagined.number * (1.0 - smallness(entries, imagined.usual))


def counted_in_steps(whole: Collection, usual: int) -> Collection:
    """What BM25 asks of all texts together, in steps, of which the lowest is a collection of the `usual` size."""
    held = in_steps(list(whole.held.values()), DIGITS_OF_EVIDENCE).tolist()
    return Collection(
        size_in_steps(whole.number, usual),
        float(in_steps(whole.mean, DIGITS_OF_EVIDENCE)),
        dict(zip(whole.held, held, strict=True)),
    )
