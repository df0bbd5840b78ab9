"""An entry as a form and back: one text field for each thing staff can change, lists one item a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiqi.curation.drafts.drafting import FieldProblem
from huiqi.pack.model import FACET_NAMES, UNKNOWN

LISTS = ("keywords", "negative_keywords", "alternates", "replaces", "see_also", "sources", "requires_mention")
TEXTS = ("title", "short_title", "unit", "validity_note", "valid_from", "valid_to", "level", "status")
_SEPARATORS = re.compile(r"[,，、;；\s]+")
_ABSENT: dict[str, Any] = {
    "level": None,
    "negative_keywords": [],
    "replaces": [],
    "requires_mention": [],
    "see_also": [],
    "valid_from": None,
    "valid_to": None,
    "validity_note": None,
}
"""Fields that a file may leave out, with what leaving them out means."""


@dataclass(frozen=True)
class EntryForm:
    """Field name → text as it stands in the form."""

    fields: dict[str, str]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> EntryForm:
        fields = {"policy": content["policy"], "id": content["id"]}
        for name in TEXTS:
            fields[name] = content.get(name) or ""
        for name in LISTS:
            fields[name] = "\n".join(content.get(name) or [])
        fields |= _sourced("summary", content["summary"])
        for name in FACET_NAMES:
            fields |= _sourced(f"facet_{name}", content["facets"][name])
        stacking = content["stacking"]
        fields |= _sourced("stacking", stacking if isinstance(stacking, dict) else UNKNOWN)
        fields["stacking_kind"] = stacking["kind"] if isinstance(stacking, dict) else UNKNOWN
        return cls(fields)

    @classmethod
    def sent(cls, form: Mapping[str, Any]) -> EntryForm:
        names = EntryForm.names()
        return cls({name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in names})

    @staticmethod
    def names() -> list[str]:
        names = ["policy", "id", *TEXTS, *LISTS, "summary_text", "summary_source"]
        for name in FACET_NAMES:
            names += [f"facet_{name}_text", f"facet_{name}_source"]
        return [*names, "stacking_kind", "stacking_text", "stacking_source"]

    def content(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """The entry that the form describes. What the form does not show (自查规则) is kept from `base`; so is
        the choice to leave an empty field out, for a form that changed nothing to change nothing."""
        fields = self.fields
        made: dict[str, Any] = dict(base)
        made["policy"], made["id"] = fields["policy"], fields["id"]
        values: dict[str, Any] = {name: fields[name] or None for name in TEXTS}
        values["unit"] = fields["unit"] or UNKNOWN
        values["title"], values["short_title"] = fields["title"], fields["short_title"]
        for name in ("replaces", "see_also", "sources"):
            values[name] = _split(fields[name])
        for name in ("keywords", "negative_keywords", "alternates", "requires_mention"):
            values[name] = _lines(fields[name])
        for name, value in values.items():
            if name in base or name not in _ABSENT or value != _ABSENT[name]:
                made[name] = value
        made["summary"] = {"text": fields["summary_text"], "source": _split(fields["summary_source"])}
        made["facets"] = {name: self._facet(f"facet_{name}") for name in FACET_NAMES}
        made["stacking"] = self._stacking(base.get("stacking"))
        if dict(base) == {**made, "summary": _same(base.get("summary"), made["summary"])}:
            return dict(base)
        return made

    def _facet(self, name: str) -> Any:
        text, source = self.fields[f"{name}_text"], self.fields[f"{name}_source"]
        return {"text": text, "source": _split(source)} if text and text != UNKNOWN else UNKNOWN

    def _stacking(self, base: Any) -> Any:
        kind, text = self.fields["stacking_kind"] or UNKNOWN, self.fields["stacking_text"]
        if kind == UNKNOWN and not text:
            return base if isinstance(base, dict) and base == {"kind": UNKNOWN} else UNKNOWN
        made: dict[str, Any] = {"kind": kind}
        if text:
            made["text"] = text
        source = _split(self.fields["stacking_source"])
        if source:
            made["source"] = source
        return made


def beside(problems: Iterable[FieldProblem]) -> dict[str, list[str]]:
    """Messages by the form field that they belong beside; "" for those of the whole entry."""
    found: dict[str, list[str]] = {}
    names = set(EntryForm.names())
    for problem in problems:
        parts = problem.field.split(".")
        if parts[0] == "facets" and len(parts) > 1:
            key = f"facet_{parts[1]}_{'source' if parts[-1] == 'source' or 'source' in parts else 'text'}"
        elif parts[0] in ("summary", "stacking"):
            key = f"{parts[0]}_{'source' if 'source' in parts else 'text'}"
        else:
            key = parts[0]
        place = f"第 {parts[1]} 行：" if len(parts) > 1 and parts[1].isdigit() else ""
        found.setdefault(key if key in names else "", []).append(
            f"{place}{problem.message}；{problem.remedy}"
        )
    return found


def _sourced(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {f"{name}_text": "", f"{name}_source": ""}
    return {f"{name}_text": value.get("text") or "", f"{name}_source": "、".join(value.get("source") or [])}


def _same(base: Any, made: Any) -> Any:
    return base if base == made else made


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _split(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]
