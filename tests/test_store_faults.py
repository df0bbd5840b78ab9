"""A full disk, a database that is gone or damaged, and files that others could read or have written."""

from __future__ import annotations

import os
import pickle
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huiqi.assistant.asking import Message
from huiqi.channels.web.api import Api
from huiqi.formats.pack_reader import read_folder
from huiqi.service import live as live_module
from huiqi.service import wiring
from huiqi.service.live import LiveAssistant
from huiqi.service.seal import NotSealed, sealed, unsealed
from huiqi.service.settings import Settings
from huiqi.service.wiring import Compiled, keep_compiled, read_compiled
from huiqi.store import backup as backup_module
from huiqi.store import held as held_module
from huiqi.store.backup import BackupError, back_up, back_up_into
from huiqi.store.database import open_database
from huiqi.store.held import HeldWrites
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.soundness import DatabaseFile, state_of
from sqlite_utils import Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import SMALL_POLICY, Ran

ASKED = "换炉灶有补贴吗"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_module, "TRIED_EVERY", 0.0)


def full(database: Database, is_full: bool) -> None:
    """A disk without room, as SQLite meets it: the file may not grow by a page."""
    (pages,) = database.conn.execute("PRAGMA page_count").fetchone()
    database.conn.execute(f"PRAGMA max_page_count = {pages if is_full else 2**31 - 2}")


def fill(database: Database) -> None:
    """Until not one more row fits on the pages that there are."""
    with pytest.raises(sqlite3.OperationalError, match="full"):
        for number in range(100_000):
            with database.conn:
                database.conn.execute(
                    "insert into question (asked_at, channel, text, outcome) values ('', 'x', ?, '')",
                    [str(number) * 50],
                )
                database.conn.execute(
                    "insert into conversation (id, state, updated_at) values (?, ?, '')",
                    [f"x{number}", "x" * 50],
                )


def test_on_a_full_disk_answers_go_on_and_are_written_when_there_is_room(
    small_settings: Settings, at_once: None, caplog: pytest.LogCaptureFixture
) -> None:
    database = open_database(small_settings.database)
    live = LiveAssistant(small_settings, lambda sentence: None, database)
    client = TestClient(Starlette(routes=Api(live, database, store=live).routes()))

    def ask(text: str, conversation: str) -> dict[str, Any]:
        answer = client.post("/api/v1/ask", json={"question": text, "conversation": conversation})
        assert answer.status_code == 200
        return dict(answer.json())

    assert client.get("/readyz").json()["degraded"] is False
    full(database, True)
    fill(database)
    for number in range(30):
        assert ask(ASKED, f"c{number}")["entry"] == "tea-stove"
    # The conversation goes on from memory.
    assert ask("全文", "c29")["entry"] == "tea-stove"
    state = client.get("/readyz")
    assert state.status_code == 200 and state.json()["degraded"] is True and state.json()["held"] > 30
    assert len([record for record in caplog.records if "held in memory" in record.message]) == 1
    full(database, False)
    ask(ASKED, "d")
    assert client.get("/readyz").json()["degraded"] is False
    rows = database.conn.execute(
        "select conversation from question where channel = 'web' order by id"
    ).fetchall()
    assert [row[0] for row in rows] == [*(f"c{number}" for number in range(30)), "c29", "d"]
    live.close()


