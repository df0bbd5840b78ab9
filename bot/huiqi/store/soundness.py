"""Whether the database of a running process is still the one it opened, and whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from huiqi.store.address import PRIVATE, is_postgresql
from huiqi.store.database import DatabaseError, open_database

LARGEST_READ_THROUGH = 256 * 1024 * 1024
"""A file up to this size is read through; of a larger one, only what tells its tables."""


def watched(address: str) -> DatabaseFile | DatabaseServer:
    """What to ask now and then whether the database at `address`, opened just now, is well."""
    return DatabaseServer(address) if is_postgresql(address) else DatabaseFile.of(address)


@dataclass(frozen=True)
class DatabaseFile:
    """The file at `path` as it was when it was opened."""

    path: str
    identity: tuple[int, int] | None

    @classmethod
    def of(cls, path: str) -> DatabaseFile:
        return cls(path, _identity(path))

    def fault(self) -> str | None:
        """What is wrong with it, for whoever runs it; None where nothing is."""
        if self.path == PRIVATE:
            return None
        found = _identity(self.path)
        if found is None:
            return "数据库文件不见了（被删除或移走），请停下服务，从备份恢复"
        if found != self.identity:
            return "数据库文件被换成了另一个，请重新启动服务"
        state = state_of(Path(self.path).expanduser())
        return None if state == "ok" else f"数据库已损坏（{state}），请停下服务，从备份恢复"


class DatabaseServer:
    """A database on a server, which looks after its files itself."""

    def __init__(self, address: str) -> None:
        self._address = address

    def fault(self) -> str | None:
        """What is wrong with it, for whoever runs it; None where nothing is."""
        try:
            open_database(self._address).close()
        except DatabaseError as error:
            return str(error)
        return None


def state_of(file: Path) -> str:
    """`ok`, or what SQLite says is wrong."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
            if file.stat().st_size <= LARGEST_READ_THROUGH:
                return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            connection.execute("select count(*) from sqlite_master").fetchone()
            return "ok"
    except (sqlite3.Error, OSError) as error:
        return str(error)


def _identity(path: str) -> tuple[int, int] | None:
    if path == PRIVATE:
        return None
    try:
        status = Path(path).expanduser().stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
