"""A bot to be killed: a process that has everything loaded and forks a living bot for each line it reads.

It prints the number of each bot's process when it starts, and “gone” when that has ended. A line “7 before” makes
that bot kill itself before the seventh thing it does to the inbox or the outbox (“7 after”: after it); “live” lets it
live."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

# httpx loads these on the first call; loaded here, they are loaded once and not a hundred times.
import anyio._backends._asyncio
import anyio.streams.tls  # noqa: F401
import httpcore  # noqa: F401
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.channels.telegram.limits import Pace
from huiqi.people.reception import Reception
from huiqi.service.settings import load_settings
from huiqi.store import mailbox
from huiqi.store.database import open_database
from huiqi.store.mailbox import Inbox, Outbox
from huiqi.store.notifications import Notifications

from tests.telegram.bench import QUICK, InForce
from tests.telegram.bot_api import TOKEN
from tests.telegram.echo import EchoAssistant


def kill_itself(last: int, phase: str) -> None:
    """Death at the `last`th call of a store method, wherever in a transaction it stands."""
    left = itertools.count(last - 1, -1)

    def mortal(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            is_last = next(left) == 0
            if is_last and phase == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = method(*arguments)
            if is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for store in (Inbox, Outbox, Notifications):
        for name, method in list(vars(store).items()):
            if not name.startswith("_"):
                setattr(store, name, mortal(method))


async def live(path: str, url: str) -> None:
    database = open_database(path)
    settings = replace(load_settings(), telegram_token=TOKEN, telegram_base_url=url)
    reception = Reception(InForce(EchoAssistant(database)), database)  # type: ignore[arg-type]
    bot = TelegramBot(settings, reception, database, pace=Pace(burst=1000), first_pause=QUICK)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await bot.start()
    await stopped.wait()
    await bot.stop()
    database.close()


def main() -> None:
    path, url = sys.argv[1:]
    # On a loaded machine the time from a death to the next birth is no sign that anybody died of a message.
    mailbox.LONG_WORK = timedelta(hours=1)
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            if line.strip() != "live":
                last, phase = line.split()
                kill_itself(int(last), phase)
            asyncio.run(live(path, url))
            os._exit(0)
        print(number, flush=True)
        os.waitpid(number, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
