"""PostgreSQL by psycopg: for more than one machine on one database. Statements are written for both engines and become its
own here; what SQLite has and it has not is made with the first migration."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, TypeVar

from huiqi import __version__
from huiqi.store.address import spoken
from huiqi.store.clock import now
from huiqi.store.database import DatabaseError
from huiqi.store.migrations import in_order

try:
    import psycopg
    from psycopg import errors, pq
    from psycopg.adapt import Dumper
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.types.string import StrDumperUnknown
except ImportError:
    raise DatabaseError(
        "用 PostgreSQL 还要装 psycopg：pip install 'psycopg[binary]'（装在 huiqi 所在的环境里）"
    ) from None

log = logging.getLogger(__name__)
T = TypeVar("T")

SECONDS_TO_CONNECT = 5
TRIED_EVERY = 2.0
"""Seconds for which a server that could not be reached is not tried again, so that nobody waits for it over and over."""
SESSION = (
    "set lock_timeout = '30s'; set idle_in_transaction_session_timeout = '5min'; set client_encoding = 'UTF8'"
)
"""As long as SQLite waits for a lock; and a process that hangs in a transaction loses it."""
ALONE = int.from_bytes(b"huiqi", "big")
"""The advisory lock of whoever wants to be the only one that reads and writes, in this database."""
_MARK = re.compile(r"'(?:[^']|'')*'|\?|(?<!:):([a-z_]\w*)|%")
_COLUMN = {int: "bigint", str: 'text collate "C"', float: "double precision", bytes: "bytea"}
"""Texts are compared by their bytes, as in SQLite."""


class _BooleanDumper(Dumper):
    """True and False are 1 and 0, as the columns are."""

    oid = psycopg.adapters.types["int2"].oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _TextDumper(StrDumperUnknown):
    """The one character that PostgreSQL keeps in no text gives way to the mark of one that cannot be shown."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


@lru_cache(maxsize=1024)
def translated(sql: str) -> str:
    """A statement with ? or :name for values as psycopg takes it."""

    def mark(found: re.Match[str]) -> str:
        if found[0] == "?":
            return "%s"
        return f"%({found[1]})s" if found[1] else found[0].replace("%", "%%")

    return _MARK.sub(mark, sql)


