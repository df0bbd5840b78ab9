"""What somebody wants to hear unasked: subscriptions, and the answers of a self-check that they leave, taken and ended in a
conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from huiqi.answering import subscribing, wording
from huiqi.answering.reply import Action, Reply
from huiqi.answering.subscribing import Wish
from huiqi.eligibility.rules import TO_BE_HAD, EligibilityCheck, decode
from huiqi.language.asking import is_question
from huiqi.pack.model import Entry, Pack
from huiqi.store.kept_checks import KeptCheck
from huiqi.store.subscriptions import ENTRY, EVERYTHING, POLICY, TOPIC, Scope, Subscription
from huiqi.understanding.context import Context

if TYPE_CHECKING:
    from huiqi.assistant.asking import Message

FOLLOWING = frozenset(
    {
        "subscribe",
        "subscribe_policy",
        "subscribe_topic",
        "subscribe_all",
        "unsubscribe",
        "subscriptions",
        "keep_check",
        "end_check",
    }
)
"""Kinds of buttons that are dealt with here."""


class SubscriptionBook(Protocol):
    """Where subscriptions are kept (huiqi.store.subscriptions.Subscriptions)."""

    def add(self, subscription: Subscription) -> bool: ...

    def remove(self, channel: str, asker: str, scope: Scope) -> bool: ...

    def get(self, number: int) -> Subscription | None: ...

    def of(self, channel: str, asker: str) -> list[Subscription]: ...

    def end_all(self, channel: str, asker: str) -> int: ...


class CheckBook(Protocol):
    """Where the answers of self-checks are kept (huiqi.store.kept_checks.KeptChecks)."""

    def put(self, check: KeptCheck) -> None: ...

    def of(self, channel: str, asker: str) -> KeptCheck | None: ...

    def remove(self, channel: str, asker: str) -> bool: ...


class Following:
    """`near`: the entries that a name may mean, one where that is sure, best first."""

    def __init__(
        self,
        pack: Pack,
        simplify: Callable[[str], str],
        near: Callable[[str, date], Sequence[str]],
        subscriptions: SubscriptionBook,
        checks: CheckBook,
    ) -> None:
        self._pack = pack
        self._simplify = simplify
        self._near = near
        self._subscriptions = subscriptions
        self._checks = checks

    def typed(self, message: Message, context: Context, day: date) -> Reply | None:
        """What comes of a wish in words; None for what is none."""
        wish = subscribing.wish(self._simplify(message.text)) if message.action is None else None
        if wish is None:
            return None
        if wish.kind in (subscribing.SUBSCRIBE, subscribing.UNSUBSCRIBE) and wish.about:
            return self._about(wish, message, context, day)
        if wish.kind == subscribing.SUBSCRIBE:
            entry = self._pack.entries.get(context.entry or "")
            if entry is None:
                return self._unless_refused(message, lambda: subscribing.what(self._example))
            return self._subscribe(Scope(ENTRY, entry.id), message, day)
        if wish.kind == subscribing.UNSUBSCRIBE or wish.kind == subscribing.LIST:
            return self._list(message)
        if wish.kind == subscribing.END_ALL:
            return self._end_all(message)
        if wish.kind == subscribing.KEEP_CHECK:
            return self._keep(context.checked, message, day)
        return self._end_check(message)

    def pressed(self, message: Message, day: date) -> Reply | None:
        """What comes of a button; None for one of another kind, or whose entry is gone."""
        action = message.action
        if action is None or action.kind not in FOLLOWING:
            return None
        if action.kind == "keep_check":
            return self._keep(action.value, message, day)
        if action.kind == "end_check":
            return self._end_check(message)
        if action.kind == "subscriptions":
            return self._list(message)
        if action.kind == "subscribe_all":
            return self._subscribe(Scope(EVERYTHING), message, day)
        if action.kind == "unsubscribe":
            return self._end(action.question or 0, message)
        entry = self._pack.entries.get(action.entry or "")
        topic = subscribing.topic_of(entry.id, self._pack) if entry else None
        if entry is None or (action.kind == "subscribe_topic" and topic is None):
            return None
        scope = {
            "subscribe": Scope(ENTRY, entry.id),
            "subscribe_policy": Scope(POLICY, entry.policy),
            "subscribe_topic": Scope(TOPIC, topic or ""),
        }[action.kind]
        return self._subscribe(scope, message, day)

    def can_be_told(self, message: Message) -> bool:
        """Whether who wrote this can subscribe here at all."""
        return message.is_private and (message.asker is not None or message.consents_at is not None)

    @property
    def _example(self) -> str:
        topic = next((ladder.topic for ladder in self._pack.ladders), None)
        return topic or wording.short_example(self._pack)

    def _about(self, wish: Wish, message: Message, context: Context, day: date) -> Reply | None:
        if wish.is_everything:
            return self._by_kind(wish, Scope(EVERYTHING), message, day)
        talked = self._pack.entries.get(context.entry or "")
        if wish.is_this_policy and talked is not None:
            return self._by_kind(wish, Scope(POLICY, talked.policy), message, day)
        scope = subscribing.named(wish.about, self._pack, self._simplify) or self._gone_by_name(
            wish.about, message
        )
        if scope is not None:
            return self._by_kind(wish, scope, message, day)
        if is_question(wish.about):
            return None
        near = [self._pack.entries[entry] for entry in self._near(wish.about, day)]
        if len(near) == 1:
            return self._by_kind(wish, Scope(ENTRY, near[0].id), message, day)
        if wish.kind == subscribing.UNSUBSCRIBE:
            return self._list(message)
        if near:
            return self._unless_refused(message, lambda: subscribing.which(self._pack, near))
        return self._unless_refused(message, lambda: subscribing.not_found(wish.about, self._example))

    def _gone_by_name(self, about: str, message: Message) -> Scope | None:
        """One of the person's own whose name is none of the pack any more."""
        if message.asker is None:
            return None
        mine = (item.scope for item in self._subscriptions.of(message.channel, message.asker))
        return next((scope for scope in mine if subscribing.called(scope, self._pack) == about), None)

    def _by_kind(self, wish: Wish, scope: Scope, message: Message, day: date) -> Reply:
        if wish.kind == subscribing.SUBSCRIBE:
            return self._subscribe(scope, message, day)
        if message.asker is None:
            return self._list(message)
        is_so = self._subscriptions.remove(message.channel, message.asker, scope)
        return subscribing.ended(subscribing.called(scope, self._pack), is_so)

    def _subscribe(self, scope: Scope, message: Message, day: date) -> Reply:
        name = subscribing.called(scope, self._pack)
        query = urlencode({"kind": scope.kind, "about": scope.about})

        def done() -> Reply:
            assert message.asker is not None
            is_new = self._subscriptions.add(
                Subscription(message.channel, message.asker, message.conversation or message.asker, scope)
            )
            mine = self._subscriptions.of(message.channel, message.asker)
            number = next(item.id for item in mine if item.scope == scope)
            return subscribing.subscribed(scope, number, is_new, self._pack, day)

        return self._unless_refused(message, done, f"订阅“{name}”", query)

    def _unless_refused(
        self, message: Message, act: Callable[[], Reply], label: str = "", query: str = ""
    ) -> Reply:
        """What `act` says, where its asker can be told anything later."""
        if not message.is_private:
            return subscribing.in_private()
        if message.asker is not None:
            return act()
        if message.consents_at is None:
            return subscribing.nowhere()
        if not label:
            return replace(act(), buttons=())
        return subscribing.asks_consent("", label, f"{message.consents_at}?{query}")

    def _list(self, message: Message) -> Reply:
        def listed() -> Reply:
            assert message.asker is not None
            mine = self._subscriptions.of(message.channel, message.asker)
            shown = [
                (subscribing.called(item.scope, self._pack), Action("unsubscribe", question=item.id))
                for item in mine[: subscribing.MOST_LISTED]
            ]
            if self._checks.of(message.channel, message.asker) is not None:
                shown.append((f"自查答案（{subscribing.KEEP_WORDS}）", Action("end_check")))
            return subscribing.listed(shown, max(0, len(mine) - subscribing.MOST_LISTED), self._example)

        return self._unless_refused(message, listed, "看这个浏览器订阅了什么")

    def _end(self, number: int, message: Message) -> Reply:
        found = self._subscriptions.get(number)
        if found is None or (found.channel, found.asker) != (message.channel, message.asker):
            return subscribing.ended_all(0)
        self._subscriptions.remove(found.channel, found.asker, found.scope)
        return subscribing.ended(subscribing.called(found.scope, self._pack), True)

    def _end_all(self, message: Message) -> Reply:
        if message.asker is None:
            return self._list(message)
        return subscribing.ended_all(self._subscriptions.end_all(message.channel, message.asker))

    def _keep(self, answers: str | None, message: Message, day: date) -> Reply:
        if answers is None:
            return self._unless_refused(message, subscribing.check_first)
        fitting = fitting_entries(self._pack, answers, day)

        def done() -> Reply:
            assert message.asker is not None
            is_new = self._checks.of(message.channel, message.asker) is None
            self._checks.put(
                KeptCheck(
                    message.channel,
                    message.asker,
                    message.conversation or message.asker,
                    answers,
                    frozenset(entry.id for entry in fitting),
                )
            )
            return subscribing.kept(is_new, len(fitting))

        return self._unless_refused(message, done, subscribing.KEEP_WORDS, urlencode({"check": answers}))

    def _end_check(self, message: Message) -> Reply:
        if message.asker is None:
            return self._list(message)
        return subscribing.check_ended(self._checks.remove(message.channel, message.asker))


def fitting_entries(pack: Pack, answers: str, day: date) -> list[Entry]:
    """What a company that answered the self-check so may have on a day."""
    check = EligibilityCheck(pack)
    verdicts = check.verdicts(decode(check, answers), day)
    return [verdict.entry for verdict in verdicts if verdict.result in TO_BE_HAD]
