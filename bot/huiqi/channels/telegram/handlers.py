"""What each command, message and button does: a Visit in, what is to be sent out. No Bot API call is made
here and nothing waits; everything that a handler changes is committed together with what it wants sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from huiqi.answering.reply import HOTLINE, Action, Reply
from huiqi.assistant.asking import Message
from huiqi.channels.telegram import keyboard, render, texts
from huiqi.channels.telegram.outgoing import (
    Edit,
    EditButtons,
    Keyboard,
    Offer,
    Offered,
    Outgoing,
    Send,
    Toast,
)
from huiqi.channels.telegram.visit import CHANNEL, Visit
from huiqi.pack.model import LEVELS
from huiqi.people.reception import Person, Reception

Handler = Callable[[Visit, Reception], list[Outgoing]]

FEEDBACK, HUMAN = "feedback", "human"
LONGEST_QUESTION = 500
"""Characters; beyond that a message that could not be answered is asked for in shorter words."""
MOST_OFFERED = 8
MOST_HOT = 8
LONGEST_DESCRIPTION = 120


def start(visit: Visit, reception: Reception) -> list[Outgoing]:
    """The welcome, or the entry that a poster's link names."""
    wanted = visit.text.strip()
    if wanted in (FEEDBACK, HUMAN):
        return (feedback if wanted == FEEDBACK else human)(_without_text(visit), reception)
    if wanted in reception.pack.entries:
        return _ask(visit, reception, Action("entry", wanted))
    reception.expect(_person(visit), None)
    lines = [texts.ENTRY_GONE, ""] if wanted else []
    return say(visit, "\n".join([*lines, texts.WELCOME]))


def help_(visit: Visit, reception: Reception) -> list[Outgoing]:
    return say(visit, texts.HELP)


def menu(visit: Visit, reception: Reception) -> list[Outgoing]:
    html, buttons = _menu_page(reception, 0)
    return say(visit, html, buttons)


def turn_page(visit: Visit, reception: Reception) -> list[Outgoing]:
    """A page of the menu, in place of the one before."""
    kind, *rest = visit.data.split(":")
    if kind == keyboard.MENU:
        html, buttons = _menu_page(reception, int(rest[0]))
    else:
        policy, page = rest
        if policy not in reception.pack.policies:
            return [Toast(visit.query or "", texts.POLICY_GONE)]
        html, buttons = _policy_page(reception, policy, int(page))
    toast = Toast(visit.query or "")
    return [toast, Edit(visit.message, html, buttons)] if visit.message else [toast]


def check(visit: Visit, reception: Reception) -> list[Outgoing]:
    """The first question of the self-check; its buttons carry the answers on."""
    return _ask(visit, reception, Action("check"))


def hot(visit: Visit, reception: Reception) -> list[Outgoing]:
    found = reception.hot(MOST_HOT)
    if not found:
        return say(visit, texts.HOT_NONE)
    lines = [
        f"{place}. {entry.short_title}（{askers} 人问）" for place, (entry, askers) in enumerate(found, 1)
    ]
    return say(visit, "\n".join([texts.HOT, *lines]), keyboard.of_entries([entry for entry, _ in found]))


def my(visit: Visit, reception: Reception) -> list[Outgoing]:
    """The person's own questions and what became of them; their subscriptions with the way to end them."""
    if not visit.is_private:
        return say(visit, texts.ONLY_PRIVATE.format(me=visit.me))
    asked = reception.questions_of(_person(visit))
    lines = [texts.MINE] if asked else [texts.MINE_NONE]
    for item in asked:
        status = texts.STATUS.get(item.status) or texts.STATUS.get(item.outcome, "")
        lines.append(f"{item.number}｜{_day(item.asked_at)}｜{_short(item.text, 40)}｜{status}")
    subscribed = reception.subscriptions(_person(visit))
    buttons: Keyboard = []
    if subscribed:
        lines += ["", texts.MINE_SUBSCRIBED]
        for entry in subscribed:
            lines.append(f"• {entry.short_title}")
            label, data = keyboard.subscription(entry.id, True)
            buttons.append([(f"{label}：{entry.short_title}", data)])
    return say(visit, "\n".join(lines), buttons or None)


def feedback(visit: Visit, reception: Reception) -> list[Outgoing]:
    if not visit.is_private:
        return say(visit, texts.ONLY_PRIVATE.format(me=visit.me))
    if not visit.text:
        reception.expect(_person(visit), FEEDBACK)
        return say(visit, texts.ASK_FEEDBACK)
    reception.expect(_person(visit), None)
    number = reception.remark(_person(visit), visit.text)
    return say(visit, texts.THANKS_FEEDBACK.format(number=number))


