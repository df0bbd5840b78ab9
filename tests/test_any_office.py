"""Another office's pack shows nothing of the one that comes with the program: a walk past all that people see."""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huiqi.assistant.asking import Assistant, Message
from huiqi.channels.telegram import texts
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.channels.terminal import PlainScreen, Talk, run_chat
from huiqi.formats.pack_reader import read_pack
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.service.settings import Settings
from sqlite_utils import Database
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import ROOT, XINGHE, Ran
from tests.console.conftest import Browser, application
from tests.console.conftest import hashed_password as hashed_password
from tests.telegram.bench import finished, talking
from tests.telegram.bot_api import BotApi, labels

FOREIGN = re.compile(r"光明|深圳|广东|深光|惠企15条|hq15|贷款贴息能补多少|(?<!\d)12345(?!\d)|2020")
"""What only the shipped pack may say."""
HOTLINE = "6660-1234"
ANNA = 501
QUESTIONS = {
    "摆个夜市摊要交多少钱": "每晚6元",
    "县里的修房补助呢": "县里修房补助",
    "各级对照": "星河镇的商户可先问镇级的",
    "你们周末上不上班": "周一到周六",
    "来源与有效期": "星河镇便民服务中心的答复",
    "北桥镇的夜市怎么申请": "“北桥镇”的事请问当地主管部门",
    "星府〔2024〕99号说了什么": "请核对文号",
    "夜市18条是什么": "“夜市8条”",
    "驾照换证": HOTLINE,
    "我真的不想活了": "平安",
    "公司能享受哪些政策": "",
    "你好": "星河小帮手",
}
"""Question → what its reply says."""


def _is_clean(shown: str) -> bool:
    found = FOREIGN.search(shown)
    assert found is None, shown[max(found.start() - 60, 0) : found.end() + 60]
    return True


@pytest.fixture
def app(settings: Settings, hashed_password: str) -> Iterator[Starlette]:
    with application(settings, hashed_password) as app:
        yield app


def test_every_kind_of_reply_is_the_offices_own(assistant: Assistant) -> None:
    for question, said in QUESTIONS.items():
        reply = assistant.ask(Message(question, "test", "c", explain=True))
        shown = "\n".join([reply.text, reply.explanation or "", *(button.label for button in reply.buttons)])
        assert said in reply.text, (question, reply.text)
        assert _is_clean(shown), question


def test_every_golden_question_is_answered(assistant: Assistant, pack: Pack) -> None:
    for golden in pack.golden:
        assert assistant.ask(Message(golden.question, "test")).entry in golden.accept, golden.question


def test_the_offices_own_word_is_given_for_any_year_and_names_the_office(assistant: Assistant) -> None:
    reply = assistant.ask(Message("2021年你们几点下班", "test"))
    assert reply.entry == "faq-hours"
    assert "据星河镇便民服务中心的答复" in reply.text and "文号" not in reply.text
    assert "咨询：星河镇便民服务中心" in reply.text


def test_a_rule_of_another_year_is_still_not_given_for_this_one(assistant: Assistant) -> None:
    assert assistant.ask(Message("2019年夜市摊位费多少钱", "test")).outcome == "unanswered"


