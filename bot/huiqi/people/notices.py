"""What a notice says, the same on every channel: the asker's own question, and the answer's first line."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.answering.reply import Action
from huiqi.answering.subscribing import END_CHECK_WORDS, called
from huiqi.pack.model import Entry, Pack
from huiqi.store.notifications import ANSWERED, CHANGE, CORRECTION, DEADLINE, FITS, REPLY, Notification
from huiqi.store.subscriptions import Subscription

LONGEST_QUOTE = 60
"""Characters of a question that is quoted."""
_SAID = {
    ANSWERED: "您问过的“{question}”，现在有答案了：{first}",
    REPLY: "您问过的“{question}”，工作人员答复：\n{text}",
    CORRECTION: "更正：您问过“{question}”。{text}",
}
_BY_OLDER_VERSION = "您订阅的“{title}”有变化，现在是：{first}"
"""For a change that was queued without its words."""
_WITHOUT_QUESTION = {
    ANSWERED: "您问过的事现在有答案了：{first}",
    REPLY: "工作人员答复：\n{text}",
    CORRECTION: "更正：{text}",
}
_WITHOUT_FIRST = "您问过的“{question}”，工作人员处理了。"


@dataclass(frozen=True)
class Notice:
    """A notice to be laid down in the channel's out-tray. `entry`: to be read in full, None where there is none.
    `end`: the button that ends what it is told for, None where it is told for nothing that lasts."""

    id: int
    conversation: str
    asker: str | None
    text: str
    entry: Entry | None
    end: End | None = None


@dataclass(frozen=True)
class End:
    """The way to end what a notice is told for: a button, and the words to be typed instead."""

    action: Action
    words: str


def end_of(notification: Notification, subscription: Subscription | None, pack: Pack) -> End | None:
    """`subscription`: the one that the notice is told for, None where it has ended since."""
    if subscription is not None:
        action = Action("unsubscribe", question=subscription.id)
        return End(action, f"退订{called(subscription.scope, pack)}")
    is_for_check = notification.kind in (FITS, DEADLINE) and notification.subscription is None
    return End(Action("end_check"), END_CHECK_WORDS) if is_for_check else None


def composed(
    notification: Notification,
    question: str | None,
    first: str,
    entry: Entry | None,
    end: End | None = None,
) -> Notice:
    """`question`: as it was asked, None where it is kept no longer; `first`: the first line of the answer, empty where
    there is none."""
    kind = notification.kind
    if kind == ANSWERED and not first:
        said = _WITHOUT_FIRST
    elif question is None and kind in _WITHOUT_QUESTION:
        said = _WITHOUT_QUESTION[kind]
    elif kind == CHANGE and not notification.text:
        said = _BY_OLDER_VERSION
    else:
        said = _SAID.get(kind, "{text}")
    text = said.format(
        question=short(question or "…"),
        first=first,
        text=notification.text or "",
        title=entry.short_title if entry else "",
    )
    return Notice(
        notification.id,
        notification.conversation or notification.asker or "",
        notification.asker,
        text,
        entry,
        end,
    )


def short(text: str, most: int = LONGEST_QUOTE) -> str:
    """A question as it is quoted."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
