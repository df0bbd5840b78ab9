"""What staff can do from their own chat, with the rights and the audit trail of the console."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from huiqi.channels.telegram import texts
from huiqi.channels.telegram.handlers import Handler, say
from huiqi.channels.telegram.incoming import Incoming
from huiqi.channels.telegram.outgoing import Outgoing
from huiqi.curation.misses import staff_chat
from huiqi.curation.roles import CurationError, Member
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Reception

LISTED_NUMBER = re.compile(r"[0-9]{1,18}")
"""A number as /pending lists it."""
Act = Callable[[Workbench, Member, str], str]


def handlers(workbench: Workbench) -> Mapping[str, Handler]:
    """Command → handler."""
    return {name: _handler(workbench, act) for name, act in _ACTS.items()}


def _handler(workbench: Workbench, act: Act) -> Handler:
    def handle(incoming: Incoming, reception: Reception) -> list[Outgoing]:
        member = workbench.accounts.member_on_telegram(incoming.asker_id)
        if member is None:
            return say(incoming, texts.NOT_STAFF.format(number=incoming.asker_id))
        try:
            with workbench.all_or_none():
                return say(incoming, act(workbench, member, incoming.text))
        except CurationError as error:
            return say(incoming, str(error))

    return handle


def _numbered(usage: str, act: Callable[[Workbench, Member, int, str], str], has_rest: bool = True) -> Act:
    """An act on a numbered miss or talk: “12 原因”."""

    def parsed(workbench: Workbench, member: Member, text: str) -> str:
        number, _, rest = text.partition(" ")
        if not LISTED_NUMBER.fullmatch(number) or bool(rest.strip()) != has_rest:
            raise CurationError(texts.STAFF_USAGE.format(usage=usage))
        return act(workbench, member, int(number), rest.strip())

    return parsed


def _test(workbench: Workbench, member: Member, text: str) -> str:
    if not text:
        raise CurationError(texts.STAFF_USAGE.format(usage="/test 问题"))
    return staff_chat.test(workbench, member, text)


_ACTS: dict[str, Act] = {
    "pending": lambda workbench, member, text: staff_chat.pending(workbench, member),
    "claim": _numbered(
        "/claim 编号", lambda bench, member, miss, _: staff_chat.claim(bench, member, miss), has_rest=False
    ),
    "answer": _numbered("/answer 编号 答复", staff_chat.answer),
    "alias": _numbered("/alias 编号 条目编号（或候选的序号）", staff_chat.alias),
    "ignore": _numbered("/ignore 编号 原因", staff_chat.ignore),
    "test": _test,
    "talks": lambda workbench, member, text: staff_chat.talks(workbench, member),
    "take": _numbered(
        "/take 编号", lambda bench, member, talk, _: staff_chat.take(bench, member, talk), has_rest=False
    ),
    "say": _numbered("/say 编号 要说的话", staff_chat.say),
    "end": _numbered(
        "/end 编号", lambda bench, member, talk, _: staff_chat.end(bench, member, talk), has_rest=False
    ),
    "stats": lambda workbench, member, text: staff_chat.stats(workbench, member),
}
