"""The weights of the choice model: those that come with the package, a number a feature, readable as they are, and a
pack's own, where `huiqi tune` fitted some.

Two sets come with the package, one for a pack of the usual size and one for the smallest; between the two sizes each weight
lies between its two. In a small pack fewer entries are alike by chance, an entry has few words of its own, and what a
question asks for is more often not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from huiqi.matching.choice import ChoiceModel
from huiqi.matching.features import NAMES, OUTSIDE_NAMES
from huiqi.pack.model import OwnWeights, Pack

FILE = Path(__file__).with_name("weights.json")
Stored = dict[str, dict[str, float]]
OUTDATED = (
    "这个知识库自己的权重（weights.yaml）是另一版程序调的，现在没有用它，用的是随程序带的；"
    "要再用自己的，运行 huiqi tune 重新调"
)


USUAL, SMALLEST = "usual", "smallest"
"""The two sets in the file."""


@cache
def shipped_weights(smallness: float = 0.0) -> ChoiceModel:
    """The model that a pack is answered with, `smallness` telling its size (0 the usual, 1 the smallest; see
    `huiqi.search.steps`). A feature that the file lacks counts nothing."""
    stored: Mapping[str, Stored] = json.loads(FILE.read_text(encoding="utf-8"))
    usual, smallest = (_model(**stored[size]) for size in (USUAL, SMALLEST))
    return _between(usual, smallest, smallness)


def _between(usual: ChoiceModel, smallest: ChoiceModel, smallness: float) -> ChoiceModel:
    """The weights of a pack between the usual size and the smallest."""
    own, other = 1.0 - smallness, smallness
    return ChoiceModel(
        own * usual.weights + other * smallest.weights,
        own * usual.outside_weights + other * smallest.outside_weights,
    )


def weights_of(pack: Pack, smallness: float) -> ChoiceModel:
    """The model that `pack` is answered with: its own, where they are of the features that there are now, or that which
    ships for a pack of its size."""
    own = pack.weights
    return shipped_weights(smallness) if own is None or are_outdated(pack) else _model(own.entry, own.none)


def are_outdated(pack: Pack) -> bool:
    """Whether the pack's own weights were fitted on other features than those of this program, and so mean nothing."""
    own = pack.weights
    return own is not None and (set(own.entry) != set(NAMES) or set(own.none) != set(OUTSIDE_NAMES))


def own_weights(model: ChoiceModel) -> OwnWeights:
    """A model as a pack keeps it."""
    return OwnWeights(_named(NAMES, model.weights), _named(OUTSIDE_NAMES, model.outside_weights))


def as_file(model: ChoiceModel) -> dict[str, dict[str, float]]:
    """A model as the file of a pack holds it."""
    named = own_weights(model)
    return {"entry": dict(named.entry), "none": dict(named.none)}


def write_weights(usual: ChoiceModel, smallest: ChoiceModel, file: Path = FILE) -> None:
    """Write the weights as `shipped_weights` reads them."""
    stored = {USUAL: as_file(usual), SMALLEST: as_file(smallest)}
    file.write_text(json.dumps(stored, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    shipped_weights.cache_clear()


def _model(entry: Mapping[str, float], none: Mapping[str, float]) -> ChoiceModel:
    return ChoiceModel(
        np.array([entry.get(name, 0.0) for name in NAMES]),
        np.array([none.get(name, 0.0) for name in OUTSIDE_NAMES]),
    )


def _named(names: Sequence[str], values: Iterable[float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}
