"""One transaction around get, act and commit; blocks may be nested, the outermost commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database


@contextmanager
def transaction(database: Database) -> Iterator[sqlite3.Connection]:
    """The connection inside a write transaction, taken at once so that what was read still holds on commit."""
    connection: sqlite3.Connection = database.conn
    if connection.in_transaction:
        yield connection
        return
    connection.execute("begin immediate")
    try:
        yield connection
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
