"""What goes on in the background, so that no page and no command waits for it: unanswered questions are put into their
misses, misses that a release may have answered are asked again, staff are told what is new, who wants to hear of an end that comes
near is told, the units' tasks are brought up to date, and once a day what is kept no longer goes. Of all
processes on a database one does it at a time."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from huiqi.curation.deadlines import DeadlineDesk
from huiqi.curation.misses.queue import nobody_asks
from huiqi.curation.sampling import SamplingDesk
from huiqi.curation.subscribers import SubscriberDesk
from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.service.telling_staff import StaffTeller
from huiqi.store.database import open_database
from huiqi.store.jobs import Jobs, holder_name
from huiqi.store.retention import sweep

log = logging.getLogger(__name__)

LOOKED_EVERY = 2.0
"""Seconds between two looks for new questions."""
SLICE = 1.0
"""Seconds of gathering after which it is looked whether to end."""
GATHERING, RETENTION, TELLING, AHEAD = "gathering", "retention", "telling staff", "looking ahead"
GATHERING_LEASE = timedelta(seconds=15)
"""Many times a slice; what a killed process leaves is taken up after so long."""
RETENTION_LEASE = timedelta(minutes=10)
SWEPT_EVERY = timedelta(days=1)
TOLD_EVERY = timedelta(minutes=1)
LOOKED_AHEAD_EVERY = timedelta(minutes=10)
"""An end comes nearer by the day; a facet that somebody misses is a task soon."""


def look_ahead(workbench: Workbench, settings: Settings) -> None:
    """Queue what people are to be told before something ends, or now that it has begun; bring tasks up to date; draw
    the lot of the week that is over."""
    pack, _ = workbench.engine.current()
    today = pack.office.today()
    DeadlineDesk(workbench.database, settings.deadline_days).note(pack, today)
    subscribers = SubscriberDesk(workbench.database)
    subscribers.note_fitting(subscribers.fitting(pack, today))
    workbench.tasks.bring_up_to_date(pack, today)
    SamplingDesk(workbench.database, pack.office).draw_last_week(today)


@contextlib.contextmanager
def gathering(
    settings: Settings, live: LiveAssistant, is_busy: Callable[[], bool] = nobody_asks
) -> Iterator[None]:
    """Gathers, on a connection of its own, while the block lasts. `is_busy`: whether this process is answering people, who
    come first."""
    ended = threading.Event()

    def gather() -> None:
        database = open_database(settings.database)
        workbench = Workbench(database, live, settings.one_person)
        jobs = Jobs(database, holder_name())
        teller = StaffTeller(settings, workbench)

        def is_mine() -> bool:
            return jobs.take(GATHERING, GATHERING_LEASE, datetime.now(UTC))

        with contextlib.closing(database):
            while not ended.wait(LOOKED_EVERY):
                try:
                    while not ended.is_set() and is_mine() and workbench.miss_queue().gather(SLICE, is_busy):
                        pass
                    while not ended.is_set() and is_mine() and workbench.publishing.is_asking_again():
                        workbench.publishing.ask_again(SLICE)
                    if jobs.take(AHEAD, GATHERING_LEASE, datetime.now(UTC), LOOKED_AHEAD_EVERY):
                        look_ahead(workbench, settings)
                        jobs.done(AHEAD, datetime.now(UTC))
                    if jobs.take(TELLING, GATHERING_LEASE, datetime.now(UTC), TOLD_EVERY):
                        teller.round()
                        jobs.done(TELLING, datetime.now(UTC))
                    if jobs.take(RETENTION, RETENTION_LEASE, datetime.now(UTC), SWEPT_EVERY):
                        gone = sum(sweep(database, settings.keep, datetime.now(UTC)).values())
                        jobs.done(RETENTION, datetime.now(UTC))
                        log.info("%d rows were kept long enough and are gone", gone)
                except Exception as error:
                    # Nothing is lost: the questions are in the log, and the next look finds them.
                    log.warning("work in the background failed: %s", type(error).__name__)
            with contextlib.suppress(Exception):
                jobs.leave(GATHERING)

    thread = threading.Thread(target=gather, name="gathering", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
