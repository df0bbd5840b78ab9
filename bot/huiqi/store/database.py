"""A database as the repositories know it: one set of SQL, with ? or :name for values, on SQLite or PostgreSQL. What differs
stands in huiqi.store.engines, a module an engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from huiqi.store.address import is_postgresql, scheme


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


class Result(Protocol):
    """What a statement gave: its rows, all fetched, as tuples."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One connection, which several threads may use. Its `with` blocks take turns between them, and nest: what an outer
    block holds together is committed, or rolled back, by that one alone. A statement outside of them only reads."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Any = (), /) -> Result: ...
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Result: ...
    def __enter__(self) -> Connection: ...
    def __exit__(self, *error: Any) -> Literal[False]: ...

    def begin(self, alone: bool) -> None:
        """Begin the block's transaction now, unless it has begun. `alone`: no other of those is under way meanwhile, so
        that what is read in it still holds on commit."""


class Database(Protocol):
    @property
    def address(self) -> str: ...
    @property
    def conn(self) -> Connection: ...
    def table_names(self) -> list[str]:
        """Every table, those in which the engine keeps its migrations among them."""

    def query(self, sql: str, params: Any = None) -> Iterable[dict[str, Any]]:
        """Rows as column → value."""

    def snapshot(self) -> AbstractContextManager[None]:
        """A block in which all that is read is of one moment."""

    def hold(self, name: str) -> bool:
        """Whether this connection holds `name` from now on, which no other does, of whatever machine, until it ends."""

    def go_on_counting(self, table: str, column: str) -> None:
        """After rows that brought their numbers along: the next one without gets the number after the highest."""

    def settle(self) -> None:
        """Bring what was written of late to its last place, so that nobody who writes has to."""

    def leave_no_trace(self) -> None:
        """See to it that nothing of what was deleted is left on the disk, as far as nobody reads there."""

    def fault(self) -> str | None:
        """What is wrong with what is stored, in the engine's words; None where nothing is."""

    def close(self) -> None: ...


def open_database(address: str) -> Database:
    """The database at `address`, created and migrated where needed: a file (":memory:" for a private one), or
    postgresql://… Raises DatabaseError."""
    # An engine is loaded by those that use it.
    if is_postgresql(address):
        from huiqi.store.engines.postgresql import open_postgresql

        return open_postgresql(address)
    if scheme(address):
        raise DatabaseError(
            f"数据库“{scheme(address)}”不能用，HUIQI_DATABASE 请写 SQLite 文件的路径，或 postgresql:// 开头的地址"
        )
    from huiqi.store.engines.sqlite import open_sqlite

    return open_sqlite(address)
