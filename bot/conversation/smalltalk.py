"""Greetings, thanks, distress and the like: recognised as whole utterances, answered from smalltalk.yaml."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from bot.policy.model import SmallTalk
from bot.policy.pack_reader import alternate_key

CLOSE_ENOUGH = 86
LONGEST = 12


class SmallTalker:
    """`simplify` folds width, case and traditional characters (Normaliser.simplified)."""

    def __init__(self, items: Sequence[SmallTalk], simplify: Callable[[str], str]) -> None:
        self._simplify = simplify
        self._items = {item.id: item for item in items}
        self._exact = {
            alternate_key(simplify(pattern)): item.id for item in items for pattern in item.patterns
        }
        self._contains = [(simplify(phrase), item.id) for item in items for phrase in item.contains]

    def urgent(self, text: str) -> SmallTalk | None:
        """Small talk to be heard before anything else, wherever it stands in the text: distress."""
        simple = self._simplify(text)
        return next((self._items[name] for phrase, name in self._contains if phrase in simple), None)

    def exact(self, text: str) -> SmallTalk | None:
        key = alternate_key(self._simplify(text))
        for candidate in (key, key.rstrip("啊呀哦哈呢吧了的嘛啦"), key.lstrip("那好嗯哦")):
            if candidate in self._exact:
                return self._items[self._exact[candidate]]
        return None

    def close(self, text: str) -> SmallTalk | None:
        """Small talk with a slip of the keyboard; only for texts that mean nothing else."""
        key = alternate_key(self._simplify(text))
        if not 2 <= len(key) <= LONGEST:
            return None
        found = process.extractOne(key, self._exact.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
        return self._items[self._exact[found[0]]] if found else None
