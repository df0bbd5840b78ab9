"""Remembers the last measurement of the same files, so that a run can say what got better or worse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huiqi.evaluation.report import Report


def previous_run(cache: Path, files: Sequence[Path]) -> dict[str, Any] | None:
    try:
        run: dict[str, Any] = json.loads(_file(cache, files).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return run


def remember_run(cache: Path, files: Sequence[Path], report: Report) -> None:
    """Keep the figures for the next run; where the cache cannot be written there is nothing to compare with."""
    file = _file(cache, files)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(report.to_json(), ensure_ascii=False), encoding="utf-8")
    except OSError:
        return


def _file(cache: Path, files: Sequence[Path]) -> Path:
    names = "\0".join(str(path.resolve()) for path in files)
    return cache / f"eval-{hashlib.sha256(names.encode()).hexdigest()[:12]}.json"
