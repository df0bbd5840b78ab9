"""Restores misspelt words of the knowledge base: 贴西 → 贴息 (sound), 一通窗 → 一窗通 (order), 惠企十5条 is numerals'.

Only a stretch of the question that no known writing explains is touched, and only to a word of the pack; what
was changed is told to the asker.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from bot.language.analysis import BIGRAM, Analyser

_LONGEST = 6


@dataclass(frozen=True)
class Repair:
    written: str
    read_as: str


@dataclass(frozen=True)
class Speller:
    """Words of the pack by their sound and by their characters in sorted order."""

    by_sound: dict[str, str]
    by_letters: dict[str, str]
    words: frozenset[str]
    shared: frozenset[str]

    def repair(self, text: str, analyser: Analyser, known: Container[str]) -> tuple[str, tuple[Repair, ...]]:
        """`text` (normalised) with misspelt words restored, and what was restored."""
        repairs: list[Repair] = []
        start = 0
        while start < len(text) - 1:
            found = self._at(text, start, analyser, known)
            if found:
                repairs.append(found)
                text = text[:start] + found.read_as + text[start + len(found.written) :]
                start += len(found.read_as)
            else:
                start += 1
        return text, tuple(repairs)

    def _at(self, text: str, start: int, analyser: Analyser, known: Container[str]) -> Repair | None:
        for size in range(min(_LONGEST, len(text) - start), 1, -1):
            written = text[start : start + size]
            if " " in written or written in self.words or any(c.isascii() for c in written):
                continue
            if all(BIGRAM + written[i : i + 2] in known for i in range(size - 1)):
                continue
            read_as = self.by_sound.get(analyser.sound(written)) or (
                self.by_letters.get("".join(sorted(written))) if size > 2 else None
            )
            if read_as and read_as != written and self._is_safe(written, read_as):
                return Repair(written, read_as)
        return None

    def _is_safe(self, written: str, read_as: str) -> bool:
        if len(written) != len(read_as):
            return False
        same = sum(a == b for a, b in zip(written, read_as, strict=True))
        # Two sounds alike out of two is chance; one character of the word must stand as written.
        return same >= 1 or (len(written) > 2 and sorted(written) == sorted(read_as))


def build_speller(words: Iterable[str], analyser: Analyser) -> Speller:
    """A Speller for `words`; sounds that two words share are left out, since neither is certain."""
    own = [word for word in words if not any(character.isascii() for character in word)]
    by_sound: dict[str, str] = {}
    by_letters: dict[str, str] = {}
    shared: set[str] = set()
    for word in own:
        sound = analyser.sound(word)
        if by_sound.setdefault(sound, word) != word:
            shared.add(sound)
        by_letters.setdefault("".join(sorted(word)), word)
    for sound in shared:
        del by_sound[sound]
    return Speller(by_sound, by_letters, frozenset(own), frozenset(shared))
