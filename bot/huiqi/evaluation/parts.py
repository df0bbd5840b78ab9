"""Small packs made of a large one: some of its entries, with some of each one's alternates; what was left out is asked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiqi.formats.shipped_language import shipped_language
from huiqi.pack.model import Entry, Pack

ASKED_OF_EACH, ASKED_AT_MOST = 6, 150
"""Left-out alternates of each entry that are asked, and of all entries of a part together."""
OTHERS = 40
"""Entries left out of a part, and not linked with one of it, of which three alternates each are asked."""
THINNED_ASKED = 12
"""Left-out alternates of each entry that a thinned pack is asked."""


@dataclass(frozen=True)
class Part:
    """A pack, its left-out alternates with their entries, and questions about entries that it has not."""

    pack: Pack
    asked: list[tuple[str, str]]
    others: list[str]


def part_of(pack: Pack, size: int, alternates: int, seed: int, is_bare: bool) -> Part:
    """`is_bare`: without any table of its own, as a new office begins."""
    chance = random.Random(seed)
    names = [key for key in pack.entries if not key.endswith("overview")]
    chance.shuffle(names)
    entries, asked = {}, []
    for key in names[:size]:
        entry = pack.entries[key]
        own = list(entry.alternates)
        chance.shuffle(own)
        entries[key] = replace(_with_alternates(entry, own[:alternates]), see_also=(), replaces=())
        asked += [(text, key) for text in own[alternates : alternates + ASKED_OF_EACH]]
    policies = {entry.policy for entry in entries.values()}
    language = shipped_language()
    newer = replace(
        pack,
        entries=entries,
        policies={key: policy for key, policy in pack.policies.items() if key in policies},
        ladders=(),
        golden=(),
        check_questions=(),
        fingerprint=f"{size}-{alternates}-{seed}-{is_bare}",
    )
    if is_bare:
        newer = replace(
            newer,
            synonyms=language.synonyms,
            spoken=language.spoken,
            smalltalk=language.smalltalk,
            out_of_scope=language.out_of_scope,
        )
    chance.shuffle(asked)
    left_out = [key for key in names[size:] if not _kin(pack, key) & entries.keys()][:OTHERS]
    others = [text for key in left_out for text in chance.sample(pack.entries[key].alternates, 3)]
    return Part(newer, asked[:ASKED_AT_MOST], others)


def thinned(pack: Pack, alternates: int, seed: int) -> Part:
    """`pack` as it would be with so many alternates of each entry, and half of its examples of what is nobody's."""
    chance = random.Random(seed)
    entries, asked = {}, []
    for key, entry in pack.entries.items():
        own = chance.sample(entry.alternates, len(entry.alternates))
        entries[key] = _with_alternates(entry, own[:alternates])
        asked += [(text, key) for text in own[alternates : alternates + THINNED_ASKED]]
    examples, others = {}, []
    for kind, texts in pack.out_of_scope.items():
        shuffled = chance.sample(texts, len(texts))
        examples[kind] = tuple(shuffled[: len(texts) // 2])
        others += shuffled[len(texts) // 2 :]
    fingerprint = f"{pack.fingerprint}-{alternates}-{seed}"
    thinner = replace(pack, entries=entries, out_of_scope=examples, fingerprint=fingerprint)
    return Part(thinner, asked, chance.sample(others, len(others)))


def lacking(pack: Pack, asked: Sequence[tuple[str, str]], seed: int) -> Part:
    """`pack` as it would be if nobody had written down what was `asked`: questions, each with the id of the entry that
    answers it, or nothing."""
    chance = random.Random(seed)
    gone = {text for text, _ in asked}
    entries = {
        key: _with_alternates(entry, [text for text in entry.alternates if text not in gone])
        for key, entry in pack.entries.items()
    }
    examples = {
        kind: tuple(text for text in texts if text not in gone) for kind, texts in pack.out_of_scope.items()
    }
    poorer = replace(
        pack, entries=entries, out_of_scope=examples, fingerprint=f"{pack.fingerprint}-without-{len(gone)}"
    )
    own = [(text, key) for text, key in asked if key in entries]
    others = [text for text, key in asked if not key]
    return Part(poorer, own, chance.sample(others, len(others)))


def _with_alternates(entry: Entry, alternates: Sequence[str]) -> Entry:
    kept = frozenset(alternates)
    aspects = {text: found for text, found in entry.alternate_aspects.items() if text in kept}
    return replace(entry, alternates=tuple(alternates), alternate_aspects=aspects)


def _kin(pack: Pack, key: str) -> set[str]:
    """What tells nearly the same as an entry: the same measure at another level, or in another year."""
    linked = {other for ladder in pack.ladders if key in ladder.rungs for other in ladder.rungs}
    for other, entry in pack.entries.items():
        named = {*entry.see_also, *entry.replaces}
        linked |= named if other == key else {other} if key in named else set()
    return linked - {key}
