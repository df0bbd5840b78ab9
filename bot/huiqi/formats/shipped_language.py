"""What every pack begins with: courtesies, distress, spoken forms, synonyms, and what is nobody's entry.

These tables come with the program, in the folder `shipped`, and are written as a pack's own are. What a pack writes
itself is added; its own reply to a kind of small talk takes the place of the shipped one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter

from huiqi.formats import schema
from huiqi.pack.model import SmallTalk, Spoken, SynonymGroup

FOLDER = Path(__file__).with_name("shipped")
Fields = TypeVar("Fields")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Language:
    synonyms: tuple[SynonymGroup, ...]
    spoken: Spoken
    smalltalk: tuple[SmallTalk, ...]
    out_of_scope: Mapping[str, tuple[str, ...]]

    def with_spoken(self, own: Spoken) -> Spoken:
        """Spoken forms, those of a pack added."""
        shipped = self.spoken
        return Spoken(
            _added(shipped.fillers, own.fillers),
            _added(shipped.rewrites, own.rewrites),
            _added(shipped.context, own.context),
        )

    def with_small_talk(self, own: Iterable[SmallTalk]) -> tuple[SmallTalk, ...]:
        """Small talk by its id: a pack's own reply, and the ways of saying it from both."""
        found = {item.id: item for item in self.smalltalk}
        for item in own:
            shipped = found.get(item.id)
            found[item.id] = item if shipped is None else _replied(shipped, item)
        return tuple(found.values())

    def with_out_of_scope(self, own: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """What must not be answered, by kind, that of a pack added."""
        kinds = dict.fromkeys((*self.out_of_scope, *own))
        return {kind: _added(self.out_of_scope.get(kind, ()), own.get(kind, ())) for kind in kinds}


@cache
def shipped_language() -> Language:
    """The tables that come with the program, read once a process."""
    return Language(
        synonyms(_read("synonyms", TypeAdapter(list[schema.SynonymFields]))),
        spoken(_read("spoken", TypeAdapter(schema.SpokenFile))),
        small_talk(_read("smalltalk", TypeAdapter(list[schema.SmallTalkFields]))),
        {
            kind: tuple(questions)
            for kind, questions in _read("out_of_scope", TypeAdapter(dict[str, list[str]])).items()
        },
    )


def synonyms(fields: Iterable[schema.SynonymFields]) -> tuple[SynonymGroup, ...]:
    return tuple(SynonymGroup(group.concept, tuple(group.words), group.weight) for group in fields)


def spoken(fields: schema.SpokenFile) -> Spoken:
    return Spoken(
        tuple(fields.fillers),
        tuple((row.source, row.target) for row in fields.rewrites),
        tuple(fields.context),
    )


def small_talk(fields: Iterable[schema.SmallTalkFields]) -> tuple[SmallTalk, ...]:
    return tuple(
        SmallTalk(
            item.id,
            tuple(item.patterns),
            item.reply,
            tuple(item.contains),
            tuple(item.within),
            item.kind,
        )
        for item in fields
    )


def _read(name: str, adapter: TypeAdapter[Fields]) -> Fields:
    written = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return adapter.validate_python(yaml.load(written, loader))


def _replied(shipped: SmallTalk, own: SmallTalk) -> SmallTalk:
    return replace(
        shipped,
        reply=own.reply,
        patterns=_added(shipped.patterns, own.patterns),
        contains=_added(shipped.contains, own.contains),
        within=_added(shipped.within, own.within),
        kind=own.kind or shipped.kind,
    )


def _added(shipped: Iterable[Item], own: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*shipped, *own)))
