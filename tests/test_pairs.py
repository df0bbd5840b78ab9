"""The pairs of many texts, found at once, are those that are found text by text."""

from __future__ import annotations

from huiqi.language.analysis import placed_bigrams
from huiqi.language.pairs import pairs_of
from hypothesis import given
from hypothesis import strategies as st

normalised = st.lists(st.text("企业补贴3a.%", min_size=1, max_size=6), max_size=3).map(" ".join)


@given(st.lists(normalised, max_size=6))
def test_pairs_found_at_once_are_those_of_each_text(texts: list[str]) -> None:
    pairs = pairs_of(texts)
    found: list[tuple[list[str], list[int]]] = [([], []) for _ in texts]
    for kind, text, place in zip(pairs.kinds, pairs.texts, pairs.places, strict=True):
        found[text][0].append(pairs.written[kind])
        found[text][1].append(int(place))
    assert found == list(map(placed_bigrams, texts))
