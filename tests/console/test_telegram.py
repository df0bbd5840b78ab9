"""A question missed in Telegram, dealt with in the console, answered in Telegram."""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import replace

from huiqi.service.settings import Settings
from huiqi.service.telegram import running
from starlette.applications import Starlette

from tests.console.conftest import Browser
from tests.curation.conftest import MISSED
from tests.telegram.bench import finished, settings_for
from tests.telegram.bot_api import BotApi, labels

ANNA, BERT = 8000021, 8000022


def published_by_staff(app: Starlette) -> None:
    """What an editor and a reviewer do at the console about the first miss."""
    editor, reviewer = Browser(app, "小李"), Browser(app, "老王")
    assert MISSED in editor.get("/console/inbox").text
    editor.get("/console/inbox/1")
    editor.post("/console/inbox/1/alias", entry="tea-stove", wording=MISSED)
    version = re.search(r'name="version" value="(\d+)"', reviewer.get("/console/drafts/1").text)
    assert version
    reviewer.post("/console/drafts/1", act="approve", version=version[1])
    reviewer.get("/console/publish")
    reviewer.post("/console/publish/check")
    for thread in threading.enumerate():
        if thread.name.startswith("gate "):
            thread.join(60)
    reviewer.get("/console/publish/1")
    assert "1 位提问人会收到通知" in reviewer.post("/console/publish/1").text


def test_a_question_missed_in_telegram_is_answered_there_after_staff_published(
    app: Starlette, workbench_settings: Settings
) -> None:
    async def scene() -> None:
        async with BotApi() as api, running(settings_for(api, replace(workbench_settings))) as bot:
            api.say(ANNA, MISSED)
            await finished(api, bot)
            assert "答不上来" in api.chat(ANNA).texts[-1]
            await asyncio.to_thread(published_by_staff, app)
            # The bot's own process notices the release by its fingerprint; here without waiting for the look.
            await asyncio.to_thread(bot.dispatcher.reception._provider.refresh)  # type: ignore[attr-defined]
            await bot.courier.round()
            told = api.chat(ANNA).ours[-1]
            assert f"您问过的“{MISSED}”" in told["text"]
            (button,) = labels(told)
            assert "茶室炉灶" in button, "who asked is told"
            api.press(ANNA, told, button)
            await finished(api, bot)
            assert "按票面补三成" in api.chat(ANNA).texts[-1]
            api.say(BERT, MISSED)
            await finished(api, bot)
            assert "按票面补三成" in api.chat(BERT).texts[-1], "who asks now is answered"

    asyncio.run(scene())
