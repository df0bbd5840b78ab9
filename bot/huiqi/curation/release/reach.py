"""Which questions a change of the pack can reach, so that only these are asked again.

Weights are fitted once and kept, so a change speaks through its words only: a question of whose telling words a changed
entry says next to none is answered as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from huiqi.matching.background import COMMON
from huiqi.matching.corpus import IN_TEXT
from huiqi.matching.features import Question
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Entry, Pack

BY_ENTRY = frozenset({"entries", "policies", "sources", "golden", "fingerprint"})
"""Parts of a pack whose change is a change of single entries, or of no answer; any other part changes them all."""


SPOKEN_OF = 0.3
"""An entry that says less than this share of a question's telling words, by weight, decides no answer to it."""


class Reach:
    """The questions that may be answered otherwise by `after` than by `before`."""

    def __init__(self, before: Pack, after: Pack, old: Matcher, new: Matcher) -> None:
        # Where no word became another's, one reading does for both.
        self._readers = (new,) if old.base.lexicon == new.base.lexicon else (old, new)
        self._is_everything = any(
            getattr(before, field.name) != getattr(after, field.name)
            for field in fields(Pack)
            if field.name not in BY_ENTRY
        )
        changed = set(changed_entries(before, after))
        changed |= {*_linked(before, changed), *_linked(after, changed)}
        self._changed = [
            (matcher.base, [matcher.numbers[key] for key in changed if key in matcher.numbers])
            for matcher in (old, new)
        ]

    def __call__(self, question: str) -> bool:
        """Whether the answer to `question` may change. Where nothing in it tells, common words decide, and it may."""
        return self._is_everything or any(self._touches(reader.read(question)) for reader in self._readers)

    def _touches(self, question: Question) -> bool:
        marks = question.marks
        if marks.document_number or question.titled or marks.counted:
            return True
        analysis = question.analysis
        telling = [
            (share, {word, IN_TEXT + word, *concepts})
            for word, concepts, share in zip(
                analysis.words, analysis.concepts_of, question.shares_of_default, strict=True
            )
            if share > COMMON
        ]
        enough = SPOKEN_OF * sum(share for share, _ in telling)
        sought = frozenset(term for _, terms in telling for term in terms)
        words = frozenset(analysis.words)
        return not telling or any(
            sum(share for share, terms in telling if not terms.isdisjoint(own)) >= enough
            for base, entries in self._changed
            for own in base.held(sought, words, entries)
        )


def changed_entries(before: Pack, after: Pack) -> Iterator[str]:
    """The entries that one of two packs lacks, or that differ in themselves, their policy or their sources."""
    for key in dict.fromkeys((*before.entries, *after.entries)):
        old, new = before.entries.get(key), after.entries.get(key)
        if old is None or new is None or _told(before, old) != _told(after, new):
            yield key


def _told(pack: Pack, entry: Entry) -> tuple[object, ...]:
    """All that an answer may tell of an entry."""
    return (entry, pack.policies[entry.policy], *(pack.sources.get(key) for key in entry.sources))


def _linked(pack: Pack, changed: set[str]) -> Iterator[str]:
    """Entries whose answers speak of a changed one: what it replaces, links with, or stands beside on a ladder."""
    for entry in pack.entries.values():
        if changed & {*entry.see_also, *entry.replaces}:
            yield entry.id
    for key in changed & pack.entries.keys():
        yield from pack.entries[key].replaces
    for ladder in pack.ladders:
        if changed & set(ladder.rungs):
            yield from ladder.rungs
