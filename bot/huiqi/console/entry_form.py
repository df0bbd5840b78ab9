"""An entry as a form and back: one text field for each thing staff can change, lists one item a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiqi.curation.drafts import check_rules
from huiqi.curation.drafts.drafting import FieldProblem, in_words
from huiqi.curation.drafts.merging import merged
from huiqi.formats.alternates import gathered, lines_of, pairs_of
from huiqi.formats.content_tables import Naming
from huiqi.formats.fields import ENTRY_FIELDS, FIELDS, PARTS, EntryField, Kind
from huiqi.pack.model import FACET_NAMES, UNKNOWN

_SEPARATORS = re.compile(r"[,，、;；\s]+")
_LISTS: tuple[Kind, ...] = ("texts", "alternates", "details", "entries", "sources")
_NOT_SHOWN: tuple[Kind, ...] = ("attachments",)


@dataclass(frozen=True)
class EntryForm:
    """Field name → text as it stands in the form."""

    fields: dict[str, str]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> EntryForm:
        return cls({name: text for row in ENTRY_FIELDS for name, text in _shown(row, content).items()})

    @classmethod
    def sent(cls, form: Mapping[str, Any]) -> EntryForm:
        names = [*cls.names(), *(name for name in form if check_rules.is_own(name))]
        return cls({name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in names})

    @staticmethod
    def names() -> list[str]:
        return [name for row in ENTRY_FIELDS for name in _names(row)]

    @staticmethod
    def naming() -> dict[str, Naming]:
        """The fields that name sources or entries by their ids, and which of them."""
        found: dict[str, Naming] = {check_rules.SOURCE: "source"}
        for row in ENTRY_FIELDS:
            if row.kind in ("sources", "entries"):
                found[row.key] = "source" if row.kind == "sources" else "entry"
            for name in _names(row) if row.kind in PARTS or row.kind == "facets" else ():
                if name.endswith(("_source", "_beside")):
                    found[name] = "source" if name.endswith("_source") else "entry"
        return found

    @staticmethod
    def parted(text: str) -> list[str]:
        """The ids of such a field."""
        return _split(text)

    @staticmethod
    def joined(name: str, named: Iterable[str]) -> str:
        return ("\n" if name in FIELDS else "、").join(named)

    @staticmethod
    def label(name: str) -> str:
        """What a field is called in a list of differences."""
        if name in check_rules.PLAIN or check_rules.is_own(name):
            return check_rules.label(name)
        if name.startswith("facet_"):
            facet, part = name.removeprefix("facet_").rsplit("_", 1)
            return f"{facet}·{PARTS['sourced_text'][part]}"
        if name in FIELDS:
            return FIELDS[name].label
        key, part = name.rsplit("_", 1)
        return f"{FIELDS[key].label}·{PARTS[FIELDS[key].kind][part]}"

    def with_line(self, name: str, line: str) -> EntryForm:
        """This form with one more line in a list."""
        lines = filter(None, (self.fields[name], line))
        return EntryForm({**self.fields, name: "\n".join(lines)})

    def merged(self, seen: EntryForm, theirs: EntryForm) -> tuple[EntryForm, list[str]]:
        """This form with what a colleague changed since: a field that was not touched here takes theirs, one that they did
        not touch keeps this one's. `seen`: the form as it was opened. Also the fields that both changed, differently; they
        keep this form's text."""
        fields, clashes = merged(self.fields, seen.fields, theirs.fields)
        return EntryForm(fields), clashes

    def packed(self) -> str:
        """The form as one text, to be sent along and read again by `unpacked`."""
        return json.dumps(self.fields, ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> EntryForm | None:
        """None where it is not what `packed` wrote."""
        try:
            stored = json.loads(text)
        except ValueError:
            return None
        return cls.sent(stored) if isinstance(stored, dict) else None

    def content(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """The entry that the form describes. What the form does not show is kept from `base`; so is
        the choice to leave an empty field out, for a form that changed nothing to change nothing."""
        made: dict[str, Any] = dict(base)
        for row in ENTRY_FIELDS:
            if row.kind in _NOT_SHOWN:
                continue
            value = self._value(row, base)
            if row.key in base or row.is_required or value != row.absent:
                made[row.key] = value
        return made

    def _value(self, row: EntryField, base: Mapping[str, Any]) -> Any:
        if row.kind == "facets":
            return {name: self._facet(f"facet_{name}") for name in FACET_NAMES}
        if row.kind == "eligibility":
            return check_rules.value_of(self.fields, base.get(row.key))
        if row.kind == "stacking":
            return self._stacking(base.get(row.key))
        if row.kind == "sourced_text":
            return {
                "text": self.fields[f"{row.key}_text"],
                "source": _split(self.fields[f"{row.key}_source"]),
            }
        text = self.fields[row.key]
        if row.kind in ("entries", "sources"):
            return _split(text)
        if row.kind == "alternates":
            return gathered(pairs_of(_lines(text)), like=base.get(row.key))
        if row.kind in ("texts", "details"):
            return _lines(text)
        if row.kind == "known_text":
            return text or UNKNOWN
        return text if row.kind in ("slug", "policy", "text") else text or None

    def _facet(self, name: str) -> Any:
        text, source = self.fields[f"{name}_text"], self.fields[f"{name}_source"]
        return {"text": text, "source": _split(source)} if text and text != UNKNOWN else UNKNOWN

    def _stacking(self, base: Any) -> Any:
        kind, text = self.fields["stacking_kind"] or UNKNOWN, self.fields["stacking_text"]
        if kind == UNKNOWN and not text:
            return base if isinstance(base, dict) and base == {"kind": UNKNOWN} else UNKNOWN
        made: dict[str, Any] = {"kind": kind}
        other_side = _split(self.fields["stacking_beside"])
        if other_side:
            made["beside"] = other_side
        if text:
            made["text"] = text
        source = _split(self.fields["stacking_source"])
        if source:
            made["source"] = source
        return made


def beside(
    problems: Iterable[FieldProblem], content: Mapping[str, Any] | None = None
) -> dict[str, list[str]]:
    """Messages by the form field that they belong beside; "" for those of the whole entry, whose content it is."""
    found: dict[str, list[str]] = {}
    names = set(EntryForm.names())
    for problem in problems:
        parts = problem.field.split(".")
        if parts[0] == "eligibility":
            key = check_rules.field_of(parts[1:], (content or {}).get("eligibility"))
            names.add(key)
            parts = parts[:1]
        elif parts[0] == "facets" and len(parts) > 1:
            key = f"facet_{parts[1]}_{'source' if parts[-1] == 'source' or 'source' in parts else 'text'}"
        elif parts[0] in FIELDS and FIELDS[parts[0]].kind in PARTS:
            part = next((part for part in ("source", "beside") if part in parts), "text")
            key = f"{parts[0]}_{part}"
        else:
            key = parts[0]
        place = f"第 {parts[1]} 行：" if len(parts) > 1 and parts[1].isdigit() else ""
        if parts[0] == "alternates" and len(parts) > 2 and parts[-1].isdigit():
            place = f"“{'.'.join(parts[1:-1])}”的第 {parts[-1]} 句："
        said = in_words(f"{place}{problem.message}；{problem.remedy}")
        if problem.field.startswith("eligibility"):
            said = check_rules.in_words(said)
        found.setdefault(key if key in names else "", []).append(said)
    return found


def _names(row: EntryField) -> list[str]:
    """The names that a field has in the form: itself, or one for each of its parts."""
    if row.kind in _NOT_SHOWN:
        return []
    if row.kind == "eligibility":
        return list(check_rules.PLAIN)
    if row.kind == "facets":
        return [f"facet_{name}_{part}" for name in FACET_NAMES for part in PARTS["sourced_text"]]
    return [f"{row.key}_{part}" for part in PARTS[row.kind]] if row.kind in PARTS else [row.key]


def _shown(row: EntryField, content: Mapping[str, Any]) -> dict[str, str]:
    """A field of an entry as the form's texts, by their names."""
    value = content.get(row.key)
    if row.kind in _NOT_SHOWN:
        return {}
    if row.kind == "eligibility":
        return check_rules.texts_of(value)
    if row.kind == "facets":
        parts = [part for name in FACET_NAMES for part in _parts("sourced_text", (value or {}).get(name))]
    elif row.kind in PARTS:
        parts = _parts(row.kind, value)
    else:
        lines = lines_of(value) if row.kind == "alternates" else value
        parts = ["\n".join(lines or []) if row.kind in _LISTS else value or ""]
    return dict(zip(_names(row), parts, strict=True))


def _parts(kind: str, value: Any) -> list[str]:
    """The parts of a sourced text or of stacking as texts; 未查明 is a stacking's kind, and no text."""
    found = value if isinstance(value, Mapping) else {"kind": UNKNOWN}
    return [
        "、".join(found.get(part) or []) if part in ("source", "beside") else found.get(part) or ""
        for part in PARTS[kind]
    ]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _split(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]
