"""Whether an error is the store's own fault: a full disk, a lock that was held too long, a file that is gone."""

from __future__ import annotations

import sqlite3

_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


def is_store_at_fault(error: BaseException | None) -> bool:
    """Whether the same could succeed when the disk or the database is well again."""
    if not isinstance(error, sqlite3.Error):
        return False
    # Every database that was opened has its tables: one without them has taken its place.
    is_another = str(error).startswith("no such table")
    # The low byte is the kind, the rest says more (https://www.sqlite.org/rescode.html).
    return is_another or getattr(error, "sqlite_errorcode", 0) & 0xFF in _CODES
