"""Whatever goes wrong on the way, each question is answered, and once."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from huiqi.channels.telegram import StartError, texts
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.channels.telegram.outgoing import Send, to_payload
from huiqi.people.reception import Reception
from huiqi.service.settings import Settings
from huiqi.store.subscriptions import Scope, Subscription
from sqlite_utils import Database

from tests.telegram.bench import InForce, finished, talking
from tests.telegram.bot_api import BotApi, Fault
from tests.telegram.echo import TRIPS, EchoAssistant

ANNA, BERT, GROUP, STAFF = 8000011, 8000012, -1001000000001, -1001000000009


def questions(database: Database) -> list[str]:
    return [row["text"] for row in database["question"].rows]


@pytest.mark.parametrize("kind", ["429", "500", "drop", "500_after", "drop_after"])
@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_goes_out_once_whatever_happens_to_the_call(
    play_echo: Callable[..., None], kind: str, times: int
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.faults.append(Fault(kind, "sendMessage", times=times if kind != "429" else 1))
        api.say(ANNA, "甲")
        api.say(ANNA, "乙")
        await finished(api, bot)
        assert api.chat(ANNA).texts == ["答：甲", "答：乙"]

    play_echo(scene)


@pytest.mark.parametrize("kind", ["500", "drop", "drop_after"])
def test_an_edit_and_a_press_survive_the_same(play_echo: Callable[..., None], kind: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        asked = api.say(ANNA, "甲")
        answer = await api.reply(ANNA)
        api.faults += [Fault(kind, "editMessageText"), Fault(kind, "answerCallbackQuery")]
        api.edit(asked, "乙")
        query = api.press(ANNA, answer, "👍")
        await finished(api, bot)
        assert api.chat(ANNA).texts == ["答：乙"] and api.toasts[query] == texts.RATED_UP

    play_echo(scene)


def test_a_lost_answer_is_not_mistaken_for_another_message(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.faults.append(Fault("drop_after", "sendMessage", chat=ANNA))
        for person in (BERT, ANNA, BERT, 8000013, ANNA):
            api.say(person, f"问{person}")
        await finished(api, bot)
        assert api.chat(ANNA).texts == [f"答：问{ANNA}"] * 2
        assert api.chat(BERT).texts == [f"答：问{BERT}"] * 2

    play_echo(scene)


def test_another_server_that_counts_from_the_beginning_is_answered_too(
    play_echo: Callable[..., None],
) -> None:
    def asked(text: str) -> Callable[[BotApi, TelegramBot], Any]:
        async def scene(api: BotApi, bot: TelegramBot) -> None:
            for person in (ANNA, BERT, ANNA):
                api.say(person, f"{text}{person}")
            api.faults.append(Fault("drop_after", "sendMessage", chat=ANNA, times=2))
            await finished(api, bot)
            assert api.chat(ANNA).texts == [f"答：{text}{ANNA}"] * 2
            assert api.chat(BERT).texts == [f"答：{text}{BERT}"]

        return scene

    play_echo(asked("甲"))
    play_echo(asked("乙"))


def test_a_chat_that_must_wait_does_not_hold_up_another(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.faults.append(Fault("429", "sendMessage", chat=ANNA, retry_after=1))
        api.say(ANNA, "甲")
        await api.until(lambda: not any(fault.times for fault in api.faults))
        api.say(BERT, "乙")
        await finished(api, bot)
        sent = [(c.parameters["chat_id"], c.at) for c in api.calls if c.method == "sendMessage"]
        assert [chat for chat, _ in sent] == [ANNA, BERT, ANNA]
        assert sent[2][1] - sent[0][1] >= 1

    play_echo(scene)


def test_an_update_that_comes_twice_is_answered_once(
    play_echo: Callable[..., None], database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "甲")
        update = dict(api.pending[-1])
        api.push_again(update)
        await finished(api, bot)
        api.push_again(update)
        api.say(ANNA, "乙")
        await finished(api, bot)
        assert api.chat(ANNA).texts == ["答：甲", "答：乙"]
        assert questions(database) == ["甲", "乙"]

    play_echo(scene)


def test_what_was_asked_while_it_was_down_is_answered(play_echo: Callable[..., None]) -> None:
    async def nothing(api: BotApi, bot: TelegramBot) -> None:
        return

    async def later(api: BotApi, bot: TelegramBot) -> None:
        await finished(api, bot)
        api.say(ANNA, "乙")
        await finished(api, bot)
        assert api.chat(ANNA).texts == ["答：甲", "答：乙"]

    async def down(api: BotApi, bot: TelegramBot) -> None:
        await bot.stop()
        api.say(ANNA, "甲")

    play_echo(nothing, down, later)


def test_a_refusal_of_the_html_is_sent_as_plain_text(
    play_echo: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        broken = Send('<b>甲 & <u>乙</b> <a href="http://a.cn">丙</a>')
        await bot.dispatcher.run(bot.dispatcher.outbox.put, None, ANNA, [to_payload(broken)])
        api.chat(ANNA)
        await bot.courier.round()
        assert api.chat(ANNA).texts == ["甲 & 乙 丙（http://a.cn）"]
        assert "entities" not in api.chat(ANNA).ours[0]

    play_echo(scene)


def test_what_the_server_refuses_for_good_does_not_hold_the_chat_up(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        await bot.dispatcher.run(
            bot.dispatcher.outbox.put, None, ANNA, [to_payload(Send("字" * 5000)), to_payload(Send("好"))]
        )
        api.chat(ANNA)
        await bot.courier.round()
        assert api.chat(ANNA).texts == ["好"]

    play_echo(scene)


def test_a_group_that_became_a_supergroup_is_followed(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.chat(GROUP)
        api.faults.append(Fault("moved", "sendMessage", chat=-5, to=GROUP))
        api.chat(-5).type = "group"
        api.say(ANNA, "@huiqi_bot 甲", -5)
        assert (await api.reply(GROUP))["text"] == "答：甲"
        assert api.chat(-5).ours == []

    play_echo(scene)


def test_a_person_who_blocks_us_is_told_nothing_any_more(
    play_echo: Callable[..., None], database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        for person in (ANNA, BERT):
            api.say(person, "甲")
            await bot.dispatcher.run(
                bot.dispatcher.reception._subscriptions.add,
                Subscription("telegram", str(person), str(person), Scope("entry", "e")),
            )
        await finished(api, bot)
        api.chat(ANNA).is_blocked = True
        api.say(ANNA, "乙")
        await finished(api, bot)
        assert [row["asker"] for row in database["subscription"].rows] == [str(BERT)]
        api.leave(BERT)
        await finished(api, bot)
        assert list(database["subscription"].rows) == []

    play_echo(scene)


def test_an_error_gives_the_asker_a_number_staff_one_line_a_kind_and_the_log_the_rest(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with BotApi() as api:
            api.chat(STAFF)
            told = replace(settings, staff_chat=str(STAFF))
            async with talking(told, EchoAssistant(database), database, api=api) as (_, bot):  # type: ignore[arg-type]
                api.say(ANNA, f"{TRIPS}，我的电话 13800138000")
                api.say(ANNA, TRIPS)
                await finished(api, bot)
                await bot.courier.round()
                number = next(iter(database["question"].rows))["id"]
                assert f"编号 {number}" in api.chat(ANNA).texts[0] and len(api.chat(ANNA).texts) == 2
                assert len(api.chat(STAFF).texts) == 1 and "ZeroDivisionError" in api.chat(STAFF).texts[0]
                assert [row["reason"] for row in database["question"].rows] == ["error", "error"]

    with caplog.at_level(logging.ERROR):
        asyncio.run(scene())
    assert "ZeroDivisionError" in caplog.text and "number 1" in caplog.text
    assert "13800138000" not in caplog.text


def test_a_store_that_cannot_be_written_leaves_the_update_with_telegram(
    play_echo: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        receive, failures = bot.dispatcher.inbox.receive, iter([sqlite3.OperationalError("disk full")])

        def full_at_first(*arguments: Any) -> bool:
            for failure in failures:
                raise failure
            return receive(*arguments)

        monkeypatch.setattr(bot.dispatcher.inbox, "receive", full_at_first)
        api.say(ANNA, "甲")
        await finished(api, bot)
        assert api.chat(ANNA).texts == ["答：甲"]

    play_echo(scene)


def test_what_is_under_way_is_ended_or_kept_when_it_stops(
    play_echo: Callable[..., None], database: Database
) -> None:
    async def stopped_in_the_middle(api: BotApi, bot: TelegramBot) -> None:
        api.faults.append(Fault("429", "sendMessage", chat=ANNA, retry_after=30))
        api.say(ANNA, "甲")
        api.say(BERT, "乙")
        await api.until(lambda: not any(fault.times for fault in api.faults) and api.chat(BERT).ours)

    async def started_again(api: BotApi, bot: TelegramBot) -> None:
        await finished(api, bot)
        assert api.chat(ANNA).texts == ["答：甲"] and api.chat(BERT).texts == ["答：乙"]
        assert set(questions(database)) == {"甲", "乙"} and len(questions(database)) == 2

    play_echo(stopped_in_the_middle, started_again)


def test_a_token_that_is_not_taken_is_said_in_a_sentence_without_the_token(
    settings: Settings, database: Database
) -> None:
    async def scene() -> None:
        async with BotApi() as api:
            wrong = replace(settings, telegram_token="1:wrong", telegram_base_url=api.url)
            bot = TelegramBot(wrong, Reception(InForce(EchoAssistant(database)), database), database)  # type: ignore[arg-type]
            try:
                with pytest.raises(StartError, match="TELEGRAM_BOT_TOKEN") as error:
                    await bot.start()
                assert "1:wrong" not in str(error.value)
            finally:
                await bot.stop()

    asyncio.run(scene())
