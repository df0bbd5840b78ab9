"""Work of the publish check done ahead: while a reviewer reads a draft, the questions are asked that its check will ask.

Nothing is kept here: the engine keeps the pack that was tried last and what it answered, so that the check itself finds
both (see LiveAssistant.asking).
"""

from __future__ import annotations

import logging
import threading

from huiqi.curation.release.publishing import Changes, Publishing

log = logging.getLogger(__name__)

LONGEST_WAIT = 60.0
"""Seconds for which a check waits for the same work to end."""


class _GivenUp(Exception):
    """Something else is wanted by now."""


class Foresight:
    """One piece of work at a time; the newest wins."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing
        self._lock = threading.Lock()
        self._wanted: Changes | None = None
        self._thread: threading.Thread | None = None

    def look(self, changes: Changes) -> None:
        """Begin to try `changes` in the background, unless that is done or under way."""
        with self._lock:
            if self._wanted == changes:
                return
            before, self._wanted = self._thread, changes
            # Found by the name that all checks have.
            self._thread = threading.Thread(
                target=self._try, args=(changes, before), name="gate ahead", daemon=True
            )
            self._thread.start()

    def settle(self, changes: Changes) -> None:
        """Before these changes are tried in earnest: wait for the same work to end, give up any other."""
        with self._lock:
            if self._wanted != changes:
                self._wanted = None
            thread = self._thread
        if thread is not None:
            thread.join(LONGEST_WAIT)

    def _try(self, changes: Changes, before: threading.Thread | None) -> None:
        def go_on(done: int, total: int) -> None:
            if self._wanted is not changes:
                raise _GivenUp

        if before is not None:
            before.join(LONGEST_WAIT)
        try:
            go_on(0, 0)
            self._publishing.tried(changes, go_on)
        except _GivenUp:
            pass
        except Exception as error:
            # The check itself says what is wrong with a draft.
            log.info("a draft could not be tried ahead: %s", type(error).__name__)
