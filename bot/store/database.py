"""Opens the SQLite database: one file, write-ahead log, migrations applied."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from bot.store.migrations import migrations


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


class SerialisedConnection(sqlite3.Connection):
    """A connection whose `with` blocks take turns between threads, and nest: what an outer block holds
    together is committed, or rolled back, by that one alone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turn = threading.RLock()
        self._joined: list[bool] = []

    def __enter__(self) -> SerialisedConnection:
        self._turn.acquire()
        self._joined.append(bool(self._joined) or self.in_transaction)
        return self

    def __exit__(self, *error: Any) -> Literal[False]:
        try:
            if not self._joined.pop():
                super().__exit__(*error)
        finally:
            self._turn.release()
        return False


def open_database(path: str) -> Database:
    """The database at `path` (":memory:" for a private one), created and migrated where needed."""
    if path != ":memory:":
        folder = Path(path).expanduser().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"建不了数据库所在的文件夹 {folder}（{error.strerror}），请换一个路径"
            ) from None
        path = str(Path(path).expanduser())
    try:
        connection = sqlite3.connect(path, timeout=30, check_same_thread=False, factory=SerialisedConnection)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        database = Database(connection)
        if migrations.pending(database):
            migrations.apply(database)
    except sqlite3.DatabaseError as error:
        raise DatabaseError(
            f"数据库 {path} 打不开（{error}），请检查它是不是 SQLite 文件、有没有写权限"
        ) from None
    return database
