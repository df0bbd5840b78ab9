"""The forms of an entry come as files to whoever asks for them, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Attachment, Pack
from huiqi.store.attachments import AttachmentStore
from huiqi.store.conversations import Conversations
from huiqi.store.question_log import QuestionLog
from sqlite_utils import Database

from tests.telegram.bench import finished
from tests.telegram.bot_api import BotApi, Fault, labels

ANNA, GROUP = 8000011, -1000000000001
ENTRY, NAME, FORM = "shop-front", "店面换新 申请表.pdf", b"%PDF-1.7 a form"


@pytest.fixture
def assistant(pack: Pack, matcher: Matcher, database: Database) -> Assistant:
    """One whose entry has a form to fill in."""
    digest = AttachmentStore(database).add(FORM, "小李")
    entry = replace(pack.entries[ENTRY], attachments=(Attachment(NAME, digest),))
    with_form = replace(pack, entries={**pack.entries, ENTRY: entry})
    return Assistant(with_form, matcher, QuestionLog(database), Conversations(database))


def test_the_form_comes_to_whoever_asks_what_to_bring_or_taps_its_button(
    play: Callable[..., None], pack: Pack
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, pack.entries[ENTRY].title)
        answer = await api.reply(ANNA)
        await finished(api, bot)
        assert "附件" in labels(answer) and api.files == []
        api.press(ANNA, answer, "附件")
        await api.until(lambda: api.files)
        assert api.files == [(ANNA, NAME, FORM)]
        assert f"附件：{NAME}" in api.chat(ANNA).texts[-1]
        api.say(ANNA, "店面换新要什么材料")
        await api.until(lambda: len(api.files) == 2)
        api.say(ANNA, "附件")
        await api.until(lambda: len(api.files) == 3)

    play(scene)


@pytest.mark.parametrize("kind", ["drop_after", "500_after", "429", "drop"])
def test_a_file_whose_answer_was_lost_comes_once(play: Callable[..., None], kind: str) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.chat(ANNA)
        api.faults.append(Fault(kind, "sendDocument", retry_after=0))
        api.say(ANNA, "店面换新要什么材料")
        await api.until(lambda: api.files)
        await finished(api, bot)
        assert api.files == [(ANNA, NAME, FORM)]
        assert len([message for message in api.chat(ANNA).ours if "document" in message]) == 1

    play(scene)


def test_a_file_that_is_not_here_holds_nothing_up(
    play: Callable[..., None], database: Database, assistant: Assistant
) -> None:
    with database.conn:
        database.conn.execute("delete from attachment")

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "店面换新要什么材料")
        await api.reply(ANNA)
        api.say(ANNA, "谢谢")
        await api.reply(ANNA, 2)
        await finished(api, bot)
        assert api.files == []

    play(scene)