class PostgresConnection:
    """A connection whose `with` blocks take turns between threads, and nest. One that was lost is made anew with the next
    block or statement; what the block was doing fails."""

    def __init__(self, conninfo: str) -> None:
        self.turn = threading.RLock()
        self._conninfo = conninfo
        self._joined: list[bool] = []
        self._has_begun = False
        self._is_alone = False
        # The server's number of a transaction that was begun to write.
        self._number: str | None = None
        self._not_before = 0.0
        self._own = self._connected()

    @property
    def in_transaction(self) -> bool:
        return self._has_begun

    def execute(self, sql: str, parameters: Any = (), /) -> psycopg.Cursor[Any]:
        with self.turn:
            return self._in_place(lambda: self._own.execute(translated(sql), parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> psycopg.Cursor[Any]:
        def work() -> psycopg.Cursor[Any]:
            cursor = self._own.cursor()
            cursor.executemany(translated(sql), rows)
            return cursor

        rows = list(parameters)
        with self.turn:
            return self._in_place(work)

    def begin(self, alone: bool) -> None:
        with self.turn:
            if not self._has_begun:
                lock = f"pg_advisory_xact_lock({ALONE}), " if alone else ""
                self._number = self._begin(f"begin; select {lock}pg_current_xact_id()::text")
                self._is_alone = alone
            elif alone and not self._is_alone:
                self._own.execute(f"select pg_advisory_xact_lock({ALONE})")
                self._is_alone = True

    def begin_snapshot(self) -> None:
        with self.turn:
            if not self._has_begun:
                self._begin("begin isolation level repeatable read read only")

    def commit(self) -> None:
        with self.turn:
            if not self._has_begun:
                return
            number, self._number = self._number, None
            self._has_begun = self._is_alone = False
            if self._own.info.transaction_status == pq.TransactionStatus.INERROR:
                # A commit would be taken for a success, and nothing of it would be there.
                self._own.rollback()
                raise errors.InFailedSqlTransaction("a statement of the transaction failed")
            try:
                self._own.execute("commit", prepare=False)
            except psycopg.OperationalError:
                if number is None or not self._own.closed or not self._was_committed(number):
                    raise

    def _was_committed(self, number: str) -> bool:
        """What became of a transaction whose commit was sent, and its answer lost."""
        until = time.monotonic() + SECONDS_TO_CONNECT
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.Error):
                self._own = self._connected()
                row = self._own.execute("select pg_xact_status(%s::xid8)", [number]).fetchone()
                if row is not None and row[0] != "in progress":
                    return bool(row[0] == "committed")
            time.sleep(0.1)
        return False

    def rollback(self) -> None:
        with self.turn:
            self._number = None
            self._has_begun = self._is_alone = False
            # The server does it by itself where it is out of reach.
            with contextlib.suppress(psycopg.Error):
                self._own.rollback()

    def close(self) -> None:
        with self.turn:
            self._own.close()

    def __enter__(self) -> PostgresConnection:
        self.turn.acquire()
        self._joined.append(bool(self._joined) or self._has_begun)
        return self

    def __exit__(self, *error: Any) -> Literal[False]:
        try:
            if not self._joined.pop() and self._has_begun:
                if error[0] is None:
                    self.commit()
                else:
                    self.rollback()
        finally:
            self.turn.release()
        return False

    def _in_place(self, work: Callable[[], T]) -> T:
        """What `work` gives: within a block in its transaction, else by itself."""
        if self._joined and not self._has_begun:
            self._begin("begin")
        return work() if self._has_begun else self._anew(work)

    def _begin(self, statement: str) -> Any:
        """The last value that `statement` gives."""
        try:
            result = self._anew(lambda: self._own.execute(statement, prepare=False))
            while result.nextset():
                pass
            row = result.fetchone() if result.description else None
        except psycopg.Error:
            self.rollback()
            raise
        self._has_begun = True
        return row[-1] if row else None

    def _anew(self, work: Callable[[], T]) -> T:
        """What `work` gives, once more where the connection turns out to be lost: nothing is under way on it."""
        if self._own.closed:
            self._own = self._connected()
        try:
            return work()
        except psycopg.OperationalError:
            if not self._own.closed:
                raise
        self._own = self._connected()
        return work()

    def _connected(self) -> psycopg.Connection[Any]:
        if time.monotonic() < self._not_before:
            raise psycopg.OperationalError("the server could not be reached a moment ago")
        try:
            own = psycopg.connect(self._conninfo, autocommit=True)
            own.execute(SESSION, prepare=False)
        except psycopg.Error:
            self._not_before = time.monotonic() + TRIED_EVERY
            raise
        own.adapters.register_dumper(bool, _BooleanDumper)
        own.adapters.register_dumper(str, _TextDumper)
        return own


class _Table:
    """A table as the migrations shape it: what they use of sqlite-utils."""

    def __init__(self, connection: PostgresConnection, name: str) -> None:
        self._connection = connection
        self._name = name

    def create(
        self,
        columns: dict[str, type],
        pk: str | Sequence[str],
        not_null: Iterable[str] = (),
        foreign_keys: Sequence[tuple[str, str, str]] = (),
    ) -> _Table:
        key = [pk] if isinstance(pk, str) else list(pk)
        is_counted = len(key) == 1 and columns[key[0]] is int
        lines = [
            f"{name} {_COLUMN[kind]}"
            + (" generated by default as identity" if is_counted and name in key else "")
            + (" not null" if name in set(not_null) else "")
            for name, kind in columns.items()
        ]
        lines.append(f"primary key ({', '.join(key)})")
        lines += [f"foreign key ({name}) references {table} ({other})" for name, table, other in foreign_keys]
        self._connection.execute(f"create table {self._name} ({', '.join(lines)})")
        return self

    def create_index(self, columns: Sequence[str], unique: bool = False) -> _Table:
        kind = "unique index" if unique else "index"
        name = "_".join(["idx", self._name, *columns])
        self._connection.execute(f"create {kind} {name} on {self._name} ({', '.join(columns)})")
        return self

    def add_column(self, name: str, kind: type, not_null_default: object = None) -> _Table:
        default = "" if not_null_default is None else f" not null default {_literal(not_null_default)}"
        self._connection.execute(f"alter table {self._name} add column {name} {_COLUMN[kind]}{default}")
        return self


class PostgresDatabase:
    def __init__(self, conn: PostgresConnection, address: str) -> None:
        self.conn = conn
        self.address = address

    def query(self, sql: str, params: Any = None) -> Iterator[dict[str, Any]]:
        result = self.conn.execute(sql, params or ())
        names = [column.name for column in result.description or ()]
        return (dict(zip(names, row, strict=True)) for row in result)

    def table_names(self) -> list[str]:
        rows = self.conn.execute(
            "select tablename from pg_tables where schemaname = current_schema() order by 1"
        )
        return [name for (name,) in rows]

    def table(self, name: str) -> _Table:
        return _Table(self.conn, name)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        with self.conn as connection:
            connection.begin_snapshot()
            yield

    def hold(self, name: str) -> bool:
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        return bool(_value(self, f"select pg_try_advisory_lock({key})"))

    def go_on_counting(self, table: str, column: str) -> None:
        self.conn.execute(
            f"select setval(pg_get_serial_sequence('{table}', '{column}'), greatest(max({column}), 1)) from {table}"
        )

    def settle(self) -> None:
        """The server does so by itself (checkpointer)."""

    def leave_no_trace(self) -> None:
        """What was deleted is written over when the server comes to it (autovacuum)."""

    def fault(self) -> str | None:
        return None

    def close(self) -> None:
        self.conn.close()


def open_postgresql(address: str) -> PostgresDatabase:
    """The database at `address`, created and migrated where needed."""
    shown = spoken(address)
    try:
        known: dict[str, Any] = dict(conninfo_to_dict(address))
    except psycopg.Error:
        raise DatabaseError(
            "HUIQI_DATABASE 的 PostgreSQL 地址写得不对，要写成 postgresql://用户:密码@主机/数据库，"
            "密码里的 @ : / % 要写成 %40 %3A %2F %25"
        ) from None
    if "@" in str(known.get("host", "")):
        raise DatabaseError("HUIQI_DATABASE 里密码的 @ 要写成 %40（: / % 写成 %3A %2F %25）")
    defaults = {
        "connect_timeout": SECONDS_TO_CONNECT,
        "application_name": "huiqi",
        "tcp_user_timeout": 10_000,
    }
    for name, value in defaults.items():
        known.setdefault(name, value)
    try:
        connection = PostgresConnection(make_conninfo(**known))
    except psycopg.Error as error:
        raise DatabaseError(
            f"连不上数据库 {shown}（{_first_line(error)}），请检查地址、密码，PostgreSQL 是不是在运行"
        ) from None
    database = PostgresDatabase(connection, address)
    with contextlib.ExitStack() as unless_usable:
        unless_usable.callback(connection.close)
        try:
            _bring_up_to_date(database, shown)
        except psycopg.Error as error:
            raise DatabaseError(
                f"数据库 {shown} 打不开（{_first_line(error)}），请检查这个用户能不能在里面建表、里面有没有别的程序的表"
            ) from None
        unless_usable.pop_all()
    return database


def _bring_up_to_date(database: PostgresDatabase, shown: str) -> None:
    """Apply what migrations are missing, all or none. Another process that wants to do the same waits and finds it done."""
    known = in_order()
    if (applied := _applied(database)) - {migration.name for migration in known}:
        raise DatabaseError(
            f"数据库 {shown} 是更新版本的 huiqi 写的，这一版（{__version__}）不能用它，没有改动；请装回新版本"
        )
    if len(applied) == len(known):
        return
    if _value(database, "select pg_is_in_recovery()"):
        raise DatabaseError(f"数据库 {shown} 只能读（是备用服务器），请写主服务器的地址")
    with database.conn as connection:
        connection.begin(alone=True)
        applied = _applied(database)
        if applied and len(applied) < len(known):
            log.warning("数据库要升级；PostgreSQL 的备份用 pg_dump 做，升级出错会整个退回")
        if not applied:
            _make_ready(connection)
        for migration in known:
            if migration.name not in applied:
                migration.apply(database)
                connection.execute(
                    "insert into migration (name, applied_at) values (?, ?)", [migration.name, now()]
                )


def _applied(database: PostgresDatabase) -> set[str]:
    if _value(database, "select to_regclass('migration')") is None:
        return set()
    return {name for (name,) in database.conn.execute("select name from migration")}


def _value(database: PostgresDatabase, sql: str) -> Any:
    row = database.conn.execute(sql).fetchone()
    return row[0] if row else None


def _make_ready(connection: PostgresConnection) -> None:
    connection.execute("create table migration (name text primary key, applied_at text not null)")
    connection.execute(
        "create function instr(text, text) returns integer language sql immutable strict "
        "as 'select position($2 in $1)'"
    )


def refuse(database: PostgresDatabase, name: str, act: str, table: str, words: str, but: str) -> None:
    """As in huiqi.store.engines.sqlite."""
    _create_trigger(
        database,
        name,
        f"before {act} on {table} for each row when (not ({but}))",
        f"raise exception '{words}' using errcode = 'integrity_constraint_violation';",
    )


def after_delete(database: PostgresDatabase, name: str, table: str, statements: str) -> None:
    """As in huiqi.store.engines.sqlite."""
    _create_trigger(database, name, f"after delete on {table} for each row", f"{statements} return null;")


def drop_trigger(database: PostgresDatabase, name: str, table: str) -> None:
    database.conn.execute(f"drop trigger {name} on {table}")
    database.conn.execute(f"drop function {name}()")


def _create_trigger(database: PostgresDatabase, name: str, when: str, body: str) -> None:
    database.conn.execute(
        f"create function {name}() returns trigger language plpgsql as $$ begin {body} end $$"
    )
    database.conn.execute(f"create trigger {name} {when} execute function {name}()")


def is_at_fault(error: BaseException | None) -> bool:
    """Whether the same could succeed when the server is well, or free, again."""
    return isinstance(
        error,
        (
            # Out of reach, shut down, no room, too many connections, a lock that was held too long, a deadlock.
            psycopg.OperationalError,
            psycopg.InterfaceError,
            # It lost its tables, or another has taken its place.
            errors.UndefinedTable,
            errors.ReadOnlySqlTransaction,
            errors.InFailedSqlTransaction,
            errors.IdleInTransactionSessionTimeout,
        ),
    )


def _first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _literal(value: object) -> str:
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value)
