"""The one door: a message goes in, a reply comes out. Every channel calls only this.

`ask` reads as the table of contents of the product: each step in order, each outcome with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from huiqi.answering import tickets, wording
from huiqi.answering.composing import Asked, Composer
from huiqi.answering.originals import AtHand, Originals
from huiqi.answering.reply import Action, Reply
from huiqi.answering.reply import Block as Block
from huiqi.answering.reply import Button as Button
from huiqi.answering.responder import (
    ATTACHED,
    MOST_BUTTONS,
    ON_DEMAND,
    QUOTE,
    Responder,
    codes_of,
    facet_of,
    joined,
    numbered,
    on_demand,
)
from huiqi.answering.statement_choice import StatementBook
from huiqi.answering.subscribing import KEEP_WORDS, subscribe_button
from huiqi.assistant.following import FOLLOWING, CheckBook, Following, SubscriptionBook
from huiqi.eligibility.dialogue import CHOICES_BELOW, COMMAND, SelfCheck, is_result
from huiqi.language.asking import is_question
from huiqi.language.legible import bounded, legible
from huiqi.language.masking import MOSTLY, kinds_of_personal, mask, personal_share, without_personal
from huiqi.language.typed_pinyin import TypedPinyin
from huiqi.matching.explanation import explain
from huiqi.matching.matcher import Matcher
from huiqi.pack.identity import alternate_key
from huiqi.pack.model import Entry, Pack
from huiqi.store.question_log import SET_REPLY, LoggedQuestion, Row, row_of
from huiqi.store.together import ToWrite
from huiqi.understanding.choosing import chosen_numbers
from huiqi.understanding.context import Context
from huiqi.understanding.division import MOST_QUESTIONS, Divider
from huiqi.understanding.meaning import Meaning, Understander
from huiqi.understanding.smalltalk import SURE, SmallTalker
from huiqi.understanding.splitting import stories
from huiqi.understanding.talk_kinds import (
    ALL_BUT_CERTAINLY_AT,
    FRONT_DOOR,
    NOT_UNDERSTOOD,
    STILL_VALID,
    WHERE_FROM,
    TalkKindReader,
    is_all_but_certainly,
    is_surely,
)

if TYPE_CHECKING:
    from huiqi.matching.decision import Decision
    from huiqi.pack.originals import QuotedPassage
    from huiqi.store.question_log import QuestionLog
    from huiqi.store.tickets import Ticket


K = TypeVar("K")
V = TypeVar("V")
LIKELY = 0.6
"""An entry less likely than this gives way to a message that is surely of another kind (出处, 看不懂)."""
NAMES_NOBODY_AT = 0.05
"""A wish to know what there is whose subject weighs less names not even for whom: 区里给企业什么补助, not 口罩厂有什么支持."""
OFF = "channel_off"
"""The reason of the reply that is none, because staff have switched the channel off."""
PERSONAL = "personal_data"
"""The reason of the reply to a message that holds little but personal data."""
LONGEST_READ = 4096
"""Characters of a message that are read, once each is spelled as it is compared: the longest that Telegram carries."""
MOST_TURNS = 2000
"""Texts whose turn is kept; a turn takes some 5 KB."""
STORY = 60
"""From this length on a message tells a story: what was understood of it is said in one line."""
TELLS_BESIDE = 20
"""From this length on a message may tell so much beside its question that nothing answers the whole of it: of 1,556 questions written
for it the question alone answers ten more than from the length of a story on, and one more of 425 that nothing covers."""


@dataclass(frozen=True)
class Message:
    """What someone wrote or pressed. `conversation` ties turns together; `asker` is who to answer later;
    `id` is the channel's own number of the message, so that a message delivered twice is logged once;
    `day` is the day the question is about (today when None). `stands_alone`: the reply is read without those
    before it (a page of its own, an answer put in the place of another), so it repeats source and office.
    `switch`: what staff switch it off by, where that is not the channel. `is_private`: nobody else reads the reply;
    `consents_at`: the page on which who has no name of their own may agree to be told something later. `is_ticketed`: whoever
    asks is told with a miss by which code it is looked up."""

    text: str
    channel: str
    conversation: str | None = None
    asker: str | None = None
    id: str | None = None
    day: date | None = None
    action: Action | None = None
    explain: bool = False
    stands_alone: bool = False
    switch: str | None = None
    is_private: bool = True
    consents_at: str | None = None
    is_ticketed: bool = False


class Switchboard(Protocol):
    """Whoever knows where nobody is answered for now (huiqi.store.switches.Switches)."""

    def is_off(self, channel: str) -> bool: ...


class TicketWindow(Protocol):
    """Whoever knows what became of a question (huiqi.store.tickets.Tickets)."""

    def get(self, number: int) -> Ticket | None: ...

    def issue(self, number: int) -> None:
        """Give a question the code that it is looked up by."""

    def is_closed(self, number: int) -> bool:
        """Whether too many wrong codes were tried of late."""

    def opens(self, number: int, code: str) -> bool:
        """Whether a code opens a question; a wrong one counts."""


class StaffReplies(Protocol):
    """Whoever knows what staff say to questions that are not for the bot (huiqi.store.set_replies.SetReplies)."""

    def get(self, key: str) -> str | None: ...


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
        switches: Switchboard | None = None,
        originals: AtHand | None = None,
        window: TicketWindow | None = None,
        replies: StaffReplies | None = None,
        subscriptions: SubscriptionBook | None = None,
        checks: CheckBook | None = None,
    ) -> None:
        self._tickets = window
        self._set_replies = replies
        self.pack = pack
        self.matcher = matcher
        self._log = log
        self._conversations = conversations
        self._revisions = revisions or {}
        self._switches = switches
        self._smalltalk = SmallTalker(pack.smalltalk, matcher.analyser.normalise.simplified)
        self._understander = Understander(pack, matcher)
        self._divider = Divider(self._understander)
        self._composer = Composer(
            pack, StatementBook(matcher.base.lexicon, matcher.marker.sides, written=self._written)
        )
        at_hand = Originals(pack, matcher, originals) if originals is not None else None
        self._responder = Responder(pack, matcher, self._composer, at_hand)
        self._self_check = SelfCheck(pack, matcher.analyser.normalise.simplified)
        self._kinds = TalkKindReader()
        self._pinyin = TypedPinyin(matcher.base.lexicon)
        self._following = (
            Following(pack, matcher.analyser.normalise.simplified, self._meant_by, subscriptions, checks)
            if subscriptions is not None and checks is not None
            else None
        )
        self._turns: dict[tuple[str, date], Turn] = {}
        self._keys: dict[str, str] = {}

    def unlogged(self) -> Assistant:
        """The same, with all that it has read, but nothing that is asked of it is kept."""
        other = copy(self)
        other._log = other._conversations = other._tickets = other._following = None
        return other

    def near(self, question: str, day: date) -> tuple[Decision, tuple[QuotedPassage, ...]]:
        """What a question may mean by itself on a day, and what originals say of it, for programs that choose themselves."""
        written = bounded(legible(question), LONGEST_READ)
        reading = self._understander.reader.read(self._pinyin.read(written) or written, day)
        decision = self._understander.meaning(reading).decision
        return decision, self._responder.passages_near(decision, day)

    def _written(self, entry: Entry) -> Sequence[str] | None:
        """The alternates of an entry of this pack, normalised, as the matcher has them."""
        number = self.matcher.numbers.get(entry.id)
        if number is None or self.pack.entries.get(entry.id) is not entry:
            return None
        return self.matcher.base.own_alternates(number)

    def ask(self, message: Message) -> Reply:
        """The reply to one message. Logs it, and keeps what was talked about; neither where the channel is off."""
        return self.decide(message).by_itself(False)

    def decide(self, message: Message) -> ToWrite[Reply]:
        """The same in two steps: the reply is worked out now, and given when it is logged."""
        if self._switches is not None and self._switches.is_off(message.switch or message.channel):
            off = Reply(
                "smalltalk", (Block("notice", wording.closed(self.pack.office)),), confidence=1.0, reason=OFF
            )
            return ToWrite(lambda: off, lambda has_waited: off)
        message = replace(message, text=bounded(legible(message.text), LONGEST_READ))
        context = self._recall(message)
        found = self._look_up(message, context) or self._follow(message, context)
        if found is not None:
            return self._finish(message, found)
        meant = self._pinyin.read(message.text)
        if meant is not None:
            message = replace(message, text=meant)
        turn = self._turn_again(message, context) or self._turn(message, context)

        def told(reply: Reply) -> Reply:
            reply = self._with_room_for_subscribing(message, reply)
            if meant is None:
                return reply
            return replace(reply, blocks=(Block("notice", f"（按拼音读作：{meant}）"), *reply.blocks))

        return self._finish(message, self._as_staff_say(message, turn)).then(told)

    def _as_staff_say(self, message: Message, turn: Turn) -> Turn:
        """What is not answered and staff have set a reply to is replied to so."""
        if self._set_replies is None or all(reply.outcome != "unanswered" for reply in turn.replies):
            return turn
        replies = []
        for reply in turn.replies:
            question = reply.question or message.text
            said = self._set_replies.get(self._key(question)) if reply.outcome == "unanswered" else None
            replies.append(
                reply
                if said is None
                else Reply(
                    "unanswered",
                    (Block("answer", said),),
                    confidence=1.0,
                    reason=SET_REPLY,
                    question=question,
                )
            )
        return Turn(replies, turn.context)

    def _key(self, text: str) -> str:
        """What the wordings of a question that differ in case, width and punctuation alone share. Of the masked text:
        without its punctuation a name is no longer known as one."""
        masked = mask(text)
        key = self._keys.get(masked)
        if key is None:
            key = alternate_key(self.matcher.analyser.normalise(masked))
            _keep(self._keys, masked, key)
        return key

    def _look_up(self, message: Message, context: Context) -> Turn | None:
        """The number of a question is looked up. One written alone is a number of what is being talked about first."""
        wanted = tickets.wanted(message.text) if message.action is None else None
        if self._tickets is None or wanted is None:
            return None
        number = wanted.number
        ticket = self._tickets.get(number)
        if not wanted.is_named and (ticket is None or context.offered or context.is_checking):
            return None
        if ticket is not None and ticket.is_of(message.channel, message.conversation, message.asker):
            return Turn([tickets.told(ticket, self.first_line, self.pack.office)], context)
        if not wanted.code:
            return Turn([tickets.plain(tickets.NO_CODE.format(number=number), number)], context)
        if self._tickets.is_closed(number):
            return Turn([tickets.plain(tickets.TOO_MANY, number)], context)
        if ticket is None or not self._tickets.opens(number, wanted.code):
            return Turn([tickets.plain(tickets.WRONG_CODE, number)], context)
        return Turn([tickets.told(ticket, self.first_line, self.pack.office)], context)

    def _follow(self, message: Message, context: Context) -> Turn | None:
        """订阅, 退订, 有新的适用政策告诉我, typed."""
        if self._following is None:
            return None
        reply = self._following.typed(message, context, self._day(message))
        return Turn([replace(reply, question=message.text)], context) if reply is not None else None

    def _with_following(self, told: tuple[Reply, Context], message: Message, button: Button) -> Turn:
        """A list with one choice more, where who reads it can be told anything later."""
        reply, context = told
        if self._following is None or not self._following.can_be_told(message):
            return Turn([reply], context)
        number = len(codes_of(reply.buttons)) + 1
        heading = () if reply.buttons else (Block("hint", CHOICES_BELOW),)
        line = Block("choice", f"{number}. {button.label}")
        longer = replace(reply, blocks=(*reply.blocks, *heading, line), buttons=(*reply.buttons, button))
        return Turn([longer], replace(context, offered=codes_of(longer.buttons)))

    def _with_room_for_subscribing(self, message: Message, reply: Reply) -> Reply:
        """An answer with 订阅 behind its buttons, where they leave room for it; else it is under 更多."""
        kinds = {button.action.kind for button in reply.buttons}
        if (
            self._following is None
            or not self._following.can_be_told(message)
            or reply.outcome != "answer"
            or reply.entry is None
            or reply.entry not in self.pack.entries
            or reply.is_menu
            or reply.parts
            or len(reply.buttons) >= MOST_BUTTONS
            or kinds & {"more", "subscribe"}
        ):
            return reply
        return replace(reply, buttons=(*reply.buttons, subscribe_button(reply.entry)))

    def _meant_by(self, name: str, day: date) -> list[str]:
        """The entries that a name may mean: one where that is sure."""
        meaning = self._understander.meaning(self._understander.reader.read(name, day))
        if meaning.entry is not None:
            return [meaning.entry]
        if meaning.outcome != "clarify":
            return []
        return [self.matcher.entry_id(item.entry) for item in meaning.decision.candidates]

    def first_line(self, question: str | None, entry: str) -> str:
        """What an entry says to a question, in one line; of the whole entry where it is not what answers it, empty where
        it is gone."""
        if question is not None:
            reply = self.unlogged().ask(Message(question, "notice"))
            if reply.outcome == "answer" and reply.entry == entry and reply.first:
                return reply.first
        known = self.pack.entries.get(entry)
        return self.card(known).first if known else ""

    def _turn(self, message: Message, context: Context) -> Turn:
        return (
            self._press(message, context)
            or self._ask_for_more(message, context)
            or self._answer_check(message, context)
            or self._choose_from_list(message, context)
            or self._check_eligibility(message, context)
            or self._chat(message, context)
            or self._answer(message, context)
        )

    def _turn_again(self, message: Message, context: Context) -> Turn | None:
        """What came of the same text when it last began a conversation on that day, worked out now where nothing did;
        None for what depends on more than that. A text with personal data is not kept."""
        if context != _AFRESH or message.action is not None or message.explain:
            return None
        key = (message.text, self._day(message))
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turn(message, context)
            if mask(message.text) == message.text:
                _keep(self._turns, key, turn)
        else:
            # Asked again, it goes last.
            self._turns[key] = self._turns.pop(key, turn)
        return turn

    def card(self, entry: Entry, facet: str | None = None) -> Reply:
        """An entry as an answer that nobody asked for (not logged)."""
        aspects = (facet,) if facet else ()
        return self._responder.chosen(
            entry, Asked(self.pack.office.today(), aspects, dict.fromkeys(aspects, 1.0)), ""
        )

    def contact(self, entry: Entry) -> str:
        """Whom to ask about an entry, in one sentence."""
        return self._composer.whom(entry)

    def _recall(self, message: Message) -> Context:
        if self._conversations is None or message.conversation is None:
            return Context()
        context = Context.from_state(self._conversations.get(_conversation_key(message)))
        return replace(context, told=None) if message.stands_alone else context

    def _press(self, message: Message, context: Context) -> Turn | None:
        """A button: an entry, a facet of one, or 都不是. An old one whose entry is gone says so."""
        action = message.action
        if action is None:
            return None
        if action.kind in FOLLOWING:
            told = self._following.pressed(message, self._day(message)) if self._following else None
            return Turn([told or self._responder.gone(message.text)], context)
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
        if action.kind in ON_DEMAND.values():
            return self._tell_more(action.kind, entry, message, context, action.facet)
        aspects = (action.facet,) if action.facet else ()
        # An entry that was chosen by name (a menu, a poster, news of a change) is told with all that belongs to it.
        is_again = action.kind == "facet" and context.told == entry.id
        asked = Asked(self._day(message), aspects, dict.fromkeys(aspects, 1.0), is_again=is_again)
        reply = self._responder.chosen(entry, asked, message.text)
        return Turn([reply], _about(reply, aspects, context))

    def _tell_more(
        self, kind: str, entry: Entry, message: Message, context: Context, facet: str | None = None
    ) -> Turn:
        """The whole of an entry, its counterparts, its origin, its original (of `facet`, else of what was just told), or
        the buttons that did not fit."""
        is_same = context.entry == entry.id
        aspects = (facet,) if facet else context.aspects if is_same else ()
        reply = self._responder.on_demand(kind, entry, Asked(self._day(message), aspects), message.text)
        # None of these tells source and office both: who has not had them gets them with the next answer.
        after = replace(
            _about(reply, context.aspects if is_same else (), context),
            question=(context.question if is_same else "") or entry.title,
            told=context.told if context.told == entry.id else None,
        )
        if kind != "more":
            return Turn([reply], after)
        listed = (reply, replace(after, offered=codes_of(reply.buttons)))
        return self._with_following(listed, message, subscribe_button(entry.id))

    def _ask_for_more(self, message: Message, context: Context) -> Turn | None:
        """全文, 各级对照, 来源与有效期, 原文, 附件 or 更多, typed after an answer."""
        words = on_demand(self.pack) | {word: ON_DEMAND[word] for word in (QUOTE, ATTACHED)}
        kind = words.get(message.text.strip().strip("。.!！？?"))
        entry = self.pack.entries.get(context.entry or "")
        return self._tell_more(kind, entry, message, context) if kind and entry else None

    def _press_check(self, action: Action, message: Message, context: Context) -> Turn:
        """A button of the self-check: an answer, an estimate, the list of what to prepare, or enough of it."""
        day = self._day(message)
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
        return self._told_check(told, message)

    def _told_check(self, told: tuple[Reply, Context], message: Message) -> Turn:
        """A step of the self-check; with its result, to be told of what is new later."""
        if is_result(told[0]) and told[1].checked is not None:
            keep = Button(KEEP_WORDS, Action("keep_check", value=told[1].checked))
            turn = self._with_following(told, message, keep)
            told = (turn.replies[0], turn.context)
        return _told(told, message)

    def _keep_choice(self, action: Action, context: Context) -> None:
        """What was chosen of the entries that were offered is evidence for curation."""
        is_offered = action.kind == "none" or action.code() in context.offered
        if self._log is not None and context.asked is not None and is_offered:
            self._log.choose(context.asked, action.entry)

    def _check_eligibility(self, message: Message, context: Context) -> Turn | None:
        """A wish to know what the company may have."""
        if not self._self_check.is_asked(message.text):
            return None
        return _told(self._self_check.go_on("", self._day(message), context), message)

    def _answer_check(self, message: Message, context: Context) -> Turn | None:
        """An answer of the self-check in words, or the numbers of an estimate."""
        if self._smalltalk.urgent(message.text):
            return None
        told = self._self_check.typed(message.text, self._day(message), context)
        return self._told_check(told, message) if told else None

    def _choose_from_list(self, message: Message, context: Context) -> Turn | None:
        """What was typed after numbered choices: 2, 第二个, 选②, 国家的, 都不是. A list stays open until one of it is
        chosen or something is answered."""
        labels = [self._label(code) for code in context.offered]
        numbers = chosen_numbers(message.text, labels, self.pack.office)
        # While an estimate waits for its numbers, a bare one is no choice; 0 still ends it.
        if not numbers or (context.estimate is not None and any(numbers)):
            return None
        if max(numbers) > len(labels) or not (labels or context.is_checking):
            return Turn([self._responder.no_such_choice(message.text, len(labels))], context)
        replies: list[Reply] = []
        turn = Turn([], context)
        actions = [
            Action.from_code(context.offered[number - 1]) if number else Action("none") for number in numbers
        ]
        for action in _without_twice_told(actions):
            pressed = self._press(replace(message, action=action, text=context.question), context)
            if pressed is not None:
                turn = pressed
                replies += pressed.replies
        return Turn(replies, turn.context)

    def _label(self, code: str) -> str:
        """What a choice is called, with the level of its entry."""
        action = Action.from_code(code)
        entry = self.pack.entries.get(action.entry or "")
        if entry is None or action.kind != "entry":
            return self._self_check.label(action)
        return entry.short_title + self.pack.office.tag(entry.level)

    def _chat(self, message: Message, context: Context) -> Turn | None:
        """Distress wherever it stands in the text; greetings, thanks and the like as whole messages."""
        heard = self._smalltalk.urgent(message.text) or self._smalltalk.exact(message.text)
        if heard is None:
            return None
        about = self._about_what_was_told(heard.kind, message, context)
        return about or Turn([self._responder.small_talk(heard, message.text)], context)

    def _answer(self, message: Message, context: Context) -> Turn:
        """Each question of the message, read against what was talked about until then."""
        replies = []
        text = self._smalltalk.without_courtesy(message.text)
        day = self._day(message)
        parts = self._divider.questions(text, day)
        if refused := self._refuse_personal(text, day, context):
            return refused
        if heard := self._hear(parts, message, context):
            return heard
        told = (
            self._self_check.again(text, day, context) if all(part.entry is None for part in parts) else None
        )
        if told is not None:
            return _told(told, message)
        for alone in parts:
            # One of several questions of a message that means something by itself is no follow-up.
            stands = len(parts) > 1 and alone.entry is not None and not self._understander.leans(alone)
            reply, context = self._answer_one(alone, message, context, stands)
            replies.append(reply)
        if self._divider.asks_too_much(text):
            replies[-1] = self._responder.with_request_to_divide(replies[-1], MOST_QUESTIONS)
        return Turn(replies, context)

    def _refuse_personal(self, text: str, day: date, context: Context) -> Turn | None:
        """A message that says little but who somebody is: nothing to answer, and nothing for staff to mend."""
        if personal_share(text) < MOSTLY:
            return None
        rest = without_personal(text)
        if is_question(rest):
            return None
        # The words of an address are no question, whatever they are like.
        asked = self._understander.meaning(self._understander.reader.read(rest, day))
        if asked.entry is not None and asked.decision.confidence >= SURE:
            return None
        said = wording.personal(kinds_of_personal(text), self.pack)
        return Turn(
            [Reply("smalltalk", (Block("notice", said),), confidence=1.0, reason=PERSONAL, question=text)],
            context,
        )

    def _hear(self, parts: Sequence[Meaning], message: Message, context: Context) -> Turn | None:
        """A message of a kind that is no question about a measure, where no entry answers any of it by itself, or
        only one that is unlikely."""
        marks = [part.reading.question.marks for part in parts]
        if any(own.place or own.document_number for own in marks):
            return None
        likeliest = max((part.decision.confidence for part in parts if part.entry is not None), default=0.0)
        alone = parts[0]
        if likeliest >= ALL_BUT_CERTAINLY_AT and not alone.reading.is_bare:
            return None
        heard = self._kinds.kind(alone.reading)
        if heard is None or (len(parts) > 1 and heard[0] != FRONT_DOOR):
            return None
        if context.entry is not None or not self._is_of_all(heard[0], alone):
            comes_first = heard[1] if is_all_but_certainly(*heard) else LIKELY if is_surely(*heard) else 0.0
            if likeliest and likeliest >= comes_first:
                return None
        if any(self._smalltalk.within(part.text, part.decision) for part in parts):
            # What the pack lists comes before what is learned: 帮我们拿个主意，关厂还是再撑撑 wants advice, not a list.
            return None
        kind, chance = heard
        entry = self.pack.entries.get(context.entry or "")
        if entry and not is_surely(kind, chance) and self._in_context(alone, message, context).entry:
            return None
        if kind == FRONT_DOOR:
            again = self._self_check.again(message.text, self._day(message), context)
            return _told(again or self._self_check.front_door(self._day(message), context), message)
        if about := self._about_what_was_told(kind, message, context):
            return about
        item = self._smalltalk.of_kind(kind)
        return Turn([self._responder.small_talk(item, message.text)], context) if item else None

    def _is_of_all(self, kind: str, meaning: Meaning) -> bool:
        """Whether a wish to know what there is names no subject, or meets no more than an overview: the self-check says
        more."""
        reading, best = meaning.reading, meaning.decision.best
        if kind != FRONT_DOOR:
            return False
        if best is not None and self.matcher.base.entries[best.entry].is_overview:
            return True
        # Who says what they do (我们是人力资源公司) may mean what there is for them.
        if not reading.is_bare or any(reading.question.is_aside):
            return False
        is_likely = meaning.entry is not None and meaning.decision.confidence >= LIKELY
        return not is_likely or reading.question.subject < NAMES_NOBODY_AT

    def _about_what_was_told(self, kind: str | None, message: Message, context: Context) -> Turn | None:
        """从哪看来的, 还有效吗 and 听不懂 right after an answer are about that answer."""
        entry = self.pack.entries.get(context.entry or "")
        if entry is None or kind not in (WHERE_FROM, STILL_VALID, NOT_UNDERSTOOD):
            return None
        if kind == WHERE_FROM:
            return self._tell_more("origin", entry, message, context)
        aspects = ("有效",) if kind == STILL_VALID else ()
        asked = Asked(self._day(message), aspects, dict.fromkeys(aspects, 1.0))
        reply = self._responder.chosen(entry, asked, message.text)
        return Turn([reply], _about(reply, aspects, context))

    def _answer_one(
        self, alone: Meaning, message: Message, context: Context, stands: bool
    ) -> tuple[Reply, Context]:
        """The reply to one question, and the context after it. `alone`: what it means by itself; `stands`: it means
        that whatever was said before."""
        meaning = alone if stands else self._in_context(alone, message, context)
        advice = self._smalltalk.within(meaning.text, meaning.decision)
        if advice:
            return self._responder.small_talk(advice, meaning.text), context
        if meaning.entry is not None:
            reply = self._responder.answered(
                meaning.entry,
                self._asked(meaning, context),
                meaning.decision,
                meaning.text,
                self._notices(meaning),
            )
            context = _about(reply, meaning.aspects, context)
        elif meaning.outcome == "clarify":
            reply = self._responder.clarified(meaning.decision, meaning.aspects, meaning.text)
            context = replace(context.without_check(), question=meaning.text, offered=codes_of(reply.buttons))
        elif friendly := self._smalltalk.close(meaning.text):
            return self._responder.small_talk(friendly, meaning.text), context
        elif meaning.lacks_subject and context.entry is None:
            return self._responder.asked_of_what(meaning.text), replace(context, aspects=meaning.aspects)
        else:
            reply = self._responder.unanswered(
                meaning.decision,
                meaning.text,
                context.rejected,
                meaning.missing_level,
                self.pack.entries.get(context.entry or ""),
                meaning.day,
            )
            # A list stays open after a miss: the asker may still choose from it.
            context = replace(context.without_check(), rejected=0)
        if message.explain:
            reply = replace(reply, explanation=self._explained(meaning))
        return reply, context

    def _in_context(self, alone: Meaning, message: Message, context: Context) -> Meaning:
        """What a question means after what was talked about; where nothing answers all that is told with it, what the
        question alone means, unless it is told that they are elsewhere."""
        meaning = (
            alone
            if context.entry is None and not context.aspects
            else self._understander.meaning(alone.reading, context, alone.decision)
        )
        marks = meaning.reading.question.marks
        is_elsewhere = marks.place is not None or marks.asker_place is not None
        if meaning.entry is not None or is_elsewhere or len(meaning.text) < TELLS_BESIDE:
            return meaning
        for shorter in stories(meaning.text):
            found = self._understander.meaning(self._understander.reader.read(shorter, self._day(message)))
            # The last words of a story that nothing answers are about something else all the more often.
            if found.entry is not None and found.decision.confidence >= SURE:
                return replace(found, reading=replace(found.reading, text=meaning.text))
        return meaning

    def _asked(self, meaning: Meaning, context: Context) -> Asked:
        question = meaning.reading.question
        return Asked(
            meaning.day,
            meaning.aspects,
            meaning.chances,
            question,
            meaning.reading.is_dated,
            context.told == meaning.entry,
            meaning.parts,
        )

    def _notices(self, meaning: Meaning) -> list[str]:
        if len(meaning.text) < STORY or meaning.entry is None:
            return []
        return [self._responder.understood_as(meaning.entry, "、".join(meaning.aspects))]

    def _explained(self, meaning: Meaning) -> str:
        """The path from the question to what was understood, for staff."""
        notes = [f"问的方面：{'、'.join(meaning.aspects) or '整条'}"]
        likely = [f"{name} {chance:.0%}" for name, chance in meaning.chances.items() if chance >= 0.2]
        if likely:
            notes.append(f"各方面的可能性：{'、'.join(likely)}")
        if meaning.leaned:
            notes.append("接着上一句理解：刚才谈的条目也算进了可能性")
        if meaning.reading.is_dated:
            notes.append(f"按 {meaning.day.isoformat()} 来看")
        titles = {entry.id: entry.short_title for entry in self.pack.entries.values()}
        return explain(self.matcher, titles, meaning.decision, notes)

    def _day(self, message: Message) -> date:
        return message.day or self.pack.office.today()

    def _finish(self, message: Message, turn: Turn) -> ToWrite[Reply]:
        """Log each question, keep the context, put several answers into one reply."""
        log = self._log
        if log is None:
            write = partial(self._write, message, turn, [])
            return ToWrite(write, lambda has_waited: write())
        rows = self._rows(message, turn.replies)
        write = partial(self._write, message, turn, rows)
        return ToWrite(write, lambda has_waited: log.at_once(write, has_waited))

    def _write(self, message: Message, turn: Turn, rows: Sequence[Row]) -> Reply:
        numbers = self._log.write(rows) if self._log is not None else [None for _ in turn.replies]
        replies = [numbered(reply, number) for reply, number in zip(turn.replies, numbers, strict=True)]
        if self._tickets is not None and message.is_ticketed:
            # In one transaction with the question.
            for reply in replies:
                if reply.number is not None and reply.outcome == "unanswered" and reply.reason != SET_REPLY:
                    self._tickets.issue(reply.number)
        if self._conversations is not None and message.conversation is not None:
            asked = next(
                (reply.number for reply in replies if reply.outcome == "clarify"), turn.context.asked
            )
            self._conversations.put(_conversation_key(message), replace(turn.context, asked=asked).to_state())
        return replies[0] if len(replies) == 1 else joined(message.text, replies)

    def _rows(self, message: Message, replies: Sequence[Reply]) -> list[Row]:
        questions = [
            LoggedQuestion(
                channel=message.channel,
                text=reply.question or message.text,
                outcome=reply.outcome,
                conversation=message.conversation,
                asker=message.asker,
                entry=reply.entry,
                revision=self._revisions.get(reply.entry or ""),
                facet=facet_of(reply.aspects),
                confidence=round(reply.confidence, 4),
                reason=reply.reason,
                candidates=reply.candidates,
                passages=reply.passages,
                pack=self.pack.fingerprint,
                part=part,
                message=message.id,
            )
            for part, reply in enumerate(replies)
        ]
        return [row_of(question, self._key(question.text)) for question in questions]


@dataclass(frozen=True)
class Turn:
    """What one message brought: a reply for each question in it, and the context after them."""

    replies: list[Reply]
    context: Context


_AFRESH = Context()
MOST_EARLIER = 4
"""Entries answered before the last one that are remembered: who goes back (刚才贷款那个) goes back a few turns."""


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    if len(kept) >= MOST_TURNS:
        # What was not asked for longest goes; another thread may have been quicker.
        kept.pop(next(iter(kept)), None)
    kept[key] = value


def _without_twice_told(actions: Sequence[Action]) -> list[Action]:
    """The actions without the aspects of an entry that is told as a whole."""
    whole = {action.entry for action in actions if action.kind == "whole"}
    return [action for action in actions if action.kind != "facet" or action.entry not in whole]


def _about(reply: Reply, aspects: tuple[str, ...], before: Context) -> Context:
    """The context after an answer."""
    earlier = tuple(entry for entry in before.talked_of if entry != reply.entry)[:MOST_EARLIER]
    return Context(
        reply.entry,
        facet_of(aspects),
        reply.question,
        told=reply.entry,
        aspects=aspects,
        earlier=earlier,
    )


def _told(told: tuple[Reply, Context], message: Message) -> Turn:
    reply, context = told
    return Turn([replace(reply, question=message.text or COMMAND)], context)


def _conversation_key(message: Message) -> str:
    return "/".join((message.channel, message.conversation or "", message.asker or ""))
