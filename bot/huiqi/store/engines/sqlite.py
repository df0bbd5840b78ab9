"""SQLite, the embedded default: one file, write-ahead log, opened and maintained by sqlite-utils."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

import sqlite_utils

from huiqi import __version__
from huiqi.store.address import PRIVATE
from huiqi.store.backup import BackupError, back_up
from huiqi.store.database import DatabaseError
from huiqi.store.migrations import is_newer, migrations

log = logging.getLogger(__name__)


SECONDS_TO_WAIT = 30.0
"""For which a lock that another process holds is waited for."""
LOOKED_AGAIN = 0.0003
"""Seconds between two looks whether it is free. An ask writes for about as long; SQLite itself looks ever more seldom, up to
ten times a second, so that of two busy processes the one that waits is left behind."""


PAGES_OF_LOG = 8000
"""Of the log beside the file (32 MB), after which who commits brings it into the file and waits for the disk. A service does so
in the background long before (`settle`); all others write less."""


def _when_free(connection: sqlite3.Connection, work: Callable[[], object]) -> None:
    """Do `work`, a statement on a connection, as soon as nobody else writes."""
    until = 0.0
    while True:
        try:
            work()
            return
        except sqlite3.OperationalError as error:
            if not _is_worth_waiting(connection, error.sqlite_errorcode):
                raise
            until = until or time.monotonic() + SECONDS_TO_WAIT
            if time.monotonic() > until:
                raise
        time.sleep(LOOKED_AGAIN)


def _is_worth_waiting(connection: sqlite3.Connection, code: int) -> bool:
    """A transaction that reads a snapshot which is too old by now gets no newer one; all else that is busy is free in a
    moment."""
    is_too_old = code == sqlite3.SQLITE_BUSY_SNAPSHOT and connection.in_transaction
    return code & 0xFF == sqlite3.SQLITE_BUSY and not is_too_old


class WholeCursor(sqlite3.Cursor):
    """Fetches all rows with the statement, so that no other thread of the connection comes in between: SQLite's
    cached statements do not bear two threads that step through the same one."""

    connection: SerialisedConnection

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._rows: Iterator[Any] = iter(())

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        with self.connection.turn:
            _when_free(self.connection, lambda: super(WholeCursor, self).execute(sql, parameters))
            self._rows = iter(super().fetchall() if self.description else ())
        return self

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        rows = list(parameters)
        with self.connection.turn:
            _when_free(self.connection, lambda: super(WholeCursor, self).executemany(sql, rows))
        return self

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return list(islice(self._rows, size))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return next(self._rows)


class SerialisedConnection(sqlite3.Connection):
    """A connection whose `with` blocks take turns between threads, and nest."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.turn = threading.RLock()
        self._joined: list[bool] = []

    def cursor(self, factory: Any = WholeCursor) -> Any:
        return super().cursor(factory)

    # The turn is taken before SQLite is called at all: a thread that waited inside SQLite with the interpreter's
    # lock would keep the one whose commit it waits for from running.
    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        # sqlite3's own goes past the class of cursors that `cursor` gives.
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        return self.cursor().executemany(sql, parameters)

    def close(self) -> None:
        # A statement that another thread is in would go on in memory that is free by then.
        with self.turn:
            super().close()

    def begin(self, alone: bool) -> None:
        # Of writers there is one at a time, whatever they write.
        if not self.in_transaction:
            self.execute("begin immediate")

    def __enter__(self) -> SerialisedConnection:
        self.turn.acquire()
        self._joined.append(bool(self._joined) or self.in_transaction)
        return self

    def __exit__(self, *error: Any) -> Literal[False]:
        try:
            if not self._joined.pop():
                super().__exit__(*error)
        finally:
            self.turn.release()
        return False


