"""A PostgreSQL server of the tests' own: started from the installed programs (Debian: apt-get install postgresql) in a
folder of its own, reached by a socket there, gone with the process that started it, however that ends."""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from huiqi.store.database import open_database
from huiqi.store.migrations import in_order

SECONDS_TO_START = 60
# What is lost with the machine is of no use to anybody: without waiting for the disk, tests are quick.
QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
)
# The server ends when nothing holds the other end of its standard input any more.
UNTIL_LEFT = '"$@" & read -r _; kill -INT $!; wait $!; rm -rf "$FOLDER"'


ROOM = 2**30
"""Bytes: many times what the databases of all tests take."""
LEFT_OVER = (
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
MIGRATIONS = "select name from migration"
FROM_ONE = "select setval(oid::regclass, 1, false) from pg_class where relkind = 'S'"


class NoServer(Exception):
    """There is none to be had; the message says why."""


class Server:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = itertools.count(1)
        self._last: str | None = None
        self._tables: list[str] = []

    def address(self, name: str) -> str:
        return f"postgresql://huiqi@/{name}?host={self._folder}"

    def new_database(self) -> str:
        """The address of one without anything in it."""
        name = f"d{next(self._number)}"
        self.execute(f"create database {name} template template0")
        return self.address(name)

    def empty_database(self) -> str:
        """The address of one with every table and no row: the last one, emptied, unless its shape was changed."""
        if self._last is None or not self._is_emptied(self._last):
            self._last = self.new_database()
            with closing(open_database(self._last)) as database:
                self._tables = database.table_names()
        return self._last

    def _is_emptied(self, address: str) -> bool:
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            connection.execute(LEFT_OVER)
            tables = [name for (name,) in connection.execute(TABLES)]
            known = {migration.name for migration in in_order()}
            if tables != self._tables or known != {name for (name,) in connection.execute(MIGRATIONS)}:
                return False
            parts = (f"select '{name}' where exists (select from {name})" for name in tables)
            filled = [
                name for (name,) in connection.execute(" union all ".join(parts)) if name != "migration"
            ]
            # Of few rows that is quicker than `truncate`; triggers and foreign keys are left aside.
            connection.execute("set session_replication_role = replica")
            for name in filled:
                connection.execute(f"delete from {name}")
            connection.execute(FROM_ONE)
        return True

    def execute(self, statement: str) -> None:
        with closing(psycopg.connect(self.address("postgres"), autocommit=True)) as connection:
            connection.execute(statement)


@contextmanager
def fresh_on(server: str) -> Iterator[str]:
    """The address of a database of its own while the block lasts, made by way of one that is there, at `server`."""
    name = f"huiqi_{time.monotonic_ns():x}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"create database {name} template template0 encoding 'UTF8'")
        try:
            parts = urlsplit(server)
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            connection.execute(f"drop database {name} with (force)")


@contextmanager
def running() -> Iterator[Server]:
    """Raises NoServer."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="huiqi-pg-", dir=in_memory()))
    # It refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        try:
            found = pwd.getpwnam(user)
        except KeyError:
            raise NoServer("PostgreSQL 不以 root 运行，也没有用户 postgres") from None
        os.chown(folder, found.pw_uid, found.pw_gid)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user, "cwd": folder}
    data = folder / "data"
    made = subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "huiqi",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=False,
        **quiet,
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoServer(f"initdb 没有做成（{made.returncode}）")
    options = [part for setting in QUICK for part in ("-c", setting)]
    command = [programs / "postgres", "-D", data, "-k", folder, "-h", "", *options]
    environment = {**os.environ, "FOLDER": str(folder)}
    with subprocess.Popen(
        ["sh", "-c", UNTIL_LEFT, "sh", *command], stdin=subprocess.PIPE, env=environment, **quiet
    ) as process:
        try:
            server = Server(folder)
            _wait_for(server, process)
            yield server
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(SECONDS_TO_START)


def in_memory() -> str | None:
    """Where files are only in memory, if there is room; None for the usual place."""
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free >= ROOM
    return str(memory) if is_roomy else None


def _programs() -> Path:
    """The folder of initdb and postgres, of the newest version that is installed."""
    of_debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda file: int(re.sub(r"\D", "", file.parts[4])),
    )
    named = shutil.which("initdb")
    if of_debian:
        return of_debian[-1].parent
    if named:
        return Path(named).resolve().parent
    raise NoServer("没有安装 PostgreSQL（Debian：apt-get install postgresql）")


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < until:
        try:
            psycopg.connect(server.address("postgres")).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoServer("PostgreSQL 没有启动")
