"""What every repository relies on holds on both engines: blocks, transactions, values, order."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from huiqi.store.database import Database, open_database
from huiqi.store.faults import is_of_store, is_store_at_fault
from huiqi.store.transaction import addition, piece, transaction

from tests.conftest import on_both_engines
from tests.tables import count_of

pytestmark = on_both_engines


@pytest.fixture
def other(database: Database, stored_at: str) -> Iterator[Database]:
    """A second connection to the same."""
    with closing(open_database(stored_at)) as other:
        yield other


def switch(database: Database, channel: str) -> None:
    with database.conn as connection:
        connection.execute(
            "insert into channel_off (channel, staff, reason, switched_at) values (?, '', '', '')", [channel]
        )


def channels(database: Database) -> list[str]:
    return [row[0] for row in database.conn.execute("select channel from channel_off order by channel")]


def test_what_a_block_wrote_is_seen_by_others_once_it_ends(database: Database, other: Database) -> None:
    with database.conn:
        switch(database, "a")
        with database.conn:
            switch(database, "b")
        assert channels(database) == ["a", "b"] and channels(other) == []
        assert database.conn.in_transaction and not other.conn.in_transaction
    assert channels(other) == ["a", "b"] and not database.conn.in_transaction


def test_a_block_that_raises_leaves_nothing(database: Database, other: Database) -> None:
    with pytest.raises(ZeroDivisionError), transaction(database):
        switch(database, "a")
        with transaction(database):
            switch(database, "b")
        raise ZeroDivisionError
    assert channels(database) == channels(other) == []


def test_a_piece_that_raises_leaves_what_was_before_it(database: Database) -> None:
    with transaction(database):
        switch(database, "a")
        with pytest.raises(ZeroDivisionError), piece(database):
            switch(database, "b")
            raise ZeroDivisionError
        with piece(database):
            switch(database, "c")
    assert channels(database) == ["a", "c"]


def test_a_refused_row_takes_its_block_along_and_the_connection_goes_on(database: Database) -> None:
    switch(database, "a")
    with pytest.raises(Exception) as error, database.conn:
        switch(database, "b")
        switch(database, "a")
    assert is_of_store(error.value) and not is_store_at_fault(error.value)
    assert channels(database) == ["a"]
    switch(database, "c")
    assert channels(database) == ["a", "c"]


def test_of_those_who_read_and_write_one_goes_on_at_a_time(database: Database, other: Database) -> None:
    counted = []

    def count_one_more(own: Database) -> None:
        for _ in range(20):
            with transaction(own) as connection:
                (count,) = connection.execute("select count(*) from channel_off").fetchone()
                counted.append(count)
                switch(own, f"{count:03d}")

    threads = [threading.Thread(target=count_one_more, args=[own]) for own in (database, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == list(range(60)) and count_of(database, "channel_off") == 60


def test_additions_and_changes_keep_one_order(database: Database, other: Database) -> None:
    with addition(database):
        switch(database, "a")
    with transaction(other):
        switch(other, "b")
    assert channels(database) == ["a", "b"]


def test_a_snapshot_is_of_one_moment(database: Database, other: Database) -> None:
    switch(database, "a")
    with database.snapshot():
        assert channels(database) == ["a"]
        switch(other, "b")
        assert channels(database) == ["a"]
    assert channels(database) == ["a", "b"]


def test_values_come_back_as_they_were(database: Database) -> None:
    rows = [
        ["100% ':name' ? -- \\", True, b"\x00\xff"],
        ["惠企𠮷", 2**62, b""],
        ["", -1, None],
    ]
    with database.conn as connection:
        connection.executemany(
            "insert into document (digest, name, written, title, brought_by, brought_at, version, state, content) "
            "values (?, ':a ? % ''', '', '', '', '', ?, '', ?)",
            rows,
        )
    found = database.conn.execute(
        "select digest, version, content, name from document order by id"
    ).fetchall()
    assert [tuple(row) for row in found] == [
        (digest, int(version), content, ":a ? % '") for digest, version, content in rows
    ]
    by_name = database.query(
        "select digest as known from document where digest = :digest or version = :version order by id",
        {"digest": "", "version": 1},
    )
    assert [row["known"] for row in by_name] == [rows[0][0], ""]


def test_a_character_that_no_text_can_hold_costs_no_answer(database: Database) -> None:
    switch(database, "a\0b")
    assert channels(database)[0] in ("a\0b", "a\ufffdb")


def test_texts_are_ordered_and_compared_by_their_bytes(database: Database) -> None:
    for channel in ("b", "B", "a", "惠", "_", "é", "企"):
        switch(database, channel)
    assert channels(database) == ["B", "_", "a", "b", "é", "企", "惠"]


def test_what_the_store_has_no_more_is_its_own_fault(database: Database) -> None:
    with database.conn as connection:
        connection.execute("drop table channel_off")
    with pytest.raises(Exception) as error:
        channels(database)
    assert is_store_at_fault(error.value)


def test_every_table_is_known_by_name(database: Database) -> None:
    assert {"question", "revision", "audit", "inbox"} <= set(database.table_names())


def test_a_newer_program_was_here(database: Database, stored_at: str, engine: str) -> None:
    from huiqi.store.database import DatabaseError

    table, columns = ("migration", "name, applied_at")
    if engine == "sqlite":
        table, columns = "_sqlite_migrations", "name, applied_at, migration_set"
    values = "'m999_later', ''" + (", 'huiqi'" if engine == "sqlite" else "")
    with database.conn as connection:
        connection.execute(f"insert into {table} ({columns}) values ({values})")
    with pytest.raises(DatabaseError, match=r"更新版本.*没有改动.*装回新版本"):
        open_database(stored_at)


def test_what_was_written_is_brought_to_its_place_by_any_connection(
    database: Database, other: Database, stored_at: str, engine: str, tmp_path: Path
) -> None:
    with database.conn:
        switch(database, "a")
    other.settle()
    assert channels(database) == channels(other) == ["a"]
    if engine == "sqlite":
        # The file alone, without the log beside it.
        shutil.copy(stored_at, tmp_path / "alone.db")
        with closing(sqlite3.connect(tmp_path / "alone.db")) as alone:
            assert alone.execute("select channel from channel_off").fetchall() == [("a",)]
