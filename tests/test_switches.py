"""The kill switch of each channel: off for everybody within two seconds, one sentence, and nothing is kept."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.curation.roles import CurationError, Forbidden, Member
from huiqi.curation.switching import CHANNELS, Switching
from huiqi.pack.model import Pack
from huiqi.service.settings import Settings
from huiqi.service.wiring import open_assistant
from huiqi.store.database import open_database
from huiqi.store.switches import LOOKED_EVERY, Switches
from sqlite_utils import Database
from starlette.applications import Starlette

from tests.conftest import Ran
from tests.console.conftest import Browser, app, hashed_password, served  # noqa: F401
from tests.telegram.bot_api import BotApi
from tests.telegram.conftest import play  # noqa: F401

SENTENCE = "这里暂停自动答复，请过些时候再来"
REVIEWER, EDITOR = Member("老王", "reviewer"), Member("小李", "editor")
QUESTION = "换炉灶有补贴吗"
EFFECT = 2.0
"""Seconds within which a switch is to be in force everywhere."""


def _post(address: str, path: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _logged(app: Starlette) -> int:  # noqa: F811
    return len(list(app.state.staff.query("select id from question")))


def _until(address: str, status: int, body: dict[str, object]) -> dict[str, Any]:
    deadline = time.monotonic() + EFFECT
    while True:
        got, said = _post(address, "/api/v1/ask", body)
        if got == status:
            return said
        assert time.monotonic() < deadline, (got, said)
        time.sleep(0.1)


def test_a_switch_of_another_process_stops_the_page_or_the_interface_and_nothing_is_kept(
    workbench_settings: Settings,
    hashed_password: str,  # noqa: F811
    huiqi: Callable[..., Ran],
) -> None:
    with served(workbench_settings, hashed_password) as (app, address):  # noqa: F811
        program, page = {"question": QUESTION}, {"question": QUESTION, "page": True}
        assert _until(address, 200, program)["entry"] == "tea-stove"
        assert huiqi("channel", "off", "web", "--by", "老王", "--reason", "答错了，正在改").code == 0
        assert SENTENCE in _until(address, 503, page)["error"]
        assert _post(address, "/api/v1/ask", program)[0] == 200
        asked = _logged(app)
        with urllib.request.urlopen(address, timeout=20) as home:
            assert SENTENCE in home.read().decode()
        form = urllib.request.Request(address, "question=换炉灶有补贴吗".encode())
        with urllib.request.urlopen(form, timeout=20) as without_script:
            said = without_script.read().decode()
        assert SENTENCE in said and "三成" not in said
        assert _logged(app) == asked
        with urllib.request.urlopen(f"{address}/readyz", timeout=20) as ready:
            assert json.load(ready)["ready"] is True
        assert huiqi("channel", "off", "api", "--by", "老王", "--reason", "也停").code == 0
        assert SENTENCE in _until(address, 503, program)["error"]
        assert huiqi("channel", "on", "web", "--by", "老王").code == 0
        assert _until(address, 200, page)["entry"] == "tea-stove"


def test_the_terminal_says_the_sentence_and_logs_nothing(
    published: Settings, huiqi: Callable[..., Ran], pack: Pack
) -> None:
    assert huiqi("channel", "off", "terminal", "--by", "老王", "--reason", "在改").code == 0
    ran = huiqi("ask", "夜市8条的摊位费多少钱", "--json")
    assert ran.code == 0 and json.loads(ran.out)["reason"] == "channel_off"
    assert SENTENCE in json.loads(ran.out)["text"] and pack.office.hotline
    assert pack.office.hotline.number in json.loads(ran.out)["text"]
    database = open_database(published.database)
    assert list(database.query("select * from question")) == []
    database.close()
    told = huiqi("doctor").out
    assert "终端（ask、chat、check） 由 老王（命令行）" in told and "（在改）" in told
    assert huiqi("channel", "on", "terminal", "--by", "老王").code == 0
    assert SENTENCE not in huiqi("ask", "夜市8条的摊位费多少钱", "--json").out
    assert "没有停用的" in huiqi("doctor").out


def test_telegram_says_the_sentence_and_forgets_whoever_asks_for_it(
    play: Callable[..., None],  # noqa: F811
    database: Database,
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(8000011, "夜市8条的摊位费多少钱")
        assert SENTENCE not in (await api.reply(8000011))["text"]
        Switching(database).off("telegram", REVIEWER, "在改")
        switches = bot.dispatcher.reception._switches
        switches._looked_at -= LOOKED_EVERY
        before = len(list(database.query("select id from question")))
        for count, said in enumerate(("摊位怎么申请", "/menu", "/human 我有事"), 2):
            api.say(8000011, said)
            assert SENTENCE in (await api.reply(8000011, count))["text"]
        assert len(list(database.query("select id from question"))) == before
        api.say(8000011, "/forget")
        assert "已删除您的全部记录" in (await api.reply(8000011, 5))["text"]
        assert list(database.query("select id from question")) == []

    play(scene)


def test_staff_of_the_right_role_switch_and_every_page_says_that_it_is_off(app: object) -> None:  # noqa: F811
    reviewer, editor = Browser(app, "老王"), Browser(app, "小李")  # type: ignore[arg-type]
    reviewer.get("/console/channels")
    assert "照常作答" in reviewer.page
    assert reviewer.post("/console/channels", channel="telegram", act="off", reason="").status_code == 400
    reviewer.get("/console/channels")
    reviewer.post("/console/channels", channel="telegram", act="off", reason="某条答错了")
    assert "两秒之内不再作答" in reviewer.page and "某条答错了" in reviewer.page
    editor.get("/console/")
    assert "停止作答的渠道：Telegram" in editor.page
    editor.get("/console/channels")
    assert "需要“审核”角色" in editor.page
    assert editor.post("/console/channels", channel="telegram", act="on", reason="").status_code == 403
    reviewer.get("/console/channels")
    reviewer.post("/console/channels", channel="telegram", act="on", reason="改好了")
    reviewer.get("/console/audit")
    assert "停用渠道" in reviewer.page and "恢复渠道" in reviewer.page and "某条答错了" in reviewer.page


WRONG = [
    (EDITOR, "telegram", "在改", Forbidden),
    (REVIEWER, "fax", "在改", CurationError),
    (REVIEWER, "telegram", "  ", CurationError),
    (REVIEWER, "telegram", "长" * 501, CurationError),
]


@pytest.mark.parametrize(("by", "channel", "reason", "error"), WRONG)
def test_what_cannot_be_switched_is_refused(
    database: Database, by: Member, channel: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Switching(database).off(channel, by, reason)
    assert not Switching(database).off_now() and list(database.query("select * from audit")) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_switch_survives_a_restart(published: Settings, channel: str) -> None:
    first = open_database(published.database)
    Switching(first).off(channel, REVIEWER, "在改")
    first.close()
    assistant = open_assistant(published)
    assert assistant._switches is not None and assistant._switches.is_off(channel)


def test_a_store_that_cannot_be_read_leaves_what_was_known(database: Database) -> None:
    moment = [0.0]
    switches = Switches(database, lambda: moment[0])
    Switching(database).off("web", REVIEWER, "在改")
    assert switches.is_off("web")
    database.conn.execute("drop table channel_off")
    moment[0] = 100.0
    assert switches.is_off("web")
