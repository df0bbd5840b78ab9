"""A workbook that was written from an older release: what it changes is put to what is in force, cell by cell.

Three sides are compared: the base as it was when the file was written, the file, and the base now. What only the file
changed is taken, what only the base changed stays, and a cell that both changed to something else is refused, with what
it was, what it is, and what the file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huiqi.curation.drafts.drafting import difference
from huiqi.formats.table_file import CellProblem
from huiqi.formats.workbook_reading import Key, WorkbookReading

_GONE = object()
LONGEST_SHOWN = 60


def merge(reading: WorkbookReading, then: Mapping[Key, Any], now: Mapping[Key, Any]) -> None:
    """Turn the changes of `reading`, which were read against the base `then`, into changes of the base `now`."""
    merged: dict[Key, Any] = {}
    for key, new in reading.changes.items():
        old, current = then.get(key), now.get(key)
        if current == old:
            merged[key] = new
            continue
        clashes: list[tuple[str, ...]] = []
        found = _merged(old, new, current, (), clashes)
        if clashes:
            reading.problems += _told(reading, key, old, new, current)
        elif found is not _GONE and found != current:
            merged[key] = found
        elif found is _GONE and current is not None:
            merged[key] = None
    reading.changes.clear()
    reading.changes.update(merged)


def _merged(old: Any, new: Any, current: Any, path: tuple[str, ...], clashes: list[tuple[str, ...]]) -> Any:
    """Field by field where all three have fields; lists of rows by the question that each is about."""
    if new == old:
        return current if current is not None else _GONE
    if current in (old, new):
        return new if new is not None else _GONE
    if isinstance(new, dict) and isinstance(current, dict) and isinstance(old, dict | None):
        made = {}
        for name in dict.fromkeys((*current, *new)):
            was = old.get(name) if old else None
            value = _merged(was, new.get(name), current.get(name), (*path, name), clashes)
            if value is not _GONE:
                made[name] = value
        return made
    if _is_rows(new) and _is_rows(current) and (old is None or _is_rows(old)):
        was, said, is_now = (_by_question(side) for side in (old, new, current))
        return list(_merged(was, said, is_now, path, clashes).values())
    clashes.append(path)
    return current


def _by_question(rows: Any) -> dict[str, Any]:
    return {row["question"]: row for row in rows or ()}


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) and "question" in row for row in value)


def _told(reading: WorkbookReading, key: Key, old: Any, new: Any, current: Any) -> list[CellProblem]:
    """A fault for each field that both changed."""
    kind, item = key
    ours = {change.field: change for change in difference(old or {}, current or {}, kind)}
    theirs = {change.field: change for change in difference(old or {}, new or {}, kind)}
    sheet, row, _ = reading.places.get((item if kind == "entry" else f"{kind}:{item}", "id"), ("", 0, ""))
    faults = []
    for name in [name for name in theirs if name in ours and theirs[name].after != ours[name].after]:
        was, now, said = (
            _short(text) for text in (theirs[name].before, ours[name].after, theirs[name].after)
        )
        message = f"导出之后别人改过：原来是“{was}”，现在是“{now}”，表里写的是“{said}”"
        remedy = "照现在的改，或重新导出一份再改"
        faults.append(CellProblem(sheet, row, name if row else f"{item} 的 {name}", message, remedy))
    if not faults:
        message = f"“{item}”导出之后别人改过或删去了，和表里的对不上"
        faults = [CellProblem(sheet, row, "", message, "重新导出一份再改")]
    return faults


def _short(text: str) -> str:
    line = " / ".join(text.split("\n"))
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"
