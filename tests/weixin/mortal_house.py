"""A service to be killed: a process that has everything loaded and forks a living service for each line it reads. All lives
listen on one socket, so that who calls while there is none waits for the next.

It prints the number of each life's process when it begins and “gone” when it has ended. A line “7 before” makes that life
kill itself before the seventh thing it does to its store (“7 after”: after it); “live” lets it live."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn
from huiqi.channels.mailroom import Mailroom
from huiqi.channels.protocol import kinds
from huiqi.channels.wechat import customer_service
from huiqi.channels.weixin import api
from huiqi.curation.drafts.from_talks import offer_drafts
from huiqi.store.arrivals import Arrivals
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.database import open_database
from huiqi.store.handovers import Handovers
from starlette.applications import Starlette

from tests.telegram.bench import InForce
from tests.telegram.echo import EchoAssistant
from tests.weixin.bench import filled_in


def kill_itself(last: int, phase: str) -> None:
    """Death at the `last`th call of a store method, wherever in a transaction it stands."""
    left = itertools.count(last - 1, -1)

    def mortal(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            is_last = next(left) == 0
            if is_last and phase == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = method(*arguments, **named)
            if is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    # What was begun by who died is taken up at once, and not when its time is over.
    customer_service.RECORD_EVERY = api.LONGEST_RENEWAL = 0.3
    for store in (Arrivals, ChannelMemory, Handovers):
        for name, method in list(vars(store).items()):
            # Looking for work is done many times a second, and changes nothing.
            if not name.startswith("_") and name not in ("unfinished", "notices", "named", "get", "before"):
                setattr(store, name, mortal(method))


def live(path: str, url: str, listening: socket.socket) -> None:
    database = open_database(path)
    mailroom = Mailroom(
        InForce(EchoAssistant(database)),  # type: ignore[arg-type]
        database,
        lambda exchanges: offer_drafts(database, exchanges),
        first_pause=0.05,
    )
    for kind in kinds():
        channel = kind.open_channel(filled_in(url), mailroom)
        assert channel is not None
        mailroom.add(channel)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with mailroom.running():
            yield

    routes = [route for channel in mailroom.channels.values() for route in channel.routes()]
    app = Starlette(routes=routes, lifespan=lifespan)
    uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none")).run(sockets=[listening])
    database.close()


def main() -> None:
    path, url = sys.argv[1:]
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    print(listening.getsockname()[1], flush=True)
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            if line.strip() != "live":
                last, phase = line.split()
                kill_itself(int(last), phase)
            live(path, url, listening)
            os._exit(0)
        print(number, flush=True)
        os.waitpid(number, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