def test_what_is_held_has_a_bound_and_the_newest_is_kept(
    at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_module, "MOST_HELD", 3)
    held, written, is_full = HeldWrites(), [], True

    def write(number: int) -> Callable[[], int]:
        def work() -> int:
            if is_full:
                error = sqlite3.OperationalError("full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            written.append(number)
            return number

        return work

    assert [held.do(write(number)) for number in range(5)] == [None] * 5
    assert len(held) == 3 and not held.catch_up()
    is_full = False
    assert held.catch_up() and written == [2, 3, 4]
    assert held.do(write(5)) == 5


def test_an_error_of_ours_is_not_held() -> None:
    held = HeldWrites()
    with pytest.raises(sqlite3.OperationalError):
        held.do(lambda: sqlite3.connect(":memory:").execute("select nothing"))
    assert len(held) == 0


def damage(path: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: os.unlink(path), "不见了"),
        (lambda path: (os.rename(path, f"{path}.old"), open_database(path).close()), "换成了另一个"),
        (damage, "损坏"),
    ],
    ids=["deleted", "replaced", "damaged"],
)
def test_a_database_that_is_gone_or_damaged_is_noticed(
    small_settings: Settings, monkeypatch: pytest.MonkeyPatch, harm: Callable[[str], None], sentence: str
) -> None:
    monkeypatch.setattr(live_module, "LOOKED_EVERY", 0.02)
    monkeypatch.setattr(live_module, "EXAMINED_EVERY", 0.02)
    told: list[str] = []
    database = open_database(small_settings.database)
    live = LiveAssistant(small_settings, told.append, database)
    client = TestClient(Starlette(routes=Api(live, database, store=live).routes()))
    live.watch()
    assert client.get("/readyz").status_code == 200
    harm(small_settings.database)
    for _ in range(500):
        if client.get("/readyz").status_code == 503:
            break
        time.sleep(0.02)
    assert sentence in client.get("/readyz").json()["reason"]
    assert len([said for said in told if sentence in said]) == 1
    # Who asks is answered all the same.
    assert client.post("/api/v1/ask", json={"question": ASKED}).status_code == 200
    live.close()


def test_a_backup_of_a_damaged_or_missing_database_is_refused(
    small_settings: Settings, tmp_path: Path
) -> None:
    open_database(small_settings.database).close()
    damage(small_settings.database)
    with pytest.raises(BackupError, match="已损坏"):
        back_up(small_settings.database, tmp_path / "copy.db")
    os.unlink(small_settings.database)
    with pytest.raises(BackupError, match="找不到数据库"):
        back_up(small_settings.database, tmp_path / "copy.db")
    assert not [file for file in tmp_path.iterdir() if "copy" in file.name]


def test_doctor_tells_of_a_damaged_database(small_settings: Settings, huiqi: Callable[..., Ran]) -> None:
    open_database(small_settings.database).close()
    damage(small_settings.database)
    said = huiqi("doctor").out
    assert "损坏" in said or "打不开" in said


def test_what_a_killed_backup_left_is_swept(
    small_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(small_settings.database).close()
    folder = tmp_path / "backups"
    folder.mkdir()
    old, young, foreign = (
        folder / name
        for name in ("huiqi-20200316-033000.db.part", "huiqi-20200317-033000.db.part", "other.db.part")
    )
    for file in (old, young, foreign):
        file.touch()
    hour_ago = time.time() - backup_module.CUT_OFF_AFTER - 1
    os.utime(old, (hour_ago, hour_ago))
    os.utime(foreign, (hour_ago, hour_ago))
    written = back_up_into(small_settings.database, folder)
    assert {file.name for file in folder.iterdir()} == {written.name, young.name, foreign.name}


def test_files_that_hold_what_people_asked_are_their_owners_only(
    small_settings: Settings, tmp_path: Path
) -> None:
    database = open_database(small_settings.database)
    with database.conn:
        database.conn.execute("insert into conversation (id, state, updated_at) values ('a', '{}', '')")
    back_up(small_settings.database, tmp_path / "copy.db")
    files = [
        file
        for file in (Path(small_settings.database).parent).iterdir()
        if file.name.startswith(("huiqi.db", "copy"))
    ]
    assert len(files) >= 3
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    database.close()


def test_a_database_of_before_is_told_as_sound(small_settings: Settings) -> None:
    open_database(small_settings.database).close()
    assert state_of(Path(small_settings.database)) == "ok"
    assert DatabaseFile.of(small_settings.database).fault() is None
    assert DatabaseFile.of(":memory:").fault() is None


class Harm:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.path,)

    def __init__(self, path: str) -> None:
        self.path = path


