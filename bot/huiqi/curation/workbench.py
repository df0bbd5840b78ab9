"""All of staff's work on one database and one engine: where the console and the staff chat start."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import timedelta

from huiqi.curation.accounts import DEFAULT_IDLE, Accounts
from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.drafts.from_documents import DocumentDesk
from huiqi.curation.misses.queue import MissQueue
from huiqi.curation.release.publishing import Engine, Published, Publishing
from huiqi.curation.roles import Member
from huiqi.curation.switching import Switching
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.releases import Releases
from huiqi.store.transaction import piece

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
        self.publishing = Publishing(database, engine, self.drafting)
        self.knowledge = KnowledgeStore(database)
        self.releases = Releases(database)
        self.audit = AuditTrail(database)
        self.switching = Switching(database)
        self._miss_queue: tuple[str, MissQueue] | None = None
        self._making = threading.Lock()

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
