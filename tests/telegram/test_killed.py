"""Killed at many different moments, the bot loses no question and answers none twice. The long form is scripts/kills.py."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter

from huiqi.store.database import open_database

from tests.conftest import ROOT, on_both_engines
from tests.tables import rows_of
from tests.telegram.bot_api import BotApi

LIVES = {"sqlite": 40, "postgresql": 10}
CHATS = (8000001, 8000002, 8000003, 8000004)
GENTLE_CALLS = 6
"""Calls of a start before the first that concerns a question."""
SECONDS_TO_CATCH_UP = 600
STORE_CALLS = 30
"""About as many as a life with two questions makes."""


class Life:
    """One life of the bot: from its start to the call at which it is killed."""

    def __init__(self, number: int, last_call: int, phase: str, delay: float) -> None:
        self._number = number
        self._left = last_call
        self._phase = phase
        self._delay = delay
        self.is_over = False

    def on_call(self, method: str, phase: str) -> None:
        if phase != self._phase or self.is_over:
            return
        self._left -= 1
        if self._left <= 0:
            self.is_over = True
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self.end)
            else:
                self.end()

    def end(self) -> None:
        self.is_over = True
        os.kill(self._number, signal.SIGKILL)


async def killed_again_and_again(database: str, lives: int, seed: int = 20200316) -> dict[int, list[str]]:
    """What the chats asked; on return the last life has ended by itself, all work done."""
    chance = random.Random(seed)
    asked: dict[int, list[str]] = {chat: [] for chat in CHATS}
    async with BotApi() as api:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.telegram.mortal_bot",
            database,
            api.url,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin and process.stdout

        def answered() -> bool:
            return all(len(api.chat(chat).ours) >= len(asked[chat]) for chat in CHATS)

        for life in range(lives):
            for chat in chance.sample(CHATS, 2):
                asked[chat].append(f"第{life}问")
                api.say(chat, asked[chat][-1])
            # By turns killed at a call of the Bot API, and by itself at something it does to its store.
            is_by_call = life % 2 == 0
            phase = chance.choice(("before", "after"))
            order = "live" if is_by_call else f"{chance.randint(3, STORE_CALLS)} {phase}"
            process.stdin.write(f"{order}\n".encode())
            bot = Life(
                int(await process.stdout.readline()),
                chance.randint(GENTLE_CALLS, GENTLE_CALLS + 8),
                phase,
                chance.choice((0, 0, 0.0005, 0.002, 0.004)),
            )
            api.on_call = bot.on_call if is_by_call else None
            gone = asyncio.create_task(process.stdout.readline())
            done = asyncio.create_task(api.until(lambda: answered() and not api.pending))
            await asyncio.wait({gone, done}, return_when=asyncio.FIRST_COMPLETED)
            done.cancel()
            if not gone.done():
                bot.end()
            assert await gone == b"gone\n"
            # What the dead bot had sent off is still dealt with.
            await api.settle()
        api.on_call = None
        process.stdin.write(b"live\n")
        number = int(await process.stdout.readline())
        # What is left over of all lives goes out one a second in a chat.
        await api.until(lambda: answered() and not api.pending, SECONDS_TO_CATCH_UP)
        os.kill(number, signal.SIGTERM)
        assert await process.stdout.readline() == b"gone\n"
        process.stdin.close()
        await process.wait()
        said = {chat: api.chat(chat).texts for chat in CHATS}
        assert said == {chat: [f"答：{question}" for question in asked[chat]] for chat in CHATS}
    return asked


def look_over(path: str, asked: dict[int, list[str]]) -> None:
    """Each question is logged once, and nothing that came in is left."""
    database = open_database(path)
    logged = Counter((row["conversation"], row["text"]) for row in rows_of(database, "question"))
    assert logged == Counter((str(chat), question) for chat in CHATS for question in asked[chat])
    assert {row["state"] for row in rows_of(database, "inbox")} == {"done"}
    database.close()


@on_both_engines
def test_kills_lose_nothing_and_double_nothing(stored_at: str, engine: str) -> None:
    open_database(stored_at).close()
    asked = asyncio.run(killed_again_and_again(stored_at, LIVES[engine]))
    look_over(stored_at, asked)
