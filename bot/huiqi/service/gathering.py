"""What goes on in the background, so that no page and no command waits for it: unanswered questions are put into their
misses, misses that a release may have answered are asked again, and once a day what is kept no longer goes."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.retention import sweep

log = logging.getLogger(__name__)

LOOKED_EVERY = 2.0
"""Seconds between two looks for new questions."""
SWEPT_EVERY = 86_400.0
"""Seconds between two sweeps; the first comes soon after the start."""
SLICE = 1.0
"""Seconds of gathering after which it is looked whether to end."""


@contextlib.contextmanager
def gathering(settings: Settings, live: LiveAssistant) -> Iterator[None]:
    """Gathers, on a connection of its own, while the block lasts."""
    ended = threading.Event()

    def gather() -> None:
        database = open_database(settings.database)
        workbench = Workbench(database, live, settings.one_person)
        swept_at = -math.inf
        with contextlib.closing(database):
            while not ended.wait(LOOKED_EVERY):
                try:
                    while not ended.is_set() and workbench.miss_queue().gather(SLICE):
                        pass
                    while not ended.is_set() and workbench.publishing.is_asking_again():
                        workbench.publishing.ask_again(SLICE)
                    if time.monotonic() - swept_at >= SWEPT_EVERY:
                        swept_at = time.monotonic()
                        gone = sum(sweep(database, settings.keep, datetime.now(UTC)).values())
                        log.info("%d rows were kept long enough and are gone", gone)
                except Exception as error:
                    # Nothing is lost: the questions are in the log, and the next look finds them.
                    log.warning("work in the background failed: %s", type(error).__name__)

    thread = threading.Thread(target=gather, name="gathering", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
