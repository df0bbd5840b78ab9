"""No update ends the bot: what cannot be read or dealt with is kept aside, staff are told, and the next is answered."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from huiqi.channels.telegram import updates
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.channels.telegram.dispatcher import Dispatcher
from huiqi.store.mailbox import MOST_FAILURES, SET_ASIDE, Inbox
from sqlite_utils import Database

from tests.telegram.bot_api import BotApi
from tests.telegram.echo import TRIPS

ANNA, BERT, GROUP, STAFF = 8000011, 8000012, -1001000000001, -1001000000009
SUPERGROUP = {"id": GROUP, "type": "supergroup", "title": "群"}
SOMEBODY = {"id": BERT, "is_bot": False, "first_name": "某"}
SERVICE = {"message_id": 1, "date": 1584316800, "chat": SUPERGROUP, "from": SOMEBODY}

READABLE = {
    "a pinned message that is not accessible": {
        "message": SERVICE | {"pinned_message": {"chat": SUPERGROUP, "message_id": 3, "date": 0}}
    },
    "an option added to a poll": {
        "message": SERVICE | {"poll_option_added": {"option_persistent_id": "1", "option_text": "甲"}}
    },
    "a kind of message from the future": {"message": SERVICE | {"teleported": {"to": "火星"}}},
    "a kind of update from the future": {"telepathy": {"id": "1", "from": SOMEBODY}},
    "nothing at all": {},
    "a message without a chat": {"message": {"message_id": 1, "date": 1584316800}},
    "a button that is none of ours": {
        "callback_query": {
            "id": "1",
            "from": SOMEBODY,
            "chat_instance": "1",
            "message": SERVICE,
            "data": "e:shop-front::-1",
        }
    },
}
UNREADABLE = {
    "a message that is a word": {"message": "你好"},
    "a date that is none": {"message": SERVICE | {"date": "昨天"}},
    "a message number of 30 digits": {"message": SERVICE | {"message_id": 10**30}},
    "a mention that begins nowhere": {
        "message": SERVICE | {"text": "甲", "entities": [{"type": "mention", "offset": "", "length": 1}]}
    },
    "an asker who is a list": {"message": SERVICE | {"from": SOMEBODY | {"id": [1]}, "text": "甲"}},
    "a query whose number is half a sign": {
        "inline_query": {"id": "\ud800", "from": SOMEBODY, "query": "甲", "offset": ""}
    },
    "a query whose number is an object": {
        "inline_query": {"id": {"a": 1}, "from": SOMEBODY, "query": "甲", "offset": ""}
    },
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "SECONDS_BETWEEN_TRIES", 0.01)


def states(database: Database) -> dict[int, str]:
    return {row["update_id"]: row["state"] for row in database["inbox"].rows}


@pytest.mark.parametrize("update", READABLE.values(), ids=READABLE)
def test_an_update_that_asks_nothing_is_done_with(
    play_echo: Callable[..., None], database: Database, update: dict[str, Any]
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.push(update)
        api.say(ANNA, "甲")
        assert (await api.reply(ANNA))["text"] == "答：甲"
        await bot.idle()

    play_echo(scene)
    assert set(states(database).values()) == {"done"}


@pytest.mark.parametrize("update", UNREADABLE.values(), ids=UNREADABLE)
def test_an_update_that_cannot_be_read_is_kept_as_it_came_and_staff_are_told(
    play_echo: Callable[..., None], database: Database, update: dict[str, Any]
) -> None:
    pushed: list[dict[str, Any]] = []

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        bot.dispatcher.staff_chat = STAFF
        api.chat(STAFF)
        pushed.append(api.push(update))
        api.say(ANNA, "甲")
        assert (await api.reply(ANNA))["text"] == "答：甲"
        await bot.idle()
        await bot.courier.round()
        assert "另放" in api.chat(STAFF).texts[0]

    async def after_a_restart(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "乙")
        await api.until(lambda: "答：乙" in api.chat(ANNA).texts)
        await bot.idle()
        await bot.courier.round()
        assert len(api.chat(STAFF).texts) == 1

    play_echo(scene, after_a_restart)
    (kept,) = [row for row in database["inbox"].rows if row["state"] == SET_ASIDE]
    assert json.loads(kept["payload"]) == pushed[0]


def test_what_telegram_sends_is_stored_as_it_came(
    play_echo: Callable[..., None], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = {"message": SERVICE | {"from": SOMEBODY, "text": "甲", "a_field": {"from": "the future"}}}
    received: list[dict[str, Any]] = []
    receive = Inbox.receive

    def noted(self: Inbox, *arguments: Any) -> bool:
        received.append(arguments[3])
        return receive(self, *arguments)

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        monkeypatch.setattr(Inbox, "receive", noted)
        pushed = api.push(update)
        await api.until(lambda: bool(received))
        assert received == [pushed]

    play_echo(scene)


def test_an_update_that_fails_three_times_is_set_aside_and_the_person_is_told(
    play_echo: Callable[..., None], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    work = Dispatcher._work

    def fails(self: Dispatcher, handler: Any, incoming: Any, erases: bool, goes_on: bool) -> None:
        if TRIPS in incoming.text:
            tries.append(incoming.update_id)
            raise ZeroDivisionError
        work(self, handler, incoming, erases, goes_on)

    def cannot_apologise(*arguments: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(Dispatcher, "_work", fails)
    monkeypatch.setattr(Dispatcher, "_apologise", cannot_apologise)

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        bot.dispatcher.staff_chat = STAFF
        api.chat(STAFF)
        api.say(ANNA, TRIPS)
        await api.until(lambda: SET_ASIDE in states(database).values())
        api.say(ANNA, "甲")
        api.say(BERT, "乙")
        assert (await api.reply(BERT))["text"] == "答：乙"
        await bot.idle()
        await bot.courier.round()
        assert len(api.chat(STAFF).texts) == 1
        assert sorted(text[:2] for text in api.chat(ANNA).texts) == ["抱歉", "答："]

    async def after_a_restart(api: BotApi, bot: TelegramBot) -> None:
        await bot.idle()

    play_echo(scene, after_a_restart)
    assert len(tries) == MOST_FAILURES


@pytest.fixture
def inbox(database: Database) -> Iterator[Inbox]:
    yield Inbox(database)


def test_what_a_process_was_at_for_long_when_it_died_counts_as_a_failure(
    inbox: Inbox, database: Database
) -> None:
    inbox.receive(1, ANNA, 1, {"update_id": 1})
    inbox.receive(2, ANNA, 2, {"update_id": 2})
    for failures in range(MOST_FAILURES):
        assert inbox.begin(1) == failures
        # The process dies here, and a new one comes half a minute later.
        database.conn.execute(
            "update inbox set begun_at = '2020-03-16T09:00:00.000+00:00' where update_id = 1"
        )
    assert inbox.begin(1) == MOST_FAILURES
    assert [number for number, _ in inbox.unfinished()] == [2, 1]


def test_many_quick_deaths_are_no_failure_of_the_update(inbox: Inbox) -> None:
    inbox.receive(1, ANNA, 1, {"update_id": 1})
    assert {inbox.begin(1) for _ in range(20)} == {0}


def test_a_full_disk_is_no_failure_of_the_update(
    play_echo: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full_disk = sqlite3.OperationalError("database or disk is full")
    full_disk.sqlite_errorcode = sqlite3.SQLITE_FULL
    answered, failures = Inbox.answered, iter([full_disk] * 5)

    def full(self: Inbox, *arguments: Any) -> None:
        for error in failures:
            raise error
        answered(self, *arguments)

    monkeypatch.setattr(Inbox, "answered", full)
    caplog.set_level(logging.CRITICAL)

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "甲")
        await api.until(lambda: bool(api.chat(ANNA).texts))
        await bot.idle()
        assert api.chat(ANNA).texts == ["答：甲"]

    play_echo(scene)


def test_erasing_reaches_what_was_set_aside(inbox: Inbox, database: Database) -> None:
    inbox.receive(1, ANNA, 1, {"update_id": 1, "message": {"text": "我叫张三"}})
    inbox.set_aside(1)
    inbox.forget(ANNA)
    assert list(database["inbox"].rows) == [] or "张三" not in json.dumps(list(database["inbox"].rows))


def test_quick_deaths_do_not_add_up_to_a_long_one(inbox: Inbox, database: Database) -> None:
    inbox.receive(1, ANNA, 1, {"update_id": 1})
    for _ in range(3):
        assert inbox.begin(1) == 0
        # The process dies at once, and the next one comes six seconds later.
        begun = datetime.fromisoformat(next(database.query("select begun_at from inbox"))["begun_at"])
        earlier = (begun - timedelta(seconds=6)).isoformat(timespec="milliseconds")
        database.conn.execute("update inbox set begun_at = ?", [earlier])
    assert inbox.begin(1) == 0