def human(visit: Visit, reception: Reception) -> list[Outgoing]:
    """Leave a question for staff: the one behind the command, else the last one, else ask for it."""
    person = _person(visit)
    reception.expect(person, None)
    if visit.text:
        reply = reception.ask(_message(visit))
        return _left_to_staff(visit, reception, reply.number, reply)
    last = next(iter(reception.questions_of(person, 1)), None)
    if last is None:
        reception.expect(person, HUMAN)
        return say(visit, texts.ASK_HUMAN)
    return _left_to_staff(visit, reception, last.number)


def cancel(visit: Visit, reception: Reception) -> list[Outgoing]:
    """End what was begun, and what was being talked about."""
    waiting = reception.expected(_person(visit))
    reception.expect(_person(visit), None)
    reception.start_afresh(_person(visit))
    return say(visit, texts.CANCELLED if waiting else texts.NOTHING_TO_CANCEL)


def forget(visit: Visit, reception: Reception) -> list[Outgoing]:
    erased = reception.forget(_person(visit))
    return say(
        visit,
        texts.FORGOTTEN.format(
            questions=erased.questions, subscriptions=erased.subscriptions, remarks=erased.remarks
        ),
    )


def question(visit: Visit, reception: Reception) -> list[Outgoing]:
    """A text: what was asked for just before, or a question."""
    if not visit.is_addressed:
        return []
    waiting = reception.expected(_person(visit))
    if waiting == FEEDBACK:
        return feedback(visit, reception)
    if waiting == HUMAN:
        return human(visit, reception)
    if not visit.text:
        return say(visit, texts.EMPTY.format(me=visit.me))
    return _ask(visit, reception)


def edited(visit: Visit, reception: Reception, replies: Sequence[int] = ()) -> list[Outgoing]:
    """A question put otherwise: the messages that answered it are changed, not answered again."""
    if not replies:
        return question(visit, reception)
    if not visit.text:
        return []
    answer = [item for item in _ask(visit, reception) if isinstance(item, Send)]
    changed: list[Outgoing] = []
    for place, item in enumerate(answer):
        if place < len(replies):
            changed.append(Edit(replies[place], item.html, item.buttons))
        else:
            changed.append(item)
    return changed + [Edit(message, texts.REPLACED) for message in replies[len(answer) :]]


def pressed(visit: Visit, reception: Reception) -> list[Outgoing]:
    """One of the assistant's buttons, however old."""
    try:
        action = visit.action
    except ValueError:
        return [Toast(visit.query or "", texts.DEAD_BUTTON)]
    act = _OF_OUR_OWN.get(action.kind)
    if act:
        return act(visit, reception, action)
    return [Toast(visit.query or ""), *_ask(visit, reception, action)]


def offer(visit: Visit, reception: Reception) -> list[Outgoing]:
    """The best entries for what is being typed behind our name in any chat."""
    results = [
        Offered(
            entry.id,
            entry.short_title,
            _short(entry.summary.text or entry.title, LONGEST_DESCRIPTION),
            render.messages_of(reception.card(entry))[0],
        )
        for entry in reception.suggest(visit.text, MOST_OFFERED)
    ]
    return [Offer(visit.query or "", results, f"https://t.me/{visit.me}?start=")]


def not_text(visit: Visit, reception: Reception) -> list[Outgoing]:
    if visit.content == "service" or not reception.is_first_of_album(_person(visit), visit.album):
        return []
    return say(visit, texts.NOT_TEXT.get(visit.content, texts.NOT_TEXT_OTHER))


def unknown_command(visit: Visit, reception: Reception) -> list[Outgoing]:
    return say(visit, texts.UNKNOWN_COMMAND)


def membership(visit: Visit, reception: Reception) -> list[Outgoing]:
    """Somebody blocked us, or a group put us out: nobody there is to be told anything any more."""
    if visit.content == "left":
        reception.unreachable(CHANNEL, visit.conversation)
    return []


def nothing(visit: Visit, reception: Reception) -> list[Outgoing]:
    """Not meant for us."""
    return []


def _ask(visit: Visit, reception: Reception, action: Action | None = None) -> list[Outgoing]:
    reply = reception.ask(_message(visit, action))
    if len(visit.text) > LONGEST_QUESTION and reply.outcome == "unanswered" and action is None:
        shorten = texts.SHORTEN.format(length=len(visit.text), limit=LONGEST_QUESTION)
        return say(visit, shorten)
    return _answer(visit, reception, reply)


def _answer(visit: Visit, reception: Reception, reply: Reply) -> list[Outgoing]:
    buttons = keyboard.of_reply(
        reply,
        reception.is_subscribed(_person(visit), reply.entry),
        (reply.entry or "") in reception.pack.entries,
    )
    paragraphs = [render.paragraph_of(block) for block in reply.blocks]
    if visit.is_slow:
        paragraphs.insert(0, (render.Span(texts.SLOW_DOWN, "i"),))
    return _messages(visit, render.pack(paragraphs), buttons)


