"""Restores misspelt words of the knowledge base: 返欢 → 返还 (sound), 小规升 → 小升规 (order).

Only a stretch of the question that no known writing explains is touched, and only to a word of the pack; what
was changed is told to the asker.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add

from huiqi.language.analysis import BIGRAM, Analyser

_LONGEST = 7
_PARTICLES = frozenset("的了吗呢吧啊也还都就")
"""Extra characters that are grammar, not a slip: 外地的员工 is as right as 外地员工."""
_TAILS = frozenset("在给的了")
"""What ends with one of these (公司在, said for an address) is a phrase: 公司债 is no slip of it."""
SELDOM, HARDLY_EVER = 2.5, 0.9
"""Nats of rarity by which a pair of characters is a slip of a word's that sounds alike: the pack writes it one time in twelve
or less often, and it is at least so rare by itself, as a share of the rarity of what is never written. Staff write some
questions as people do, with slips; those do not make a slip right."""
SHORTEST_WRITTEN = 3
"""Of shorter words what the pack writes, however seldom, is oftener right than a slip: 减班 is not 减半, 租进 not 租金."""
SHORTEST_FUZZY = 4
"""Words shorter than this are restored by sound or order only: with fewer characters, one off is another word."""


@dataclass(frozen=True)
class Repair:
    written: str
    read_as: str


@dataclass(frozen=True)
class Speller:
    """Words of the pack by their sound, by their characters in sorted order, and (long ones) with one
    character left out, so that a missing, extra or wrong character is found by look-up alone."""

    by_sound: dict[str, str]
    by_letters: dict[str, str]
    by_rest: dict[str, str]
    words: frozenset[str]
    openings: frozenset[str]
    """The first two syllables of each word, run together: most stretches of a text begin like none."""
    slips: frozenset[str]
    """Pairs of characters that the pack writes, but far more seldom than that of a word which sounds alike."""

    def repair(
        self, text: str, words: Sequence[str], analyser: Analyser, known: Container[str]
    ) -> tuple[str, tuple[Repair, ...]]:
        """`text` (normalised, segmented into `words`) with misspelt words restored, and what was restored.

        A stretch is looked at only from word border to word border and only where a single character stands
        alone in it: a slip of the keyboard leaves such a character, a rare but right word does not. None goes
        from one piece of the text (those between its spaces) into the next."""
        pieces: list[str] = []
        repairs: tuple[Repair, ...] = ()
        start = 0
        for piece in text.split(" "):
            end, length = start, 0
            while length < len(piece):
                length += len(words[end])
                end += 1
            mended, found = self._repaired(piece, words[start:end], analyser, known)
            pieces.append(mended)
            repairs += found
            start = end
        return " ".join(pieces), repairs

    def _repaired(
        self, text: str, words: Sequence[str], analyser: Analyser, known: Container[str]
    ) -> tuple[str, tuple[Repair, ...]]:
        pairs = [text[place : place + 2] for place in range(len(text) - 1)]
        unknown = [BIGRAM + pair not in known for pair in pairs]
        strange = [place for place, pair in enumerate(pairs) if unknown[place] or pair in self.slips]
        if not strange:
            return text, ()
        syllables = analyser.syllables(text)
        across = self._across_borders(text, strange, syllables)
        if across:
            return text.replace(across.written, across.read_as), (across,)
        repairs: list[Repair] = []
        rebuilt: list[str] = []
        position = place = 0
        while position < len(words):
            found = self._at(words, position, syllables, strange, place, unknown)
            if found:
                repair, count = found
                repairs.append(repair)
                rebuilt.append(repair.read_as)
                place += len(repair.written)
                position += count
            else:
                rebuilt.append(words[position])
                place += len(words[position])
                position += 1
        return ("".join(rebuilt) if repairs else text), tuple(repairs)

    def _across_borders(self, text: str, strange: Sequence[int], syllables: Sequence[str]) -> Repair | None:
        """A long word that sounds right and is wrong in one character only: so much agreement needs no word
        border (增值水平时 is cut 增值 / 水平 / 时)."""
        for start, opening in enumerate(map(add, syllables, syllables[1:])):
            if opening not in self.openings:
                continue
            for size in range(min(_LONGEST, len(text) - start), 2, -1):
                upcoming = bisect_left(strange, start)
                if upcoming == len(strange) or strange[upcoming] >= start + size - 1:
                    # 交社保 is written so in the knowledge base, and 缴社保 as well.
                    break
                written = text[start : start + size]
                read_as = self._but_for_one(written, "".join(syllables[start : start + size]))
                if read_as:
                    return Repair(written, read_as)
        return None

    def _at(
        self,
        words: Sequence[str],
        position: int,
        syllables: Sequence[str],
        strange: Sequence[int],
        place: int,
        unknown: Sequence[bool],
    ) -> tuple[Repair, int] | None:
        """The repair of a stretch that begins at word `position`, character `place`. `syllables`: those of the
        characters of the text; `strange`: where two characters meet that the knowledge base never writes together, or
        hardly ever; a stretch with none is right. `unknown`: whether it is never; what is written now and then is a slip
        only where one character is another of the same sound."""
        upcoming = bisect_left(strange, place)
        if upcoming == len(strange) or strange[upcoming] > place + _LONGEST - 2:
            return None
        if position and words[position - 1].isdecimal() and len(words[position]) == 1:
            # What follows a number is what it counts (48人裁了2个), and begins no other word (人才).
            return None
        for count in range(min(_LONGEST, len(words) - position), 1, -1):
            stretch = words[position : position + count]
            written = "".join(stretch)
            if not 2 <= len(written) <= _LONGEST or written in self.words or written.isascii():
                continue
            if strange[upcoming] > place + len(written) - 2:
                return None
            if not any(len(word) == 1 for word in stretch):
                continue
            if any(character.isascii() for character in written):
                continue
            sound = "".join(syllables[place : place + len(written)])
            is_unknown = any(unknown[place : place + len(written) - 1])
            if not is_unknown and len(written) < SHORTEST_WRITTEN:
                continue
            # 服务员 is right by itself, whatever comes after it: 服务员干 is no 服务专员.
            is_whole = count == 2 and max(map(len, stretch)) >= SHORTEST_WRITTEN
            read_as = (
                self._reading(written, sound)
                if is_unknown and not is_whole
                else self._but_for_one(written, sound)
            )
            # 贷款贴息还 holds 贷款贴息 as it should be written: nothing is misspelt.
            if read_as and read_as not in written:
                return Repair(written, read_as), count
        return None

    def _but_for_one(self, written: str, sound: str) -> str | None:
        """The word that `written` is but for one character, which sounds alike."""
        word = self.by_sound.get(sound)
        is_it = word and len(word) == len(written) and sum(map(str.__ne__, word, written)) == 1
        return word if is_it else None

    def _reading(self, written: str, sound: str) -> str | None:
        by_sound = self.by_sound.get(sound)
        # Two sounds alike out of two is chance; one character of the word must stand as written.
        if by_sound and len(by_sound) == len(written) and any(map(str.__eq__, by_sound, written)):
            return by_sound
        if len(written) < 3:
            return None
        swapped = self.by_letters.get("".join(sorted(written)))
        if swapped:
            return swapped
        if len(written) >= SHORTEST_FUZZY - 1 and written in self.by_rest:
            return self.by_rest[written]
        if len(written) >= SHORTEST_FUZZY:
            for left_out, rest in zip(written, _rests(written), strict=True):
                if left_out in _PARTICLES:
                    continue
                if (rest in self.words and len(rest) >= SHORTEST_FUZZY) or rest in self.by_rest:
                    return rest if rest in self.words else self.by_rest[rest]
        return None


def build_speller(
    words: Iterable[str], analyser: Analyser, places: Sequence[str], rarity: Mapping[str, float], most: float
) -> Speller:
    """A Speller for `words`; sounds that two words share are left out, since neither is certain. What begins with one of
    `places` is restored by sound or order only: one character off, it is something else of the same place. `rarity`: of
    the pack's terms, in nats, up to `most`, that of a term which it does not have."""
    placed = tuple(places)
    own = [
        word
        for word in words
        if word[-1] not in _TAILS and not any(character.isascii() for character in word)
    ]
    by_sound: dict[str, str] = {}
    by_letters: dict[str, str] = {}
    by_rest: dict[str, str] = {}
    uncertain: set[str] = set()
    for word in own:
        sound = analyser.sound(word)
        if by_sound.setdefault(sound, word) != word:
            uncertain.add(sound)
        by_letters.setdefault("".join(sorted(word)), word)
        if len(word) >= SHORTEST_FUZZY and not word.startswith(placed):
            for rest in _rests(word):
                by_rest.setdefault(rest, word)
    for sound in uncertain:
        del by_sound[sound]
    known = frozenset(own)
    openings = frozenset("".join(analyser.syllables(word)[:2]) for word in own)
    by_rest = {rest: word for rest, word in by_rest.items() if rest not in known}
    return Speller(by_sound, by_letters, by_rest, known, openings, _slips(own, rarity, most, analyser))


def _slips(
    words: Iterable[str], rarity: Mapping[str, float], most: float, analyser: Analyser
) -> frozenset[str]:
    """The pairs among the terms of `rarity` that are slips of one of `words`: with one character of the same sound."""
    written = {term[1:] for term, rare in rarity.items() if term[0] == BIGRAM and rare >= HARDLY_EVER * most}
    alike: dict[str, list[str]] = {}
    for character in set("".join(written)):
        alike.setdefault(analyser.sound(character), []).append(character)
    slips: set[str] = set()
    for pair in {word[place : place + 2] for word in words for place in range(len(word) - 1)}:
        known = rarity.get(BIGRAM + pair, most)
        if known > most - SELDOM:
            continue
        first, second = map(analyser.sound, pair)
        others = [other + pair[1] for other in alike.get(first, ())]
        others += [pair[0] + other for other in alike.get(second, ())]
        slips.update(
            other for other in others if other in written and rarity[BIGRAM + other] - known > SELDOM
        )
    return frozenset(slips)


def _rests(word: str) -> list[str]:
    """`word` with each of its characters left out in turn."""
    return [word[:position] + word[position + 1 :] for position in range(len(word))]
