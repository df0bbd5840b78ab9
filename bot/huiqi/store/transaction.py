"""One transaction around get, act and commit; blocks may be nested, the outermost commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database


@contextmanager
def transaction(database: Database) -> Iterator[sqlite3.Connection]:
    """The connection inside a write transaction, begun at once so that what is read in it still holds on
    commit.

    The connection's own `with` takes turns between threads and leaves the commit to the outermost block."""
    with database.conn as connection:
        if not connection.in_transaction:
            connection.execute("begin immediate")
        yield connection
