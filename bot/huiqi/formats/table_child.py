"""Reads a file that came from outside in a process of its own, with limits of time and memory, whatever is in it.

Between the two goes JSON: what the child says is data, also where what it read was made to harm it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from huiqi.formats.table_file import CellProblem, Table, WorkbookError, tables_of

SECONDS = 10
MOST_MEMORY = 400 * 1024 * 1024
"""Bytes of data that the child may have; code and libraries come on top of it."""
LONGEST_QUEUE = 20.0
"""Seconds for which one file waits for those before it."""
PROGRAM = "import sys; sys.path[:0] = {path!r}; from huiqi.formats.table_child import main; main()"
TOO_MUCH = (
    "文件读了 10 秒或占满 400 MB 内存还没有读完，不像正常的表格，没有导入；请从导出的文件改起，或拆成几个文件"
)

_one_at_a_time = threading.Lock()


def read_tables(raw: bytes) -> list[Table]:
    """Every table of a file. Raises WorkbookError where it is none that can be read."""
    if not _one_at_a_time.acquire(timeout=LONGEST_QUEUE):
        raise WorkbookError("正在读别人交来的表格，请过一会儿再试")
    try:
        done = subprocess.run(
            # -I: it imports from where this process does, and from nowhere else.
            [sys.executable, "-I", "-c", PROGRAM.format(path=[str(Path(__file__).parents[2]), *sys.path])],
            input=raw,
            capture_output=True,
            timeout=SECONDS,
            # A library that reserves memory for each thread would use up the limit.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise WorkbookError(TOO_MUCH) from None
    finally:
        _one_at_a_time.release()
    if done.returncode:
        raise WorkbookError(TOO_MUCH)
    said = json.loads(done.stdout)
    if "refused" in said:
        raise WorkbookError(said["refused"])
    return [_table(table) for table in said["tables"]]


def main() -> None:
    """The child: a file on standard input, its tables or why there are none on standard output."""
    _limit_oneself()
    try:
        said: dict[str, Any] = {"tables": [_written(table) for table in tables_of(sys.stdin.buffer.read())]}
    except WorkbookError as error:
        said = {"refused": str(error)}
    except MemoryError:
        sys.exit(1)
    json.dump(said, sys.stdout)


def _limit_oneself() -> None:
    with suppress(ImportError):
        # Not on every system; the time is limited on all.
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _written(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "headings": list(table.headings.items()),
        "rows": [(row, [_value_written(value) for value in values]) for row, values in table.rows],
        "problems": [list(vars(problem).values()) for problem in table.problems],
    }


def _table(said: dict[str, Any]) -> Table:
    return Table(
        said["name"],
        dict(said["headings"]),
        [(row, [_value(value) for value in values]) for row, values in said["rows"]],
        [CellProblem(*problem) for problem in said["problems"]],
    )


def _value_written(value: Any) -> Any:
    """A cell's value as JSON knows it: moments with their kind, whatever else is unusual as text."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return [type(value).__name__, value.isoformat()]
    if isinstance(value, timedelta):
        return ["timedelta", value.total_seconds()]
    return str(value)


def _value(written: Any) -> Any:
    if not isinstance(written, list):
        return written
    kind, said = written
    if kind == "timedelta":
        return timedelta(seconds=said)
    read: dict[str, Callable[[str], Any]] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
    }
    return read[kind](said)
