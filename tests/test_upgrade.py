"""A database goes through upgrades of the program, and back: on real files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from huiqi import __version__
from huiqi.service.settings import Settings
from huiqi.store.database import DatabaseError, open_database
from huiqi.store.migrations import migrations
from sqlite_utils import Database

from tests.conftest import ROOT, Ran

LAST = "m105_inbox_digest"


def _old_database(path: str) -> None:
    """As the program before `LAST` left it, with one question in it."""
    database = Database(path)
    migrations.apply(database, stop_before=LAST)
    with database.conn:
        database.conn.execute(
            "insert into question (asked_at, channel, text, outcome) values ('2020-03-16', 'cli', '旧问题', 'answer')"
        )
    database.close()


def _from_the_future(path: str) -> None:
    with closing(open_database(path)) as database, database.conn:
        database.conn.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('huiqi', 'm999_later', '')"
        )


def _copies(path: str) -> list[Path]:
    return sorted(Path(path).parent.glob(f"{Path(path).name}.before-upgrade-*"))


def _columns(path: str | Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute("pragma table_info(inbox)")]


def test_an_older_database_is_copied_before_it_is_upgraded(settings: Settings) -> None:
    _old_database(settings.database)
    open_database(settings.database).close()
    [copy] = _copies(settings.database)
    assert "digest" in _columns(settings.database) and "digest" not in _columns(copy)
    with closing(sqlite3.connect(copy)) as before:
        assert before.execute("select text from question").fetchall() == [("旧问题",)]
    open_database(settings.database).close()
    assert _copies(settings.database) == [copy]


def test_a_new_database_needs_no_copy(settings: Settings) -> None:
    open_database(settings.database).close()
    assert _copies(settings.database) == []


def test_an_upgrade_without_room_for_the_copy_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _old_database(settings.database)

    def full(source: str, target: str) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("huiqi.store.backup.os.replace", full)
    with pytest.raises(DatabaseError, match=r"要升级.*磁盘空间.*没有改动"):
        open_database(settings.database)
    assert "digest" not in _columns(settings.database)
    assert [file.name for file in Path(settings.database).parent.iterdir()] == ["huiqi.db"]


def test_an_upgrade_that_fails_halfway_leaves_the_database_as_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(settings.database)
    migrations.apply(database, stop_before="m208_erasure")
    # The last of the migrations that are missing cannot be done: its column is there.
    database.conn.execute("alter table inbox add column digest text")
    database.close()
    with pytest.raises(DatabaseError, match="打不开"):
        open_database(settings.database)
    with closing(sqlite3.connect(settings.database)) as connection:
        done = {name for (name,) in connection.execute("select name from _sqlite_migrations")}
        triggers = {
            name for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'")
        }
    assert "m208_erasure" not in done and "question_erased" not in triggers


def test_services_that_start_together_upgrade_once(settings: Settings) -> None:
    _old_database(settings.database)
    program = (
        "import sys; from huiqi.store.database import open_database; "
        "sys.stdin.read(1); open_database(sys.argv[1]).close()"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, settings.database],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT / "bot")},
        )
        for _ in range(4)
    ]
    for process in started:
        process.communicate(b".")
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert len(_copies(settings.database)) == 1 and "digest" in _columns(settings.database)


@pytest.mark.parametrize(
    "command", [("ask", "贷款贴息"), ("unanswered", "list"), ("serve",), ("backup", "b.db")]
)
def test_an_older_program_refuses_a_newer_database_in_a_sentence(
    huiqi: Callable[..., Ran], settings: Settings, command: tuple[str, ...]
) -> None:
    _from_the_future(settings.database)
    before = Path(settings.database).read_bytes()
    ran = huiqi(*command)
    assert (ran.code, ran.out) == (1, "")
    [sentence] = ran.err.splitlines()
    assert settings.database in sentence and f"（{__version__}）" in sentence and "装回新版本" in sentence
    assert Path(settings.database).read_bytes() == before


def test_doctor_tells_of_a_newer_database(huiqi: Callable[..., Ran], settings: Settings) -> None:
    _from_the_future(settings.database)
    ran = huiqi("doctor")
    assert ran.code == 1 and "更新版本的 huiqi" in ran.out


def test_the_copy_brings_an_older_program_back(
    huiqi: Callable[..., Ran], settings: Settings, tmp_path: Path
) -> None:
    """What an older program does with the copy that the newer one made: here they are the same program."""
    _old_database(settings.database)
    open_database(settings.database).close()
    [copy] = _copies(settings.database)
    kept = copy.rename(tmp_path / "kept.db")
    _from_the_future(settings.database)
    assert huiqi("restore", kept).code == 0
    ran = huiqi("unanswered", "list")
    assert ran.code == 0
    with closing(sqlite3.connect(settings.database)) as connection:
        assert connection.execute("select text from question").fetchall() == [("旧问题",)]


def test_a_backup_of_a_newer_program_is_not_restored(
    huiqi: Callable[..., Ran], settings: Settings, tmp_path: Path
) -> None:
    newer = str(tmp_path / "newer.db")
    _from_the_future(newer)
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("pragma journal_mode=delete")
    ran = huiqi("restore", newer)
    assert ran.code == 1 and "更新版本的 huiqi" in ran.err
    assert not Path(settings.database).exists()


def test_backups_in_a_folder_are_named_by_time_and_the_oldest_go(
    huiqi: Callable[..., Ran], settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    kept = ("huiqi-20200316-103000.db", "huiqi-20200315-103000.db")
    for name in (*kept, "huiqi-20200314-103000.db", "merkzettel.txt", "huiqi-old.db"):
        (folder / name).touch()
    ran = huiqi("backup", folder, "--keep", "3")
    assert ran.code == 0
    [made] = {file.name for file in folder.iterdir()} - {*kept, "merkzettel.txt", "huiqi-old.db"}
    assert made in ran.err and "question" in Database(folder / made).table_names()
    assert {file.name for file in folder.iterdir()} == {made, *kept, "merkzettel.txt", "huiqi-old.db"}


def test_keep_needs_a_folder(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    ran = huiqi("backup", tmp_path / "b.db", "--keep", "3")
    assert ran.code == 2 and "文件夹" in ran.err and not (tmp_path / "b.db").exists()
