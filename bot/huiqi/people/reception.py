"""What any channel can do for a person beyond asking: thumbs, subscriptions, staff, their own record.

`Reception` is made of the assistant in force and the small repositories; each method is get, act,
commit. What several of them do inside `one_transaction` happens together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from huiqi.answering.reply import Action, Reply, at_home
from huiqi.answering.subscribing import called
from huiqi.answering.tickets import entry_of, is_over
from huiqi.assistant.asking import Assistant, Message
from huiqi.pack.model import Entry, Pack
from huiqi.people.notices import Notice, composed, end_of
from huiqi.people.quiet_hours import QuietHours
from huiqi.store.askers import AskedQuestion, Askers, Standing
from huiqi.store.conversations import Conversations
from huiqi.store.database import Database
from huiqi.store.erasure import Erased, Erasure
from huiqi.store.feedback import Feedback
from huiqi.store.kept_checks import KeptChecks
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.misses import MissStore
from huiqi.store.notifications import CORRECTION, DELIVERED, PENDING, Notification, Notifications
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from huiqi.store.subscriptions import ENTRY, Scope, Subscription, Subscriptions
from huiqi.store.switches import Switches
from huiqi.store.tickets import Ticket, Tickets
from huiqi.store.together import ToWrite
from huiqi.store.transaction import transaction
from huiqi.understanding.context import Context

HOT_DAYS = 7
KEPT_CHECK = "自查答案（有新的适用政策告诉您）"
NOTICES_AT_ONCE = 25
"""Notices of a channel that are under way together: what Telegram takes in a second, and others in their rounds."""


@dataclass(frozen=True)
class Person:
    """Somebody on a channel, and the conversation in which they are."""

    channel: str
    conversation: str
    asker: str

    def __str__(self) -> str:
        return f"{self.channel}/{self.conversation}/{self.asker}"


class TooManyCodes(Exception):
    """Too many wrong codes were tried for a number of late."""


class AssistantProvider(Protocol):
    """Whoever knows which assistant is in force (huiqi.service.live.LiveAssistant)."""

    @property
    def assistant(self) -> Assistant: ...


class Reception:
    """`database` is the one on which the provider's assistant logs and remembers."""

    def __init__(
        self,
        provider: AssistantProvider,
        database: Database,
        quiet: QuietHours | None = None,
        home: str | None = None,
    ) -> None:
        """`quiet`: when no notices go out; None for never. `home`: where our pages are for whoever reads the replies."""
        self._home = home
        self._provider = provider
        self._quiet = quiet
        self._database = database
        self._askers = Askers(database)
        self._erasure = Erasure(database)
        self._feedback = Feedback(database)
        self._subscriptions = Subscriptions(database)
        self._checks = KeptChecks(database)
        self._conversations = Conversations(database)
        self._log = QuestionLog(database)
        self._knowledge = KnowledgeStore(database)
        self._notifications = Notifications(database)
        self._switches = Switches(database)
        self._tickets = Tickets(database)
        self._misses = MissStore(database)

    @property
    def pack(self) -> Pack:
        return self._provider.assistant.pack

    @contextmanager
    def one_transaction(self) -> Iterator[None]:
        with self._database.conn, transaction(self._database):
            yield

    def is_off(self, channel: str) -> bool:
        """Whether staff have stopped answering on a channel."""
        return self._switches.is_off(channel)

    def ask(self, message: Message) -> Reply:
        return at_home(self._provider.assistant.ask(message), self._home)

    def decide(self, message: Message) -> ToWrite[Reply]:
        """The reply to one message, in two steps."""
        return self._provider.assistant.decide(message).then(lambda reply: at_home(reply, self._home))

    def suggest(self, text: str, limit: int) -> list[Entry]:
        """The entries that fit what has been typed so far best; what is asked most for nothing typed."""
        assistant = self._provider.assistant
        if not text.strip():
            return [entry for entry, _ in self.hot(limit)]
        pack, matcher = assistant.pack, assistant.matcher
        ranked = [matcher.entry_id(candidate.entry) for candidate in matcher.match(text).candidates]
        named = [
            entry.id for entry in pack.entries.values() if text.strip() in entry.title + entry.short_title
        ]
        return [pack.entries[entry] for entry in dict.fromkeys([*ranked, *named]) if entry in pack.entries][
            :limit
        ]

    def card(self, entry: Entry) -> Reply:
        """An entry as an answer that nobody asked for (not logged)."""
        return self._provider.assistant.card(entry)

    def contact(self, entry: str | None) -> str | None:
        """Whom to ask about an entry, in one sentence."""
        known = self.pack.entries.get(entry or "")
        if known is None:
            return None
        return self._provider.assistant.contact(known)

    def hot(self, limit: int) -> list[tuple[Entry, int]]:
        """The entries that most people asked about this week, with how many did."""
        since = (datetime.now(UTC) - timedelta(days=HOT_DAYS)).isoformat(timespec="milliseconds")
        entries = self.pack.entries
        return [
            (entries[entry], askers)
            for entry, askers in self._askers.most_asked(since, limit)
            if entry in entries
        ]

    def questions_of(self, person: Person, limit: int = 10) -> list[AskedQuestion]:
        return self._askers.questions_of(person.channel, person.asker, limit)

    def rate(self, person: Person, question: int, value: str, reason: str = "") -> bool:
        return self._feedback.rate(question, person.asker, value, reason)

    def remark(self, person: Person, text: str) -> int:
        return self._feedback.remark(person.channel, person.asker, text)

    def put_before_staff(self, person: Person, question: int) -> bool:
        return self._left(question, self._askers.put_before_staff(question, person.channel, person.asker))

    def put_conversation_before_staff(self, channel: str, conversation: str, question: int) -> bool:
        return self._left(
            question, self._askers.put_conversation_before_staff(question, channel, conversation)
        )

    def _left(self, question: int, is_theirs: bool) -> bool:
        """Its group is open again, wherever it was."""
        if is_theirs:
            self._misses.reopen_of(question)
        return is_theirs

    def standing(self, channel: str, conversation: str, question: int) -> Standing | None:
        """How a question of a conversation stands."""
        return self._askers.standing(question, channel, conversation)

    def question(self, person: Person, number: int) -> AskedQuestion | None:
        """One of the person's own questions."""
        return next((item for item in self.questions_of(person, 1000) if item.number == number), None)

    def subscriptions(self, person: Person) -> list[tuple[str, Action]]:
        """What the person is told of unasked, each with the button that ends it."""
        found = [
            (called(item.scope, self.pack), Action("unsubscribe", question=item.id))
            for item in self._subscriptions.of(person.channel, person.asker)
        ]
        if self._checks.of(person.channel, person.asker) is not None:
            found.append((KEPT_CHECK, Action("end_check")))
        return found

    def is_subscribed(self, person: Person, entry: str | None) -> bool:
        mine = self._subscriptions.of(person.channel, person.asker) if entry is not None else []
        return any(item.scope == Scope(ENTRY, entry or "") for item in mine)

    def toggle_subscription(self, person: Person, entry: str) -> bool:
        """Subscribe, or end the subscription there is; True where there is one now."""
        scope = Scope(ENTRY, entry)
        if self._subscriptions.remove(person.channel, person.asker, scope):
            return False
        return self.subscribe(person, scope)

    def subscribe(self, person: Person, scope: Scope) -> bool:
        """False where the person had it before."""
        return self._subscriptions.add(Subscription(person.channel, person.asker, person.conversation, scope))

    def end_subscription(self, person: Person, number: int) -> bool:
        """End one of the person's own."""
        found = self._subscriptions.get(number)
        if found is None or (found.channel, found.asker) != (person.channel, person.asker):
            return False
        return self._subscriptions.remove(found.channel, found.asker, found.scope)

    def keep_check(self, person: Person, answers: str) -> bool:
        """Keep a self-check's answers, as its buttons have them; False where they are none."""
        try:
            action = Action.from_code(Action("keep_check", value=answers).code())
        except ValueError:
            return False
        self._provider.assistant.ask(
            Message("", person.channel, person.conversation, person.asker, action=action)
        )
        return self._checks.of(person.channel, person.asker) is not None

    def end_check(self, person: Person) -> bool:
        return self._checks.remove(person.channel, person.asker)

    def fetched(self, person: Person) -> list[Notice]:
        """What waits for somebody who comes for it; they have it from now on."""
        with self.one_transaction():
            found = self._notifications.pending_of(person.channel, person.asker)
            for item in found:
                self._notifications.ended(item.id, DELIVERED)
        return [self._notice(item) for item in found]

    def unreachable(self, channel: str, asker: str) -> int:
        """Nobody is to be told anything who blocked us; returns how many subscriptions ended."""
        self._checks.remove(channel, asker)
        return self._subscriptions.end_all(channel, asker)

    def is_quiet(self) -> bool:
        """Whether nobody is to be written to now who did not ask just then."""
        return self._quiet is not None and self._quiet.are_now(datetime.now(UTC), self.pack.office)

    def is_up_to_date(self) -> bool:
        """Whether this process answers from what is published. Just after a release it does not yet, and would tell
        people that there is an answer without saying it."""
        return self._knowledge.fingerprint() in (None, self.pack.fingerprint)

    def notices(self, channel: str) -> list[Notice]:
        """What people on a channel are to be told now: call it in the transaction that lays it down to be sent. None
        while it is quiet, the channel is off, or a release is not in force here yet."""
        if self.is_quiet() or self.is_off(channel) or not self.is_up_to_date():
            return []
        taken = self._notifications.take(channel, NOTICES_AT_ONCE)
        for item in taken:
            if item.entry is not None:
                self._notifications.tells(item.id, self._knowledge.revision_of(item.entry))
        return [self._notice(item) for item in taken]

    def _notice(self, notification: Notification) -> Notice:
        entry = self.pack.entries.get(notification.entry or "")
        asked = self._askers.text_of(notification.question) if notification.question is not None else None
        first = self._provider.assistant.first_line(asked, entry.id) if entry else ""
        number = notification.subscription
        subscription = self._subscriptions.get(number) if number is not None else None
        return composed(notification, asked, first, entry, end_of(notification, subscription, self.pack))

    def code_of(self, question: int) -> str:
        """What opens a question's page beside its number."""
        return self._tickets.code_of(question)

    def ticket(self, number: int, code: str) -> Ticket | None:
        """A question that a code opens. Raises TooManyCodes."""
        if self._tickets.is_closed(number):
            raise TooManyCodes
        return self._tickets.get(number) if self._tickets.opens(number, code) else None

    def remember(self, number: int) -> None:
        """Whoever asked is to be shown the answer when their browser comes again."""
        self._tickets.remember(number)

    def seen(self, ticket: Ticket) -> None:
        """Its asker has read on a page what became of it."""
        if is_over(ticket):
            entry = entry_of(ticket)
            revision = self._knowledge.revision_of(entry) if entry else None
            self._notifications.seen(ticket.channel, ticket.number, revision)

    def corrections_of(self, ticket: Ticket, is_new: bool = False) -> list[str]:
        """What was put right of the answer to a question, oldest first; `is_new`: what its asker has not seen yet."""
        return [
            notice.text or ""
            for notice in self._notifications.of_question(ticket.number, CORRECTION)
            if not is_new or notice.state == PENDING
        ]

    def answer_of(self, ticket: Ticket) -> Reply | None:
        """The answer of the entry that answers a question by now: to its own words where that is what answers them."""
        entry = self.pack.entries.get(entry_of(ticket) or "")
        if entry is None:
            return None
        reply = self._provider.assistant.unlogged().ask(Message(ticket.text, "notice"))
        return reply if reply.outcome == "answer" and reply.entry == entry.id else self.card(entry)

    def expect(self, person: Person, what: str | None) -> None:
        """The person's next message is `what` (None: a question again)."""
        if what is None:
            self._conversations.forget(_expecting(person))
        else:
            self._conversations.put(_expecting(person), {"expects": what})

    def expected(self, person: Person) -> str | None:
        state = self._conversations.get(_expecting(person))
        return str(state["expects"]) if state else None

    def offer(self, person: Person, codes: Sequence[str]) -> None:
        """The buttons that the person may choose from by number from now on."""
        self._conversations.put(_offered(person), {"codes": list(codes)})

    def offered(self, person: Person) -> list[str]:
        state = self._conversations.get(_offered(person))
        return [str(code) for code in state["codes"]] if state else []

    def is_first_of_album(self, person: Person, album: str | None) -> bool:
        """Whether nothing else of an album has been answered; True for what is in none."""
        if album is None:
            return True
        key = f"{person.channel}/{person.conversation}/album/{person.asker}"
        if self._conversations.get(key) == {"album": album}:
            return False
        self._conversations.put(key, {"album": album})
        return True

    def return_to(self, person: Person, entry: str) -> None:
        """What the person says next is about an entry that they were told of before, unless it is the last one."""
        before = Context.from_state(self._conversations.get(str(person)))
        if before.entry != entry and entry in self.pack.entries:
            self._conversations.put(str(person), Context(entry, told=entry).to_state())

    def was_entry(self, identifier: str) -> bool:
        """Whether something of this name has ever been in the base."""
        return bool(self._knowledge.history("entry", identifier))

    def start_afresh(self, person: Person) -> None:
        """Drop what was being talked about."""
        self._conversations.forget(str(person))

    def forget(self, person: Person) -> Erased:
        """Erase all that is stored of a person; of one without a name of their own (`asker` is ""), of the
        conversation."""
        if not person.asker:
            return self._erasure.of_conversation(person.channel, person.conversation)
        return self._erasure.of_asker(person.channel, person.asker)

    def log_error(self, person: Person, text: str, message: str | None) -> int:
        """Log a question that ended in an error; returns its number."""
        return self._log.add(
            LoggedQuestion(
                person.channel,
                text,
                "unanswered",
                conversation=person.conversation,
                asker=person.asker,
                reason="error",
                message=message,
            )
        )

    def is_new_incident(self, kind: str) -> bool:
        return self._askers.note_incident(kind)


def _expecting(person: Person) -> str:
    return f"{person.channel}/{person.conversation}/expects/{person.asker}"


def _offered(person: Person) -> str:
    return f"{person.channel}/{person.conversation}/offered/{person.asker}"
