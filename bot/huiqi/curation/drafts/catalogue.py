"""What sources, policies and entries are called, those of open drafts too, so that people name them and ids stay behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.drafts.naming import called
from huiqi.formats.columns import ids
from huiqi.pack.identity import SOURCES_FILE
from huiqi.store.knowledge import KnowledgeStore


@dataclass(frozen=True)
class Catalogue:
    """Kind (source, policy, entry) → id → content."""

    items: Mapping[str, Mapping[str, Mapping[str, Any]]]

    @classmethod
    def now(cls, knowledge: KnowledgeStore, drafting: Drafting) -> Catalogue:
        """What is published, with the open drafts over it; what a draft takes away is still there until it is published."""
        items: dict[str, dict[str, Mapping[str, Any]]] = {"source": {}, "policy": {}, "entry": {}}
        for item in knowledge.published():
            if item.kind in items:
                items[item.kind][item.name] = item.content
        for draft in drafting.open():
            if draft.kind in items and draft.content is not None:
                items[draft.kind][draft.item] = draft.content
        items["source"] = dict(drafting.current("file", SOURCES_FILE) or {})
        return cls(items)

    def names(self, kind: str) -> dict[str, str]:
        """Id → what it is called; where two are called the same, with the id."""
        titles = {key: str(item.get("title") or key) for key, item in self.items[kind].items()}
        counts = Counter(titles.values())
        return {key: title if counts[title] == 1 else f"{title}（{key}）" for key, title in titles.items()}

    def ids_of(self, kind: str, said: Iterable[str]) -> list[str]:
        """The ids of what is named: by what it is called, or by its id, several in one text too. What nothing is
        called stays as it was said."""
        by_name = {name: key for key, name in self.names(kind).items()}
        found: list[str] = []
        for text in filter(None, (one.strip() for one in said)):
            key = by_name.get(text) or called(text, self.items[kind])
            parts = ids(text)
            if key is None and all(part in self.items[kind] for part in parts):
                found += parts
            else:
                found.append(key or text)
        return list(dict.fromkeys(found))
