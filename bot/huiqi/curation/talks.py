"""Talks that staff take over where the platform has no customer service of its own: who waits for a person, what is
said, and the bot's turn again. What a member of staff says goes out by the channel; what they answered becomes drafts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from huiqi.curation.drafts.from_talks import offer_drafts
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.curation.switching import CHANNELS
from huiqi.store.arrivals import Arrivals, FromStaff
from huiqi.store.asked import AskedLately
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.handovers import Handovers, Line, Wish
from huiqi.store.transaction import transaction

TAKEN = "工作人员已接上，下面由工作人员答复，机器人不再说话。要机器人接着答，请回复：机器人"
OVER = "工作人员已结束这次对话，接着由机器人回答。"
LONGEST = 2000
"""Characters that staff may say at once; the channel cuts at sentences what it cannot carry in one message."""
ASKED_BEFORE = 5
"""Questions before the talk that staff are shown."""


@dataclass(frozen=True)
class Talk:
    """`asked`: what was asked of the bot before, oldest first; `lines`: what was said since staff took it."""

    wish: Wish
    channel: str
    asked: Sequence[str]
    lines: Sequence[Line]

    @property
    def subject(self) -> str:
        return self.asked[-1] if self.asked else "（还没有提问）"


class Talks:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._handovers = Handovers(database)
        self._arrivals = Arrivals(database)
        self._asked = AskedLately(database)
        self._audit = AuditTrail(database)

    def open(self) -> list[Talk]:
        """Whoever waits for a person or talks with one, oldest first."""
        return [self._talk(wish) for wish in self._handovers.wishes()]

    def count(self) -> int:
        return len(self._handovers.wishes())

    def get(self, number: int) -> Talk:
        """Raises CurationError where the talk is over."""
        return self._talk(self._wish(number))

    def take(self, number: int, by: Member) -> None:
        """Have the talk from now on, also where a colleague has it; the asker is told the first time."""
        by.require("editor")
        with transaction(self._database):
            wish = self._wish(number)
            if wish.staff == by.name:
                raise Conflict(f"{number} 号对话已经是您接的")
            self._handovers.take(wish, by.name)
            self._audit.add(by.name, "接起对话", "talk", number, wish.staff, by.name)
            if wish.staff is None:
                self._tell(wish, TAKEN)

    def say(self, number: int, text: str, by: Member) -> None:
        by.require("editor")
        text = text.strip()
        if not text:
            raise CurationError("请先写要说的话")
        if len(text) > LONGEST:
            raise CurationError(f"一次最多说 {LONGEST} 个字，现在是 {len(text)} 个，请分开说")
        with transaction(self._database):
            wish = self._own(number, by)
            key = self._tell(wish, text)
            self._handovers.said(wish.channel, wish.conversation, key, text, by.name)

    def end(self, number: int, by: Member) -> list[int]:
        """The bot has the talk again; returns the drafts of what was answered."""
        by.require("editor")
        with transaction(self._database):
            wish = self._own(number, by)
            drafts = offer_drafts(self._database, self._handovers.end(wish.channel, wish.conversation))
            self._audit.add(by.name, "结束对话", "talk", number)
            self._tell(wish, OVER)
        return drafts

    def drop(self, number: int, by: Member) -> None:
        """Nobody takes this one; the question stays among the misses."""
        by.require("editor")
        with transaction(self._database):
            wish = self._wish(number)
            if wish.staff is not None:
                raise Conflict(f"{number} 号对话由“{wish.staff}”接着，请先结束")
            self._handovers.end(wish.channel, wish.conversation)
            self._audit.add(by.name, "不接对话", "talk", number)

    def _talk(self, wish: Wish) -> Talk:
        before = self._asked.last_texts(wish.channel, wish.conversation, ASKED_BEFORE)
        lines = self._handovers.lines(wish.channel, wish.conversation) if wish.staff is not None else ()
        return Talk(wish, CHANNELS.get(wish.channel, wish.channel), before, lines)

    def _wish(self, number: int) -> Wish:
        wish = self._handovers.wish(number)
        if wish is None:
            raise CurationError(f"没有 {number} 号对话，或者已经结束")
        return wish

    def _own(self, number: int, by: Member) -> Wish:
        wish = self._wish(number)
        if wish.staff != by.name:
            who = f"由“{wish.staff}”接着" if wish.staff else "还没有人接"
            raise Conflict(f"{number} 号对话{who}，请先接起")
        return wish

    def _tell(self, wish: Wish, text: str) -> str:
        """Leave a message for the asker in line with theirs; returns by what it is known."""
        key = f"staff {secrets.token_hex(8)}"
        self._arrivals.receive(wish.channel, key, wish.conversation, FromStaff(text, wish.asker).payload())
        return key
