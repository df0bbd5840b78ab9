"""The words that ask for an aspect of whatever it is (材料, 申请, 多久): a question of nothing else names nothing.

Which words do is fitted: those that the general examples use more often than the questions of the pack do, of which
nearly all name something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from huiqi.language.phrasing import FOLDER
from huiqi.language.telling import tells
from huiqi.matching.features import Question

FILE = FOLDER / "aspect_words.txt"
USED, AS_OFTEN = 2, 1.5
"""Examples in which such a word must stand, and how often it must in proportion to the questions of the pack."""
SAYS_LITTLE = 0.2
"""A word of no more weight (that of a word which the pack does not know is 1) need not be one of them."""

LONGEST_NAMED = 8
"""Characters of a piece that asks by the name of an aspect alone; a longer one tells something (我们协会要申请免税资格)."""


@cache
def shipped_words() -> frozenset[str]:
    """The words that come with the package."""
    return frozenset(FILE.read_text(encoding="utf-8").split())


def asks_only(question: Question) -> bool:
    """Whether a question has words, and all of them that say anything ask for an aspect."""
    if question.marks.pins or not question.analysis.words:
        return False
    return all(
        weight < SAYS_LITTLE or word in shipped_words()
        for word, weight in zip(question.analysis.words, question.shares_against, strict=True)
    )


def names_aspect(piece: str) -> bool:
    """Whether a piece of a message without a word that asks ends in the name of an aspect (裁员要求, 电话) and tells
    nothing (材料交了)."""
    return len(piece) <= LONGEST_NAMED and piece.endswith(_names()) and not tells(piece)


@cache
def _names() -> tuple[str, ...]:
    return tuple(word for word in shipped_words() if len(word) > 1)


def fit_words(examples: Iterable[Iterable[str]], named: Mapping[str, int], questions: int) -> list[str]:
    """The words to ship, sorted. `examples`: the words of each general example that names nothing; `named`: in how many
    of the pack's `questions` each word stands."""
    counts: Counter[str] = Counter()
    number = 0
    for words in examples:
        counts.update(set(words))
        number += 1
    return sorted(
        word
        for word, count in counts.items()
        if count >= USED and count / number >= AS_OFTEN * (named.get(word, 0) + 1) / questions
    )


def write_words(words: Iterable[str], file: Path = FILE) -> None:
    """Write the words as `shipped_words` reads them."""
    file.write_text("\n".join(words) + "\n", encoding="utf-8")
    shipped_words.cache_clear()
    _names.cache_clear()
