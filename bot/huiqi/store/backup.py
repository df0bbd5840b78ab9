"""The whole database as one file and back, safe while others are using it (SQLite's online backup)."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from huiqi import __version__
from huiqi.store.address import is_postgresql, spoken
from huiqi.store.migrations import is_newer
from huiqi.store.soundness import state_of

CUT_OFF_AFTER = 3600.0
"""Seconds without a write after which a backup is not under way any more."""
_MADE = re.compile(r"huiqi-\d{8}-\d{6}\.db")


class BackupError(Exception):
    """A backup cannot be made or used; the message says why and what to do."""


def check_is_file(database: str) -> None:
    """Raises BackupError for a database on a server, with what does it there."""
    if is_postgresql(database):
        address = spoken(database)
        raise BackupError(
            f"数据库在 PostgreSQL 上（{address}），备份和恢复用它自己的工具：pg_dump --format=custom "
            f"--file=huiqi.dump '{address}'，pg_restore --clean --if-exists --dbname='{address}' huiqi.dump；"
            "也可以用 huiqi move 搬成一个 SQLite 文件"
        )


def back_up(database: str, target: Path) -> None:
    """Write a consistent copy of the database at the path `database` to `target`, whole or not at all."""
    check_is_file(database)
    if target.exists():
        raise BackupError(f"{target} 已经有了，没有覆盖；请换一个文件名")
    if not target.absolute().parent.is_dir():
        raise BackupError(f"没有文件夹 {target.parent}，请先建好")
    if not Path(database).expanduser().is_file():
        raise BackupError(f"找不到数据库 {database}（被删除或移走），没有可备份的；请从以前的备份恢复")
    temporary = target.with_name(target.name + ".part")
    try:
        temporary.unlink(missing_ok=True)
        # It holds what people asked: for its owner only.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            closing(sqlite3.connect(Path(database).expanduser(), timeout=30)) as source,
            closing(sqlite3.connect(temporary)) as copy,
        ):
            source.backup(copy)
            # One file that needs no log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        state = state_of(temporary)
        if state != "ok":
            temporary.unlink()
            raise _damaged(database, state)
        os.replace(temporary, target)
    except (sqlite3.Error, OSError) as error:
        temporary.unlink(missing_ok=True)
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise _damaged(database, str(error)) from None
        raise BackupError(f"备份没有写成（{error}），请检查磁盘空间和写权限") from None


def _damaged(database: str, state: str) -> BackupError:
    return BackupError(
        f"数据库 {database} 已损坏（{state}），没有备份；以前的备份请留好，停下服务后用 huiqi restore 恢复"
    )


def back_up_into(database: str, folder: Path, keep: int | None = None) -> Path:
    """Write a copy into `folder` under the time of now; of those made so, leave only the newest `keep`."""
    target = folder / f"huiqi-{datetime.now():%Y%m%d-%H%M%S}.db"
    for cut_off in folder.glob("huiqi-*.db.part"):
        # Of a backup whose process was killed; one that is under way is younger.
        with suppress(OSError):
            if _MADE.fullmatch(cut_off.stem) and time.time() - cut_off.stat().st_mtime > CUT_OFF_AFTER:
                cut_off.unlink()
    back_up(database, target)
    made = sorted(file for file in folder.iterdir() if _MADE.fullmatch(file.name))
    for old in made[:-keep] if keep is not None else []:
        old.unlink()
    return target


def restore(source: Path, database: Path) -> Path | None:
    """Put a backup in place of the database; what was there is kept beside it, whose path is returned."""
    if not source.is_file():
        raise BackupError(f"找不到备份文件 {source}，请检查路径")
    _check(source)
    kept: Path | None = None
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        if database.exists():
            kept = database.with_name(f"{database.name}.{datetime.now():%Y%m%d-%H%M%S}")
            with closing(sqlite3.connect(database)) as current, closing(sqlite3.connect(kept)) as copy:
                current.backup(copy)
        with (
            closing(sqlite3.connect(source)) as backup,
            closing(sqlite3.connect(database, timeout=30)) as current,
        ):
            backup.backup(current)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"没有恢复成（{error}）；请先停下正在运行的 huiqi，再试一次") from None
    return kept


def _check(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as backup:
            (state,) = backup.execute("PRAGMA integrity_check").fetchone()
            tables = {row[0] for row in backup.execute("select name from sqlite_master where type = 'table'")}
            is_from_newer = is_newer(Database(backup, execute_plugins=False))
    except sqlite3.Error:
        raise BackupError(f"{source} 不是 huiqi backup 写出的文件，没有恢复") from None
    if state != "ok" or not {"release", "revision", "question"} <= tables:
        raise BackupError(f"{source} 不是 huiqi backup 写出的文件，或已损坏，没有恢复")
    if is_from_newer:
        raise BackupError(
            f"{source} 是更新版本的 huiqi 写的，这一版（{__version__}）不能用它，没有恢复；请装回新版本"
        )
