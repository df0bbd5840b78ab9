"""Unanswered questions are put into their misses in the background, so that no page and no command waits for it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database

log = logging.getLogger(__name__)

LOOKED_EVERY = 2.0
"""Seconds between two looks for new questions."""
SLICE = 1.0
"""Seconds of gathering after which it is looked whether to end."""


@contextlib.contextmanager
def gathering(settings: Settings, live: LiveAssistant) -> Iterator[None]:
    """Gathers, on a connection of its own, while the block lasts."""
    ended = threading.Event()

    def gather() -> None:
        database = open_database(settings.database)
        workbench = Workbench(database, live, settings.one_person)
        with contextlib.closing(database):
            while not ended.wait(LOOKED_EVERY):
                try:
                    while not ended.is_set() and workbench.miss_queue().gather(SLICE):
                        pass
                except Exception as error:
                    # Nothing is lost: the questions are in the log, and the next look finds them.
                    log.warning("gathering failed: %s", type(error).__name__)

    thread = threading.Thread(target=gather, name="gathering", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
