"""What a workbook would change in a knowledge base, and what is wrong with it, place by place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from huiqi.formats.columns import SOURCE_SHEET
from huiqi.formats.fields import FIELDS
from huiqi.formats.problem import Problem
from huiqi.formats.table_file import CellProblem
from huiqi.pack.identity import GOLDEN_FILE, OFFICE_FILE, POLICY_FOLDER, SOURCES_FILE

Key = tuple[str, str]
"""(kind, id) of an item: ("policy", "rent"), ("entry", "rent-relief"), ("file", "sources.yaml")."""
ADDED, CHANGED, DELETED, SAME = "新增", "修改", "删除", "不变"


@dataclass(frozen=True)
class Base:
    """A knowledge base by what people write in rows: id → data. An entry's data name its policy; `files`: id of a
    policy → name of its file."""

    office: Mapping[str, Any]
    sources: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]
    entries: Mapping[str, Mapping[str, Any]]
    golden: list[dict[str, Any]]
    files: Mapping[str, str]

    @classmethod
    def of(cls, files: Mapping[str, Any]) -> Base:
        """`files`: name → data."""
        named = {name: data for name, data in files.items() if name.startswith(POLICY_FOLDER + "/")}
        return cls(
            office=files.get(OFFICE_FILE) or {},
            sources=files.get(SOURCES_FILE) or {},
            policies={data["policy"]["id"]: data["policy"] for data in named.values()},
            entries={
                entry["id"]: {"policy": data["policy"]["id"], **entry}
                for data in named.values()
                for entry in data["entries"]
            },
            golden=files.get(GOLDEN_FILE) or [],
            files={data["policy"]["id"]: name for name, data in named.items()},
        )

    def after(self, changes: Mapping[Key, Any]) -> Base:
        """The base with `changes` in it."""
        return Base(
            office=changes.get(("file", OFFICE_FILE), self.office),
            sources=changes.get(("file", SOURCES_FILE), self.sources),
            policies=_after(self.policies, changes, "policy"),
            entries=_after(self.entries, changes, "entry"),
            golden=changes.get(("file", GOLDEN_FILE), self.golden),
            files=self.files,
        )


def _after(base: Mapping[str, Any], changes: Mapping[Key, Any], kind: str) -> dict[str, Any]:
    newer = {**base, **{item: content for (sort, item), content in changes.items() if sort == kind}}
    return {item: content for item, content in newer.items() if content is not None}


@dataclass(frozen=True)
class RowPreview:
    """What one item of the workbook does. `action`: 新增, 修改, 删除 or 不变; `fields`: what differs in one that was
    there; `title`: what people call the item, where that is not its id."""

    kind: str
    item: str
    action: str
    fields: tuple[str, ...] = ()
    title: str = ""


@dataclass
class WorkbookReading:
    """A workbook read against a base: items that would change (None: that goes), row by row, and what is refused and
    why. `notes`: what people should know of it."""

    changes: dict[Key, Any] = field(default_factory=dict)
    rows: list[RowPreview] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)
    """(item, field) → sheet, row and column; an item is an entry's id, or policy:, source:, golden: with its own."""

    def add_problems(self, problems: Iterable[Problem], files: Mapping[str, Any]) -> None:
        """Problems of the pack (`files`: name → data) as the workbook's reader meets them: sheet, row, column. A cell
        that is faulty already is not told again."""
        faulty = {(problem.sheet, problem.row, problem.column) for problem in self.problems}
        for problem in problems:
            if problem.file == POLICY_FOLDER and self.problems:
                # That there is no policy at all comes of what is told already.
                continue
            placed = self._placed(problem, files)
            is_told = placed.row > 0 and (placed.sheet, placed.row, placed.column) in faulty
            if not is_told and placed not in self.problems:
                self.problems.append(placed)

    def _placed(self, problem: Problem, files: Mapping[str, Any]) -> CellProblem:
        item, name = _place_in_pack(problem, files.get(problem.file))
        message, remedy = (_of_sheets(text) for text in (problem.message, problem.remedy))
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            place = self.places.get((item, ".".join(parts[:length])))
            if place:
                return CellProblem(*place, message, remedy)
        label = _column_of(parts[0]) if parts[0] in FIELDS else name
        if (item, "id") in self.places:
            sheet, row, _ = self.places[(item, "id")]
            return CellProblem(sheet, row, label, message, remedy)
        # It is not in the workbook: another item broke by what is.
        named = f"“{item.partition(':')[2] or item}”的" if item else ""
        return CellProblem("", 0, "", f"{problem.file} 里{named} {label}：{message}", remedy)


def _place_in_pack(problem: Problem, data: Any) -> tuple[str, str]:
    """The item that a problem stands in, and the field of it."""
    listed = re.match(r"(?:entries\.)?(\d+)\.?(.*)$", problem.field)
    if problem.file == GOLDEN_FILE and listed and isinstance(data, list):
        return "golden:" + str(data[int(listed[1]) - 1].get("question")), listed[2]
    if problem.file == SOURCES_FILE:
        source, _, name = problem.field.partition(".")
        return f"source:{source}", name
    if problem.file == OFFICE_FILE:
        return "office:", problem.field
    if not isinstance(data, dict) or not isinstance(data.get("policy"), dict):
        return "", problem.field
    if listed and problem.field.startswith("entries."):
        return str(data["entries"][int(listed[1]) - 1].get("id")), listed[2]
    return "policy:" + str(data["policy"].get("id")), problem.field.removeprefix("policy.")


def _column_of(field: str) -> str:
    """What people call a field that has no column here. Sources that nobody listed are those of the answer."""
    return FIELDS["summary" if field == "sources" else field].label + ("来源" if field == "sources" else "")


def _of_sheets(text: str) -> str:
    """A sentence about the pack's files as those say it who have sheets."""
    return text.replace(f" {SOURCES_FILE} 里", f"“{SOURCE_SHEET}”表里")
