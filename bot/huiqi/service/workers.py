"""Several processes that do the same: one that dies or hangs is replaced, and all end together, also when the supervisor is
killed.

They are forked, so that what the supervisor has loaded is in memory once (copy-on-write). It must hold no open database
and no thread then.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

LOOKED_EVERY = 0.1
SECONDS_TO_END = 8.0
"""After which a worker that was asked to end is killed. It gives its own answers five."""
LONGEST_PAUSE = 30.0
"""Seconds before a worker is started again that ended by itself, over and over; the first time it is one."""
STEADY = 60.0
"""A worker that lived so long had a good start."""
HUNG_AFTER = 60.0
"""Seconds without a beat after which a worker is killed: twice as long as anything waits for a lock of the database."""
LONGEST_LOOK = 5.0
"""Seconds between two looks after which the supervisor itself was stopped, and with it perhaps all: beats count anew."""
MOMENT = struct.Struct("d")


@dataclass(frozen=True)
class Seat:
    """A worker's place, 0 and up, that another takes when it dies. `beat`: to be called about once a second as long as it
    does its work, from its start on."""

    number: int
    beat: Callable[[], None]


class Workers:
    """`work` is what each does, until SIGTERM or SIGINT."""

    def __init__(self, count: int, work: Callable[[Seat], None]) -> None:
        self._count = count
        self._work = work
        self._alive: dict[int, tuple[int, float]] = {}
        # Of each seat when it last beat; in memory that all share.
        self._beats = mmap.mmap(-1, count * MOMENT.size)
        self._looked_at = time.monotonic()
        self._failed = 0
        self._is_ending = False
        # What a worker reads of it ends with the supervisor, however that ends.
        self._watched, self._held = os.pipe()

    def run(self) -> None:
        """Keep them running until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        start_at = 0.0
        while not self._is_ending:
            self._bury(time.monotonic())
            self._end_hung(time.monotonic())
            if len(self._alive) < self._count and time.monotonic() >= start_at:
                self._start()
                # Those that were killed are replaced at once, those that cannot start ever more slowly.
                start_at = time.monotonic() + (min(LONGEST_PAUSE, 2.0**self._failed) if self._failed else 0)
                continue
            time.sleep(LOOKED_EVERY)
        self._end_all()

    def _end(self, *_: object) -> None:
        self._is_ending = True

    def _start(self) -> None:
        taken = {seat for seat, _ in self._alive.values()}
        seat = next(seat for seat in range(self._count) if seat not in taken)
        self._beat(seat)
        number = os.fork()
        if number:
            self._alive[number] = (seat, time.monotonic())
            return
        status = 1
        try:
            for signal_number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(signal_number, signal.SIG_DFL)
            os.close(self._held)
            threading.Thread(target=self._end_with_supervisor, name="supervised", daemon=True).start()
            self._work(Seat(seat, lambda: self._beat(seat)))
            status = 0
        except BaseException:
            log.exception("a worker failed")
        finally:
            # Nothing of the supervisor's is to be ended twice.
            os._exit(status)

    def _end_with_supervisor(self) -> None:
        os.read(self._watched, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(SECONDS_TO_END)
        os._exit(1)

    def _bury(self, now: float) -> None:
        while self._alive:
            number, status = os.waitpid(-1, os.WNOHANG)
            if not number:
                return
            _, started_at = self._alive.pop(number, (0, now))
            if self._is_ending:
                continue
            code = os.waitstatus_to_exitcode(status)
            is_failure = code > 0 and now - started_at < STEADY
            self._failed = self._failed + 1 if is_failure else 0
            log.warning("a worker ended (%d) and is replaced", code)

    def _beat(self, seat: int) -> None:
        MOMENT.pack_into(self._beats, seat * MOMENT.size, time.monotonic())

    def _end_hung(self, now: float) -> None:
        if now - self._looked_at > LONGEST_LOOK:
            for seat in range(self._count):
                self._beat(seat)
        self._looked_at = now
        for number, (seat, _) in self._alive.items():
            (beat_at,) = MOMENT.unpack_from(self._beats, seat * MOMENT.size)
            if now - beat_at > HUNG_AFTER:
                log.error("a worker has not moved for %d seconds and is killed", int(HUNG_AFTER))
                os.kill(number, signal.SIGKILL)
                # Until it is buried it is not killed once more.
                self._beat(seat)

    def _end_all(self) -> None:
        for number in self._alive:
            os.kill(number, signal.SIGTERM)
        kill_at = time.monotonic() + SECONDS_TO_END
        while self._alive:
            self._bury(time.monotonic())
            if time.monotonic() > kill_at:
                for number in self._alive:
                    os.kill(number, signal.SIGKILL)
            time.sleep(LOOKED_EVERY / 4)
