"""Building on what was built before spares work and nothing else: the outcome is that of building everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from huiqi.matching.corpus import MatchingBase
from huiqi.matching.earlier import Earlier
from huiqi.matching.matcher import compile_pack
from huiqi.pack.model import Entry, Pack
from huiqi.search.vectors import assembled, build_vectors
from huiqi.service.wiring import Compiled
from hypothesis import given, settings
from hypothesis import strategies as st

Change = Callable[[Pack], Pack]


@pytest.fixture(scope="module")
def pack(compiled: Compiled) -> Pack:
    """With few examples of what is out of scope, so that it is built in no time."""
    few = {kind: texts[:30] for kind, texts in compiled.pack.out_of_scope.items()}
    return replace(compiled.pack, out_of_scope=few)


@pytest.fixture(scope="module")
def base(pack: Pack) -> MatchingBase:
    return compile_pack(pack).base


def different(one: object, other: object, at: str = "") -> list[str]:
    """Where two compiled things differ, looking into arrays and dataclasses; dictionaries of terms in their order too,
    for numbers are given in it."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return [] if one.dtype == other.dtype and np.array_equal(one, other) else [at]
    if is_dataclass(one) and type(one) is type(other):
        return [
            place
            for field in fields(one)
            for place in different(getattr(one, field.name), getattr(other, field.name), f"{at}.{field.name}")
        ]
    if at.endswith("terms") and isinstance(one, dict) and isinstance(other, dict):
        return [] if list(one.items()) == list(other.items()) else [at]
    return [] if one == other else [at]


def _with(pack: Pack, *entries: Entry) -> Pack:
    return replace(pack, entries={**pack.entries, **{entry.id: entry for entry in entries}})


def _retold(pack: Pack) -> Pack:
    entry = pack.entries["faq-seal"]
    return _with(pack, replace(entry, summary=replace(entry.summary, text="搬到了新地方，咨询台在门口。")))


def _asked_otherwise(pack: Pack) -> Pack:
    entry = pack.entries["shop-front"]
    return _with(pack, replace(entry, alternates=(*entry.alternates[5:], "银行利息能报销几成", "融资咋补")))


def _added(pack: Pack) -> Pack:
    model = pack.entries["faq-seal"]
    entry = replace(
        model,
        id="faq-broadband",
        title="企业怎么申请宽带提速",
        short_title="企业宽带提速",
        keywords=("宽带提速", "公司网速"),
        alternates=("宽带提速怎么申请", "公司网速慢能不能提", "光纤专线要多少钱"),
        alternate_aspects={},
        see_also=(),
        replaces=(),
    )
    first, *rest = pack.entries.items()
    return replace(pack, entries=dict([first, (entry.id, entry), *rest]))


def _removed(pack: Pack) -> Pack:
    gone = list(pack.entries)[3]
    return replace(pack, entries={key: entry for key, entry in pack.entries.items() if key != gone})


def _renamed(pack: Pack) -> Pack:
    policy = pack.policies["shops"]
    return replace(
        pack, policies={**pack.policies, "shops": replace(policy, names=(*policy.names, "新六条"))}
    )


def _more_examples(pack: Pack) -> Pack:
    return replace(pack, out_of_scope={**pack.out_of_scope, "near_miss": ("宽带一年多少钱", "怎么办房产证")})


def _another_synonym(pack: Pack) -> Pack:
    return replace(pack, synonyms=pack.synonyms[1:])


def _another_place(pack: Pack) -> Pack:
    return replace(pack, places=replace(pack.places, other_districts=pack.places.other_districts[1:]))


@pytest.mark.parametrize(
    "change",
    [
        lambda pack: pack,
        _retold,
        _asked_otherwise,
        _added,
        _removed,
        _renamed,
        _more_examples,
        _another_synonym,
        _another_place,
        lambda pack: _removed(_added(_asked_otherwise(pack))),
    ],
    ids=[
        "nothing",
        "text",
        "alternates",
        "added",
        "removed",
        "policy",
        "examples",
        "synonym",
        "place",
        "several",
    ],
)
def test_building_on_an_earlier_base_gives_what_building_everything_gives(
    pack: Pack, base: MatchingBase, change: Change
) -> None:
    after = change(pack)
    spared = compile_pack(after, Earlier(pack, base))
    assert different(compile_pack(after), spared) == []


def test_a_base_may_be_built_on_one_that_was_built_on_another(pack: Pack, base: MatchingBase) -> None:
    """Five officers' changes one after the other."""
    chance = random.Random(7)
    for _ in range(5):
        entry = pack.entries[chance.choice(list(pack.entries))]
        other = pack.entries[chance.choice(list(pack.entries))]
        lent = chance.choice(other.alternates)
        fewer = [text for text in entry.alternates if chance.random() < 0.9]
        newer = _with(pack, replace(entry, alternates=tuple(dict.fromkeys([*fewer, lent]))))
        base = compile_pack(newer, Earlier(pack, base)).base
        pack = newer
    assert different(compile_pack(pack).base, base) == []


ROWS = st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 99).map(float)), max_size=6)


@settings(max_examples=100, deadline=None)
@given(ROWS, ROWS, st.data())
def test_assembled_vectors_are_those_built_from_the_documents(
    first: list[dict[str, float]], second: list[dict[str, float]], data: st.DataObject
) -> None:
    documents = [*((0, place) for place in range(len(first))), *((1, place) for place in range(len(second)))]
    rows = data.draw(st.lists(st.sampled_from(documents), max_size=9)) if documents else []
    wanted = build_vectors((first, second)[part][place] for part, place in rows)
    assert different(wanted, assembled([build_vectors(first), build_vectors(second)], rows)) == []
