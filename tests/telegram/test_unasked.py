"""What the bot says without being asked just then: changes of an entry, answers of staff, and to staff."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.channels.telegram import texts
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.curation.accounts import Accounts
from huiqi.curation.roles import COMMAND_LINE
from huiqi.curation.subscribers import SubscriberDesk
from huiqi.curation.workbench import Workbench
from huiqi.formats.pack_reader import read_folder
from huiqi.service.settings import Settings
from huiqi.service.telegram import kept_running
from huiqi.store.conversations import Conversations
from huiqi.store.handovers import Handovers
from huiqi.store.kept_checks import KeptChecks
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.notifications import Notifications
from huiqi.store.question_log import QuestionLog
from huiqi.store.subscriptions import Subscriptions
from huiqi.store.transaction import transaction
from sqlite_utils import Database

from tests.conftest import XINGHE
from tests.telegram.bench import finished, talking
from tests.telegram.bot_api import TOKEN, BotApi, labels

ANNA, BERT, CLARA = 8000011, 8000012, 8000013
STAFF = -1001000000009
ENTRY = "shop-front"


def test_subscribers_are_told_once_when_an_entry_changes(
    play: Callable[..., None], database: Database, assistant: Assistant
) -> None:
    knowledge, desk = KnowledgeStore(database), SubscriberDesk(database)
    knowledge.import_documents(read_folder(XINGHE), "tests")
    pack = assistant.pack
    title = pack.entries[ENTRY].short_title

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, f"/start {ENTRY}")
        api.press(ANNA, await api.reply(ANNA), "订阅")
        await finished(api, bot)
        await bot.courier.round()
        assert len(api.chat(ANNA).ours) == 1
        content = {**knowledge.item("entry", ENTRY), "summary": {"text": "每家补九百元。", "source": ["X1"]}}
        with transaction(database):
            release = knowledge.publish({("entry", ENTRY): content}, "tests", "")
        with transaction(database):
            desk.note(release, desk.news_of(release, pack), pack)
        await bot.courier.round()
        assert len(api.chat(ANNA).ours) == 1, "nobody is told of a release that is not in force here yet"
        newer = Assistant(
            knowledge.pack(),
            assistant.matcher,
            QuestionLog(database),
            Conversations(database),
            subscriptions=Subscriptions(database),
            checks=KeptChecks(database),
        )
        bot.dispatcher.reception._provider.assistant = newer  # type: ignore[misc]
        await bot.courier.round()
        await bot.courier.round()
        news = api.chat(ANNA).ours[1:]
        assert len(news) == 1
        assert news[0]["text"] == f"您订阅的“{title}”有变化：“{title}”的概要现在是：每家补九百元。"
        see, end = labels(news[0])
        api.press(ANNA, news[0], see)
        assert title in (await api.reply(ANNA, 3))["text"]
        assert end == f"退订{title}"
        api.press(ANNA, news[0], end)
        assert (await api.reply(ANNA, 4))["text"].startswith(f"已退订“{title}”")
        assert not list(database.query("select 1 from subscription"))
        api.say(ANNA, "订阅全部")
        assert "已订阅“全部政策”" in (await api.reply(ANNA, 5))["text"]
        api.press(ANNA, api.chat(ANNA).ours[-1], "退订")
        assert "已退订“全部政策”" in (await api.reply(ANNA, 6))["text"]

    play(scene)


def test_askers_are_told_once_what_staff_answered(play_echo: Callable[..., None], database: Database) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "甲")
        await finished(api, bot)
        row = ("telegram", str(ANNA), str(ANNA), 1)
        Notifications(database).add_all([row], miss=1, entry=None, text="请带<原件>来")
        await bot.courier.round()
        await bot.courier.round()
        assert api.chat(ANNA).texts == ["答：甲", "您问过的“甲”，工作人员答复：\n请带<原件>来"]
        assert [notice.state for notice in Notifications(database).of_miss(1)] == ["delivered"]

    play_echo(scene)


def test_who_blocked_the_bot_is_seen_by_staff_as_such(
    play_echo: Callable[..., None], database: Database
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "甲")
        await finished(api, bot)
        api.chat(ANNA).is_blocked = True
        row = ("telegram", str(ANNA), str(ANNA), 1)
        Notifications(database).add_all([row], miss=1, entry=None, text="请带原件来")
        assert [notice.state for notice in Notifications(database).of_miss(1)] == ["pending"]
        await bot.courier.round()
        assert [notice.state for notice in Notifications(database).of_miss(1)] == ["blocked"]

    play_echo(scene)


class Engine:
    """The assistant in force, as the workbench wants it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def current(self) -> object:
        return self._assistant.pack, self._assistant.matcher


