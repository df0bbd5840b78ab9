"""Dictionaries that are kept in files: what is read is what was written, however much of it has been looked at."""

from __future__ import annotations

import pickle

import numpy as np
from huiqi.language.table import Dictionary, Numbering, Table
from huiqi.service.packing import packed, unpacked
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = st.text("贷款贴息补a1 .", min_size=1, max_size=4)
NUMBERS = st.sampled_from([0.0, -1.5, 2.25, 7.0])


def again(item: object) -> object:
    return pickle.loads(pickle.dumps(item))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(WORDS, NUMBERS, max_size=20), st.lists(WORDS, max_size=6))
def test_a_dictionary_read_from_a_file_is_the_same(words: dict[str, float], asked: list[str]) -> None:
    read = again(Dictionary(words))
    assert isinstance(read, Dictionary)
    assert [read.get(word) for word in asked] == [words.get(word) for word in asked]
    assert all((word in read) == (word in words) for word in asked)
    # What has been opened in part is written whole.
    assert again(read) == words and read == words and len(read) == len(words)


def test_a_dictionary_is_opened_by_the_characters_of_a_text() -> None:
    read = again(Dictionary({"贷款": 1.0, "贷": 2.0, "贴息": 3.0}))
    assert isinstance(read, Dictionary)
    assert read.opened("有贷款吗") == {"贷款": 1.0, "贷": 2.0}
    assert read.whole() == {"贷款": 1.0, "贷": 2.0, "贴息": 3.0}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(WORDS, NUMBERS, max_size=20), st.lists(WORDS, max_size=20, unique=True))
def test_a_table_read_from_a_file_is_the_same(words: dict[str, float], names: list[str]) -> None:
    numbering = Numbering(zip(names, range(len(names)), strict=True))
    table, read = again([Table(words, numbering), numbering])  # type: ignore[misc]
    assert table == words and list(read.items()) == list(numbering.items())


def test_arrays_of_a_packed_item_are_read_where_they_lie() -> None:
    arrays = [np.arange(size, dtype=np.uint16) for size in (0, 3, 40_001, 20_000)]
    held = memoryview(packed({"arrays": arrays, "name": "贴息"}))
    read = unpacked(held)
    assert isinstance(read, dict) and read["name"] == "贴息"
    assert all(np.array_equal(one, other) for one, other in zip(read["arrays"], arrays, strict=True))
    large = read["arrays"][2]
    assert np.shares_memory(large, np.frombuffer(held, np.uint8)) and large.flags.aligned
