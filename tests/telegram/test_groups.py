"""In a group the bot is silent unless it is meant, and each person has their own conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from huiqi.channels.telegram import texts
from huiqi.channels.telegram.bot import TelegramBot

from tests.telegram.bench import finished
from tests.telegram.bot_api import ME, BotApi
from tests.telegram.echo import NO_PACK

ANNA, BERT, GROUP = 8000011, 8000012, -1001000000001
CALLED = f"@{ME['username']}"


@pytest.mark.parametrize(
    "said", ["今天吃什么", "/start@other_bot", "/dance", "@other_bot 贷款贴息", "a@huiqi.cn 是我的邮箱"]
)
def test_talk_that_is_not_meant_for_it_is_left_alone(play_echo: Callable[..., None], said: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, said, GROUP)
        await finished(api, bot)
        assert api.chat(GROUP).ours == []
        assert not [call for call in api.calls if call.method == "sendChatAction"]

    play_echo(scene)


@pytest.mark.parametrize("said", [f"{CALLED} 贷款贴息", f"贷款贴息 {CALLED.upper()}", f"{CALLED}贷款贴息"])
def test_a_mention_is_answered_as_a_reply_without_the_name(play_echo: Callable[..., None], said: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        asked = api.say(ANNA, said.replace("贷款", " 贷款"), GROUP)
        answer = await api.reply(GROUP)
        assert answer["text"] == "答：贷款贴息"
        assert answer["reply_to_message"]["message_id"] == asked["message_id"]

    play_echo(scene)


def test_a_reply_to_it_is_meant_for_it(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, f"{CALLED} 甲", GROUP)
        first = await api.reply(GROUP)
        bare = {key: value for key, value in first.items() if key != "reply_to_message"}
        api.say(BERT, "乙", GROUP, reply_to_message=bare)
        assert (await api.reply(GROUP, 2))["text"] == "答：乙"

    play_echo(scene)


def test_a_reply_to_somebody_else_is_not(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        first = api.say(ANNA, "甲", GROUP)
        api.say(BERT, "乙", GROUP, reply_to_message=first)
        await finished(api, bot)
        assert api.chat(GROUP).ours == []

    play_echo(scene)


def test_a_bare_mention_is_told_how_to_ask(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, CALLED, GROUP)
        assert (await api.reply(GROUP))["text"] == texts.empty(ME["username"], NO_PACK)

    play_echo(scene)


def test_a_command_is_answered_and_a_personal_one_leads_to_private(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, f"/help{CALLED}", GROUP)
        assert (await api.reply(GROUP))["text"] == texts.help_text(NO_PACK)
        api.say(ANNA, "/my", GROUP)
        assert (await api.reply(GROUP, 2))["text"] == texts.ONLY_PRIVATE.format(me=ME["username"])

    play_echo(scene)


def test_the_answer_stays_in_its_topic(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, f"{CALLED} 甲", GROUP, message_thread_id=5, is_topic_message=True)
        assert (await api.reply(GROUP))["message_thread_id"] == 5

    play_echo(scene)


def test_pictures_in_a_group_are_left_alone(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        photo = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
        api.say(ANNA, None, GROUP, photo=[photo])
        await finished(api, bot)
        assert api.chat(GROUP).ours == []

    play_echo(scene)


def test_context_is_per_person_not_per_group(play: Callable[..., None], pack: object) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        entry = bot.dispatcher.reception.pack.entries["shop-front"]
        api.say(ANNA, f"{CALLED} {entry.title}", GROUP)
        await api.reply(GROUP)
        api.say(BERT, f"{CALLED} 那要什么材料", GROUP)
        other = await api.reply(GROUP, 2)
        assert f"【{entry.short_title}·材料】" not in other["text"]
        api.say(ANNA, f"{CALLED} 那要什么材料", GROUP)
        assert f"【{entry.short_title}·材料】" in (await api.reply(GROUP, 3))["text"]

    play(scene)
