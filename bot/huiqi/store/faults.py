"""Whether an error is the store's own fault: a full disk, a lock that was held too long, a file that is gone, a server that
cannot be reached."""

from __future__ import annotations

import sqlite3
import sys


def is_of_store(error: BaseException | None) -> bool:
    """Whether an engine raised it, for whatever reason."""
    return isinstance(error, sqlite3.Error) or _is_of_postgresql(error)


def is_store_at_fault(error: BaseException | None) -> bool:
    """Whether the same could succeed when the disk, the database or its server is well again."""
    if isinstance(error, sqlite3.Error):
        from huiqi.store.engines import sqlite

        return sqlite.is_at_fault(error)
    if _is_of_postgresql(error):
        from huiqi.store.engines import postgresql

        return postgresql.is_at_fault(error)
    return False


def _is_of_postgresql(error: BaseException | None) -> bool:
    # Where nobody loaded it, nobody met an error of it.
    psycopg = sys.modules.get("psycopg")
    return psycopg is not None and isinstance(error, psycopg.Error)
