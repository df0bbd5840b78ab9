"""Reads a file of tables that came from outside in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from huiqi.formats.child import Busy, TooMuch, answer_parent, ask_child
from huiqi.formats.table_file import CellProblem, Table, WorkbookError, tables_of

SECONDS = 10
MOST_MEMORY = 400 * 1024 * 1024
PROGRAM = (
    # openpyxl loads NumPy where it is there, which takes longer than to read most files, and has no use of it.
    "import sys; sys.path[:0] = {path!r}; sys.modules['numpy'] = None; "
    "from huiqi.formats.table_child import main; main()"
)
TOO_MUCH = (
    "文件读了 10 秒或占满 400 MB 内存还没有读完，不像正常的表格，没有导入；请从导出的文件改起，或拆成几个文件"
)


def read_tables(raw: bytes) -> list[Table]:
    """Every table of a file. Raises WorkbookError where it is none that can be read."""
    try:
        said = ask_child(PROGRAM, raw, SECONDS)
    except Busy:
        raise WorkbookError("正在读别人交来的表格，请过一会儿再试") from None
    except TooMuch:
        raise WorkbookError(TOO_MUCH) from None
    if "refused" in said:
        raise WorkbookError(said["refused"])
    return [_table(table) for table in said["tables"]]


def main() -> None:
    """The child: a file on standard input, its tables or why there are none on standard output."""
    answer_parent(_said_of, SECONDS, MOST_MEMORY)


def _said_of(raw: bytes) -> dict[str, Any]:
    try:
        return {"tables": [_written(table) for table in tables_of(raw)]}
    except WorkbookError as error:
        return {"refused": str(error)}


def _written(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "headings": list(table.headings.items()),
        "rows": [(row, [_value_written(value) for value in values]) for row, values in table.rows],
        "problems": [list(vars(problem).values()) for problem in table.problems],
        "release": table.release,
    }


def _table(said: dict[str, Any]) -> Table:
    return Table(
        said["name"],
        dict(said["headings"]),
        [(row, [_value(value) for value in values]) for row, values in said["rows"]],
        [CellProblem(*problem) for problem in said["problems"]],
        said["release"],
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