def _left_to_staff(
    visit: Visit, reception: Reception, number: int | None, reply: Reply | None = None
) -> list[Outgoing]:
    """Whom to ask, and the number under which staff have it."""
    person = _person(visit)
    asked = reception.question(person, number) if number is not None else None
    if asked is None or not reception.put_before_staff(person, asked.number):
        if reply is not None:
            return _answer(visit, reception, reply)
        return say(visit, texts.HUMAN_GONE)
    lines = [texts.HUMAN.format(question=_short(asked.text, 60), number=asked.number, hotline=HOTLINE)]
    contact = reception.contact(asked.entry)
    return say(visit, "\n".join([*lines, *([contact] if contact else [])]))


def _rate(visit: Visit, reception: Reception, action: Action) -> list[Outgoing]:
    number = action.question
    if number is None or not reception.rate(_person(visit), number, action.kind):
        return [Toast(visit.query or "", texts.RATING_GONE)]
    if action.kind == "up":
        return [Toast(visit.query or "", texts.RATED_UP)]
    toast = Toast(visit.query or "", texts.RATED_DOWN)
    return [toast, *say(visit, texts.DOWN_NEXT, [[keyboard.to_staff(number)]])]


def _subscribe(visit: Visit, reception: Reception, action: Action) -> list[Outgoing]:
    query, entry = visit.query or "", reception.pack.entries.get(action.entry or "")
    if entry is None:
        return [Toast(query, texts.ENTRY_GONE)]
    if not visit.is_private:
        return [Toast(query, texts.SUBSCRIBE_IN_PRIVATE)]
    is_subscribed = reception.toggle_subscription(_person(visit), entry.id)
    sentence = texts.SUBSCRIBED if is_subscribed else texts.UNSUBSCRIBED
    sent: list[Outgoing] = [Toast(query, sentence.format(title=entry.short_title))]
    if visit.buttons and visit.message:
        sent.append(
            EditButtons(visit.message, keyboard.with_subscription(visit.buttons, entry.id, is_subscribed))
        )
    return sent


def _to_staff(visit: Visit, reception: Reception, action: Action) -> list[Outgoing]:
    return [Toast(visit.query or ""), *_left_to_staff(visit, reception, action.question)]


_OF_OUR_OWN: dict[str, Callable[[Visit, Reception, Action], list[Outgoing]]] = {
    "up": _rate,
    "down": _rate,
    "subscribe": _subscribe,
    "human": _to_staff,
}


def _menu_page(reception: Reception, page: int) -> tuple[str, Keyboard]:
    policies = sorted(reception.pack.policies.values(), key=lambda policy: LEVELS.index(policy.level))
    pages = keyboard.pages_of(policies)
    return texts.MENU.format(page=min(page, pages - 1) + 1, pages=pages), keyboard.of_policies(policies, page)


def _policy_page(reception: Reception, policy: str, page: int) -> tuple[str, Keyboard]:
    entries = [entry for entry in reception.pack.entries.values() if entry.policy == policy]
    pages = keyboard.pages_of(entries)
    title = reception.pack.policies[policy].title.strip("《》")
    html = render.pack(
        [render.plain(texts.POLICY_MENU.format(title=title, page=min(page, pages - 1) + 1, pages=pages))]
    )[0]
    return html, keyboard.of_policy(policy, entries, page)


def _person(visit: Visit) -> Person:
    return Person(CHANNEL, visit.conversation, visit.person)


def _message(visit: Visit, action: Action | None = None) -> Message:
    return Message(
        visit.text if action is None else "",
        CHANNEL,
        conversation=visit.conversation,
        asker=visit.person,
        id=visit.message_id,
        action=action,
    )


def _without_text(visit: Visit) -> Visit:
    return replace(visit, text="")


def say(visit: Visit, text: str, buttons: Keyboard | None = None) -> list[Outgoing]:
    """Plain words."""
    return _messages(visit, render.pack(render.plain(line) for line in text.split("\n")), buttons)


def _messages(visit: Visit, htmls: Sequence[str], buttons: Keyboard | None) -> list[Outgoing]:
    """The messages in order, the buttons under the last; in a group, the first shows what it answers."""
    last = len(htmls) - 1
    return [
        Send(
            html,
            buttons=buttons or None if place == last else None,
            reply_to=visit.message if place == 0 and not visit.is_private and not visit.query else None,
            thread=visit.thread,
        )
        for place, html in enumerate(htmls)
    ]


def _day(moment: str) -> str:
    """The day of a stored moment, here."""
    return datetime.fromisoformat(moment).astimezone().date().isoformat()


def _short(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
