"""What a server brings with it: connections that are lost, processes that start together, what is done with its own tools."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from huiqi.channels.web.api import Api
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.single import only_one
from huiqi.store import held as held_module
from huiqi.store.database import Database, DatabaseError, open_database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.soundness import watched
from huiqi.store.switches import SwitchStore
from huiqi.store.transaction import transaction
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import ROOT, Ran
from tests.postgresql import LEFT_OVER, Server
from tests.tables import count_of, rows_of

ASKED = "换炉灶有补贴吗"


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    from huiqi.store.engines import postgresql

    monkeypatch.setattr(postgresql, "TRIED_EVERY", 0.0)
    monkeypatch.setattr(held_module, "TRIED_EVERY", 0.0)


@pytest.fixture
def cut(stored_at: str) -> Callable[[], None]:
    """Ends everybody's connections, as a server that is started anew does."""
    import psycopg

    def end_all() -> None:
        with closing(psycopg.connect(stored_at, autocommit=True)) as connection:
            connection.execute(LEFT_OVER)

    return end_all


def test_a_lost_connection_is_made_anew(database: Database, cut: Callable[[], None]) -> None:
    SwitchStore(database).off("web", "小李", "")
    cut()
    assert [switch.channel for switch in SwitchStore(database).all()] == ["web"]
    cut()
    SwitchStore(database).off("api", "小李", "")
    assert count_of(database, "channel_off") == 2


def test_what_was_under_way_on_a_lost_connection_leaves_nothing(
    database: Database, cut: Callable[[], None]
) -> None:
    with pytest.raises(Exception) as error, transaction(database):
        SwitchStore(database).off("web", "小李", "")
        cut()
        SwitchStore(database).off("api", "小李", "")
    assert is_store_at_fault(error.value) and not database.conn.in_transaction
    assert SwitchStore(database).all() == []


def test_a_block_whose_statement_failed_is_no_success(database: Database) -> None:
    with pytest.raises(Exception, match="failed"), database.conn as connection:
        SwitchStore(database).off("web", "小李", "")
        with pytest.raises(Exception, match="nothing_like_it"):
            connection.execute("select 1 from nothing_like_it")
    assert SwitchStore(database).all() == []


def test_while_the_server_is_away_answers_go_on_and_are_written_afterwards(
    small_settings: Settings,
    stored_at: str,
    postgresql: Server,
    impatient: None,
    cut: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = open_database(stored_at)
    live = LiveAssistant(small_settings, lambda sentence: None, database)
    client = TestClient(Starlette(routes=Api(live, database, store=live).routes()))

    def ask(conversation: str, text: str = ASKED) -> dict[str, Any]:
        answer = client.post("/api/v1/ask", json={"question": text, "conversation": conversation})
        assert answer.status_code == 200
        return dict(answer.json())

    ask("a")
    name = database.conn.execute("select current_database()").fetchone()[0]
    postgresql.execute(f"alter database {name} allow_connections false")
    try:
        postgresql.execute(
            f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'"
        )
        assert ask("b")["entry"] == "tea-stove" == ask("b", "全文")["entry"]
        assert live.held() >= 2 and client.get("/readyz").status_code == 503
        assert "连不上" in str(watched(stored_at).fault())
    finally:
        postgresql.execute(f"alter database {name} allow_connections true")
    ask("c")
    assert live.held() == 0 and client.get("/readyz").json()["ready"]
    assert [row["conversation"] for row in rows_of(database, "question")] == ["a", "b", "b", "c"]
    assert len([record for record in caplog.records if "held in memory" in record.message]) == 1
    live.close()


@pytest.fixture
def bare(postgresql: Server) -> Iterator[str]:
    """The address of a database without a table."""
    yield postgresql.new_database()


def test_services_that_start_together_make_the_tables_once(bare: str) -> None:
    failed: list[Exception] = []

    def start() -> None:
        try:
            open_database(bare).close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with closing(open_database(bare)) as database:
        assert "question" in database.table_names()


def test_an_upgrade_that_fails_halfway_leaves_the_database_as_it_was(
    bare: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huiqi.store.engines import postgresql
    from huiqi.store.migrations import Migration, in_order

    def good(database: Any) -> None:
        database.table("novelty").create({"id": int, "name": str}, pk="id")

    def bad(database: Any) -> None:
        database.table("question").add_column("text", str)

    open_database(bare).close()
    newer = (*in_order(), Migration("m998_good", good), Migration("m999_bad", bad))
    with monkeypatch.context() as patched:
        patched.setattr(postgresql, "in_order", lambda: newer)
        with pytest.raises(DatabaseError, match="打不开"):
            open_database(bare)
    with closing(open_database(bare)) as database:
        assert "novelty" not in database.table_names()
    with monkeypatch.context() as patched:
        patched.setattr(postgresql, "in_order", lambda: newer[:-1])
        with closing(open_database(bare)) as database:
            assert "novelty" in database.table_names()


def test_a_database_of_another_program_is_left_alone(bare: str) -> None:
    import psycopg

    with closing(psycopg.connect(bare, autocommit=True)) as connection:
        connection.execute("create table question (id int)")
    with pytest.raises(DatabaseError, match="别的程序的表"):
        open_database(bare)


def test_commands_work_on_it(published: Settings, huiqi: Callable[..., Ran]) -> None:
    assert huiqi("ask", "开店要什么材料").code == 0
    assert huiqi("unanswered", "list").code == 0
    assert huiqi("kb", "lint").code in (0, 1)
    ran = huiqi("doctor")
    assert "记有 1 个问题" in ran.out and "pg_dump" in ran.out
    ran = huiqi("retention", "--dry-run")
    assert ran.code == 0 and "question\t0" in ran.out


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_backups_are_made_with_its_own_tools(
    settings: Settings, huiqi: Callable[..., Ran], tmp_path: Any, command: str
) -> None:
    ran = huiqi(command, tmp_path / "copy.db")
    assert (ran.code, ran.out) == (1, "") and "pg_dump" in ran.err and "pg_restore" in ran.err
    assert not (tmp_path / "copy.db").exists()


def test_of_the_machines_on_it_one_holds_a_name_until_it_ends(stored_at: str) -> None:
    with closing(open_database(stored_at)) as second:
        with closing(open_database(stored_at)) as first:
            assert first.hold("telegram-1") and not second.hold("telegram-1") and second.hold("telegram-2")
        for _ in range(500):
            if second.hold("telegram-1"):
                break
            time.sleep(0.01)
        else:
            raise AssertionError("nobody took it over")


def test_what_one_does_another_machine_waits_for(stored_at: str, tmp_path: Path) -> None:
    told: list[str] = []

    async def take(machine: str, held: asyncio.Event, ended: asyncio.Event) -> None:
        async with only_one(tmp_path / machine, stored_at, "bot", lambda: told.append(machine)):
            held.set()
            await ended.wait()

    async def both() -> None:
        held, ended, taken_over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(take("a", held, ended))
        await held.wait()
        second = asyncio.create_task(take("b", taken_over, ended))
        while not told:
            await asyncio.sleep(0.01)
        assert not taken_over.is_set()
        ended.set()
        await asyncio.gather(first, second)

    asyncio.run(both())
    assert told == ["b"]


def test_without_its_library_it_is_said_what_to_install() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from huiqi.cli.main import main\n"
        "sys.exit(main(['unanswered', 'list']))"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "bot"),
        "HUIQI_DATABASE": "postgresql://a:secret@b/c",
    }
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "psycopg[binary]" in ran.stderr and "secret" not in ran.stderr and "Traceback" not in ran.stderr
