"""Shortenings as companies write them: 失保 for 失业保险, 知质 for 知识产权质押, 残保金 for 残疾人就业保障金. None is listed: a
shortening takes of the words of a longer term some first characters, in order, and may end with the term's last; which
terms there are the pack says.

A stretch of a question is read so only where nothing else is: it runs from word to word, a single character stands alone
in it, no long word of it stands for something already, the pack nowhere writes its words beside each other, and
all terms that may be shortened so mean the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

Shortened = dict[str, tuple[tuple[str, str], ...]]
"""First character → the terms that begin so, each with its marks: the first characters of its words, and its last."""

FEWEST, MOST = 2, 4
"""Characters of a shortening."""
SHORTEST_TERM, LONGEST_TERM = 4, 12
"""Characters of a term: longer ones are sentences."""
LONGEST_WORD = 3
"""Characters of a word within a term: 知识产权 is two."""
SURENESS = 0.8
"""How far a shortening stands for its term: as far as a word of the synonym table that may mostly be put for another."""


def shortened(terms: Iterable[str], cut: Callable[[str], Sequence[str]]) -> Shortened:
    """What `terms`, normalised, may be shortened to. `cut`: into words of at most LONGEST_WORD characters."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for term in terms:
        if not SHORTEST_TERM <= len(term) <= LONGEST_TERM or any(char.isascii() for char in term):
            continue
        words = cut(term)
        # 没人干活 is said, and named by nobody: names are put together of words, the last of which may be 费, 率, 金.
        if len(words) > 1 and all(len(word) > 1 for word in words[:-1]):
            last = term[-1] if len(words[-1]) > 1 else ""
            found[term[0]][term] = "".join(word[0] for word in words) + last
    return {first: tuple(sorted(marks.items())) for first, marks in sorted(found.items())}


def term_of(text: str, known: Shortened) -> list[str]:
    """The terms that `text` may shorten: those of which it leaves out least, and of these the shortest."""
    drawn = [
        (len(marks) - len(text), len(term), term)
        for term, marks in known.get(text[0], ())
        if text != term[: len(text)] and _is_drawn(text, marks)
    ]
    least = min(drawn, default=(0, 0, ""))[:2]
    return [term for left_out, length, term in drawn if (left_out, length) == least]


def _is_drawn(text: str, marks: str) -> bool:
    """Whether `text` is drawn from `marks` in order, from the first on and to one of the last two."""
    place = 0
    for character in text:
        place = marks.find(character, place) + 1
        if not place:
            return False
    return text[0] == marks[0] and text[-1] in marks[-2:]


def read(
    words: Sequence[str],
    is_open: Sequence[bool],
    known: Shortened,
    written: Container[str],
    meaning: Callable[[str], Mapping[str, float]],
) -> list[tuple[int, int, dict[str, float]]]:
    """(first word, word after the last, terms with how far they are meant) of each shortening in a text. `words`: the
    text's; `is_open`: which of them may belong to one; `written`: the pairs of characters that the pack writes; `meaning`: what a term stands
    for."""
    found = []
    first = 0
    while first < len(words):
        reach = _reach(words, is_open, written, first) if words[first][0] in known else first
        for end in range(reach, first + 1, -1):
            stretch = words[first:end]
            text = "".join(stretch)
            if not FEWEST <= len(text) <= MOST or all(len(word) > 1 for word in stretch):
                continue
            meant = _shared([meaning(term) for term in term_of(text, known)])
            if meant:
                found.append((first, end, {term: SURENESS * weight for term, weight in meant.items()}))
                first = end - 1
                break
        first += 1
    return found


def _reach(words: Sequence[str], is_open: Sequence[bool], written: Container[str], first: int) -> int:
    """The word after the last that a shortening may hold which begins with the word `first`."""
    for place in range(first, min(len(words), first + MOST)):
        is_short = is_open[place] and len(words[place]) <= 2
        if not is_short or (place > first and words[place - 1][-1] + words[place][0] in written):
            return place
    return min(len(words), first + MOST)


def _shared(meanings: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What all mean; nothing where two mean different things."""
    if not meanings:
        return {}
    shared = set(meanings[0]).intersection(*meanings[1:])
    return {term: min(meaning[term] for meaning in meanings) for term in sorted(shared)}
