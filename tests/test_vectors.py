"""What a document shares with a query: the same as comparing two dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiqi.search.vectors import TermVectors, build_vectors
from hypothesis import given, settings
from hypothesis import strategies as st

# Sixteenths are exact in 32 bits, so that sums can be compared as they are.
WEIGHTS = st.integers(min_value=1, max_value=400).map(lambda value: value / 16)
WEIGHTED = st.dictionaries(st.sampled_from("abcdefgh"), WEIGHTS, max_size=6)


def overlaps(
    vectors: TermVectors, query: Mapping[str, float], rows: Sequence[int]
) -> list[tuple[float, float]]:
    return list(zip(*(sums.tolist() for sums in vectors.overlaps(query, rows)), strict=True))


@settings(max_examples=80, deadline=None)
@given(st.lists(WEIGHTED, min_size=1, max_size=12), WEIGHTED, st.data())
def test_overlaps_are_those_of_dictionaries(
    documents: list[dict[str, float]], query: dict[str, float], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(documents) - 1), max_size=8))
    expected = [
        (
            sum(query[term] for term in query if term in documents[row]),
            sum(documents[row][term] for term in query if term in documents[row]),
        )
        for row in rows
    ]
    assert overlaps(build_vectors(documents), query, rows) == expected


def test_terms_of_a_document() -> None:
    vectors = build_vectors([{"贷款": 1.0, "贴息": 2.0}, {}, {"贴息": 0.5}])
    assert [vectors.terms_of(number) for number in range(3)] == [["贷款", "贴息"], [], ["贴息"]]
    assert overlaps(vectors, {"贴息": 1.0}, [1, 0]) == [(0.0, 0.0), (1.0, 2.0)]
