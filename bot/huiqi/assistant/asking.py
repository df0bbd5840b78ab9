"""The one door: a message goes in, a reply comes out. Every channel calls only this.

`ask` reads as the table of contents of the product: each step in order, each outcome with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from huiqi.answering.reply import HOTLINE as HOTLINE
from huiqi.answering.reply import Action, AnswerBuilder, Reply
from huiqi.answering.reply import Block as Block
from huiqi.answering.reply import Button as Button
from huiqi.answering.responder import Responder, codes_of, joined, numbered
from huiqi.eligibility.dialogue import COMMAND, SelfCheck
from huiqi.matching.matcher import Matcher
from huiqi.pack.identity import alternate_key
from huiqi.pack.model import Pack
from huiqi.store.question_log import LoggedQuestion
from huiqi.understanding.context import Context
from huiqi.understanding.division import STORY, Divider
from huiqi.understanding.interpreter import Interpreter, Understanding
from huiqi.understanding.smalltalk import SmallTalker

if TYPE_CHECKING:
    from huiqi.store.question_log import QuestionLog


NONE_OF_THEM = ("都不是", "都不对", "都不是的", "以上都不是")


@dataclass(frozen=True)
class Message:
    """What someone wrote or pressed. `conversation` ties turns together; `asker` is who to answer later;
    `id` is the channel's own number of the message, so that a message delivered twice is logged once;
    `day` is the day the question is about (today when None)."""

    text: str
    channel: str
    conversation: str | None = None
    asker: str | None = None
    id: str | None = None
    day: date | None = None
    action: Action | None = None
    explain: bool = False


class Memory(Protocol):
    """Where the state of a conversation is kept between its turns."""

    def get(self, key: str) -> Mapping[str, Any] | None: ...

    def put(self, key: str, state: Mapping[str, Any]) -> None: ...


class Assistant:
    """Answers messages from one pack. Holds no state of a conversation: that is in `conversations`."""

    def __init__(
        self,
        pack: Pack,
        matcher: Matcher,
        log: QuestionLog | None = None,
        conversations: Memory | None = None,
        revisions: dict[str, int] | None = None,
    ) -> None:
        self.pack = pack
        self.matcher = matcher
        self._log = log
        self._conversations = conversations
        self._revisions = revisions or {}
        self._smalltalk = SmallTalker(pack.smalltalk, matcher.analyser.normalise.simplified)
        self._interpreter = Interpreter(pack, matcher)
        self._divider = Divider(matcher)
        self._responder = Responder(pack, matcher)
        self._self_check = SelfCheck(pack)

    def ask(self, message: Message) -> Reply:
        """The reply to one message. Logs it, and keeps what was talked about."""
        context = self._recall(message)
        turn = (
            self._press(message, context)
            or self._choose_by_number(message, context)
            or self._check_eligibility(message, context)
            or self._chat(message, context)
            or self._answer(message, context)
        )
        return self._finish(message, turn)

    def _recall(self, message: Message) -> Context:
        if self._conversations is None or message.conversation is None:
            return Context()
        return Context.from_state(self._conversations.get(_conversation_key(message)))

    def _press(self, message: Message, context: Context) -> Turn | None:
        """A button: an entry, a facet of one, or 都不是. An old one whose entry is gone says so."""
        action = message.action
        if action is None:
            return None
        if action.kind in ("check", "estimate", "checklist") or (
            action.kind == "none" and context.is_checking
        ):
            return self._press_check(action, message, context)
        self._keep_choice(action, context)
        if action.kind == "none":
            reply = self._responder.rejected(context.rejected, context.question)
            # Said otherwise and still none of them: handed over, and listening afresh.
            rejected = 1 if context.rejected == 0 else 0
            return Turn([reply], replace(context, offered=(), asked=None, rejected=rejected))
        if action.entry is None or action.entry not in self.pack.entries:
            return Turn([self._responder.gone(message.text)], context)
        entry = self.pack.entries[action.entry]
        builder = AnswerBuilder(self.pack, message.day or date.today())
        reply = self._responder.chosen(entry, action.facet, message.text, builder)
        return Turn([reply], Context(entry.id, action.facet, reply.question))

    def _press_check(self, action: Action, message: Message, context: Context) -> Turn:
        """A button of the self-check: an answer, an estimate, the list of what to prepare, or enough of it."""
        day = message.day or date.today()
        value = action.value or ""
        if action.kind == "none":
            told = self._self_check.stopped(context)
        elif action.kind == "checklist":
            told = self._self_check.checklist(value, day, context)
        elif action.kind == "estimate":
            told = self._self_check.ask_amount(action.entry, context) or self._self_check.go_on(
                "", day, context
            )
        else:
            told = self._self_check.go_on(value, day, context)
        return _told(told, message)

    def _keep_choice(self, action: Action, context: Context) -> None:
        """What was chosen of the entries that were offered is evidence for curation."""
        is_offered = action.kind == "none" or action.code() in context.offered
        if self._log is not None and context.asked is not None and is_offered:
            self._log.choose(context.asked, action.entry)

    def _check_eligibility(self, message: Message, context: Context) -> Turn | None:
        """A wish to know what the company may have, or the numbers of an estimate."""
        if self._self_check.is_asked(message.text):
            return _told(self._self_check.go_on("", message.day or date.today(), context), message)
        told = self._self_check.amount(message.text, context) if context.estimate else None
        return _told(told, message) if told else None

    def _choose_by_number(self, message: Message, context: Context) -> Turn | None:
        """A bare number after numbered choices is the choice of that button; 0 is none of them."""
        typed = message.text.strip().strip("。.、")
        typed = "0" if typed in NONE_OF_THEM else typed
        if not context.offered or not typed.isdecimal() or int(typed) > len(context.offered):
            return None
        action = Action.from_code(context.offered[int(typed) - 1]) if int(typed) else Action("none")
        return self._press(replace(message, action=action, text=context.question), context)

    def _chat(self, message: Message, context: Context) -> Turn | None:
        """Distress wherever it stands in the text; greetings, thanks and the like as whole messages."""
        heard = self._smalltalk.urgent(message.text) or self._smalltalk.exact(message.text)
        return Turn([self._responder.small_talk(heard, message.text)], context) if heard else None

    def _answer(self, message: Message, context: Context) -> Turn:
        """Each question of the message, read against what was talked about until then."""
        replies = []
        questions = self._divider.questions(self._smalltalk.without_courtesy(message.text))
        for question in questions:
            reply, context = self._answer_one(question, message, context, is_part=len(questions) > 1)
            replies.append(reply)
        return Turn(replies, context)

    def _answer_one(
        self, question: str, message: Message, context: Context, is_part: bool
    ) -> tuple[Reply, Context]:
        """The reply to one question, and the context after it."""
        understood, notices = self._understand(question, message, context, is_part)
        advice = self._smalltalk.within(question, understood.decision)
        if advice:
            return self._responder.small_talk(advice, question), context
        if understood.outcome == "answer":
            reply = self._responder.answered(understood, notices)
            context = Context(reply.entry, reply.facet, question)
        elif understood.outcome == "clarify":
            reply = self._responder.clarified(understood)
            context = replace(context.without_check(), question=question, offered=codes_of(reply.buttons))
        elif friendly := self._smalltalk.close(question):
            return self._responder.small_talk(friendly, question), context
        else:
            previous = self.pack.entries.get(context.entry or "")
            reply = self._responder.unanswered(understood, context.rejected, previous)
            context = replace(context.without_check(), question=question, offered=(), rejected=0)
        if message.explain:
            reply = replace(reply, explanation=self._responder.explained(understood))
        return reply, context

    def _understand(
        self, question: str, message: Message, context: Context, is_part: bool
    ) -> tuple[Understanding, list[str]]:
        """What a question means, and for a long story what was understood of it, in one line."""
        today = message.day or date.today()
        understood = self._interpreter.understand(question, context, today, is_part)
        if len(question) < STORY:
            return understood, []
        if understood.outcome != "answer":
            for shorter in self._divider.find_question(question):
                found = self._interpreter.understand(shorter, Context(), today)
                if found.outcome == "answer":
                    understood = replace(found, text=question)
                    break
        return understood, [self._responder.understood_as(understood)] if understood.entry else []

    def _finish(self, message: Message, turn: Turn) -> Reply:
        """Log each question, keep the context, put several answers into one reply."""
        numbers = self._write_log(message, turn.replies)
        replies = [numbered(reply, number) for reply, number in zip(turn.replies, numbers, strict=True)]
        if self._conversations is not None and message.conversation is not None:
            asked = next(
                (reply.number for reply in replies if reply.outcome == "clarify"), turn.context.asked
            )
            self._conversations.put(_conversation_key(message), replace(turn.context, asked=asked).to_state())
        return replies[0] if len(replies) == 1 else joined(message.text, replies)

    def _write_log(self, message: Message, replies: Sequence[Reply]) -> list[int | None]:
        if self._log is None:
            return [None] * len(replies)
        rows = [
            LoggedQuestion(
                channel=message.channel,
                text=reply.question or message.text,
                outcome=reply.outcome,
                conversation=message.conversation,
                asker=message.asker,
                entry=reply.entry,
                revision=self._revisions.get(reply.entry or ""),
                facet=reply.facet,
                confidence=round(reply.confidence, 4),
                reason=reply.reason,
                candidates=reply.candidates,
                pack=self.pack.fingerprint,
                part=part,
                message=message.id,
            )
            for part, reply in enumerate(replies)
        ]
        keys = [alternate_key(self.matcher.analyser.normalise(row.text)) for row in rows]
        return list(self._log.add_all(rows, keys))


@dataclass(frozen=True)
class Turn:
    """What one message brought: a reply for each question in it, and the context after them."""

    replies: list[Reply]
    context: Context


def _told(told: tuple[Reply, Context], message: Message) -> Turn:
    reply, context = told
    return Turn([replace(reply, question=message.text or COMMAND)], context)


def _conversation_key(message: Message) -> str:
    return "/".join((message.channel, message.conversation or "", message.asker or ""))
