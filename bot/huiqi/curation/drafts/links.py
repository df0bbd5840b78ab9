"""What in the knowledge base names an item, and how each of that is mended when the item goes.

An item: an entry, a policy or a source. Contents are the plain data of the store; nothing is changed in place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huiqi.curation.roles import CurationError
from huiqi.formats.fields import FIELDS, PARTS
from huiqi.formats.workbook import asked_of
from huiqi.pack.identity import (
    GOLDEN_FILE,
    LADDERS_FILE,
    OFFICE_FILE,
    SOURCES_FILE,
    alternate_key,
)
from huiqi.pack.model import UNKNOWN

Items = Mapping[tuple[str, str], Any]


@dataclass(frozen=True)
class Link:
    """`kind`, `item`: what names it (`file` for a list of the pack); `title`: as people call that; `where`: in which
    field; `remedy`: what mending does."""

    kind: str
    item: str
    title: str
    where: str
    remedy: str


def links_to(kind: str, item: str, items: Items) -> list[Link]:
    """Everything that names the item, in the order of `items`; of a policy, what names its entries as well."""
    found = [link for key, content in items.items() for link in _links(kind, item, key, content, items)]
    entries = [link.item for link in found if link.kind == "entry"] if kind == "policy" else []
    for entry in entries:
        found += [link for link in links_to("entry", entry, items) if link.item not in entries]
    return found


def without(kind: str, item: str, items: Items, instead: str = "") -> dict[tuple[str, str], Any]:
    """(kind, item) → content (None: taken away as well) of all that names the item, mended: `instead` in its place, or
    nothing. Raises CurationError where something would be left without what it needs."""
    changes: dict[tuple[str, str], Any] = {}
    gone = [(kind, item)]
    while gone:
        kind, item = gone.pop()
        left = {key: content for key, content in {**items, **changes}.items() if content is not None}
        for key, content in left.items():
            if not any(_links(kind, item, key, content, items)):
                continue
            mended = _mended(kind, item, key, content, items, instead)
            if mended != content:
                changes[key] = mended
            if mended is None:
                gone.append(key)
        # What stands in for a policy stands in for none of its entries.
        instead = ""
    return changes


def _links(kind: str, item: str, key: tuple[str, str], content: Any, items: Items) -> Iterator[Link]:
    if key == (kind, item):
        return
    owner, name = key
    if kind == "policy" and owner == "entry":
        if content.get("policy") == item:
            yield Link(owner, name, str(content["title"]), "属于这项政策", "条目一起删去，或改到另一项政策")
        return
    title = str(content.get("title") or name) if owner in ("entry", "policy") else _FILES.get(name, name)
    for where, remedy in _named(kind, item, key, content, items):
        yield Link(owner, name, title, where, remedy)


_FILES = {
    GOLDEN_FILE: "标准题",
    LADDERS_FILE: "几级都有的事",
    OFFICE_FILE: "办公室",
    SOURCES_FILE: "来源",
}


def _named(
    kind: str, item: str, key: tuple[str, str], content: Any, items: Items
) -> Iterator[tuple[str, str]]:
    """(where, remedy) of each place of one content."""
    owner, name = key
    if kind == "entry" and owner == "entry":
        for field in ("see_also", "replaces"):
            if item in (content.get(field) or ()):
                yield FIELDS[field].label, "删去这个链接"
        stacking = content.get("stacking")
        if isinstance(stacking, Mapping) and item in (stacking.get("beside") or ()):
            yield f"{FIELDS['stacking'].label}·{PARTS['stacking']['beside']}", "从中删去"
    elif kind == "entry" and name == LADDERS_FILE:
        for row in content:
            if item in row["rungs"]:
                yield row["topic"], "删去这一级" if len(row["rungs"]) > 2 else "只剩一级了，这件事删去"
    elif kind == "entry" and name == GOLDEN_FILE:
        for row in content:
            if item in (row.get("accept") or ()):
                is_only = len(row["accept"]) == 1
                yield row["question"], "这道题删去" if is_only else "从算对的条目里删去"
    elif kind == "entry" and name == OFFICE_FILE:
        for text in _examples_of(item, content, items):
            yield f"例子“{text}”", "删去这个例子"
    elif kind == "policy" and name == SOURCES_FILE:
        for source, fields in content.items():
            if item in (fields.get("policies") or ()):
                yield f"“{fields.get('title', source)}”讲的政策", "从中删去"
    elif kind == "source":
        for place, lists in _source_lists(content, owner, name):
            if item in lists:
                yield (
                    place,
                    "删去这个来源" if len(lists) > 1 else "没有别的来源了：写上换成哪一个，不换就改成未查明",
                )


def _source_lists(content: Any, owner: str, name: str) -> Iterator[tuple[str, list[str]]]:
    if owner == "policy":
        yield "来源", content.get("sources") or []
    elif name == LADDERS_FILE:
        for row in content:
            yield f"{row['topic']}·哪里说的", (row.get("note") or {}).get("source") or []
    elif owner == "entry":
        for field in ("summary", "stacking", "eligibility"):
            value = content.get(field)
            if isinstance(value, Mapping):
                yield FIELDS[field].label, value.get("source") or []
        for facet, value in (content.get("facets") or {}).items():
            if isinstance(value, Mapping):
                yield facet, value.get("source") or []
        yield FIELDS["sources"].label, content.get("sources") or []


def _examples_of(item: str, office: Mapping[str, Any], items: Items) -> list[str]:
    """The office's examples that nothing else than the entry is asked for."""
    entries = {name: content for (kind, name), content in items.items() if kind == "entry"}
    own = asked_of([entries[item]]) if item in entries else set()
    own -= asked_of(content for name, content in entries.items() if name != item)
    return [text for text in office.get("examples") or () if alternate_key(str(text)) in own]


