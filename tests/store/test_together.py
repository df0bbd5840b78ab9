"""What several asks write is committed together, and nobody is told before it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from huiqi.store import together as module
from huiqi.store.database import Database, open_database
from huiqi.store.engines import sqlite
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from huiqi.store.together import Together, ToWrite

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


def ask(database: Database, text: str, over: Callable[[], None] = lambda: None) -> Callable[[], ToWrite[int]]:
    """A work that logs a question; what comes of it is its number."""

    def write() -> int:
        return QuestionLog(database).add(LoggedQuestion("web", text, "answer"))

    def by_itself(has_waited: bool) -> int:
        return write()

    return lambda: ToWrite(write, by_itself, over)


def at_last() -> bool:
    return False


def more() -> bool:
    return True


def texts(database: Database) -> list[str]:
    return sorted(row["text"] for row in rows_of(database, "question"))


@on_both_engines
def test_nobody_is_told_before_it_is_there(database: Database, other: Database, together: Together) -> None:
    numbers = [together.decide(ask(database, text), text, more) for text in ("甲", "乙")]
    assert texts(other) == [] and not any(number.done() for number in numbers)
    numbers.append(together.decide(ask(database, "丙"), "丙", at_last))
    assert texts(other) == ["丙", "乙", "甲"]
    assert [number.result(0) for number in numbers] == [row["id"] for row in rows_of(other, "question")]


@on_both_engines
def test_no_more_than_so_many_or_so_long(
    database: Database, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    first, second = (together.decide(ask(database, text), text, more) for text in "ab")
    assert first.done() and second.done()
    monkeypatch.setattr(module, "LONGEST", 0.0)
    assert together.decide(ask(database, "c"), "c", more).done()


@on_both_engines
def test_what_comes_next_reads_what_was_written_before(
    database: Database, other: Database, together: Together
) -> None:
    seen: list[list[str]] = []

    def look() -> ToWrite[int]:
        seen.append(texts(other))
        return ask(database, "丙")()

    first = together.decide(ask(database, "甲"), "a conversation", more)
    second = together.decide(ask(database, "乙"), None, more)
    together.decide(look, "another", more)
    third = together.decide(look, "a conversation", more)
    assert seen == [[], ["丙", "乙", "甲"]] and first.done() and second.done() and not third.done()
    assert together.run(lambda: texts(other)).result(0) == ["丙", "丙", "乙", "甲"] and third.done()


@on_both_engines
def test_what_fails_takes_nobody_along(database: Database, other: Database, together: Together) -> None:
    told: list[str] = []

    def fail(*_: bool) -> int:
        QuestionLog(database).add(LoggedQuestion("web", "丁", "answer"))
        raise ZeroDivisionError

    def fail_by_itself(has_waited: bool) -> int:
        raise ZeroDivisionError

    def fail_to_decide() -> ToWrite[int]:
        raise KeyError

    first = together.decide(ask(database, "甲", lambda: told.append("甲")), None, more)
    failing = together.decide(lambda: ToWrite(fail, fail_by_itself, lambda: told.append("丁")), None, more)
    undecided = together.decide(fail_to_decide, None, more)
    last = together.decide(ask(database, "乙", lambda: told.append("乙")), None, at_last)
    assert texts(other) == ["乙", "甲"] and sorted(told) == ["丁", "乙", "甲"]
    assert {first.result(0), last.result(0)} == {row["id"] for row in rows_of(other, "question")}
    with pytest.raises(ZeroDivisionError):
        failing.result(0)
    with pytest.raises(KeyError):
        undecided.result(0)
    with pytest.raises(KeyError):
        together.run(fail_to_decide).result(0)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_store_that_was_waited_for_is_not_waited_for_once_more(
    database: Database, other: Database, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SECONDS_TO_WAIT", 0.02)
    monkeypatch.setattr(module, "SOON", 0.01)
    heard: list[bool] = []

    def by_itself(has_waited: bool) -> int:
        heard.append(has_waited)
        return 0

    with other.conn:
        other.conn.begin(alone=True)
        for is_more in (more, at_last):
            together.decide(lambda: ToWrite(ask(database, "甲")().write, by_itself), None, is_more)
    assert heard == [True, True] and texts(other) == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_is_lost_before_the_commit_is_done_again(
    database: Database, other: Database, together: Together
) -> None:
    def cut() -> ToWrite[int]:
        other.conn.execute(LEFT_OVER)
        return ask(database, "乙")()

    first = together.decide(ask(database, "甲"), None, more)
    second = together.decide(cut, None, at_last)
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
        together.decide(ask(database, "甲"), None, more),
        together.decide(ask(database, "乙"), None, at_last),
    ]
    assert [number.result(0) for number in numbers] == [row["id"] for row in rows_of(other, "question")]
    assert texts(other) == ["乙", "甲"]