def test_staff_work_on_misses_from_their_chat(
    settings: Settings, assistant: Assistant, database: Database
) -> None:
    workbench = Workbench(database, Engine(assistant))  # type: ignore[arg-type]
    accounts = Accounts(database)
    accounts.create("clara", "a long password of clara", "editor", COMMAND_LINE)
    accounts.change("clara", COMMAND_LINE, telegram=str(CLARA))

    async def scene() -> None:
        async with BotApi() as api:
            api.chat(STAFF)
            ours = replace(settings, staff_chat=str(STAFF))
            async with talking(ours, assistant, database, api=api, workbench=workbench) as (_, bot):

                async def staff_say(person: int, text: str, place: int = STAFF) -> str:
                    before = len(api.chat(place).ours)
                    api.say(person, text, place)
                    return str((await api.reply(place, before + 1))["text"])

                assert {command["command"] for command in api.commands[f"chat/{STAFF}"]} >= {
                    "pending",
                    "claim",
                }
                api.say(ANNA, "公司想在火星建厂有补贴吗")
                await api.reply(ANNA)
                assert "火星" in await staff_say(CLARA, "/pending")
                assert "认领" in await staff_say(CLARA, "/claim 1")
                assert "用法" in await staff_say(CLARA, "/claim")
                assert "用法" in await staff_say(CLARA, "/ignore 1")
                assert str(BERT) in await staff_say(BERT, "/pending")
                assert await staff_say(CLARA, "/pending", CLARA) == texts.UNKNOWN_COMMAND
                Handovers(database).want_person("wecom", "lihua", "lihua")
                assert "在等" in await staff_say(CLARA, "/talks")
                assert "/say 1" in await staff_say(CLARA, "/take 1")
                assert "已发给" in await staff_say(CLARA, "/say 1 您好，请说")
                assert "用法" in await staff_say(CLARA, "/say 1")
                assert "由机器人回答" in await staff_say(CLARA, "/end 1")
                assert "答复" in await staff_say(CLARA, "/answer 1 目前没有这样的补贴。")
                await bot.courier.round()
                assert api.chat(ANNA).texts[-1].endswith("目前没有这样的补贴。")

    asyncio.run(scene())


def test_beside_other_services_a_failing_start_is_told_and_nothing_more(settings: Settings) -> None:
    told: list[str] = []

    async def scene() -> None:
        heard = asyncio.Event()

        def notify(sentence: str) -> None:
            told.append(sentence)
            heard.set()

        nobody = replace(settings, telegram_token=TOKEN, telegram_base_url="http://127.0.0.1:9/bot")
        async with kept_running(nobody, notify):
            await heard.wait()

    asyncio.run(scene())
    assert "HUIQI_TELEGRAM_BASE_URL" in told[0] and TOKEN not in told[0]


@pytest.mark.parametrize("said", ["/pending", "/stats"])
def test_staff_commands_are_unknown_elsewhere(play_echo: Callable[..., None], said: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, said)
        assert (await api.reply(ANNA))["text"] == texts.UNKNOWN_COMMAND

    play_echo(scene)
