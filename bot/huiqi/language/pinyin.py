"""Sound of characters, for homophones: 返欢 sounds like 返还. Toneless, with the blurs of southern speech."""

from __future__ import annotations

import re

_BLURS = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n(?!g)"), "l"),
    (re.compile(r"ng$"), "n"),
    (re.compile(r"^hu(?=[aino])"), "fu"),
)


def build_table(characters: str) -> dict[str, str]:
    """Character → toneless syllable (its commonest reading), for every character of `characters`."""
    from pypinyin import Style, lazy_pinyin

    table = {}
    for character in dict.fromkeys(characters):
        syllable = lazy_pinyin(character, style=Style.NORMAL, errors="ignore")
        if syllable:
            table[character] = syllable[0]
    return table


def blurred(syllable: str) -> str:
    """The syllable with z/zh, c/ch, s/sh, n/l and front/back nasals made one."""
    for pattern, replacement in _BLURS:
        syllable = pattern.sub(replacement, syllable)
    return syllable
