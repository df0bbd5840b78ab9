"""The weights of the choice model: those that come with the package, a number a feature, readable as they are, and a
pack's own, where `huiqi tune` fitted some.
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
OUTDATED = (
    "这个知识库自己的权重（weights.yaml）是另一版程序调的，现在没有用它，用的是随程序带的；"
    "要再用自己的，运行 huiqi tune 重新调"
)


@cache
def shipped_weights() -> ChoiceModel:
    """The model that every pack is answered with. A feature that the file lacks counts nothing."""
    stored: Mapping[str, Mapping[str, float]] = json.loads(FILE.read_text(encoding="utf-8"))
    return _model(stored["entry"], stored["none"])


def weights_of(pack: Pack) -> ChoiceModel:
    """The model that `pack` is answered with: its own, where they are of the features that there are now, or that which
    ships."""
    own = pack.weights
    return shipped_weights() if own is None or are_outdated(pack) else _model(own.entry, own.none)


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


def write_weights(model: ChoiceModel, file: Path = FILE) -> None:
    """Write `model` as `shipped_weights` reads it."""
    file.write_text(json.dumps(as_file(model), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _model(entry: Mapping[str, float], none: Mapping[str, float]) -> ChoiceModel:
    return ChoiceModel(
        np.array([entry.get(name, 0.0) for name in NAMES]),
        np.array([none.get(name, 0.0) for name in OUTSIDE_NAMES]),
    )


def _named(names: Sequence[str], values: Iterable[float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}
