"""Keys of other systems and requests that come again, on both engines; what is told on a channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from huiqi.people.reception import AssistantProvider, Person, Reception
from huiqi.store import repeats
from huiqi.store.api_keys import ApiKeyStore
from huiqi.store.askers import Askers
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.database import Database
from huiqi.store.feedback import DOWN, Feedback
from huiqi.store.mailbox import Inbox, Outbox
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from huiqi.store.repeats import Repeat, Repeats

from tests.conftest import on_both_engines

pytestmark = on_both_engines


def test_a_key_is_found_by_its_digest_until_it_is_ended(database: Database) -> None:
    keys = ApiKeyStore(database)
    number = keys.add("区里", "hq_abcde", "digest", ["ask", "mcp"], 60, "主任")
    key = keys.of("digest")
    assert key is not None and (key.id, key.scopes, key.a_minute) == (number, ("ask", "mcp"), 60)
    keys.used(number)
    assert keys.all()[0].used_at
    keys.end(number)
    assert keys.of("digest") is None and keys.get(number) is not None and keys.all()[0].ended_at


def test_a_request_is_begun_once_and_remembered_for_a_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Repeats(database)
    assert kept.begin("key 1", "a", "digest") is None
    assert kept.begin("key 1", "a", "digest") == Repeat("digest", None, "")
    assert kept.begin("key 2", "a", "digest") is None
    kept.answered("key 1", "a", 200, "{}")
    assert kept.begin("key 1", "a", "digest") == Repeat("digest", 200, "{}")
    kept.forget("key 2", "a")
    assert kept.begin("key 2", "a", "digest") is None

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=100_000)

    monkeypatch.setattr(repeats, "datetime", Later)
    assert kept.begin("key 1", "a", "digest") is None


def test_of_a_conversation_without_a_name_a_question_is_left_and_looked_up(database: Database) -> None:
    log, askers = QuestionLog(database), Askers(database)
    number = log.add(LoggedQuestion("web", "有没有", "answer", conversation="c"))
    assert not askers.put_conversation_before_staff(number, "web", "other")
    assert askers.put_conversation_before_staff(number, "web", "c")
    standing = askers.standing(number, "web", "c")
    assert standing is not None and (standing.text, standing.status, standing.reply) == (
        "有没有",
        "open",
        None,
    )
    assert askers.standing(number, "web", "other") is None
    assert Feedback(database).rate(number, "c", DOWN, "过时了")
    assert database.conn.execute("select reason from feedback").fetchall() == [("过时了",)]


def test_what_a_message_of_ours_tells_of_is_known_afterwards(database: Database) -> None:
    inbox, outbox = Inbox(database), Outbox(database)
    inbox.receive(1, 7, 10, {})
    outbox.put(1, 7, [("send", {"html": "x"})])
    [parcel] = outbox.due(1)
    outbox.sending(parcel.id, 7)
    outbox.sent(parcel.id, 11)
    outbox.tells_of(parcel.id, "tea-stove")
    assert outbox.entry_of(7, 11) == "tea-stove"
    assert outbox.entry_of(7, 12) is None and outbox.entry_of(8, 11) is None


def test_what_was_offered_by_number_is_the_persons_own(
    database: Database, provider: AssistantProvider
) -> None:
    reception = Reception(provider, database)
    one, other = Person("sms", "c", "a"), Person("sms", "c", "b")
    reception.offer(one, ["e:tea-stove::"])
    assert reception.offered(one) == ["e:tea-stove::"] and reception.offered(other) == []
    reception.forget(one)
    assert reception.offered(one) == []


@pytest.fixture
def provider() -> AssistantProvider:
    class Nobody:
        @property
        def assistant(self) -> object:
            raise AssertionError("nobody is asked")

    return Nobody()  # type: ignore[return-value]


def test_a_value_of_a_channel_is_counted_and_found_by_its_beginning(database: Database) -> None:
    memory = ChannelMemory(database)
    memory.put("wxkf", "window a", "0", 60)
    memory.put("wxkf", "window b", "0", -1)
    memory.count("wxkf", "window a")
    memory.count("wxkf", "window a")
    assert memory.named("wxkf", "window ") == [("window a", "2")]
    memory.drop_if("wxkf", "window a", "1")
    assert memory.get("wxkf", "window a") == "2"
    memory.prune()
    assert [row[0] for row in database.conn.execute("select name from channel_memory").fetchall()] == [
        "window a"
    ]
