"""A database carried over to another, of whatever engine: every row, all or none, compared row by row. What is there already
as it should be is left, so that it can be done again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from huiqi.store.address import scheme, spoken
from huiqi.store.database import Database, DatabaseError, open_database
from huiqi.store.faults import is_of_store
from huiqi.store.migrations import TableShape, shapes
from huiqi.store.transaction import transaction

ROWS_AT_ONCE = 500


class MoveError(DatabaseError):
    """Nothing was moved; the message says why and what to do."""


@dataclass(frozen=True)
class Moved:
    """How many rows of a table were written, and how many there are now in both."""

    table: str
    written: int
    rows: int


def move(source: str, target: str) -> list[Moved]:
    """Carry everything at the address `source` over to `target`, where there may be what is in the source, and nothing
    else. Raises DatabaseError, the target as it was. Nobody is to write to either meanwhile."""
    if spoken(source) == spoken(target):
        raise MoveError("搬出和搬入的是同一个数据库，请写两个不同的")
    if not scheme(source) and not Path(source).expanduser().is_file():
        raise MoveError(f"找不到数据库 {source}，请检查路径")
    with closing(open_database(source)) as before, closing(open_database(target)) as after:
        try:
            with before.snapshot(), transaction(after):
                missing = {shape.name: _missing(before, after, shape, spoken(target)) for shape in shapes()}
                for shape in shapes():
                    if missing[shape.name]:
                        _write(before, after, shape)
                return [_compared(before, after, shape, missing[shape.name]) for shape in shapes()]
        except Exception as error:
            if not is_of_store(error):
                raise
            sentence = next(iter(str(error).splitlines()), type(error).__name__)
            raise MoveError(
                f"没有搬成（{sentence}），{spoken(target)} 没有改动；请排除后再运行一次"
            ) from None


def _missing(before: Database, after: Database, shape: TableShape, target: str) -> int:
    """How many rows of the source the target lacks. Raises MoveError where it has others."""
    lacking = 0
    for key, here, there in _side_by_side(before, after, shape):
        if there is None:
            lacking += 1
        elif here != there:
            where = f"表 {shape.name} 里 {'、'.join(map(str, key))} 这一行"
            what = "在搬出的数据库里没有" if here is None else "和搬出的数据库里的不一样"
            raise MoveError(
                f"{target} 里有别的内容（{where}{what}），没有搬；请换一个空的数据库，或先把它清空"
            )
    return lacking


def _write(before: Database, after: Database, shape: TableShape) -> None:
    marks = ", ".join("?" * len(shape.columns))
    statement = (
        f"insert into {shape.name} ({', '.join(shape.columns)}) values ({marks}) "
        f"on conflict ({', '.join(shape.key)}) do nothing"
    )
    rows = _rows(before, shape)
    while page := list(islice(rows, ROWS_AT_ONCE)):
        after.conn.executemany(statement, page)
    if shape.is_counted:
        after.go_on_counting(shape.name, shape.key[0])


def _compared(before: Database, after: Database, shape: TableShape, written: int) -> Moved:
    rows = 0
    for key, here, there in _side_by_side(before, after, shape):
        if here != there:
            raise MoveError(
                f"表 {shape.name} 里 {'、'.join(map(str, key))} 这一行搬过去后不一样，没有搬；请报告给开发者"
            )
        rows += 1
    return Moved(shape.name, written, rows)


def _side_by_side(
    before: Database, after: Database, shape: TableShape
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """(key, row of the source, row of the target), in the order of the keys; None where there is none."""
    own, others = _rows(before, shape), _rows(after, shape)
    here, there = next(own, None), next(others, None)
    while here is not None or there is not None:
        keys = [shape.key_of(row) for row in (here, there) if row is not None]
        key = min(keys)
        is_here = here is not None and shape.key_of(here) == key
        is_there = there is not None and shape.key_of(there) == key
        yield key, here if is_here else None, there if is_there else None
        here = next(own, None) if is_here else here
        there = next(others, None) if is_there else there


def _rows(database: Database, shape: TableShape) -> Iterator[tuple[Any, ...]]:
    """The rows in the order of their keys, a page at a time."""
    key = ", ".join(shape.key)
    columns = ", ".join(shape.columns)
    order = f"order by {key} limit {ROWS_AT_ONCE}"
    page = database.conn.execute(f"select {columns} from {shape.name} {order}").fetchall()
    while page:
        yield from map(_legible, page)
        marks = ", ".join("?" * len(shape.key))
        page = database.conn.execute(
            f"select {columns} from {shape.name} where ({key}) > ({marks}) {order}", shape.key_of(page[-1])
        ).fetchall()


def _legible(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """As either engine can keep it (huiqi.store.engines.postgresql)."""
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row)