class SqliteDatabase(sqlite_utils.Database):
    conn: SerialisedConnection

    def __init__(self, connection: SerialisedConnection, address: str) -> None:
        super().__init__(connection, execute_plugins=False)
        self.address = address

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.conn as connection:
            connection.execute("begin")
            yield

    def hold(self, name: str) -> bool:
        """A file is one machine's, which has locks of its own for its processes."""
        return True

    def go_on_counting(self, table: str, column: str) -> None:
        """SQLite always does so."""

    def settle(self) -> None:
        self.conn.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def leave_no_trace(self) -> None:
        # Nothing is left in the log beside the file either; where somebody still reads there, it goes later.
        if not self.conn.in_transaction:
            self.conn.execute(f"PRAGMA busy_timeout={int(SECONDS_TO_WAIT * 1000)}")
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.conn.execute("PRAGMA busy_timeout=0")

    def fault(self) -> str | None:
        state = self.conn.execute("PRAGMA quick_check(1)").fetchone()[0]
        return None if state == "ok" else str(state)


def open_sqlite(path: str) -> SqliteDatabase:
    """The database at `path` (":memory:" for a private one), created and migrated where needed."""
    if path != PRIVATE:
        folder = Path(path).expanduser().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"建不了数据库所在的文件夹 {folder}（{error.strerror}），请换一个路径"
            ) from None
        path = str(Path(path).expanduser())
        with contextlib.suppress(OSError):
            # It holds what people asked: for its owner only. One that is there keeps what its owner gave it.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection = sqlite3.connect(
            path, timeout=SECONDS_TO_WAIT, check_same_thread=False, factory=SerialisedConnection
        )
        with contextlib.ExitStack() as unless_usable:
            unless_usable.callback(connection.close)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={PAGES_OF_LOG}")
            connection.execute("PRAGMA foreign_keys=ON")
            # What is erased is overwritten, not only forgotten.
            connection.execute("PRAGMA secure_delete=ON")
            database = SqliteDatabase(connection, path)
            _bring_up_to_date(database, path)
            # From now on waiting is done by _when_free.
            connection.execute("PRAGMA busy_timeout=0")
            unless_usable.pop_all()
    except sqlite3.DatabaseError as error:
        raise DatabaseError(
            f"数据库 {path} 打不开（{error}），请检查它是不是 SQLite 文件、有没有写权限"
        ) from None
    return database


def _bring_up_to_date(database: SqliteDatabase, path: str) -> None:
    """Apply what migrations are missing, all or none, after a copy of what was there. Another process that wants to
    do the same waits and finds it done."""
    if is_newer(database):
        raise DatabaseError(
            f"数据库 {path} 是更新版本的 huiqi 写的，这一版（{__version__}）不能用它，没有改动；"
            "请装回新版本，或者用升级前另存的那份恢复（huiqi restore 文件）"
        )
    if not migrations.pending(database):
        return
    with database.conn:
        database.conn.execute("begin immediate")
        if migrations.applied(database) and migrations.pending(database) and path != PRIVATE:
            _keep_copy(path)
        migrations.apply(database)


def _keep_copy(path: str) -> None:
    copy = Path(f"{path}.before-upgrade-{datetime.now():%Y%m%d-%H%M%S}")
    try:
        back_up(path, copy)
    except BackupError as error:
        raise DatabaseError(f"数据库 {path} 要升级，先要另存一份，但是{error}；数据库没有改动") from None
    log.warning("数据库要升级，原来的另存为 %s", copy)


def refuse(database: sqlite_utils.Database, name: str, act: str, table: str, words: str, but: str) -> None:
    """A trigger that lets nobody `act` (update or delete) on rows of a table, except where the condition `but` holds."""
    same = but.replace("is not distinct from", "is")
    database.conn.execute(
        f"create trigger {name} before {act} on {table} when not ({same}) begin select raise(abort, '{words}'); end"
    )


def after_delete(database: sqlite_utils.Database, name: str, table: str, statements: str) -> None:
    """A trigger that does `statements`, each ended by a semicolon, for each row (`old`) that is deleted."""
    database.conn.execute(f"create trigger {name} after delete on {table} begin {statements} end")


def drop_trigger(database: sqlite_utils.Database, name: str, table: str) -> None:
    database.conn.execute(f"drop trigger {name}")


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


def is_at_fault(error: sqlite3.Error) -> bool:
    # Every database that was opened has its tables: one without them has taken its place.
    is_another = str(error).startswith("no such table")
    # The low byte is the kind, the rest says more (https://www.sqlite.org/rescode.html).
    return is_another or getattr(error, "sqlite_errorcode", 0) & 0xFF in _CODES
