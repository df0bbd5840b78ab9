"""The inverted index: whatever it skips, the answer is that of adding everything up."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from huiqi.search import index as index_module
from huiqi.search.index import FINEST, GRAIN, best, build_index
from hypothesis import given, settings
from hypothesis import strategies as st

Weighted = Mapping[str, float]

TERMS = st.sampled_from("abcdefghij")
WEIGHTS = st.one_of(
    st.sampled_from([1.0, 0.5, 0.25, 3.0]), st.floats(min_value=0.0, max_value=30.0, allow_nan=False)
)
DOCUMENTS = st.lists(st.dictionaries(TERMS, WEIGHTS, max_size=8), max_size=25)
QUERIES = st.dictionaries(st.sampled_from("abcdefghijXYZ"), WEIGHTS, max_size=8)


def unit_of(documents: Sequence[Weighted]) -> float:
    """A power of two of which two bytes can count up to the highest impact."""
    highest = max(
        (float(np.float32(impact)) for document in documents for impact in document.values()), default=0.0
    )
    return next(2.0**power for power in range(-16, 64) if highest <= FINEST * 2.0**power)


def plain_sums(documents: Sequence[Weighted], query: Weighted) -> list[float]:
    """The definition: for each document, the sum over shared terms of impact times weight."""
    unit = unit_of(documents)
    return [
        sum(
            round(float(np.float32(document[term])) / unit) * unit * (round(weight * GRAIN) / GRAIN)
            for term, weight in query.items()
            if term in document
        )
        for document in documents
    ]


def plain_top(documents: Sequence[Weighted], query: Weighted, limit: int) -> list[tuple[int, float]]:
    ranked = sorted(enumerate(plain_sums(documents, query)), key=lambda pair: (-pair[1], pair[0]))
    return [(document, score) for document, score in ranked[:limit] if score > 0]


@pytest.fixture(scope="module")
def skewed() -> tuple[list[Weighted], list[tuple[Weighted, list[tuple[int, float]]]]]:
    """As in language: a few words nearly everywhere, many words rarely, documents that repeat; and queries with what is
    best by the definition."""
    random = np.random.default_rng(7)
    documents: list[Weighted] = []
    for _ in range(1500):
        ranks = np.unique(np.minimum(random.zipf(1.3, size=9), 400))
        documents.append({f"w{rank}": 0.3 + float(np.log1p(rank)) for rank in ranks.tolist()})
    documents += documents[:200]
    asked: list[tuple[Weighted, list[tuple[int, float]]]] = []
    for _ in range(40):
        ranks = np.unique(np.minimum(random.zipf(1.3, size=12), 400))
        query = {f"w{rank}": float(random.choice([1.0, 0.45, 0.9])) for rank in ranks.tolist()}
        asked.append((query, plain_top(documents, query, 49)))
    return documents, asked


@pytest.fixture(params=["usual", "never few", "always skipping", "always looking up"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way through the index, though the real limits are far above what a test can hold."""
    if request.param != "usual":
        monkeypatch.setattr(index_module, "FEW_POSTINGS", -1)
    if request.param in ("always skipping", "always looking up"):
        monkeypatch.setattr(index_module, "MANY_POSTINGS", 0)
        monkeypatch.setattr(index_module, "FEW_COLUMNS", 0)
        monkeypatch.setattr(index_module, "SKIPPED_SHARE", 0.6)
    if request.param == "always looking up":
        monkeypatch.setattr(index_module, "FEW_WANTED", 10**6)


@pytest.mark.usefixtures("way")
class TestEveryWay:
    @settings(max_examples=50, deadline=None)
    @given(DOCUMENTS, QUERIES, st.integers(min_value=0, max_value=30))
    def test_top_is_the_plain_sum(self, documents: list[Weighted], query: Weighted, limit: int) -> None:
        assert build_index(documents).top(query, limit) == plain_top(documents, query, limit)

    def test_a_large_index_of_skewed_words(
        self, skewed: tuple[list[Weighted], list[tuple[Weighted, list[tuple[int, float]]]]]
    ) -> None:
        documents, asked = skewed
        index = build_index(documents)
        for query, ranked in asked:
            for limit in (1, 10, 49):
                assert index.top(query, limit) == ranked[:limit]


@settings(max_examples=50, deadline=None)
@given(DOCUMENTS, QUERIES)
def test_scores_are_the_plain_sums(documents: list[Weighted], query: Weighted) -> None:
    scores = build_index(documents).scores(query)
    assert scores.tolist() == np.array(plain_sums(documents, query), dtype=np.float32).tolist()


@settings(max_examples=50, deadline=None)
@given(DOCUMENTS, QUERIES, st.randoms())
def test_the_order_of_a_query_changes_nothing(documents: list[Weighted], query: Weighted, random) -> None:  # type: ignore[no-untyped-def]
    index = build_index(documents)
    shuffled = list(query.items())
    random.shuffle(shuffled)
    assert index.top(dict(shuffled), 5) == index.top(query, 5)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5]), max_size=200), st.integers(min_value=1, max_value=60)
)
def test_best_is_a_stable_sort(scores: list[float], limit: int) -> None:
    ranked = sorted(enumerate(scores), key=lambda pair: (-pair[1], pair[0]))
    assert best(np.array(scores), limit) == [pair for pair in ranked[:limit] if pair[1] > 0]


def test_equal_documents_come_in_their_order() -> None:
    index = build_index([{"贷款": 1.0}, {"社保": 1.0}, {"贷款": 1.0}, {"贷款": 1.0, "贴息": 0.1}])
    assert [document for document, _ in index.top({"贷款": 2.0, "社保": 2.0}, 4)] == [0, 1, 2, 3]
    assert [document for document, _ in index.top({"贷款": 2.0, "贴息": 2.0}, 2)] == [3, 0]


def test_an_index_without_documents_and_a_query_without_terms() -> None:
    assert build_index([]).top({"贷款": 1.0}, 3) == []
    assert build_index([]).scores({"贷款": 1.0}).tolist() == []
    assert build_index([{"贷款": 1.0}]).top({}, 3) == []
    assert build_index([{}, {"贷款": 1.0}]).scores({"社保": 1.0}).tolist() == [0.0, 0.0]


def test_an_index_survives_being_stored() -> None:
    index = build_index([{"贷款": 1.5, "贴息": 2.0}, {"社保": 1.0}])
    stored = pickle.loads(pickle.dumps(index))
    assert (
        stored.top({"贴息": 1.0, "社保": 1.0}, 2)
        == index.top({"贴息": 1.0, "社保": 1.0}, 2)
        == [(0, 2.0), (1, 1.0)]
    )
