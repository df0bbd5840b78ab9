"""What people said is kept as long as the settings say, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from huiqi.service.settings import Settings, SettingsError, load_settings
from huiqi.store.database import open_database
from huiqi.store.days_kept import Days
from huiqi.store.retention import GONE, RULES, sweep
from sqlite_utils import Database

from tests.conftest import Ran, on_both_engines
from tests.tables import count_of, rows_of

pytestmark = on_both_engines

NOW = datetime(2020, 3, 16, 9, tzinfo=UTC)
SECRET = "我想问的是一件不能留下的事"


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat(timespec="milliseconds")


def fill(database: Database, days: float) -> None:
    """One row of each kind, so many days old."""
    moment = ago(days)
    with database.conn as connection:
        (question,) = connection.execute(
            "insert into question (asked_at, channel, text, outcome, status) "
            "values (?, 'web', ?, 'unanswered', 'open') returning id",
            [moment, SECRET],
        ).fetchone()
        connection.execute(
            "insert into feedback (question, asker, value, created_at) values (?, 'a', 'down', ?)",
            [question, moment],
        )
        connection.execute("insert into bad_case values (?, '', '小李', ?)", [question, moment])
        connection.execute("insert into verdict values (?, 'right', '小李', ?)", [question, moment])
        (miss,) = connection.execute(
            "insert into miss (question, state, first_seen, due_at) values (?, 'closed', ?, ?) returning id",
            [SECRET, moment, moment],
        ).fetchone()
        connection.execute("insert into miss_question values (?, ?)", [question, miss])
        connection.execute(
            "insert into notification (channel, question, state, created_at) values ('web', ?, 'sent', ?)",
            [question, moment],
        )
        connection.execute(
            "insert into remark (channel, text, created_at) values ('web', ?, ?)", [SECRET, moment]
        )
        connection.execute(
            "insert into handover_line (channel, conversation, message, text, said_at) values ('web', 'c', ?, ?, ?)",
            [str(days), SECRET, moment],
        )
        connection.execute(
            "insert into kept_check values ('telegram', ?, '7', 'place0', '[]', ?)", [str(days), moment]
        )
        connection.execute(
            "insert into talk_wish (channel, conversation, asked_at) values ('wecom', ?, ?)",
            [str(days), moment],
        )
        connection.execute("insert into conversation values (?, '{}', ?)", [str(days), moment])
        connection.execute(
            "insert into session (token, staff, csrf, created_at, expires_at) values (?, 'a', 'b', ?, ?)",
            [str(days), moment, moment],
        )
        connection.execute(
            "insert into login_failure (name, address, failed_at) values ('a', 'b', ?)", [moment]
        )
        connection.execute("insert into incident values (?, 1, ?, ?)", [str(days), moment, moment])
        connection.execute(
            "insert into gate (state, drafts, base, created_by, created_at) values ('passed', '{}', '', 'a', ?)",
            [moment],
        )


TABLES = tuple(dict.fromkeys(rule.table for rule in RULES))


def counts(database: Database) -> dict[str, int]:
    return {table: count_of(database, table) for table in TABLES}


def test_each_kind_goes_when_its_days_are_over_by_a_moved_clock(database: Database) -> None:
    fill(database, 0)
    kept = Days(questions=50, conversations=1, sessions=10, failures=20, gates=40, checks=30)
    left_at = {}
    for day in range(60):
        sweep(database, kept, NOW + timedelta(days=day, minutes=1))
        for table, count in counts(database).items():
            if not count:
                left_at.setdefault(table, day)
    assert left_at == {
        **dict.fromkeys(
            ("feedback", "bad_case", "verdict", "question", "remark", "notification", "handover_line"), 50
        ),
        "kept_check": 30,
        **dict.fromkeys(("conversation", "talk_wish"), 1),
        "session": 10,
        **dict.fromkeys(("login_failure", "incident"), 20),
        "gate": 40,
    }


def test_nothing_of_it_is_left_in_the_file(database: Database, tmp_path: Path, engine: str) -> None:
    fill(database, 400)
    sweep(database, Days(), NOW)
    assert not any(counts(database).values())
    assert [row["question"] for row in rows_of(database, "miss")] == [GONE]
    files = [file for file in tmp_path.iterdir() if file.name.startswith("huiqi.db")]
    assert files or engine != "sqlite"
    assert not any(SECRET.encode() in file.read_bytes() for file in files)


def test_a_miss_goes_by_the_words_of_a_question_that_is_still_kept(database: Database) -> None:
    fill(database, 400)
    with database.conn as connection:
        (newer,) = connection.execute(
            "insert into question (asked_at, channel, text, outcome) "
            "values (?, 'web', '新的问法', 'unanswered') returning id",
            [ago(1)],
        ).fetchone()
        connection.execute("insert into miss_question values (?, 1)", [newer])
    sweep(database, Days(), NOW)
    assert [row["question"] for row in rows_of(database, "miss")] == ["新的问法"]


def test_a_dry_run_counts_and_leaves_everything(database: Database) -> None:
    fill(database, 400)
    fill(database, 0)
    before = counts(database)
    assert sweep(database, Days(), NOW, dry_run=True) == dict.fromkeys(TABLES, 1)
    assert counts(database) == before


def test_for_ever_is_for_ever_and_a_clock_set_back_takes_nothing(database: Database) -> None:
    fill(database, 400)
    assert sweep(database, Days(0, 0, 0, 0, 0, 0), NOW) == {}
    sweep(database, Days(), NOW - timedelta(days=800))
    assert all(counts(database).values())


def test_the_command_says_what_it_would_do_and_does_it(
    settings: Settings, huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings.database)
    fill(database, 400)
    ran = huiqi("retention", "--dry-run")
    assert ran.code == 0 and "question\t1" in ran.out and "会删去" in ran.err
    assert all(counts(database).values())
    monkeypatch.setenv("HUIQI_KEEP_GATES", "0")
    ran = huiqi("retention")
    assert "删去了" in ran.err and "gate" not in ran.out
    assert {table for table, count in counts(database).items() if count} == {"gate"}
    database.close()


def test_days_that_are_no_number_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_KEEP_QUESTIONS", "一年")
    with pytest.raises(SettingsError, match="HUIQI_KEEP_QUESTIONS"):
        load_settings()
