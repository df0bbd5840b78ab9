"""What stands in a table, whatever the engine."""

from __future__ import annotations

from typing import Any

from huiqi.store.database import Database


def rows_of(database: Database, table: str) -> list[dict[str, Any]]:
    """By their first column: PostgreSQL may put a new row where an older one was."""
    return list(database.query(f"select * from {table} order by 1"))


def everything(database: Database) -> str:
    """All that is stored, as one text."""
    return "\n".join(str(rows_of(database, table)) for table in database.table_names())


def count_of(database: Database, table: str) -> int:
    (count,) = database.conn.execute(f"select count(*) from {table}").fetchone()
    return int(count)