def _mended(kind: str, item: str, key: tuple[str, str], content: Any, items: Items, instead: str) -> Any:
    owner, name = key
    made = json.loads(json.dumps(content))
    if kind == "policy" and owner == "entry":
        return {**made, "policy": instead} if instead else None
    if kind == "entry" and owner == "entry":
        for field in ("see_also", "replaces"):
            if item in (made.get(field) or ()):
                made[field] = [one for one in _swapped(made[field], item, instead) if one != name]
        stacking = made.get("stacking")
        if isinstance(stacking, dict) and item in (stacking.get("beside") or ()):
            stacking["beside"] = _swapped(stacking["beside"], item, instead)
            if not stacking["beside"]:
                del stacking["beside"]
    elif kind == "entry" and name in (LADDERS_FILE, GOLDEN_FILE):
        field, least = ("rungs", 2) if name == LADDERS_FILE else ("accept", 1)
        for row in made:
            if item in (row.get(field) or ()):
                row[field] = _swapped(row[field], item, instead)
                row["gone"] = len(row[field]) < least
        return [
            {part: value for part, value in row.items() if part != "gone"}
            for row in made
            if not row.get("gone")
        ]
    elif kind == "entry" and name == OFFICE_FILE:
        gone = _examples_of(item, content, items)
        made["examples"] = [text for text in made["examples"] if text not in gone]
        if not made["examples"]:
            del made["examples"]
    elif kind == "policy" and name == SOURCES_FILE:
        for fields in made.values():
            if item in (fields.get("policies") or ()):
                fields["policies"] = _swapped(fields["policies"], item, instead)
    elif kind == "source":
        return _without_source(made, item, owner, name, instead)
    return made


def _without_source(made: Any, item: str, owner: str, name: str, instead: str) -> Any:
    """Raises CurationError where a text that must have a source would have none."""
    if name == LADDERS_FILE:
        for row in made:
            note = row.get("note")
            if note and item in note["source"]:
                note["source"] = _swapped(note["source"], item, instead)
                if not note["source"]:
                    del row["note"]
        return made
    for field in ("sources",):
        made[field] = _swapped(made.get(field) or [], item, instead)
    if owner == "entry":
        for holder, part in (
            *((made["facets"], facet) for facet in made.get("facets") or {}),
            *((made, field) for field in ("summary", "stacking", "eligibility")),
        ):
            value = holder.get(part)
            if isinstance(value, dict) and item in (value.get("source") or ()):
                value["source"] = _swapped(value["source"], item, instead)
                if not value["source"] and part in ("summary", "eligibility"):
                    raise CurationError(
                        f"条目“{made['title']}”的{FIELDS[part].label}只有这一个来源，请写上换成哪一个来源"
                    )
                if not value["source"]:
                    holder[part] = UNKNOWN
    if not made["sources"]:
        raise CurationError(f"“{made['title']}”只有这一个来源，请写上换成哪一个来源")
    return made


def _swapped(names: list[str], item: str, instead: str) -> list[str]:
    swapped = (instead if one == item else one for one in names)
    return list(dict.fromkeys(one for one in swapped if one))
