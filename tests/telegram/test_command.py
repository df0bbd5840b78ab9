"""The commands `huiqi telegram` and `huiqi kb qr`, the first as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huiqi.channels.telegram import texts

from tests.conftest import ROOT, XINGHE, Ran
from tests.telegram.bot_api import TOKEN, BotApi

ANNA = 8000011


def test_without_a_token_it_says_how_to_get_one(
    huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    ran = huiqi("telegram")
    assert ran.code == 2 and "@BotFather" in ran.err and "demo-telegram" in ran.err


def test_a_webhook_must_be_https(huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    ran = huiqi("telegram", "--webhook", "http://a.cn/")
    assert ran.code == 2 and "https://" in ran.err


def test_a_server_that_is_not_there_is_said_in_a_sentence(
    huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, small_pack: Path
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("HUIQI_TELEGRAM_BASE_URL", "http://127.0.0.1:9/bot")
    ran = huiqi("kb", "qr", "shop-front")
    assert ran.code == 1 and "HUIQI_TELEGRAM_BASE_URL" in ran.err and TOKEN not in ran.err


def test_a_poster_has_a_code_and_its_link(huiqi: Callable[..., Ran], tmp_path: Path) -> None:
    ran = huiqi("kb", "qr", "shop-front", "--bot", "@huiqi_bot")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "https://t.me/huiqi_bot?start=shop-front"
    assert len(ran.out.splitlines()) > 10
    drawn = huiqi("kb", "qr", "shop-front", "--bot", "huiqi_bot", "--output", tmp_path / "a.svg")
    assert drawn.code == 0 and (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-entry", "--bot", "huiqi_bot"], "no-such-entry"),
        (["shop-front", "--bot", "huiqi_bot", "--output", "a.gif"], ".svg"),
        (["shop-front"], "--bot"),
    ],
)
def test_a_poster_that_cannot_be_drawn_says_why(
    huiqi: Callable[..., Ran], arguments: list[str], said: str
) -> None:
    ran = huiqi("kb", "qr", *arguments)
    assert ran.code == 2 and said in ran.err


def test_the_command_answers_and_ends_when_told_to(tmp_path: Path, compiled: object) -> None:
    """Started as a process, asked, told to end: it does, within five seconds, and the token is in no line."""

    async def scene() -> str:
        async with BotApi() as api:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "huiqi",
                "telegram",
                cwd=ROOT,
                env=os.environ
                | {
                    "HUIQI_DATABASE": str(tmp_path / "huiqi.db"),
                    "HUIQI_KNOWLEDGE": str(XINGHE),
                    "TELEGRAM_BOT_TOKEN": TOKEN,
                    "HUIQI_TELEGRAM_BASE_URL": api.url,
                },
                stderr=asyncio.subprocess.PIPE,
            )
            assert process.stderr
            read = asyncio.create_task(process.stderr.read())
            api.say(ANNA, "店面换新补助怎么申请")
            await api.until(lambda: api.chat(ANNA).ours, seconds=120)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                assert await process.wait() == 0
            return (await read).decode()

    said = asyncio.run(scene())
    assert re.search("@huiqi_bot 已启动", said)
    assert TOKEN not in said


def test_a_second_process_on_the_same_token_says_so_and_waits_for_the_first(
    tmp_path: Path, compiled: object
) -> None:
    async def scene() -> None:
        async with BotApi() as api:

            async def started(name: str) -> asyncio.subprocess.Process:
                return await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "huiqi",
                    "telegram",
                    cwd=ROOT,
                    env=os.environ
                    | {
                        "HUIQI_DATABASE": str(tmp_path / name),
                        "HUIQI_KNOWLEDGE": str(XINGHE),
                        "TELEGRAM_BOT_TOKEN": TOKEN,
                        "HUIQI_TELEGRAM_BASE_URL": api.url,
                    },
                    stderr=asyncio.subprocess.PIPE,
                )

            async def says(process: asyncio.subprocess.Process, words: str) -> None:
                assert process.stderr
                async with asyncio.timeout(120):
                    while words not in (line := (await process.stderr.readline()).decode()):
                        assert line

            first = await started("a.db")
            await says(first, "已启动")
            second, third = await started("b.db"), await started("c.db")
            await says(second, "同一个令牌")
            await says(third, "同一个令牌")
            # One that waits ends as well as one that works.
            third.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                assert await third.wait() == 0
            first.kill()
            await first.wait()
            await says(second, "已启动")
            api.say(ANNA, "店面换新补助怎么申请")
            await api.until(lambda: api.chat(ANNA).ours, seconds=120)
            second.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                assert await second.wait() == 0

    asyncio.run(scene())


def test_every_command_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "telegram.md").read_text(encoding="utf-8")
    assert [name for name, _ in texts.COMMANDS if f"| `/{name}` |" not in page] == []
    assert [name for name, _ in texts.STAFF_COMMANDS if f"`/{name}`" not in page] == []
