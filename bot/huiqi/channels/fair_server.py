"""Connections dealt out evenly among processes that take them from one socket.

Who waits in the socket is taken by whichever process looks first, and it would take all at once: of a proxy's few lasting
connections one worker would have every one, and the others nothing to do. Here a process takes one at a time, and while it
has more than another, only after a moment in which that one may.
"""

from __future__ import annotations

import asyncio
import logging
import socket

import uvicorn

from huiqi.channels.shared_counts import SharedCounts

log = logging.getLogger(__name__)

LEFT_FOR, LEFT_AT_MOST = 0.005, 0.05
"""Seconds for which one leaves a connection to the others, for each that it has more, and in all: a hung one keeps nobody
waiting longer."""
FULL_FOR = 0.5
"""Seconds after which it is tried again where there are no more open files to be had."""


class FairServer(uvicorn.Server):
    """A server at a `seat` among others. It is run with the one socket that they share, which listens already."""

    def __init__(self, config: uvicorn.Config, counts: SharedCounts, seat: int) -> None:
        super().__init__(config)
        self._counts = counts
        self._seat = seat
        self._taking: set[asyncio.Task[object]] = set()
        self._again: asyncio.TimerHandle | None = None
        counts.put(seat, 0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        (self._listening,) = sockets or []
        self._listening.setblocking(False)
        # All but the taking of connections.
        await super().startup(sockets=[])
        self._wait()

    async def on_tick(self, counter: int) -> bool:
        self._count()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._again is not None:
            self._again.cancel()
        asyncio.get_running_loop().remove_reader(self._listening)
        await super().shutdown(sockets)

    def _wait(self) -> None:
        self._again = None
        asyncio.get_running_loop().add_reader(self._listening, self._come)

    def _come(self) -> None:
        least = self._counts.least_of_others(self._seat)
        # One more than another is as good as even.
        more = self._count() - 1 - least if least is not None else 0
        if more > 0:
            self._pause(min(more * LEFT_FOR, LEFT_AT_MOST))
        else:
            self._take()

    def _pause(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listening)
        self._again = loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._wait()
        self._take()

    def _take(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            # Another was quicker, or whoever wanted to come has gone.
            return
        except OSError as error:
            log.error("no connection can be taken: %s", error.strerror)
            self._pause(FULL_FOR)
            return
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(
            loop.connect_accepted_socket(self._protocol, connection)
        )
        self._taking.add(task)
        task.add_done_callback(self._taken)

    def _taken(self, task: asyncio.Task[object]) -> None:
        self._taking.discard(task)
        self._count()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a connection could not be taken: %s", type(error).__name__)

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _count(self) -> int:
        count = len(self.server_state.connections) + len(self._taking)
        self._counts.put(self._seat, count)
        return count
