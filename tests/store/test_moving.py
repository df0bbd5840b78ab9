"""A database goes from one engine to the other and back, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from huiqi.formats.pack_reader import read_folder
from huiqi.store import moving
from huiqi.store.audit import AuditTrail
from huiqi.store.conversations import Conversations
from huiqi.store.database import open_database
from huiqi.store.documents import DocumentStore
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.mailbox import Inbox
from huiqi.store.moving import MoveError, move
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from huiqi.store.subscriptions import Scope, Subscription, Subscriptions

from tests.conftest import ROOT, Ran
from tests.postgresql import Server
from tests.tables import count_of, rows_of

QUESTIONS = 1201
"""More than two pages."""


@pytest.fixture
def file(tmp_path: Path, small_pack: Path) -> str:
    """A SQLite database with something of each kind in it."""
    path = str(tmp_path / "from.db")
    with closing(open_database(path)) as database:
        KnowledgeStore(database).import_documents(read_folder(small_pack), "tests")
        AuditTrail(database).add("小李", "改", "entry", "tea-stove", {"旧": 1}, {"新": None}, "100% ?")
        DocumentStore(database).add("d", "a.docx", bytes(range(256)), [("p", "一段")], "标题", "", "小李")
        Inbox(database).receive(7, -(10**13), 2**40, {"text": "\ud83d"})
        Subscriptions(database).add(Subscription("telegram", "7", "7", Scope("entry", "tea-stove")))
        Conversations(database).put("b", {"said": "零\0零"})
        Conversations(database).put("B", {})
        log = QuestionLog(database)
        for number in range(3):
            log.add(LoggedQuestion("web", f"零\0{number}", "answer", confidence=0.1 + 0.2))
        with database.conn as connection:
            connection.execute("delete from question where id = 2")
            connection.executemany(
                "insert into question (asked_at, channel, text, outcome) values ('', 'web', ?, 'answer')",
                [[f"问{number}"] for number in range(QUESTIONS - 2)],
            )
    return path


@pytest.fixture
def server_address(postgresql: Server) -> str:
    return postgresql.new_database()


def test_everything_goes_there_and_back(file: str, server_address: str, tmp_path: Path) -> None:
    back = str(tmp_path / "back.db")
    there = {one.table: (one.written, one.rows) for one in move(file, server_address)}
    assert there["question"] == (QUESTIONS, QUESTIONS) and there["conversation"] == (2, 2)
    home = {one.table: (one.written, one.rows) for one in move(server_address, back)}
    assert there == home
    with closing(open_database(file)) as first, closing(open_database(back)) as last:
        for table in there:
            cleaned = [
                {
                    name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
                    for name, value in row.items()
                }
                for row in rows_of(first, table)
            ]
            assert sorted(map(str, rows_of(last, table))) == sorted(map(str, cleaned)), table


def test_what_was_moved_goes_on(file: str, server_address: str) -> None:
    move(file, server_address)
    with closing(open_database(server_address)) as database:
        assert list(KnowledgeStore(database).pack().entries) == ["tea-stove", "tea-sign"]
        assert QuestionLog(database).add(LoggedQuestion("web", "新的", "answer")) == QUESTIONS + 2


def test_a_second_time_there_is_nothing_to_do_and_what_came_since_is_brought_along(
    file: str, server_address: str
) -> None:
    move(file, server_address)
    assert sum(one.written for one in move(file, server_address)) == 0
    with closing(open_database(file)) as database:
        QuestionLog(database).add(LoggedQuestion("web", "后来的", "answer"))
    assert [(one.table, one.written) for one in move(file, server_address) if one.written] == [
        ("question", 1)
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("insert into incident values ('x', 1, '', '')", "表 incident 里 x 这一行在搬出的数据库里没有"),
        ("update question set text = '改了' where id = 1", "表 question 里 1 这一行和搬出的数据库里的不一样"),
        ("delete from question where id > 900; update published set position = 99", "表 published 里"),
    ],
)
def test_a_database_that_holds_something_else_is_left_alone(
    file: str, server_address: str, change: str, says: str
) -> None:
    move(file, server_address)
    with closing(open_database(server_address)) as database:
        with database.conn as connection:
            for statement in change.split("; "):
                connection.execute(statement)
        before = count_of(database, "question")
        with pytest.raises(MoveError, match=f"{says}.*没有搬"):
            move(file, server_address)
        assert count_of(database, "question") == before


CHILD = """
import sys
from huiqi.store import moving
write = moving._write

def slowly(before, after, shape):
    write(before, after, shape)
    if shape.name == "question":
        print("written", flush=True)
        sys.stdin.read()

moving._write = slowly
moving.move(*sys.argv[1:])
"""


@pytest.mark.parametrize("is_to_server", [True, False])
def test_one_that_was_killed_left_nothing_and_is_done_again(
    file: str, server_address: str, tmp_path: Path, is_to_server: bool
) -> None:
    source, target = file, server_address
    if not is_to_server:
        move(file, server_address)
        source, target = server_address, str(tmp_path / "target.db")
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, source, target],
        env={**os.environ, "PYTHONPATH": str(ROOT / "bot")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == "written\n"
        child.send_signal(signal.SIGKILL)
    with closing(open_database(target)) as database:
        assert count_of(database, "question") == 0
    assert {one.table: one.written for one in move(source, target)}["question"] == QUESTIONS


def test_what_does_not_arrive_as_it_was_is_not_moved(
    file: str, server_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_write", lambda *arguments: None)
    with pytest.raises(MoveError, match="搬过去后不一样"):
        move(file, server_address)


def test_the_command_counts_and_says_what_to_do_next(
    huiqi: Callable[..., Ran], file: str, server_address: str, tmp_path: Path
) -> None:
    ran = huiqi("move", file, server_address)
    assert ran.code == 0 and f"question\t{QUESTIONS}\t{QUESTIONS}\n" in ran.out
    assert "HUIQI_DATABASE" in ran.err
    assert "没有要搬的" in huiqi("move", file, server_address).err
    ran = huiqi("move", tmp_path / "none.db", server_address)
    assert (
        (ran.code, ran.out) == (1, "") and "找不到数据库" in ran.err and not (tmp_path / "none.db").exists()
    )
    ran = huiqi("move", file, file)
    assert ran.code == 1 and "同一个" in ran.err
