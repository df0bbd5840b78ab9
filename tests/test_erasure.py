"""Who wants to be forgotten is: their words are in no table, what staff did stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huiqi.assistant.asking import Message
from huiqi.channels.web.api import Api
from huiqi.channels.web.chat_page import ChatPage
from huiqi.curation.misses.queue import Filter
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Person, Reception
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.erasure import ERASED
from sqlite_utils import Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import on_both_engines
from tests.tables import rows_of

pytestmark = on_both_engines

EDITOR, REVIEWER = Member("小李", "editor"), Member("老王", "reviewer")
SECRET = "我店里的排烟罩坏了补多少"
ANNA = Person("telegram", "100", "100")


@pytest.fixture
def live(workbench_settings: Settings) -> Iterator[LiveAssistant]:
    live = LiveAssistant(workbench_settings, lambda sentence: None)
    yield live
    live.close()


@pytest.fixture
def database(workbench_settings: Settings, live: LiveAssistant) -> Iterator[Database]:
    database = open_database(workbench_settings.database)
    yield database
    database.close()


@pytest.fixture
def workbench(database: Database, live: LiveAssistant) -> Workbench:
    return Workbench(database, live)


def ask(live: LiveAssistant, person: Person) -> None:
    live.ask(Message(SECRET, person.channel, person.conversation, person.asker or None))


def everywhere(database: Database) -> list[str]:
    """The tables that hold the words."""
    found = []
    for table in database.table_names():
        if any(SECRET in str(value) for row in rows_of(database, table) for value in row.values()):
            found.append(table)
    return found


def test_words_leave_every_table_and_the_acts_stay(
    workbench: Workbench, live: LiveAssistant, database: Database
) -> None:
    ask(live, ANNA)
    reception = Reception(live, database)
    reception.remark(ANNA, SECRET)
    queue = workbench.miss_queue()
    queue.gather()
    (row,) = queue.rows(Filter())
    draft = queue.make_alias(row.miss.id, "tea-stove", EDITOR)
    workbench.drafting.discard(draft.id, REVIEWER)
    queue.ignore(row.miss.id, SECRET, EDITOR)
    acts = [(act.id, act.at, act.actor, act.action, act.subject) for act in workbench.audit.rows()]
    assert {"question", "remark", "miss", "draft", "audit"} <= set(everywhere(database))
    assert reception.forget(ANNA).questions == 1
    assert everywhere(database) == []
    assert [(act.id, act.at, act.actor, act.action, act.subject) for act in workbench.audit.rows()] == acts
    assert ERASED in str(
        [act.note for act in workbench.audit.rows()] + [act.after for act in workbench.audit.rows()]
    )


def test_nothing_is_left_in_the_file(
    live: LiveAssistant, database: Database, tmp_path: Path, engine: str
) -> None:
    ask(live, ANNA)
    Reception(live, database).forget(ANNA)
    files = [file for file in tmp_path.iterdir() if file.name.startswith("huiqi.db")]
    assert files or engine != "sqlite"
    assert not any(SECRET.encode() in file.read_bytes() for file in files)


def test_what_somebody_else_asked_in_the_same_words_stays(
    workbench: Workbench, live: LiveAssistant, database: Database
) -> None:
    ask(live, ANNA)
    ask(live, Person("telegram", "200", "200"))
    workbench.miss_queue().gather()
    Reception(live, database).forget(ANNA)
    (row,) = workbench.miss_queue().rows(Filter())
    assert row.count == 1 and row.miss.question == SECRET


@pytest.mark.parametrize(
    "change",
    [
        "set actor = '别人'",
        "set note = '别的'",
        "set after = null",
        "set at = ''",
        f"set note = '{ERASED}', id = 99",
    ],
)
def test_an_act_cannot_be_altered(workbench: Workbench, change: str) -> None:
    workbench.audit.add("小李", "认领", "miss", 1, "甲", "乙", "丙")
    with pytest.raises(Exception, match="append-only"):
        workbench.database.conn.execute(f"update audit {change}")


def test_on_the_web_a_conversation_is_erased_by_its_own_link(live: LiveAssistant, database: Database) -> None:
    api = Api(live, database)
    client = TestClient(Starlette(routes=[*api.routes(), *ChatPage(api).routes()]))
    for conversation in ("mine", "theirs"):
        client.post("/api/v1/ask", json={"question": SECRET, "conversation": conversation})
    page = client.post("/", data={"question": "换炉灶有补贴吗", "conversation": "mine"}).text
    assert 'name="forget"' in page
    told = client.post("/", data={"forget": "1", "conversation": "mine"}).text
    assert "都已删除" in told and 'value="mine"' not in told
    rows = database.conn.execute("select distinct conversation from question").fetchall()
    assert rows == [("theirs",)]
    assert [row[0] for row in database.conn.execute("select id from conversation").fetchall()] == [
        "web/theirs/"
    ]
    assert client.post("/api/v1/forget", json={"conversation": "theirs"}).json() == {"questions": 1}
    assert client.post("/api/v1/forget", json={}).status_code == 400
    assert everywhere(database) == []
