"""Which facet of a measure each piece of a document's sentence is about: a model of how the facets are worded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from huiqi.language.phrasing import PhrasingModel, load, sigmoid
from huiqi.language.values import PHONE, figures_of

MODEL = "facets"
PHONES, WHO, CONDITION = "电话", "对象", "条件"
CONTEXT = 0.15
"""Share that the whole sentence has in what each of its clauses is about."""
ALSO = 0.4
"""A clause that is another facet's by this share of its likeliest is told under both: 期限由5年延长到8年 is what is granted
and how long."""
SURE = 0.2
"""A clause less sure than this goes with the one before it."""
PLAIN = 0.6
"""From here on a clause is another facet's than its chapter."""
LEAST = 0.15
"""A sentence that is no facet's by more than this, and has no figure, tells a company nothing."""
_MARKS = re.compile(r"[\W_]+")
_CLAUSE = re.compile(r"(?:[^，：；（(]|[（(][^）)]*[）)]?)+[，：；]?")


@dataclass(frozen=True)
class Said:
    """A piece of a sentence and the facet that it is about. `start`: its place in the sentence; `chance`: how likely the
    facet is, 1 where a heading says it."""

    text: str
    start: int
    facet: str
    chance: float


class FacetReader:
    def __init__(self, model: PhrasingModel | None = None) -> None:
        self._model = model or load(MODEL)

    def chances(self, text: str) -> dict[str, float]:
        """The probability of each facet for a sentence or clause."""
        return dict(zip(self._model.heads, map(float, sigmoid(self._model.logits(bare(text)))), strict=True))

    def said(self, sentence: str, heading: str | None = None, usual: str | None = None) -> list[Said]:
        """What a sentence says by facet: runs of its clauses, exact and in order. `heading`: the facet that the heading
        above it names, which decides, but for phones; `usual`: the one of a whole chapter, which holds in doubt."""
        whole = self.chances(sentence)
        if heading is None and usual is None and max(whole.values()) < LEAST and not figures_of(sentence):
            return []
        pieces = [clause for clause in clauses(sentence) if clause]
        labels: list[dict[str, float]] = []
        for clause in pieces:
            if any(figure.kind == PHONE for figure in figures_of(clause)):
                labels.append({PHONES: 1.0})
            elif heading is not None:
                labels.append({heading: 1.0})
            else:
                labels.append(self._labels(clause, whole, usual) or (labels[-1] if labels else {}))
        first = next((own for own in labels if own), _sorted(whole)[:1])
        return sorted(_runs(pieces, [own or dict(first) for own in labels]), key=lambda one: one.start)

    def _labels(self, clause: str, whole: Mapping[str, float], usual: str | None) -> dict[str, float]:
        """The facets of a clause: the likeliest, if it is likely enough, and others that are likely too."""
        own = self.chances(clause)
        weighed = {facet: (1 - CONTEXT) * chance + CONTEXT * whole[facet] for facet, chance in own.items()}
        (best, chance), *others = _sorted(weighed)
        if usual is not None and chance < PLAIN:
            return {usual: PLAIN}
        if chance < SURE:
            return {}
        found = {best: chance} | {facet: other for facet, other in others if other >= ALSO * chance}
        if WHO in found and figures_of(clause):
            # Who it is for, told in figures (30人以下的企业), is a condition.
            found.setdefault(CONDITION, found[WHO])
        return found


def _runs(pieces: list[str], labels: list[dict[str, float]]) -> Iterator[Said]:
    """Of each facet the neighbouring clauses that are about it."""
    for facet in dict.fromkeys(name for own in labels for name in own):
        start = 0
        for is_about, run in groupby(zip(pieces, labels, strict=True), key=lambda item: facet in item[1]):
            found = list(run)
            text = "".join(piece for piece, _ in found)
            if is_about:
                yield Said(text, start, facet, max(own[facet] for _, own in found))
            start += len(text)


def _sorted(chances: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(chances.items(), key=lambda item: -item[1])


def bare(text: str) -> str:
    """`text` as the model sees it: without marks."""
    return _MARKS.sub(" ", text).strip()


def clauses(text: str) -> list[str]:
    """The clauses of a sentence; brackets are not opened, and nothing is lost."""
    return _CLAUSE.findall(text) or [text]
