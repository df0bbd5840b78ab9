"""Sound of characters, for homophones: 返欢 sounds like 返还. Toneless, with the blurs of southern speech."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

_BLURS = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n(?!g)"), "l"),
    (re.compile(r"ng$"), "n"),
    (re.compile(r"^hu(?=[aino])"), "fu"),
)


def build_table(characters: str, known: Mapping[str, str]) -> dict[str, str]:
    """Character → toneless syllable (its commonest reading), for every character of `characters` that has one.
    `known`: those of an earlier table, which need not be looked up."""
    table = {}
    for character in dict.fromkeys(characters):
        syllable = known.get(character) or (_syllable(character) if _is_spoken(character) else None)
        if syllable:
            table[character] = syllable
    return table


def readings(words: Iterable[str], sounds: Mapping[str, str]) -> dict[str, str]:
    """Word → its syllables, with spaces between, for every word that is read otherwise than its characters are one by one:
    返还 is fan huan, although 还 by itself is hai. `sounds`: as `build_table` makes them."""
    from pypinyin.constants import PHRASES_DICT

    found = {}
    for word in words:
        phrase = PHRASES_DICT.get(word) if len(word) > 1 else None
        if phrase is None:
            continue
        spoken = [_toneless(options[0]) for options in phrase]
        if spoken != [sounds.get(character) for character in word]:
            found[word] = " ".join(spoken)
    return found


def _is_spoken(character: str) -> bool:
    """Whether it may have a syllable: no letter, digit or punctuation mark has."""
    return unicodedata.category(character) in ("Lo", "Nl")


def _syllable(character: str) -> str | None:
    from pypinyin.constants import PINYIN_DICT

    readings = PINYIN_DICT.get(ord(character))
    return _toneless(readings.split(",")[0]) if readings else None


@cache
def _toneless(syllable: str) -> str:
    from pypinyin.contrib.tone_convert import to_normal

    return to_normal(syllable)


def blurred(syllable: str) -> str:
    """The syllable with z/zh, c/ch, s/sh, n/l and front/back nasals made one."""
    for pattern, replacement in _BLURS:
        syllable = pattern.sub(replacement, syllable)
    return syllable
