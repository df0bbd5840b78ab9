"""What several asks write is committed together, and nobody is told before it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from typing import Any

import pytest
from huiqi.store import together as module
from huiqi.store.database import Database, open_database
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from huiqi.store.together import Together

from tests.conftest import on_both_engines
from tests.postgresql import LEFT_OVER
from tests.tables import rows_of


@pytest.fixture
def other(database: Database, stored_at: str) -> Iterator[Database]:
    with closing(open_database(stored_at)) as other:
        yield other


@pytest.fixture
def together(database: Database, monkeypatch: pytest.MonkeyPatch) -> Together:
    monkeypatch.setattr(module, "LONGEST", 60.0)
    return Together(database)


def ask(database: Database, text: str) -> Callable[[], int]:
    """A work that logs a question; what comes of it is its number."""
    return lambda: QuestionLog(database).add(LoggedQuestion("web", text, "answer"))


def texts(database: Database) -> list[str]:
    return sorted(row["text"] for row in rows_of(database, "question"))


def fail() -> None:
    raise ZeroDivisionError


@on_both_engines
def test_each_is_told_when_it_is_there(
    database: Database, other: Database, together: Together, engine: str
) -> None:
    numbers: list[Future[int]] = []
    for text in ("甲", "乙", "丙"):
        numbers.append(together.run(ask(database, text), lambda: True))
        assert len([number for number in numbers if number.done()]) == len(texts(other))
    assert len(texts(other)) == (0 if engine == "postgresql" else 3)
    refused = together.run(fail, lambda: False)
    assert texts(other) == ["丙", "乙", "甲"]
    assert [number.result(0) for number in numbers] == [row["id"] for row in rows_of(other, "question")]
    with pytest.raises(ZeroDivisionError):
        refused.result(0)


@on_both_engines
def test_no_more_than_so_many_or_so_long(
    database: Database, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    first, second = (together.run(ask(database, text), lambda: True) for text in "ab")
    assert first.done() and second.done()
    monkeypatch.setattr(module, "LONGEST", 0.0)
    assert together.run(ask(database, "c"), lambda: True).done()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_is_lost_before_the_commit_is_done_again(
    database: Database, other: Database, together: Together
) -> None:
    def is_cut() -> None:
        other.conn.execute(LEFT_OVER)

    first = together.run(ask(database, "甲"), lambda: True)
    together.run(is_cut, lambda: True)
    # The connection is found to be lost by the next that writes, or by the commit.
    second = together.run(ask(database, "乙"), lambda: False)
    assert {first.result(0), second.result(0)} == {row["id"] for row in rows_of(other, "question")}
    assert texts(other) == ["乙", "甲"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_done", [True, False])
def test_a_commit_whose_answer_is_lost_doubles_nothing(
    database: Any, other: Database, together: Together, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    own = database.conn._own
    execute = own.execute

    def lost(statement: str, *arguments: Any, **options: Any) -> Any:
        if statement != "commit":
            return execute(statement, *arguments, **options)
        if is_done:
            execute(statement, *arguments, **options)
        own.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(own, "execute", lost)
    numbers = [
        together.run(ask(database, "甲"), lambda: True),
        together.run(ask(database, "乙"), lambda: False),
    ]
    assert [number.result(0) for number in numbers] == [row["id"] for row in rows_of(other, "question")]
    assert texts(other) == ["乙", "甲"]
