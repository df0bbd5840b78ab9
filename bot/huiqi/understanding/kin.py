"""Which entries belong to what was talked about: linked ones, counterparts at other levels, the same policy's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from huiqi.answering.ladder import LevelFinder
from huiqi.matching.features import Candidate, Question, Talk, plain_terms
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack


class KinFinder:
    """`pack` and `matcher` are of one release; what was worked out for an entry is kept."""

    def __init__(self, pack: Pack, matcher: Matcher) -> None:
        self._pack = pack
        self._numbers = matcher.numbers
        self._analyser = matcher.analyser
        self._levels = LevelFinder(pack)
        self._kept: dict[str, Talk] = {}

    def talk(
        self,
        entry_id: str | None,
        lean: float,
        topic: Question | None = None,
        alone: Sequence[Candidate] = (),
    ) -> Talk | None:
        """What the next question leans on after `entry_id`; None where nothing was talked about. `topic`: the
        question that led there; `alone`: what the next question means by itself."""
        if entry_id is None or entry_id not in self._numbers:
            return None
        if entry_id not in self._kept:
            self._kept[entry_id] = self._worked_out(entry_id)
        kin = self._kept[entry_id]
        rival = max((item.probability for item in alone if item.entry not in kin.kin), default=0.0)
        return replace(kin, lean=lean, topic=topic, rival=rival)

    def _worked_out(self, entry_id: str) -> Talk:
        entry = self._pack.entries[entry_id]
        others = self._pack.entries.values()
        linked = self._levels.linked(entry)
        return Talk(
            entry=self._numbers[entry_id],
            linked=self._known(linked),
            counterparts=self._known(
                other.id for other in self._levels.counterparts(entry, {other.level for other in others})
            ),
            siblings=self._known(other.id for other in others if other.policy == entry.policy),
            lean=0.0,
            asked=tuple(
                frozenset(plain_terms(self._analyser(question)))
                for detail in entry.details
                for question in detail.questions
            ),
        )

    def _known(self, ids: Iterable[str]) -> frozenset[int]:
        return frozenset(self._numbers[key] for key in ids if key in self._numbers)