def test_the_terminal_speaks_for_the_office(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{question}\n" for question in (*QUESTIONS, "/help", "/check", "/facets", "0"))
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    run_chat(assistant, None)
    shown = capsys.readouterr().out
    assert shown.startswith("星河小帮手：星河镇办事问答。")
    assert _is_clean(shown)


def test_every_page_and_answer_of_the_web_is_the_offices_own(app: Starlette) -> None:
    client = TestClient(app)
    front = client.get("/").text
    assert "<h1>星河小帮手</h1>" in front and "星河镇办事问答" in front and "摊位怎么申请" in front
    assert "问${name}" in client.get("/widget.js").text
    assert json.dumps("星河小帮手") in client.get("/widget.js").text
    for path in ("/", "/widget.js", "/chat.js", "/chat.css", "/api/v1/openapi.json", "/metrics", "/readyz"):
        assert _is_clean(client.get(path).text), path
    for question in QUESTIONS:
        assert _is_clean(client.post("/", data={"question": question, "conversation": "c"}).text)
        asked = client.post("/api/v1/ask", json={"question": question, "conversation": "d"})
        assert _is_clean(asked.text)
    assert _is_clean(client.post("/api/v1/ask", json={}).text)
    assert _is_clean(client.get("/api/v1/entries/stall-fee").text)


def test_an_error_of_ours_names_the_offices_hotline(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.live.assistant, "decide", lambda message: 1 / 0)
    told = TestClient(app).post("/api/v1/ask", json={"question": "几点上班"}).json()["error"]
    assert HOTLINE in told and _is_clean(told)


CONSOLE = (
    "/console/",
    "/console/inbox",
    "/console/inbox/1",
    "/console/entries",
    "/console/entries?level=县",
    "/console/entries/new",
    "/console/entries/stall-fee",
    "/console/entries/faq-hours",
    "/console/revisions/entry/stall-fee",
    "/console/sources",
    "/console/test?q=摆摊要交多少&entry=stall-fee",
    "/console/review",
    "/console/publish",
    "/console/golden?run=1",
    "/console/log",
    "/console/health",
    "/console/figures?days=7",
    "/console/figures.csv",
    "/console/inbox.csv",
    "/console/workbook",
    "/console/users",
    "/console/audit",
    "/console/help",
    "/console/nowhere",
)


def test_every_page_of_the_workbench_is_the_offices_own(app: Starlette) -> None:
    TestClient(app).post("/api/v1/ask", json={"question": "驾照换证", "conversation": "c"})
    browser = Browser(app)
    assert _is_clean(browser.get("/console/login").text)
    browser = Browser(app, "主任")
    for path in CONSOLE:
        assert _is_clean(browser.get(path).text), path
    assert "本单位" in browser.get("/console/sources").text
    assert "不是星河镇的事" in browser.get("/console/inbox/1").text
    assert '<option value="县">县</option>' in browser.get("/console/entries/stall-fee").text


def test_the_workbook_is_the_offices_own(app: Starlette) -> None:
    with zipfile.ZipFile(io.BytesIO(Browser(app, "主任").get("/console/workbook.xlsx").content)) as book:
        assert all(
            _is_clean(html.unescape(book.read(name).decode("utf-8", "replace"))) for name in book.namelist()
        )


def test_every_command_button_and_message_on_telegram_is_the_offices_own(
    settings: Settings, assistant: Assistant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody presses so many buttons so soon.
    monkeypatch.setattr("huiqi.channels.telegram.updates.QUICK_BURST", 1000)

    async def walk() -> None:
        async with BotApi() as api, talking(settings, assistant, database, api=api) as (_, bot):
            await _say_everything(api, bot)
            shown = "\n".join(
                [
                    json.dumps(api.chat(ANNA).ours, ensure_ascii=False, default=str),
                    json.dumps(api.commands, ensure_ascii=False),
                    json.dumps(api.toasts, ensure_ascii=False),
                    json.dumps(api.offers, ensure_ascii=False, default=str),
                ]
            )
            assert "您好，我是星河小帮手，解答星河镇的事" in shown and HOTLINE in shown
            assert "〔镇〕" in shown
            assert _is_clean(shown)

    asyncio.run(walk())


async def _say_everything(api: BotApi, bot: TelegramBot) -> None:
    for command, _ in texts.COMMANDS:
        api.say(ANNA, f"/{command}")
        await finished(api, bot)
    for question in QUESTIONS:
        api.say(ANNA, question)
        await finished(api, bot)
        last = api.chat(ANNA).ours[-1]
        for label in labels(last)[:12]:
            api.press(ANNA, last, label)
            await finished(api, bot)
    api.say(ANNA, "/menu")
    await finished(api, bot)
    menu = api.chat(ANNA).ours[-1]
    api.press(ANNA, menu, labels(menu)[0])
    photo: dict[str, Any] = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
    api.say(ANNA, None, photo=[photo])
    api.type_inline(ANNA, "摊位")
    await finished(api, bot)


def test_every_fixed_sentence_on_telegram_is_free_of_any_place(pack: Pack) -> None:
    fixed = [value for value in vars(texts).values() if isinstance(value, (str, tuple, dict))]
    made = [
        texts.welcome(pack),
        texts.help_text(pack),
        texts.empty("bot", pack),
        texts.ask_human(pack.office),
    ]
    made += [texts.error(1, pack.office), texts.left_to_staff("几点上班", 1, pack.office)]
    assert _is_clean(repr(fixed) + "\n".join(made))


def test_every_command_line_speaks_for_any_office(settings: Settings, huiqi: Any, tmp_path: Path) -> None:
    folder = ("--knowledge", str(XINGHE))
    for arguments in (
        ("kb", "check", str(XINGHE)),
        ("ask", *folder, "北桥镇的夜市怎么申请"),
        ("ask", *folder, "--explain", "--json", "几点上班"),
        ("doctor", *folder),
        ("kb", "lint", *folder),
        ("kb", "export", *folder, str(tmp_path / "out")),
        ("unanswered", "list"),
        ("ask",),
        ("ask", "--as-of", "gestern", "几点上班"),
        (),
        ("--help",),
    ):
        try:
            ran: Ran = huiqi(*arguments)
        except SystemExit:
            continue
        shown = (ran.out + ran.err).replace(str(ROOT), "")
        assert _is_clean(shown), arguments
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").rglob("*.yaml"))
    assert _is_clean(written) and "星河小帮手" in written


LEVEL_LINE = re.compile(r"^ *level: .*\n", re.MULTILINE)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """The same pack for an office with one level, no hotline and no place."""
    folder = Path(shutil.copytree(XINGHE, tmp_path / "flat"))
    (folder / "office.yaml").write_text("name: 小帮手\nlevels: [独一级]\n", encoding="utf-8")
    (folder / "ladders.yaml").unlink()
    (folder / "places.yaml").unlink()
    for file in (folder / "policies").iterdir():
        file.write_text(LEVEL_LINE.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def test_where_there_is_one_level_none_is_shown_anywhere(
    flat: Path, settings: Settings, hashed_password: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with application(replace(settings, pack_folder=flat), hashed_password) as app:
        assistant: Assistant = app.state.live.assistant
        talk = Talk(assistant, PlainScreen())
        for question in ("县里修房补不补", "各级对照", "修房补助怎么办", "镇里的呢", "更多", "/help"):
            talk.hear(question)
        browser = Browser(app, "主任")
        pages = [browser.get(path).text for path in CONSOLE if "level=" not in path and "help" not in path]
        shown = capsys.readouterr().out + "".join(pages) + texts.help_text(assistant.pack)
        assert "独一级" not in shown
        assert "层级" not in shown and "（None" not in shown


def test_an_office_without_a_hotline_makes_whole_sentences(flat: Path) -> None:
    pack = read_pack(flat)
    assistant = Assistant(pack, Matcher(compile_pack(pack)))
    said = [assistant.ask(Message(question, "test")).text for question in QUESTIONS]
    said += [
        texts.welcome(pack),
        texts.help_text(pack),
        texts.ask_human(pack.office),
        texts.error(1, pack.office),
    ]
    for text in said:
        assert not re.search(r"拨打[。；，]|拨打 *$|；。|。。|，。|None|：（", text), text


@pytest.mark.parametrize(
    ("question", "says"),
    [("盖章要什么材料", "二号窗口"), ("盖章找哪个部门", "二号窗口"), ("中心的停车流程是什么", "后院")],
)
def test_a_plain_question_with_its_answer_is_answered_whatever_aspect_is_asked(
    assistant: Assistant, question: str, says: str
) -> None:
    reply = assistant.ask(Message(question, "test"))
    assert says in reply.first and "未查明" not in reply.first
