"""Killed at many different moments while it tells people what staff answered, the bot tells each of them once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from huiqi.store.database import open_database
from huiqi.store.notifications import DELIVERED, Notifications

from tests.conftest import ROOT
from tests.telegram.bot_api import BotApi

LIVES = int(os.environ.get("HUIQI_TEST_LIVES", "12"))
CHATS = (8000021, 8000022, 8000023)
STORE_CALLS = 24
"""About as many as a start and a round with three notices make."""


async def killed_again_and_again(path: Path) -> list[str]:
    """What was queued for the chats; on return all of it has been sent."""
    chance = random.Random(20200316)
    queued: list[str] = []
    database = open_database(str(path))
    notices = Notifications(database)
    async with BotApi() as api:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.telegram.mortal_bot", str(path), api.url),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin and process.stdout

        def told() -> list[str]:
            return [text.partition("\n")[2] for chat in CHATS for text in api.chat(chat).texts]

        for life in range(LIVES):
            text = f"第{life}次答复"
            chat = str(chance.choice(CHATS))
            notices.add_all([("telegram", chat, chat, 1)], miss=life, entry=None, text=text)
            queued.append(text)
            process.stdin.write(
                f"{chance.randint(2, STORE_CALLS)} {chance.choice(('before', 'after'))}\n".encode()
            )
            number = int(await process.stdout.readline())
            gone = asyncio.create_task(process.stdout.readline())
            done = asyncio.create_task(api.until(lambda: len(told()) >= len(queued)))
            await asyncio.wait({gone, done}, return_when=asyncio.FIRST_COMPLETED)
            done.cancel()
            if not gone.done():
                os.kill(number, signal.SIGKILL)
            await gone
            await api.settle()
        process.stdin.write(b"live\n")
        number = int(await process.stdout.readline())
        await api.until(
            lambda: {state for _, state in notices.counts()} == {DELIVERED} and len(told()) >= len(queued)
        )
        os.kill(number, signal.SIGTERM)
        await process.stdout.readline()
        process.stdin.close()
        await process.wait()
        assert sorted(told()) == sorted(queued)
    database.close()
    return queued


def test_kills_lose_no_notice_and_tell_nobody_twice(tmp_path: Path) -> None:
    path = tmp_path / "huiqi.db"
    open_database(str(path)).close()
    assert len(asyncio.run(killed_again_and_again(path))) == LIVES
