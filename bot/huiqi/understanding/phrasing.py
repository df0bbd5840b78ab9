"""How a text is phrased, by logistic regression on its character grams: one probability a head.

The weights are fitted once (huiqi.evaluation.fitting) and come with the package: publishing an entry moves none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiqi.language.grams import grams

Vector = npt.NDArray[np.float32]
FOLDER = Path(__file__).parent / "weights"
SCALE = 10.0
"""Length to which the vector of a text's grams is scaled, so that long texts speak no louder than short ones."""


def gram_value(number: int) -> float:
    """What each of a text's `number` grams counts."""
    return SCALE / math.sqrt(max(number, 1))


@dataclass(frozen=True)
class PhrasingModel:
    """`weights`: a row a gram of `vocabulary`, a column a head; `intercepts`: one a head."""

    heads: tuple[str, ...]
    vocabulary: dict[str, int]
    weights: Vector
    intercepts: Vector

    def logits(self, text: str) -> Vector:
        """The log odds of each head for normalised `text`."""
        found = grams(text)
        known = [number for gram in found if (number := self.vocabulary.get(gram)) is not None]
        total: Vector = self.weights[known].sum(axis=0) * np.float32(gram_value(len(found)))
        return total + self.intercepts

    def probability(self, text: str, head: str) -> float:
        return float(sigmoid(self.logits(text)[self.heads.index(head)]))

    def save(self, file: Path) -> None:
        """As an npz without pickles: names as UTF-8 joined by line feeds, weights in half precision."""
        np.savez_compressed(
            file,
            heads=_packed(self.heads),
            vocabulary=_packed(self.vocabulary),
            weights=self.weights.astype(np.float16),
            intercepts=self.intercepts,
        )


def sigmoid(value: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.asarray(value, dtype=np.float64)))


@cache
def load(name: str) -> PhrasingModel:
    """The model of that name which comes with the package."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as stored:
        return PhrasingModel(
            tuple(_unpacked(stored["heads"])),
            dict(zip(names := _unpacked(stored["vocabulary"]), range(len(names)), strict=True)),
            stored["weights"].astype(np.float32),
            stored["intercepts"].astype(np.float32),
        )


def _packed(names: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def _unpacked(stored: npt.NDArray[np.uint8]) -> Sequence[str]:
    return stored.tobytes().decode().split("\n")
