"""How a text is phrased: its grams, and models of them that survive their file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from huiqi.language import phrasing
from huiqi.language.grams import BEGIN, END, LONGEST, code_of, coded_grams, grams
from huiqi.language.phrasing import PhrasingModel, load, sigmoid
from huiqi.language.table import Dictionary
from huiqi.pack.model import ASPECTS
from huiqi.understanding.aspects import LEANS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PIECE = st.text(st.sampled_from("贷款贴息多少要什么材料0123ab"), min_size=1, max_size=12)


def test_grams_are_neighbouring_characters_with_the_ends_marked() -> None:
    assert grams("补吗") == {"^", "补", "吗", "$", "^补", "补吗", "吗$", "^补吗", "补吗$"}


@given(PIECE)
def test_which_amount_is_asked_about_makes_no_difference(text: str) -> None:
    changed = "".join("7" if character.isdigit() else character for character in text)
    assert grams(text) == grams(changed)


@given(st.lists(PIECE, min_size=1, max_size=4))
def test_pieces_are_read_each_by_itself_in_any_order(pieces: list[str]) -> None:
    assert grams(" ".join(pieces)) == grams(" ".join(reversed(pieces)))
    assert grams(" ".join(pieces)) == frozenset().union(*map(grams, pieces))


@given(PIECE)
def test_every_gram_stands_in_the_marked_text(text: str) -> None:
    marked = BEGIN + "".join("0" if character.isdigit() else character for character in text) + END
    assert all(gram in marked and 1 <= len(gram) <= LONGEST for gram in grams(text))
    assert {BEGIN, END} <= grams(text)


@given(st.lists(st.lists(PIECE, max_size=3).map(" ".join), max_size=4))
def test_many_texts_at_once_have_the_grams_that_each_has_by_itself(texts: list[str]) -> None:
    together = coded_grams(texts)
    for place, text in enumerate(texts):
        own = together.codes[together.grams[together.texts == place]]
        assert own.tolist() == sorted(map(code_of, grams(text)))


MODELS = st.builds(
    lambda names, heads, seed: PhrasingModel(
        tuple(heads),
        Dictionary({name: number for number, name in enumerate(sorted(names))}),
        np.random.default_rng(seed)
        .normal(size=(len(names), len(heads)))
        .astype(np.float16)
        .astype(np.float32),
        np.random.default_rng(seed + 1).normal(size=len(heads)).astype(np.float32),
    ),
    st.lists(st.text("贷款贴息^$补多少", min_size=1, max_size=3), min_size=1, max_size=20, unique=True),
    st.lists(st.sampled_from([*ASPECTS, LEANS]), min_size=1, max_size=4, unique=True),
    st.integers(0, 1000),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(model=MODELS, text=PIECE)
def test_a_model_says_the_same_after_it_was_saved_and_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: PhrasingModel, text: str
) -> None:
    model.save(tmp_path / "tried.npz")
    monkeypatch.setattr(phrasing, "FOLDER", tmp_path)
    again = load.__wrapped__("tried")
    assert (again.heads, again.vocabulary) == (model.heads, model.vocabulary)
    assert np.array_equal(again.weights, model.weights)
    assert np.array_equal(again.logits(text), model.logits(text))


@pytest.mark.parametrize("name", ["aspects", "asides", "talk"])
def test_the_models_of_the_package_load_and_know_their_heads(name: str) -> None:
    model = load(name)
    assert model is load(name), "read once"
    assert model.weights.shape == (len(model.vocabulary), len(model.heads))
    if name == "aspects":
        assert model.heads[: len(ASPECTS)] == ASPECTS and LEANS in model.heads


@given(st.text(max_size=30))
def test_a_chance_is_a_chance_for_any_text(text: str) -> None:
    model = load("aspects")
    assert all(0.0 <= model.probability(text, head) <= 1.0 for head in model.heads)


@given(st.floats(-30, 30))
def test_the_sigmoid_is_symmetric(value: float) -> None:
    assert math.isclose(float(sigmoid(value)) + float(sigmoid(-value)), 1.0)


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("要带哪些证件复印件", "材料"),
        ("能拿多少钱", "标准"),
        ("几号截止", "时限"),
        ("在哪个网站申报", "流程"),
        ("归哪个局管", "部门"),
        ("热线号码是多少", "电话"),
        ("过期了没有", "有效"),
        ("能和别的补贴一起拿吗", "叠加"),
    ],
)
def test_how_it_is_worded_says_what_is_asked_whatever_it_is_about(text: str, aspect: str) -> None:
    model = load("aspects")
    logits = model.logits(text)[: len(ASPECTS)]
    assert ASPECTS[int(logits.argmax())] == aspect
