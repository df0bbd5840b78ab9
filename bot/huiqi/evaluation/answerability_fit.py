"""Fits whether an entry tells what a question asks in particular, from questions of which that is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from huiqi.answering.answerability import FEATURES, asks_in_particular, features
from huiqi.answering.statement_choice import StatementBook
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.understanding.meaning import Understander

Numbers = npt.NDArray[np.float64]
PENALTY = 2.0
ASKED_WEIGHT = 0.3
"""What a question asked in public counts, beside one of which it is known whether it is told: most are, but nobody looked."""
_Row = tuple[list[float], bool, float]
"""The features of a question, whether what it asks is not told, and what it counts."""


def fit_answerability(
    pack: Pack,
    matcher: Matcher,
    weights: Iterable[float],
    files: Iterable[Path],
    asked: Iterable[tuple[str, str]],
) -> dict[str, float]:
    """The weight of each feature. `weights`: those of the statements, by which it is worked out how well each answers; `files`: of
    questions with what their first line must hold, and without it where the entry does not tell that; `asked`: questions as they
    are asked in public, each with the id of the entry that answers it, or nothing."""
    from scipy.optimize import minimize

    reader = _RowReader(pack, matcher, list(weights))
    found = [row for file in files for row in reader.of_file(file)]
    found += [row for text, entry in asked if entry for row in reader.of_asked(text, entry)]
    given = np.array([row for row, *_ in found])
    untold, counts = (np.array([row[place] for row in found], dtype=float) for place in (1, 2))

    def loss(own: Numbers) -> tuple[float, Numbers]:
        chances = 1.0 / (1.0 + np.exp(-given @ own))
        right = np.where(untold > 0.0, chances, 1.0 - chances)
        slope = given.T @ (counts * (chances - untold))
        return PENALTY / 2 * float(own @ own) - float(counts @ np.log(right + 1e-12)), slope + PENALTY * own

    best = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x
    return {name: round(float(weight), 3) for name, weight in zip(FEATURES, best, strict=True)}


class _RowReader:
    """Reads questions as they are answered, those without a day on the one from which the entry is known. Left out is what shows nothing: a question that another entry answers, that asks for
    an aspect which is not known or is no facet, whose best statement does not match, or of which that says itself that
    something is not known."""

    def __init__(self, pack: Pack, matcher: Matcher, weights: list[float]) -> None:
        self._pack = pack
        self._understander = Understander(pack, matcher)
        self._book = StatementBook(matcher.base.lexicon, matcher.marker.sides, weights)

    def of_file(self, file: Path) -> Iterator[_Row]:
        for line in file.read_text(encoding="utf-8").splitlines():
            asked = json.loads(line)
            if "question" in asked:
                yield from self._of(asked, asked.get("first", ""), "first" not in asked, 1.0)

    def of_asked(self, text: str, entry: str) -> Iterator[_Row]:
        return self._of({"question": text, "accept": [entry]}, "", False, ASKED_WEIGHT)

    def _of(self, asked: Mapping[str, Any], first: str, is_untold: bool, count: float) -> Iterator[_Row]:
        accepted = [key for key in asked.get("accept", ()) if key in self._pack.entries]
        made = self._pack.known_from(self._pack.entries[accepted[0]]) if accepted else None
        day = date.fromisoformat(asked["day"]) if "day" in asked else made
        if day is None:
            return
        meaning = self._understander.meaning(self._understander.reader.read(asked["question"], day))
        if meaning.entry is None or meaning.entry not in accepted:
            return
        entry, book = self._pack.entries[meaning.entry], self._book
        if not all(aspect in entry.facets and entry.facets[aspect].is_known for aspect in meaning.aspects):
            return
        wanted = book.wanted(meaning.reading.question, meaning.chances)
        best, _ = book.best(entry, wanted)[0]
        page = book.page(entry)
        if asks_in_particular(page, wanted) and not best.is_unknown and re.search(first, best.text):
            found = features(page, wanted, book.scores(entry, wanted))
            yield [found[name] for name in FEATURES], is_untold, count
