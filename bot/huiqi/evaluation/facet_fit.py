"""Fits the model that tells which facet a sentence of a document is about, from what the pack says by facet: its
statements, the words of originals that they quote, and an example table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from huiqi.curation.quotes import FOLDER, statements_of
from huiqi.evaluation.phrasing_fit import Example, fit_phrasing, read_examples
from huiqi.intake.facets import bare, clauses
from huiqi.language.phrasing import PhrasingModel
from huiqi.pack.model import FACET_NAMES, Pack

RAREST = 2
"""A gram of fewer examples has no weight: sentences of the pack stand there once, not in copies."""
NONE = "无"
"""The group of examples that are about no facet."""
QUOTED_WEIGHT, TABLE_WEIGHT = 2.0, 3.0
"""An original's words, and a sentence that was labelled for this, say more than a statement in the office's own words."""


def fit_facets(pack: Pack, folder: Path, unseen: Collection[str] = ()) -> PhrasingModel:
    """One head a facet. `folder`: where the pack's quotes are; `unseen`: policies and sources that it must not know."""
    weights: dict[str, float] = {}
    facets: dict[str, set[str]] = defaultdict(set)
    for text, facet, weight in (*_statements(pack, unseen), *_quotes(pack, folder, unseen), *_table()):
        known = bare(text)
        facets[known] |= {facet} - {NONE}
        weights[known] = max(weight, weights.get(known, 0.0))
    examples = [Example(text, frozenset(facets[text]), weights[text]) for text in facets if text]
    return fit_phrasing(examples, FACET_NAMES, RAREST)


def _statements(pack: Pack, unseen: Collection[str]) -> Iterator[tuple[str, str, float]]:
    for entry in pack.entries.values():
        for (_, facet, _), text, source in statements_of(entry):
            is_seen = entry.policy not in unseen and not set(source.sources) & set(unseen)
            if facet in FACET_NAMES and is_seen:
                yield text, facet, 1.0


def _quotes(pack: Pack, folder: Path, unseen: Collection[str]) -> Iterator[tuple[str, str, float]]:
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        for entry, quoted in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            for facet, quotes in quoted.items():
                for quote in quotes:
                    known = pack.entries.get(entry)
                    is_seen = quote["source"] not in unseen and (known is None or known.policy not in unseen)
                    if facet in FACET_NAMES and is_seen:
                        yield quote["words"], facet, QUOTED_WEIGHT


def _table() -> Iterator[tuple[str, str, float]]:
    for facet, texts in read_examples("facets").items():
        for text in texts:
            yield text, facet, TABLE_WEIGHT
            for clause in clauses(text):
                yield clause, facet, TABLE_WEIGHT
