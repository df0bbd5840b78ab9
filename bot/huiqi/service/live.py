"""The assistant in force in this process, replaced in one assignment when another pack is published.

A question is answered from beginning to end by the assistant that was in force when it came in, so none is
lost and none is answered from two packs. Other processes notice a release by its fingerprint in the
database.
"""

from __future__ import annotations

import contextlib
import threading
import time

from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.release.gate import Answer, Ask
from huiqi.matching.corpus import MatchingBase
from huiqi.matching.earlier import Earlier
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.service.logs import tell_on_stderr
from huiqi.service.settings import Settings
from huiqi.service.wiring import (
    Compiled,
    Notify,
    keep_compiled,
    load_compiled,
    look_through,
    no_garbage,
    originals_at_hand,
    read_compiled,
    synchronise,
    tell_of_weights,
)
from huiqi.store.conversations import Conversations
from huiqi.store.database import Database, open_database
from huiqi.store.held import HeldWrites
from huiqi.store.kept_checks import KeptChecks
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.question_log import QuestionLog
from huiqi.store.set_replies import SetReplies
from huiqi.store.soundness import watched
from huiqi.store.subscriptions import Subscriptions
from huiqi.store.switches import Switches
from huiqi.store.tickets import Tickets

LOOKED_EVERY = 0.5
"""Seconds between two looks for a release by another process, so that it is in force everywhere within two."""
SETTLED_EVERY = 2.0
"""Seconds after which what was written is brought to its place on the disk."""
EXAMINED_EVERY = 30.0
"""Seconds between two looks whether the database is whole."""


class LiveAssistant:
    """Answers with the assistant in force. `close` ends the watching thread."""

    def __init__(
        self,
        settings: Settings,
        notify: Notify = tell_on_stderr,
        database: Database | None = None,
        compiled: Compiled | None = None,
    ) -> None:
        """`database`: where to log and remember, for a channel that wants both in its own transaction. `compiled`: a
        pack that is in memory already, taken where it is the published one; the folder was taken over before."""
        self._settings = settings
        self._at_hand = compiled
        self._notify = notify
        self._database: Database = database or open_database(settings.database)
        self._held = HeldWrites()
        self._switches = Switches(self._database)
        self._file = watched(settings.database)
        self._fault: str | None = None
        self._examined_at = time.monotonic()
        # A connection of its own, so that reading a new pack never keeps an answer waiting.
        self._watching: Database = open_database(settings.database)
        self._knowledge = KnowledgeStore(self._watching)
        if compiled is None:
            synchronise(self._knowledge, settings.pack_folder, notify)
        self._changing = threading.Lock()
        self._tried: tuple[Compiled, Matcher, Assistant] | None = None
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        self._assistant = self._opened()

    @property
    def assistant(self) -> Assistant:
        """The assistant in force now. Take it once a question."""
        return self._assistant

    def ask(self, message: Message) -> Reply:
        return self._assistant.ask(message)

    def refresh(self) -> bool:
        """Take over the published pack where it is another one; True where it was."""
        if self._knowledge.fingerprint() == self._assistant.pack.fingerprint:
            return False
        with self._changing:
            fingerprint = self._knowledge.fingerprint()
            if fingerprint == self._assistant.pack.fingerprint:
                return False
            # What a check tried is kept once it is in force: most of what is tried never is.
            if self._tried is not None and self._tried[0].pack.fingerprint == fingerprint:
                keep_compiled(self._tried[0], self._settings.cache_folder)
            self._assistant = self._opened(Earlier(*self._in_force()))
        look_through()
        return True

    def fault(self) -> str | None:
        """What is wrong with the database, as it was last looked at; None where nothing is."""
        return self._fault

    def held(self) -> int:
        """How many writes wait for room in the store."""
        return len(self._held)

    def watch(self) -> None:
        """Look for releases of other processes in the background until `close`."""
        self._watcher = threading.Thread(target=self._look, name="release watcher", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        self._closed.set()
        if self._watcher is not None:
            self._watcher.join()
        self._database.close()
        self._watching.close()

    # What the publish gate asks of the program (huiqi.curation.release.publishing.Engine):

    def current(self) -> tuple[Pack, Matcher]:
        assistant = self._assistant
        return assistant.pack, assistant.matcher

    def _in_force(self) -> tuple[Pack, MatchingBase]:
        pack, matcher = self.current()
        return pack, matcher.base

    def asking(self, pack: Pack, matcher: Matcher) -> Ask:
        live = self._assistant
        is_live = pack is live.pack and matcher is live.matcher
        tried = self._tried
        # It remembers what it answered: what was asked of it ahead is not worked out again.
        is_tried = tried is not None and tried[0].pack.fingerprint == pack.fingerprint
        assistant = (
            live.unlogged() if is_live else tried[2] if tried and is_tried else Assistant(pack, matcher)
        )
        today = pack.office.today()

        def ask(question: str) -> Answer:
            return Answer.of(assistant.ask(Message(question, "gate", day=today)))

        return ask

    def compiled(self, pack: Pack) -> Matcher:
        if self._tried is None or self._tried[0].pack.fingerprint != pack.fingerprint:
            found = read_compiled(pack.fingerprint, self._settings.cache_folder, self._notify)
            if found is None:
                with no_garbage():
                    found = Compiled(pack, compile_pack(pack, Earlier(*self._in_force())))
            matcher = Matcher(found.matcher, costs=self._settings.costs)
            self._tried = (found, matcher, Assistant(found.pack, matcher))
        return self._tried[1]

    def _look(self) -> None:
        is_told = False
        settled_at = time.monotonic()
        while not self._closed.wait(LOOKED_EVERY):
            try:
                self.refresh()
                is_told = False
            except Exception as error:
                # The pack in force goes on answering; the next look tries again.
                if not is_told:
                    self._notify(f"新发布的知识库还没有换上（{type(error).__name__}），继续使用上一版")
                is_told = True
            self._held.catch_up()
            if time.monotonic() - settled_at >= SETTLED_EVERY:
                # What is wrong with the disk is seen where it is examined, and by who writes.
                with contextlib.suppress(Exception):
                    self._watching.settle()
                settled_at = time.monotonic()
            if time.monotonic() - self._examined_at >= EXAMINED_EVERY:
                self._examine()

    def _examine(self) -> None:
        self._examined_at = time.monotonic()
        fault = self._file.fault()
        if fault and fault != self._fault:
            self._notify(fault)
        self._fault = fault

    def _opened(self, earlier: Earlier | None = None) -> Assistant:
        # So that the revisions are those of the pack.
        with self._watching.snapshot():
            at_hand, self._at_hand = self._at_hand, None
            if at_hand is not None and at_hand.pack.fingerprint == self._knowledge.fingerprint():
                compiled = at_hand
            else:
                compiled = load_compiled(self._knowledge, self._settings.cache_folder, self._notify, earlier)
            revisions = self._knowledge.revisions()
            originals = originals_at_hand(self._knowledge, self._settings, compiled.pack, self._database)
        tell_of_weights(compiled.pack, self._notify)
        return Assistant(
            compiled.pack,
            Matcher(compiled.matcher, costs=self._settings.costs),
            QuestionLog(self._database, self._held),
            Conversations(self._database, self._held),
            revisions,
            self._switches,
            originals,
            Tickets(self._database),
            SetReplies(self._database),
            Subscriptions(self._database),
            KeptChecks(self._database),
        )
