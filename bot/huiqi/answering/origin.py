"""Where an answer comes from: the document that its sources tell of, else the sources themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from huiqi.answering.wording import CONFIDENCES, kind_of
from huiqi.pack.model import UNKNOWN, Entry, Pack, Policy, Source
from huiqi.pack.office import OWN

READ = ("官方", "原文转载")
"""Sources in which the document itself was read; of any other it is said what was read instead."""
LONGEST_NAME = 30
MOST_NAMES = 3
_BRACKETS_AT_THE_END = re.compile(r"(?<=.)（[^（）]*）$")
_SUREST = {kind: place for place, kind in enumerate((OWN, *CONFIDENCES))}


@dataclass(frozen=True)
class Origins:
    pack: Pack

    def named(self, entry: Entry, ids: Iterable[str], day: date) -> str:
        """What the sources `ids` of an answer from `entry` are called, in one line: a document by its name and number,
        and only where a source tells of it; where the document itself was not read, with what was. A page
        that was written after `day` is named only where nothing else is there."""
        found: dict[str, tuple[Source, bool]] = {}
        read = [self.pack.sources[key] for key in dict.fromkeys(ids) if key in self.pack.sources]
        told = [(source, self._told_of(entry, source)) for source in read]
        in_time = [
            (source, policy) for source, policy in told if policy or not source.date or source.date <= day
        ]
        for source, policy in in_time or told:
            name = policy_name(policy) if policy else _short(source.title)
            surest = min(found.get(name, (source, True))[0], source, key=_rank)
            found[name] = (surest, policy is not None)
        document = self.pack.document_of(entry)
        own = policy_name(document) if document else None
        if not found:
            return own or f"没有写明（{UNKNOWN}）"
        names = sorted(found, key=lambda name: name != own)[:MOST_NAMES]
        return "；".join(self._with_how_read(name, *found[name]) for name in names)

    def _told_of(self, entry: Entry, source: Source) -> Policy | None:
        """The policy as which what `source` says is told: the entry's own, else the only one of which it tells."""
        if source.tells_of(entry.policy):
            return self.pack.policies[entry.policy]
        told = source.policies or ()
        return self.pack.policies.get(told[0]) if len(told) == 1 else None

    def _with_how_read(self, name: str, source: Source, is_policy: bool) -> str:
        """The name, and in its brackets what was read of it, where that is not the document itself."""
        if source.confidence in READ:
            return name
        said = kind_of(source, self.pack.office)
        said = f"据{said}" if is_policy else said
        return f"{name[:-1]}，{said}）" if name.endswith("）") else f"{name}（{said}）"


def policy_name(policy: Policy) -> str:
    """What people call a policy, with its document number."""
    title = policy.title.strip("《》")
    name = next((name for name in policy.names), title) if len(title) > LONGEST_NAME else f"《{title}》"
    return f"{name}（{policy.document_number}）" if policy.document_number else name


def _short(title: str) -> str:
    """A long title without what stands in brackets at its end."""
    return _BRACKETS_AT_THE_END.sub("", title) if len(title) > LONGEST_NAME else title


def _rank(source: Source) -> int:
    return _SUREST.get(source.confidence, len(_SUREST))
