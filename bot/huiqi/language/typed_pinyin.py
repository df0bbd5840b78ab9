"""Pinyin typed in the place of characters: daikuan tiexi is 贷款贴息, and so is dktx where only one word of the pack begins
so. Read only where all of a run of Latin letters is words, most of it words of several characters; anything else (an
English word, a name, an acronym in capitals) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from math import inf

from huiqi.language.lexicon import Lexicon

_RUN = re.compile(r"(?<![A-Za-z0-9.@/_-])[A-Za-z][a-z]*(?:[ '’]+[A-Za-z][a-z]*)*(?![A-Za-z0-9.@/_-])")
FEWEST_LETTERS = 4
"""A shorter run may be anything (AI, me, app)."""
SURELY = 8
"""Letters from which on it need hold no word of the pack: shorter ones are English words as well (like, name, women)."""
LONGEST_WORD = 30
"""Letters of the longest word that is looked for."""
LONGEST_RUN = 120
SHARE_OF_WORDS = 0.6
"""The share of the characters that stand in words of several; the rest are particles (吗, 的, 有)."""
COMMON = -11.5
"""The least log probability of any other word of several characters: a rare one is a name, or no pinyin at all (late)."""
OWN = -8.0
"""The least log probability of a word of the pack: it is what is asked about here."""
OWN_CHARACTER = -7.0
"""The same of a single character: 领 and 税 are asked about here, 另 and 谁 are not."""
SHORTENED = 4
"""The fewest letters of a word written by its initials."""


class TypedPinyin:
    """`lexicon`: of the pack."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, text: str) -> str | None:
        """The text with its pinyin as characters; None where there is none."""
        found = _RUN.search(text)
        if found is None:
            return None
        changed = _RUN.sub(lambda run: self._run(run[0]) or run[0], text)
        return changed if changed != text else None

    def _run(self, run: str) -> str | None:
        letters = re.sub(r"[ '’]", "", run).lower()
        if not FEWEST_LETTERS <= len(letters) <= LONGEST_RUN or letters in self._lexicon.own:
            return None
        words = self._words(letters)
        if words is None:
            return self._initials.get(letters) if len(letters) >= SHORTENED else None
        count = sum(map(len, words))
        in_words = sum(len(word) for word in words if len(word) > 1)
        is_surely = len(letters) >= SURELY or bool(self._lexicon.own.intersection(words))
        return "".join(words) if count > 1 and is_surely and in_words / count >= SHARE_OF_WORDS else None

    def _words(self, letters: str) -> list[str] | None:
        """The likeliest words that are written so; None where something is left over."""
        best: list[tuple[float, int, str]] = [(0.0, 0, "")] + [(-inf, 0, "")] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - LONGEST_WORD), end):
                known = self._by_sound.get(letters[start:end])
                if known is None or best[start][0] == -inf:
                    continue
                likely = best[start][0] + known[1]
                if likely > best[end][0]:
                    best[end] = (likely, start, known[0])
        if best[-1][0] == -inf:
            return None
        words: list[str] = []
        end = len(letters)
        while end:
            _, start, word = best[end]
            words.append(word)
            end = start
        return words[::-1]

    @cached_property
    def _by_sound(self) -> dict[str, tuple[str, float]]:
        """How a word is typed → the likeliest word and the logarithm of its probability. Made when it is first wanted."""
        made: dict[str, tuple[str, float]] = {}
        for word, likely in self._likely():
            syllables = self._syllables(word)
            if syllables is None:
                continue
            typed = "".join(syllables)
            before = made.get(typed)
            if before is None or likely > before[1]:
                made[typed] = (word, likely)
        return made

    @cached_property
    def _initials(self) -> dict[str, str]:
        """The initials of a word of the pack → the word, where it is the only one."""
        found: dict[str, set[str]] = {}
        for word in self._lexicon.own:
            syllables = self._syllables(word)
            if syllables is not None and len(word) >= SHORTENED:
                found.setdefault("".join(syllable[0] for syllable in syllables), set()).add(word)
        return {initials: next(iter(words)) for initials, words in found.items() if len(words) == 1}

    def _likely(self) -> Iterator[tuple[str, float]]:
        """The words there are. What only begins a word (0) is none."""
        own = self._lexicon.own
        for word, likely in self._lexicon.words.items():
            if word in own:
                least = OWN if len(word) > 1 else OWN_CHARACTER
                yield word, max(likely or least, least)
            elif likely and (len(word) == 1 or likely >= COMMON):
                yield word, likely

    def _syllables(self, word: str) -> list[str] | None:
        if (spoken := self._lexicon.readings.get(word)) is not None:
            return spoken.replace("ü", "v").split(" ")
        sounds = self._lexicon.sounds
        found = [sounds.get(character) for character in word]
        known = [syllable.replace("ü", "v") for syllable in found if syllable is not None]
        return known if len(known) == len(found) else None