def test_a_cache_that_somebody_else_wrote_is_not_run(small_settings: Settings, tmp_path: Path) -> None:
    settings = replace(small_settings, cache_folder=tmp_path / "cache")
    LiveAssistant(settings, lambda sentence: None).close()
    (file,) = settings.cache_folder.glob("*.compiled")
    harm = pickle.dumps(Harm(str(tmp_path / "harmed")))
    told: list[str] = []
    for forged in (harm, bytes(32) + harm, sealed(harm, tmp_path)):
        file.write_bytes(forged)
        live = LiveAssistant(settings, told.append)
        assert live.ask(Message(ASKED, "test")).entry == "tea-stove"
        live.close()
    assert not (tmp_path / "harmed").exists() and len([said for said in told if "缓存" in said]) == 3
    assert unsealed(file)
    (settings.cache_folder / "key").chmod(0o644)
    with pytest.raises(NotSealed):
        unsealed(file)


def test_the_cache_has_room_for_what_was_last_used(
    compiled: Compiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(name: str) -> Compiled:
        return replace(compiled, pack=replace(compiled.pack, fingerprint=name))

    def kept() -> set[str]:
        return {file.name.split("-")[0] for file in tmp_path.glob("*.compiled")}

    keep_compiled(of("first"), tmp_path)
    (first,) = tmp_path.glob("*.compiled")
    monkeypatch.setattr(wiring, "KEPT_COMPILED", int(2.5 * first.stat().st_size))
    keep_compiled(of("second"), tmp_path)
    assert kept() == {"first", "second"}
    os.utime(first, (0, 0))
    assert read_compiled("first", tmp_path) is not None
    os.utime(next(tmp_path.glob("second-*")), (0, 0))
    keep_compiled(of("third"), tmp_path)
    assert kept() == {"first", "third"}
    monkeypatch.setattr(wiring, "KEPT_COMPILED", 0)
    keep_compiled(of("fourth"), tmp_path)
    assert kept() == {"fourth"}


def test_an_import_that_is_overtaken_by_a_release_is_compared_again(
    small_settings: Settings, small_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, other = (open_database(small_settings.database) for _ in range(2))
    knowledge, theirs = KnowledgeStore(database), KnowledgeStore(other)
    knowledge.import_documents(read_folder(small_pack), "tests")
    (small_pack / "policies" / "tea.yaml").write_text(
        SMALL_POLICY.replace("招牌先报备再挂。", "招牌要先报备。"), encoding="utf-8"
    )
    touched, is_first = KnowledgeStore._touched_by_staff, iter([True])

    def overtaken(self: KnowledgeStore) -> Any:
        found = touched(self)
        for _ in is_first:
            content = {**theirs.item("entry", "tea-sign"), "unit": "光明区测试局"}
            with other.conn:
                theirs.publish({("entry", "tea-sign"): content}, "老王", "测试")
        return found

    monkeypatch.setattr(KnowledgeStore, "_touched_by_staff", overtaken)
    result = knowledge.import_documents(read_folder(small_pack), "tests")
    assert result.conflicts == ("tea-sign",)
    assert knowledge.item("entry", "tea-sign")["unit"] == "光明区测试局"
    assert knowledge.fingerprint() == knowledge.pack().fingerprint
    database.close()
    other.close()


def test_a_database_that_is_closed_while_others_read_ends_their_reading_and_not_the_program(
    tmp_path: Path,
) -> None:
    for number in range(10):
        database = open_database(str(tmp_path / f"{number}.db"))
        database.execute("create table numbers (value integer)")
        with database.conn:
            database.conn.executemany("insert into numbers values (?)", [(value,) for value in range(50)])
        ended: list[str] = []

        def read(database: Database = database, ended: list[str] = ended) -> None:
            with suppress(sqlite3.ProgrammingError):
                while True:
                    database.execute("select sum(x.value * y.value) from numbers x, numbers y").fetchall()
            ended.append("closed")

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        database.close()
        for reader in readers:
            reader.join()
        assert len(ended) == 3
