"""What belongs together is taken together: a reply to an earlier answer, a question in several messages, a group that has
become another one, a topic that was closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from huiqi.assistant.asking import Assistant
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.curation.accounts import Accounts
from huiqi.curation.roles import COMMAND_LINE
from huiqi.curation.workbench import Workbench
from huiqi.pack.model import Pack
from huiqi.service.settings import Settings
from huiqi.store.database import Database

from tests.telegram.bench import finished, talking
from tests.telegram.bot_api import ME, BotApi
from tests.telegram.test_unasked import Engine

ANNA, CLARA = 8000041, 8000043
GROUP, OLD_GROUP, NEW_GROUP = -1000000000041, -4100, -1000000004100
CALLED = f"@{ME['username']}"
FRONT, REPAIR = "shop-front", "repair-house"
BURST = 0.4


def asked(database: Database) -> list[str]:
    return [row["text"] for row in database.query("select text from question order by id")]


def test_a_reply_to_an_earlier_answer_is_about_that_answer(play: Callable[..., None], pack: Pack) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, pack.entries[FRONT].title)
        first = await api.reply(ANNA)
        api.say(ANNA, pack.entries[REPAIR].title)
        await api.reply(ANNA, 2)
        await finished(api, bot)
        api.say(ANNA, "来源呢", reply_to_message=first)
        assert pack.entries[FRONT].short_title in (await api.reply(ANNA, 3))["text"]
        api.say(ANNA, "来源呢")
        assert pack.entries[FRONT].short_title in (await api.reply(ANNA, 4))["text"], (
            "what is talked about now"
        )

    async def after_a_restart(api: BotApi, bot: TelegramBot) -> None:
        second = api.chat(ANNA).ours[1]
        api.say(ANNA, "来源呢", reply_to_message=second)
        assert pack.entries[REPAIR].short_title in (await api.reply(ANNA, 5))["text"]

    play(scene, after_a_restart)


def test_short_messages_at_once_are_one_question(play_echo: Callable[..., None], database: Database) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        for text in ("你好", "我想问下", "贷款贴息", "怎么申请"):
            api.say(ANNA, text)
        assert (await api.reply(ANNA))["text"] == "答：你好，我想问下，贷款贴息，怎么申请"
        await finished(api, bot)
        api.say(ANNA, "贷款贴息")
        await api.reply(ANNA, 2)
        api.say(ANNA, "2")
        api.say(ANNA, "这一条很长，一句话已经把要问的都说完了，不用等下一句")
        api.say(ANNA, "谢谢")
        await api.reply(ANNA, 5)
        await finished(api, bot)
        assert {row["state"] for row in database.query("select state from inbox")} == {"done"}

    play_echo(scene, burst=BURST)
    assert asked(database) == [
        "你好，我想问下，贷款贴息，怎么申请",
        "贷款贴息",
        "2",
        "这一条很长，一句话已经把要问的都说完了，不用等下一句",
        "谢谢",
    ]


def test_a_question_in_pieces_survives_a_restart(play_echo: Callable[..., None], database: Database) -> None:
    async def begun(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "贷款贴息")
        api.say(ANNA, "怎么申请")
        await api.until(lambda: not api.pending)

    async def ended(api: BotApi, bot: TelegramBot) -> None:
        assert (await api.reply(ANNA))["text"] == "答：贷款贴息，怎么申请"
        await finished(api, bot)
        assert len(api.chat(ANNA).ours) == 1

    play_echo(begun, ended, burst=BURST)
    assert asked(database) == ["贷款贴息，怎么申请"]


def test_the_staffs_group_may_become_a_supergroup(
    settings: Settings, assistant: Assistant, database: Database
) -> None:
    workbench = Workbench(database, Engine(assistant))  # type: ignore[arg-type]
    accounts = Accounts(database)
    accounts.create("clara", "a long password of clara", "editor", COMMAND_LINE)
    accounts.change("clara", COMMAND_LINE, telegram=str(CLARA))
    ours = replace(settings, staff_chat=str(OLD_GROUP))

    async def scene() -> None:
        async with BotApi() as api:
            api.chat(OLD_GROUP)
            async with talking(ours, assistant, database, api=api, workbench=workbench) as (_, bot):
                api.say(CLARA, None, OLD_GROUP, migrate_to_chat_id=NEW_GROUP)
                await finished(api, bot)
                api.say(CLARA, "/pending", NEW_GROUP)
                assert (await api.reply(NEW_GROUP))["text"]
                assert bot.dispatcher.staff_chat == NEW_GROUP
            # The setting still names the old number.
            async with talking(ours, assistant, database, api=api, workbench=workbench) as (_, bot):
                assert bot.dispatcher.staff_chat == NEW_GROUP
                assert f"chat/{NEW_GROUP}" in api.commands
                api.say(CLARA, "/pending", NEW_GROUP)
                assert (await api.reply(NEW_GROUP, 2))["text"]

    asyncio.run(scene())


def test_what_was_meant_for_a_closed_topic_is_said_in_the_group(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.chat(GROUP).closed_topics.add(5)
        api.say(ANNA, f"{CALLED} 甲", GROUP, message_thread_id=5, is_topic_message=True)
        answer = await api.reply(GROUP)
        assert answer["text"] == "答：甲" and "message_thread_id" not in answer

    play_echo(scene)
