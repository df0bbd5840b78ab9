"""A question missed in Telegram, dealt with in the console, answered in Telegram."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from huiqi.channels.telegram.bot import TelegramBot
from huiqi.curation.misses.queue import Filter
from huiqi.curation.workbench import Workbench
from huiqi.service.settings import Settings
from huiqi.service.telegram import running
from huiqi.store.transaction import transaction
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.console.conftest import Browser, wait_for_checks
from tests.curation.conftest import MISSED
from tests.curation.test_asking_again import WORDINGS
from tests.telegram.bench import finished, settings_for
from tests.telegram.bot_api import BotApi, labels

ANNA, BERT = 8000021, 8000022


def beside_the_console(settings: Settings) -> AbstractAsyncContextManager[TelegramBot]:
    """The bot as `serve` runs it: it leaves the misses to the console, whose page counts whom it will tell."""
    return running(settings, is_alone=False)


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
    wait_for_checks()
    reviewer.get("/console/publish/1")
    assert "1 位提问人会收到通知" in reviewer.post("/console/publish/1").text


def test_a_question_missed_in_telegram_is_answered_there_after_staff_published(
    app: Starlette, workbench_settings: Settings
) -> None:
    async def scene() -> None:
        async with BotApi() as api, beside_the_console(settings_for(api, workbench_settings)) as bot:
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


CARLA = 8000023
NEWS = re.compile(r'<div class="bot news"><p>(.*?)</p>')


class OnTheWeb:
    """Somebody with a browser that may be told next time."""

    def __init__(self, app: Starlette, name: str, question: str) -> None:
        self.browser = TestClient(app)
        body = {"question": question, "conversation": name, "page": True}
        ticket = self.browser.post("/api/v1/ask", json=body).json()["ticket"]
        self.browser.post(f"/q/{ticket['number']}/remember", data={"code": ticket["code"]})

    def news(self) -> list[str]:
        """What the chat page shows of earlier questions when it is opened."""
        return NEWS.findall(self.browser.get("/").text)


def new_entry_is_published(app: Starlette) -> None:
    """An editor writes one entry for all groups of the missing thing, a reviewer approves and publishes it."""
    editor, reviewer = Browser(app, "小李"), Browser(app, "老王")
    editor.get("/console/inbox")
    editor.get("/console/entries/new?miss=1")
    page = editor.post(
        "/console/entries/new",
        miss="1",
        question="排烟罩怎么补",
        answer="排烟罩按票面补两成。",
        facet_标准="按票面补两成。",
        source="测试来源",
        policy="柳河区茶室扶持办法",
        alternates="\n".join([*WORDINGS, "油烟机补贴", "抽油烟设备补多少钱"]),
    ).text
    assert "已提交审核" in page, re.findall(r'href="#(\w+)">([^<]+)', page)
    version = re.search(r'name="version" value="(\d+)"', reviewer.get("/console/drafts/1").text)
    assert version
    reviewer.post("/console/drafts/1", act="approve", version=version[1])
    wait_for_checks()
    reviewer.get("/console/publish/1")
    assert "5 位提问人会收到通知" in reviewer.post("/console/publish/1").text


def the_figure_is_put_right(app: Starlette) -> None:
    """A reviewer publishes another figure, sees whom that concerns, and tells them."""
    bench = Workbench(app.state.staff, app.state.live)
    (entry,) = (name for name, item in bench.engine.current()[0].entries.items() if "排烟罩" in item.title)
    content = bench.drafting.current("entry", entry)
    said = str(content).replace("两成", "三成")
    with transaction(bench.database):
        bench.knowledge.publish({("entry", entry): ast.literal_eval(said)}, "老王", "")
    app.state.live.refresh()
    while bench.publishing.is_asking_again():
        bench.publishing.ask_again(5.0)
    reviewer = Browser(app, "老王")
    page = reviewer.get("/console/corrections").text
    assert "Telegram 3 人" in page and "对话页和挂件 2 人" in page
    (text,) = re.findall(r'<textarea id="text-1"[^>]*>([^<]*)', page)
    assert "发给 5 人" in reviewer.post("/console/corrections/1", act="send", text=text).text


def test_five_wordings_are_closed_by_one_publication_and_all_five_told_once(
    app: Starlette, workbench_settings: Settings
) -> None:
    async def scene() -> None:
        people = (ANNA, BERT, CARLA)
        async with BotApi() as api, beside_the_console(settings_for(api, workbench_settings)) as bot:
            said: dict[str, list[str]] = {}

            async def round_of_news(publish: Callable[[Starlette], None]) -> None:
                heard = {person: len(api.chat(person).texts) for person in people}
                await asyncio.to_thread(publish, app)
                await asyncio.to_thread(bot.dispatcher.reception._provider.refresh)  # type: ignore[attr-defined]
                for _ in range(2):
                    await bot.courier.round()
                    for person, question in zip(people, WORDINGS[:3], strict=True):
                        said.setdefault(question, []).extend(api.chat(person).texts[heard[person] :])
                        heard[person] = len(api.chat(person).texts)
                    for visitor, question in zip(visitors, WORDINGS[3:], strict=True):
                        said.setdefault(question, []).extend(await asyncio.to_thread(visitor.news))

            for person, question in zip(people, WORDINGS[:3], strict=True):
                api.say(person, question)
            await finished(api, bot)
            visitors = [
                await asyncio.to_thread(OnTheWeb, app, f"visitor-{number}", question)
                for number, question in enumerate(WORDINGS[3:])
            ]
            assert [visitor.news() for visitor in visitors] == [[], []]
            await round_of_news(new_entry_is_published)
            assert not Workbench(app.state.staff, app.state.live).miss_queue().numbers(Filter())
            assert {question: len(told) for question, told in said.items()} == dict.fromkeys(WORDINGS, 1)
            assert all(question in told[0] and "两成" in told[0] for question, told in said.items())
            await round_of_news(the_figure_is_put_right)
            assert {question: len(told) for question, told in said.items()} == dict.fromkeys(WORDINGS, 2)
            assert all(question in told[1] and "三成" in told[1] for question, told in said.items())
            for question, told in said.items():
                print(f"{question}\n", *(f"  → {text}\n" for text in told))

    asyncio.run(scene())
