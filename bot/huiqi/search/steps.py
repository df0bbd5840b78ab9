"""Counts over a whole collection, in steps: one more document leaves them exactly where they were.

What all documents share in (how many hold a term, how many there are) would else move every score a little with each
document that is added, and an answer near the border with it. Scores move only where a step is crossed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

SIZE_STEP = 3.0
"""Factor between two steps of a collection's size: where 115 are usual, up to 199 documents count as 115, up to 597 as 345."""

SMALLEST = 8
"""About so many documents and fewer share next to nothing by chance: a collection of one is no smaller. Where 32 counted as no
larger than one, a pack of thirty was as free with its answers as a pack of five: 9 % false answers for 7 %."""


def in_steps(numbers: npt.ArrayLike, digits: int) -> npt.NDArray[np.float64]:
    """`numbers` (not negative), each to its first binary `digits`: with five, whole numbers up to 31 are exact, larger
    ones within 3 %."""
    fractions, exponents = np.frexp(np.asarray(numbers, dtype=np.float64))
    steps: npt.NDArray[np.float64] = np.ldexp(np.rint(fractions * 2.0**digits), exponents - digits)
    return steps


def size_in_steps(documents: float, usual: int) -> float:
    """As how many a collection of `documents` counts, never fewer than are `usual`: the size of the pack on which the
    weights that ship were fitted is the lowest step, which only a refit may move."""
    steps = round(math.log(max(documents, 1.0) / usual, SIZE_STEP))
    return usual * SIZE_STEP ** max(steps, 0)


def smallness(documents: float, usual: int) -> float:
    """How much smaller a collection is than the usual, from 1 (SMALLEST documents or fewer) to 0, in steps of a factor of
    two."""
    most, least = round(math.log2(usual)), round(math.log2(SMALLEST))
    return min(1.0, max(0.0, (most - round(math.log2(max(documents, 1.0)))) / (most - least)))
