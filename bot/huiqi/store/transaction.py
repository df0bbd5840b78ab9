"""One transaction around get, act and commit; blocks may be nested, the outermost commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huiqi.store.database import Connection, Database


@contextmanager
def transaction(database: Database) -> Iterator[Connection]:
    """The connection inside a write transaction, begun at once and the only one of its kind, so that what is read in it
    still holds on commit."""
    with database.conn as connection:
        connection.begin(alone=True)
        yield connection


@contextmanager
def addition(database: Database) -> Iterator[Connection]:
    """The same for what only adds rows of its own: where the engine can, several go on at once."""
    with database.conn as connection:
        connection.begin(alone=False)
        yield connection


@contextmanager
def piece(database: Database) -> Iterator[None]:
    """A part of a transaction: where the block raises, what it wrote goes, and what was written before stays."""
    with transaction(database) as connection:
        connection.execute("savepoint piece")
        try:
            yield
        except BaseException:
            connection.execute("rollback to savepoint piece")
            raise
        finally:
            connection.execute("release savepoint piece")
