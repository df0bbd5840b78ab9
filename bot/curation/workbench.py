"""All of staff's work on one database and one engine: where the console and the staff chat start."""

from __future__ import annotations

import threading

from sqlite_utils import Database

from bot.curation.accounts import Accounts
from bot.curation.drafting import Drafting
from bot.curation.inbox import Inbox
from bot.curation.publishing import Engine, Publishing
from bot.store.audit import AuditTrail
from bot.store.knowledge import KnowledgeStore
from bot.store.releases import Releases


class Workbench:
    """`one_person`: the office has one person only, who may approve their own changes."""

    def __init__(self, database: Database, engine: Engine, one_person: bool = False) -> None:
        self.database = database
        self.engine = engine
        self.one_person = one_person
        self.accounts = Accounts(database)
        self.drafting = Drafting(database, one_person)
        self.publishing = Publishing(database, engine, self.drafting)
        self.knowledge = KnowledgeStore(database)
        self.releases = Releases(database)
        self.audit = AuditTrail(database)
        self._inbox: tuple[str, Inbox] | None = None
        self._making = threading.Lock()

    def inbox(self) -> Inbox:
        """The inbox, comparing questions with the matcher in force."""
        pack, matcher = self.engine.current()
        with self._making:
            if self._inbox is None or self._inbox[0] != pack.fingerprint:
                self._inbox = (pack.fingerprint, Inbox(self.database, matcher, self.drafting))
            return self._inbox[1]
