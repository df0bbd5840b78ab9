"""An entry as JSON, for programs that ask over HTTP: the fields that the table calls public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huiqi.formats.fields import ENTRY_FIELDS, EntryField, Kind
from huiqi.pack.model import FACET_NAMES, Entry, Facet, Pack


def entry_json(pack: Pack, entry: Entry) -> dict[str, object]:
    """Key → value, in the table's order. Dates are ISO dates; what is not known is null; the policy and each source
    are told with their titles."""
    return {
        row.key: _VALUES.get(row.kind, _as_it_is)(pack, entry, row) for row in ENTRY_FIELDS if row.is_public
    }


def _as_it_is(pack: Pack, entry: Entry, row: EntryField) -> object:
    return getattr(entry, row.key)


def _policy(pack: Pack, entry: Entry, row: EntryField) -> object:
    policy = pack.policies[entry.policy]
    return {"id": policy.id, "title": policy.title, "document_number": policy.document_number}


def _day(pack: Pack, entry: Entry, row: EntryField) -> object:
    days = {
        "valid_from": entry.validity.start,
        "valid_to": entry.validity.end,
        "last_checked": entry.last_checked,
    }
    day = days[row.key]
    return day.isoformat() if day else None


def _sources(pack: Pack, entry: Entry, row: EntryField) -> object:
    return [
        {"id": key, "title": pack.sources[key].title, "urls": list(pack.sources[key].urls)}
        for key in getattr(entry, row.key)
    ]


def _sourced(facet: Facet) -> dict[str, object]:
    return {"text": facet.text, "sources": list(facet.sources)}


def _facets(pack: Pack, entry: Entry, row: EntryField) -> object:
    return {
        name: _sourced(entry.facets[name]) if entry.facets[name].is_known else None for name in FACET_NAMES
    }


_VALUES: dict[Kind, Callable[[Pack, Entry, EntryField], Any]] = {
    "policy": _policy,
    "day": _day,
    "rough_day": lambda pack, entry, row: str(entry.validity.last_seen) if entry.validity.last_seen else None,
    "sources": _sources,
    "entries": lambda pack, entry, row: list(getattr(entry, row.key)),
    "sourced_text": lambda pack, entry, row: _sourced(getattr(entry, row.key)),
    "facets": _facets,
}
