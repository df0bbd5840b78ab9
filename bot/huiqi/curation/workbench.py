"""All of staff's work on one database and one engine: where the console and the staff chat start."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from contextlib import AbstractContextManager, suppress
from datetime import timedelta

from huiqi.curation.accounts import DEFAULT_IDLE, Accounts
from huiqi.curation.drafts.attaching import AttachmentDesk
from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.drafts.from_documents import DocumentDesk
from huiqi.curation.drafts.new_entry import EntryDesk
from huiqi.curation.drafts.table_desk import TableDesk
from huiqi.curation.misses.queue import MissQueue
from huiqi.curation.release.foresight import Foresight
from huiqi.curation.release.publishing import Engine, Published, Publishing, is_stalled
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.curation.switching import Switching
from huiqi.curation.talks import Talks
from huiqi.curation.tasks import TaskDesk
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.drafts import Draft
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.releases import Releases
from huiqi.store.transaction import piece

CHECKED_WITHIN, CHECKED_AGAIN = 120.0, 0.3
"""Seconds for which a check waits for the one under way, and after which it looks again."""
GATHERED_SECONDS = 5.0
"""For which publishing gathers what was asked meanwhile; more than that comes only of an attack."""


class Workbench:
    """`one_person`: the office has one person only, who may approve their own changes. `idle`: after how long without a
    request a session is over; None for never."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        one_person: bool = False,
        idle: timedelta | None = DEFAULT_IDLE,
    ) -> None:
        self.database = database
        self.engine = engine
        self.one_person = one_person
        self.accounts = Accounts(database, idle)
        self.drafting = Drafting(database, one_person)
        self.documents = DocumentDesk(database, self.drafting)
        self.entry_desk = EntryDesk(database, self.drafting)
        self.attachments = AttachmentDesk(database, self.drafting)
        self.table_desk = TableDesk(database, self.drafting)
        self.publishing = Publishing(database, engine, self.drafting)
        self._foresight = Foresight(self.publishing)
        self.knowledge = KnowledgeStore(database)
        self.releases = Releases(database)
        self.audit = AuditTrail(database)
        self.switching = Switching(database)
        self.tasks = TaskDesk(database)
        self.talks = Talks(database)
        self._miss_queue: tuple[str, MissQueue] | None = None
        self._making = threading.Lock()

    def check(self, by: Member, only: Collection[int] | None = None, at_once: bool = False) -> int | None:
        """Begin a check in the background and return its number. Where another is under way, one follows it and None is
        returned; `at_once` raises Conflict then. Raises CurationError where nothing can be checked."""
        try:
            number = self.publishing.start(by, only)
        except Conflict:
            latest = self.publishing.latest_gate()
            if at_once or latest is None or latest.state != "running":
                raise
            threading.Thread(target=self._check_after, args=(by,), name="gate after", daemon=True).start()
            return None
        threading.Thread(target=self._run, args=(number, by), name=f"gate {number}", daemon=True).start()
        return number

    def foresee(self, draft: Draft) -> None:
        """Do ahead what the check of a draft under review will do once it is approved as it stands."""
        drafts = [*self.publishing.waiting(), *self.drafting.companions(draft), draft]
        self._foresight.look({each.key: each.content for each in sorted(drafts, key=lambda each: each.id)})

    def _run(self, number: int, by: Member) -> None:
        """Run a check; a draft that is at fault blocks itself only: the others are checked without it."""
        with suppress(CurationError):
            self._foresight.settle(self.publishing.changes(number))
        row = self.publishing.run(number)
        culprits = set((row.result or {}).get("culprits") or ())
        others = row.drafts.keys() - culprits
        if row.state in ("blocked", "failed") and culprits and others:
            # Somebody may have started another meanwhile, or changed one of them: then that one is looked at.
            with suppress(CurationError):
                self.publishing.run(self.publishing.start(by, others))

    def _check_after(self, by: Member) -> None:
        """Check what is approved by now, once the check under way has ended."""
        until = time.monotonic() + CHECKED_WITHIN
        while time.monotonic() < until:
            time.sleep(CHECKED_AGAIN)
            latest = self.publishing.latest_gate()
            if latest is not None and latest.state == "running" and not is_stalled(latest):
                continue
            waiting = {draft.id: draft.version for draft in self.publishing.waiting()}
            if latest is not None and latest.drafts == waiting:
                return
            try:
                self._run(self.publishing.start(by), by)
            except CurationError:
                # Another was quicker, or nothing is left to publish.
                continue
            return

    def publish(self, gate: int, by: Member, note: str = "", override: str = "") -> Published:
        """Publish what gate run `gate` tried, and put it in force in this process. Questions asked meanwhile
        are gathered first, so that their askers are told as well."""
        self.miss_queue().gather(GATHERED_SECONDS)
        published = self.publishing.publish(gate, by, note, override)
        self.engine.refresh()
        return published

    def take_back(self, release: int, by: Member, reason: str) -> int:
        """Take the newest release back, here at once."""
        new = self.publishing.take_back(release, by, reason)
        self.engine.refresh()
        return new

    def all_or_none(self) -> AbstractContextManager[None]:
        """A block of which nothing stays where it raises, also within a transaction that goes on."""
        return piece(self.database)

    def miss_queue(self) -> MissQueue:
        """The misses, their questions compared with the matcher in force."""
        pack, matcher = self.engine.current()
        with self._making:
            if self._miss_queue is None or self._miss_queue[0] != pack.fingerprint:
                self._miss_queue = (
                    pack.fingerprint,
                    MissQueue(self.database, matcher, self.drafting, pack.office),
                )
            return self._miss_queue[1]
