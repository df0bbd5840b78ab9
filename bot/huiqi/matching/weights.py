"""The weights of the choice model as they come with the package: a number a feature, readable as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from huiqi.matching.choice import ChoiceModel
from huiqi.matching.features import NAMES, OUTSIDE_NAMES

FILE = Path(__file__).with_name("weights.json")


@cache
def shipped_weights() -> ChoiceModel:
    """The model that every pack is answered with. A feature that the file lacks counts nothing."""
    stored: Mapping[str, Mapping[str, float]] = json.loads(FILE.read_text(encoding="utf-8"))
    return ChoiceModel(
        np.array([stored["entry"].get(name, 0.0) for name in NAMES]),
        np.array([stored["none"].get(name, 0.0) for name in OUTSIDE_NAMES]),
    )


def write_weights(model: ChoiceModel, file: Path = FILE) -> None:
    """Write `model` as `shipped_weights` reads it."""
    stored = {
        "entry": {name: round(float(weight), 4) for name, weight in zip(NAMES, model.weights, strict=True)},
        "none": {
            name: round(float(weight), 4)
            for name, weight in zip(OUTSIDE_NAMES, model.outside_weights, strict=True)
        },
    }
    file.write_text(json.dumps(stored, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
