"""Whether a place, a level of government or a year that a message names is what it asks about, or only told of in it (从外地回来的
工人, 捐给区里的口罩, 去年贷的款).

By two small models of how the words around the name are phrased; the name itself is masked, so that any place, level and year
is read alike. Fitted once, on understanding/examples/mentions.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.language.numerals import digits_for_numerals
from huiqi.language.phrasing import MASK, SEPARATORS, load, sigmoid

PLACES, LEVELS, YEARS = "places", "levels", "years"
"""What is named; what is known of the one tells nothing of the other. For each a model of all that stands beside the name and one
of the piece of the message that it stands in, of which either is wrong more often than the mean of both."""
HEADS = {PLACES: ("told", "asker"), LEVELS: ("told",), YEARS: ("told",)}
"""Only told of; where the company of who asks is."""
BEFORE, AFTER = 14, 16
"""Characters beside a name that are looked at: in a long story the rest is about something else."""
PLACE_TOLD_AT, LEVEL_TOLD_AT, YEAR_TOLD_AT = 0.75, 0.7, 0.6
"""Who asks of elsewhere and is told the rule of here is misled, who tells of elsewhere and is sent there has lost a minute: so
it takes more than an even chance to take a place, a level, or a year, for one that is only told of."""
ASKER_AT = 0.5
"""The company is there rather than not: what holds in our city is told to it either way."""


@dataclass(frozen=True)
class Mention:
    """How a place is named: whether it is only told of, and whether the company of who asks is there."""

    is_told: bool
    is_of_asker: bool


def around(text: str, start: int, end: int) -> str:
    """What stands beside the name from `start` to `end` of `text`, the name masked."""
    beside = digits_for_numerals(text[max(0, start - BEFORE) : start] + MASK + text[end : end + AFTER])
    return SEPARATORS.sub(" ", beside).strip()


def piece_of(beside: str) -> str:
    """The piece of what stands beside a name that holds the name."""
    return next(piece for piece in beside.split(" ") if MASK in piece)


def model_of_pieces(of: str) -> str:
    """The name of the model of pieces."""
    return f"{of}_in_piece"


def place_in(text: str, start: int, end: int) -> Mention:
    """How the place that stands from `start` to `end` of `text` is named."""
    told, asker = _chances(PLACES, text, start, end)
    return Mention(told >= PLACE_TOLD_AT, asker >= ASKER_AT)


def is_told_level(text: str, start: int, end: int) -> bool:
    """Whether the level of government from `start` to `end` of `text` is not the one whose rule is asked about: who did
    something, whose a thing is, with what something is compared."""
    return _chances(LEVELS, text, start, end)[0] >= LEVEL_TOLD_AT


def is_told_year(text: str, start: int, end: int) -> bool:
    """Whether the year from `start` to `end` of `text` only tells when something happened, or will."""
    return _chances(YEARS, text, start, end)[0] >= YEAR_TOLD_AT


def _chances(of: str, text: str, start: int, end: int) -> list[float]:
    """The chance of each of HEADS, in their order."""
    beside = around(text, start, end)
    logits = load(of).logits(beside) + load(model_of_pieces(of)).logits(piece_of(beside))
    chances: list[float] = sigmoid(logits / 2).tolist()
    return chances
