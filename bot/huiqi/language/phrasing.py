"""How a text is phrased, by logistic regression on its character grams: one probability a head.

The weights are fitted once (huiqi.evaluation.fitting) and come with the package: publishing an entry moves none.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huiqi.language.grams import BEGIN, DIGIT, END, grams
from huiqi.language.table import Dictionary, Grouped, grouped

Vector = npt.NDArray[np.float32]
FOLDER = Path(__file__).parent / "weights"
MASK = "×"
"""Stands for a name in a text whose phrasing is read."""
SEPARATORS = re.compile(r"[\s,，。!！?？;；、~～…:：]+")
"""What parts the pieces of a text."""
SCALE = 10.0
"""Length to which the vector of a text's grams is scaled, so that long texts speak no louder than short ones."""


def gram_value(number: int) -> float:
    """What each of a text's `number` grams counts."""
    return SCALE / math.sqrt(max(number, 1))


@dataclass(frozen=True)
class PhrasingModel:
    """`vocabulary`: gram → its row of `weights`, which have a column a head; `intercepts`: one a head."""

    heads: tuple[str, ...]
    vocabulary: Dictionary
    weights: npt.NDArray[np.floating]
    intercepts: Vector

    def logits(self, text: str) -> Vector:
        """The log odds of each head for normalised `text`."""
        found = grams(text)
        row_of = self.vocabulary.opened(BEGIN + text + END + DIGIT).get
        known = [row for gram in found if (row := row_of(gram)) is not None]
        total: Vector = self.weights[np.array(known, dtype=np.intp)].sum(
            axis=0, dtype=np.float32
        ) * np.float32(gram_value(len(found)))
        return total + self.intercepts

    def probability(self, text: str, head: str) -> float:
        return float(sigmoid(self.logits(text)[self.heads.index(head)]))

    def save(self, file: Path) -> None:
        """As an npz without pickles: texts as UTF-8, weights in half precision."""
        row_of = self.vocabulary.whole()
        words = grouped(in_order := sorted(row_of))
        np.savez(
            file,
            heads=_packed("\n".join(self.heads)),
            firsts=_packed(words.firsts),
            grams=_packed(words.text),
            text_starts=words.text_starts,
            word_starts=words.word_starts,
            weights=self.weights[np.array([row_of[gram] for gram in in_order], dtype=np.intp)].astype(
                np.float16
            ),
            intercepts=self.intercepts,
        )


def sigmoid(value: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.asarray(value, dtype=np.float64)))


@cache
def load(name: str) -> PhrasingModel:
    """The model of that name which comes with the package."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as stored:
        words = Grouped(
            _unpacked(stored["firsts"]),
            _unpacked(stored["grams"]),
            array("i", stored["text_starts"].tolist()),
            array("i", stored["word_starts"].tolist()),
        )
        return PhrasingModel(
            tuple(_unpacked(stored["heads"]).split("\n")),
            Dictionary.of_places(words),
            stored["weights"],
            stored["intercepts"].astype(np.float32),
        )


def _packed(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _unpacked(stored: npt.NDArray[np.uint8]) -> str:
    return stored.tobytes().decode()
