"""Greetings, thanks, distress, advice and the like, answered from smalltalk.yaml instead of from an entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from huiqi.matching.decision import Decision
from huiqi.pack.identity import alternate_key
from huiqi.pack.model import SmallTalk

CLOSE_ENOUGH = 86
LONGEST = 12
SURE = 0.85
"""An entry at least this likely is answered although the question also asks for advice."""
COURTESIES = frozenset({"greeting", "thanks", "acknowledgement", "praise", "apology", "test"})
_CLAUSE = re.compile(r"[,，。.!！~～\s、]+")


class SmallTalker:
    """`simplify` folds width, case and traditional characters (Normaliser.simplified)."""

    def __init__(self, items: Sequence[SmallTalk], simplify: Callable[[str], str]) -> None:
        self._simplify = simplify
        self._items = {item.id: item for item in items}
        self._exact = {
            alternate_key(simplify(pattern)): item.id for item in items for pattern in item.patterns
        }
        self._contains = [(simplify(phrase), item.id) for item in items for phrase in item.contains]
        self._within = [(re.compile(simplify(pattern)), item.id) for item in items for pattern in item.within]

    def urgent(self, text: str) -> SmallTalk | None:
        """Small talk to be heard before anything else, wherever it stands in the text: distress."""
        simple = self._simplify(text)
        return next((self._items[name] for phrase, name in self._contains if phrase in simple), None)

    def exact(self, text: str) -> SmallTalk | None:
        """Small talk that is the whole message: one utterance, or several (好的，知道了)."""
        pieces = [piece for piece in _CLAUSE.split(text) if piece]
        heard = [self._utterance(piece) for piece in pieces]
        if len(heard) > 1 and all(heard):
            return heard[-1]
        return self._utterance(text)

    def _utterance(self, text: str) -> SmallTalk | None:
        key = alternate_key(self._simplify(text))
        for candidate in (key, key.rstrip("啊呀哦哈呢吧了的嘛啦"), key.lstrip("那好嗯哦")):
            if candidate in self._exact:
                return self._items[self._exact[candidate]]
        return None

    def within(self, text: str, decision: Decision) -> SmallTalk | None:
        """A wish for advice or a prediction inside a sentence, unless an entry surely answers it."""
        if decision.outcome == "answer" and decision.confidence >= SURE:
            return None
        simple = self._simplify(text)
        return next((self._items[name] for pattern, name in self._within if pattern.search(simple)), None)

    def of_kind(self, kind: str) -> SmallTalk | None:
        """What is replied to a learned kind of message; None where the pack has nothing for it."""
        return next((item for item in self._items.values() if item.kind == kind), None)

    def close(self, text: str) -> SmallTalk | None:
        """Small talk with a slip of the keyboard; only for texts that mean nothing else."""
        key = alternate_key(self._simplify(text))
        if not 2 <= len(key) <= LONGEST:
            return None
        found = process.extractOne(key, self._exact.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
        return self._items[self._exact[found[0]]] if found else None

    def without_courtesy(self, text: str) -> str:
        """`text` without greetings and thanks before and after what it asks (“谢谢，那材料呢”)."""
        start, end = 0, len(text)
        while (clause := _CLAUSE.search(text, start, end)) and self._is_courtesy(
            text[start : clause.start()]
        ):
            start = clause.end()
        while True:
            stops = list(re.finditer(r"[,，。.!！~～\s、?？]+", text[start:end]))
            last = next((stop for stop in reversed(stops) if start + stop.end() < end), None)
            if last is None or not self._is_courtesy(text[start + last.end() : end]):
                break
            end = start + last.start() + (1 if last[0][0] in "?？" else 0)
        return text[start:end].strip() or text

    def _is_courtesy(self, clause: str) -> bool:
        heard = self.exact(clause) if clause.strip() else None
        return clause.strip() == "" or (heard is not None and heard.id in COURTESIES)
