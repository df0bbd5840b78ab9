"""What each command, message and button does: an Incoming in, what is to be sent out. No Bot API call is made
here and nothing waits; everything that a handler changes is committed together with what it wants sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from huiqi.answering import wording
from huiqi.answering.reply import Action, Reply
from huiqi.assistant.asking import PERSONAL, Message
from huiqi.channels.telegram import keyboard, render, texts
from huiqi.channels.telegram.incoming import CHANNEL, Incoming
from huiqi.channels.telegram.outgoing import (
    Document,
    Edit,
    EditButtons,
    Keyboard,
    Offer,
    Offered,
    Outgoing,
    Send,
    Toast,
)
from huiqi.pack.office import Office
from huiqi.people.reception import Person, Reception

Handler = Callable[[Incoming, Reception], list[Outgoing]]

FEEDBACK, HUMAN = "feedback", "human"
LONGEST_QUESTION = 500
"""Characters; beyond that a message that could not be answered is asked for in shorter words."""
MOST_OFFERED = 8
MOST_HOT = 8
LONGEST_DESCRIPTION = 120


def start(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """The welcome, or the entry that a poster's link names."""
    wanted = incoming.text.strip()
    if wanted in (FEEDBACK, HUMAN):
        return (feedback if wanted == FEEDBACK else human)(_without_text(incoming), reception)
    if wanted in reception.pack.entries:
        return _ask(incoming, reception, Action("entry", wanted))
    reception.expect(_person(incoming), None)
    # Of whatever else a link may say, nothing is to be told but who is here.
    lines = [texts.ENTRY_GONE, ""] if wanted and reception.was_entry(wanted) else []
    return say(incoming, "\n".join([*lines, texts.welcome(reception.pack)]))


def help_(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    return say(incoming, texts.help_text(reception.pack))


def menu(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    html, buttons = _menu_page(reception, 0)
    return say(incoming, html, buttons)


def turn_page(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """A page of the menu, in place of the one before."""
    kind, *rest = incoming.data.split(":")
    if kind == keyboard.MENU:
        html, buttons = _menu_page(reception, int(rest[0]))
    else:
        policy, page = rest
        if policy not in reception.pack.policies:
            return [Toast(incoming.query or "", texts.POLICY_GONE)]
        html, buttons = _policy_page(reception, policy, int(page))
    toast = Toast(incoming.query or "")
    return [toast, Edit(incoming.message, html, buttons)] if incoming.message else [toast]


def check(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """The first question of the self-check; its buttons carry the answers on."""
    return _ask(incoming, reception, Action("check"))


def hot(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    found = reception.hot(MOST_HOT)
    if not found:
        return say(incoming, texts.HOT_NONE)
    lines = [
        f"{place}. {entry.short_title}（{askers} 人问）" for place, (entry, askers) in enumerate(found, 1)
    ]
    return say(incoming, "\n".join([texts.HOT, *lines]), keyboard.of_entries([entry for entry, _ in found]))


def my(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """The person's own questions and what became of them; their subscriptions with the way to end them."""
    if not incoming.is_private:
        return say(incoming, texts.ONLY_PRIVATE.format(me=incoming.me))
    asked = reception.questions_of(_person(incoming))
    lines = [texts.MINE] if asked else [texts.MINE_NONE]
    for item in asked:
        status = texts.STATUS.get(item.status) or texts.STATUS.get(item.outcome, "")
        lines.append(
            f"{item.number}｜{_day(item.asked_at, reception.pack.office)}｜{_short(item.text, 40)}｜{status}"
        )
    subscribed = reception.subscriptions(_person(incoming))
    buttons: Keyboard = []
    if subscribed:
        lines += ["", texts.MINE_SUBSCRIBED]
        for name, end in subscribed:
            lines.append(f"• {name}")
            buttons.append([(f"{texts.UNSUBSCRIBE}：{name}", end.code())])
    return say(incoming, "\n".join(lines), buttons or None)


def feedback(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    if not incoming.is_private:
        return say(incoming, texts.ONLY_PRIVATE.format(me=incoming.me))
    if not incoming.text:
        reception.expect(_person(incoming), FEEDBACK)
        return say(incoming, texts.ASK_FEEDBACK)
    reception.expect(_person(incoming), None)
    number = reception.remark(_person(incoming), incoming.text)
    return say(incoming, texts.THANKS_FEEDBACK.format(number=number))


def human(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """Leave a question for staff: the one behind the command, else the last one, else ask for it."""
    person = _person(incoming)
    reception.expect(person, None)
    if incoming.text:
        reply = reception.ask(_message(incoming))
        return _left_to_staff(incoming, reception, reply.number, reply)
    last = next(iter(reception.questions_of(person, 1)), None)
    if last is None:
        reception.expect(person, HUMAN)
        return say(incoming, texts.ask_human(reception.pack.office))
    return _left_to_staff(incoming, reception, last.number)


def closed(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """What everything is answered with while staff have switched the channel off."""
    sentence = wording.closed(reception.pack.office)
    if incoming.data:
        return [Toast(incoming.query or "", sentence)]
    if incoming.query:
        return [Offer(incoming.query, [], f"https://t.me/{incoming.me}?start=")]
    return say(incoming, sentence) if incoming.is_addressed and incoming.content != "service" else []


def cancel(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """End what was begun, and what was being talked about."""
    waiting = reception.expected(_person(incoming))
    reception.expect(_person(incoming), None)
    reception.start_afresh(_person(incoming))
    return say(incoming, texts.CANCELLED if waiting else texts.NOTHING_TO_CANCEL)


def forget(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    erased = reception.forget(_person(incoming))
    return say(
        incoming,
        texts.FORGOTTEN.format(
            questions=erased.questions, subscriptions=erased.subscriptions, remarks=erased.remarks
        ),
    )


def question(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """A text: what was asked for just before, or a question."""
    if not incoming.is_addressed:
        return []
    waiting = reception.expected(_person(incoming))
    if waiting == FEEDBACK:
        return feedback(incoming, reception)
    if waiting == HUMAN:
        return human(incoming, reception)
    if not incoming.text:
        return say(incoming, texts.empty(incoming.me, reception.pack))
    if incoming.about is not None:
        reception.return_to(_person(incoming), incoming.about)
    return _ask(incoming, reception)


def edited(incoming: Incoming, reception: Reception, replies: Sequence[int] = ()) -> list[Outgoing]:
    """A question put otherwise: the messages that answered it are changed, not answered again."""
    if not replies:
        return question(incoming, reception)
    if not incoming.text:
        return []
    answer = [item for item in _ask(incoming, reception, stands_alone=True) if isinstance(item, Send)]
    changed: list[Outgoing] = []
    for place, item in enumerate(answer):
        if place < len(replies):
            changed.append(Edit(replies[place], item.html, item.buttons))
        else:
            changed.append(item)
    return changed + [Edit(message, texts.REPLACED) for message in replies[len(answer) :]]


def pressed(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """One of the assistant's buttons, however old."""
    try:
        action = incoming.action
    except ValueError:
        return [Toast(incoming.query or "", texts.DEAD_BUTTON)]
    act = _OF_OUR_OWN.get(action.kind)
    if act:
        return act(incoming, reception, action)
    return [Toast(incoming.query or ""), *_ask(incoming, reception, action)]


def offer(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """The best entries for what is being typed behind our name in any chat."""
    results = [
        Offered(
            entry.id,
            entry.short_title,
            _short(entry.summary.text or entry.title, LONGEST_DESCRIPTION),
            render.messages_of(reception.card(entry))[0],
        )
        for entry in reception.suggest(incoming.text, MOST_OFFERED)
    ]
    return [Offer(incoming.query or "", results, f"https://t.me/{incoming.me}?start=")]


def not_text(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    if incoming.content == "service" or not reception.is_first_of_album(_person(incoming), incoming.album):
        return []
    return say(incoming, texts.NOT_TEXT.get(incoming.content, texts.NOT_TEXT_OTHER))


def unknown_command(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    return say(incoming, texts.UNKNOWN_COMMAND)


def membership(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """Somebody blocked us, or a group put us out: nobody there is to be told anything any more."""
    if incoming.content == "left":
        reception.unreachable(CHANNEL, incoming.conversation)
    return []


def nothing(incoming: Incoming, reception: Reception) -> list[Outgoing]:
    """Not meant for us."""
    return []


def _ask(
    incoming: Incoming, reception: Reception, action: Action | None = None, *, stands_alone: bool = False
) -> list[Outgoing]:
    reply = reception.ask(replace(_message(incoming, action), stands_alone=stands_alone))
    if len(incoming.text) > LONGEST_QUESTION and reply.outcome == "unanswered" and action is None:
        shorten = texts.SHORTEN.format(length=len(incoming.text), limit=LONGEST_QUESTION)
        return say(incoming, shorten)
    return _answer(incoming, reception, reply)


def _answer(incoming: Incoming, reception: Reception, reply: Reply) -> list[Outgoing]:
    buttons = keyboard.of_reply(
        reply,
        reception.is_subscribed(_person(incoming), reply.entry),
        (reply.entry or "") in reception.pack.entries,
    )
    paragraphs = [render.paragraph_of(block) for block in reply.blocks]
    if incoming.is_slow:
        paragraphs.insert(0, (render.Span(texts.SLOW_DOWN, "i"),))
    files = [
        Document(digest, name, texts.FILE.format(name=name), thread=incoming.thread, entry=reply.entry)
        for name, digest in reply.files
    ]
    return [*_messages(incoming, render.pack(paragraphs), buttons, reply.entry), *files]


def _left_to_staff(
    incoming: Incoming, reception: Reception, number: int | None, reply: Reply | None = None
) -> list[Outgoing]:
    """Whom to ask, and the number under which staff have it."""
    person = _person(incoming)
    if reply is not None and reply.reason == PERSONAL:
        return _answer(incoming, reception, reply)
    asked = reception.question(person, number) if number is not None else None
    if asked is None or not reception.put_before_staff(person, asked.number):
        if reply is not None:
            return _answer(incoming, reception, reply)
        return say(incoming, texts.HUMAN_GONE)
    code = reception.code_of(asked.number)
    lines = [texts.left_to_staff(_short(asked.text, 60), asked.number, reception.pack.office, code)]
    contact = reception.contact(asked.entry)
    return say(incoming, "\n".join([*lines, *([contact] if contact else [])]))


def _rate(incoming: Incoming, reception: Reception, action: Action) -> list[Outgoing]:
    number = action.question
    if number is None or not reception.rate(_person(incoming), number, action.kind):
        return [Toast(incoming.query or "", texts.RATING_GONE)]
    if action.kind == "up":
        return [Toast(incoming.query or "", texts.RATED_UP)]
    toast = Toast(incoming.query or "", texts.RATED_DOWN)
    return [toast, *say(incoming, texts.DOWN_NEXT, [[keyboard.to_staff(number)]])]


def _subscribe(incoming: Incoming, reception: Reception, action: Action) -> list[Outgoing]:
    query, entry = incoming.query or "", reception.pack.entries.get(action.entry or "")
    if entry is None:
        return [Toast(query, texts.ENTRY_GONE)]
    if not incoming.is_private:
        return [Toast(query, texts.SUBSCRIBE_IN_PRIVATE)]
    is_subscribed = reception.toggle_subscription(_person(incoming), entry.id)
    sentence = texts.SUBSCRIBED if is_subscribed else texts.UNSUBSCRIBED
    sent: list[Outgoing] = [Toast(query, sentence.format(title=entry.short_title))]
    if incoming.buttons and incoming.message:
        sent.append(
            EditButtons(
                incoming.message, keyboard.with_subscription(incoming.buttons, entry.id, is_subscribed)
            )
        )
    return sent


def _to_staff(incoming: Incoming, reception: Reception, action: Action) -> list[Outgoing]:
    return [Toast(incoming.query or ""), *_left_to_staff(incoming, reception, action.question)]


STILL_DONE = frozenset({forget, membership, nothing})
"""What goes on while the channel is off: nobody has to wait to be forgotten."""


_OF_OUR_OWN: dict[str, Callable[[Incoming, Reception, Action], list[Outgoing]]] = {
    "up": _rate,
    "down": _rate,
    "subscribe": _subscribe,
    "human": _to_staff,
}


def _menu_page(reception: Reception, page: int) -> tuple[str, Keyboard]:
    office = reception.pack.office
    policies = sorted(reception.pack.policies.values(), key=lambda policy: office.distance(policy.level))
    pages = keyboard.pages_of(policies)
    buttons = keyboard.of_policies(policies, page, office.has_levels)
    return texts.MENU.format(page=min(page, pages - 1) + 1, pages=pages), buttons


def _policy_page(reception: Reception, policy: str, page: int) -> tuple[str, Keyboard]:
    entries = [entry for entry in reception.pack.entries.values() if entry.policy == policy]
    pages = keyboard.pages_of(entries)
    title = reception.pack.policies[policy].title.strip("《》")
    html = render.pack(
        [render.plain(texts.POLICY_MENU.format(title=title, page=min(page, pages - 1) + 1, pages=pages))]
    )[0]
    return html, keyboard.of_policy(policy, entries, page)


def _person(incoming: Incoming) -> Person:
    return Person(CHANNEL, incoming.conversation, incoming.asker_id)


def _message(incoming: Incoming, action: Action | None = None) -> Message:
    return Message(
        incoming.text if action is None else "",
        CHANNEL,
        conversation=incoming.conversation,
        asker=incoming.asker_id,
        id=incoming.message_id,
        action=action,
        is_private=incoming.is_private,
    )


def _without_text(incoming: Incoming) -> Incoming:
    return replace(incoming, text="")


def say(incoming: Incoming, text: str, buttons: Keyboard | None = None) -> list[Outgoing]:
    """Plain words."""
    return _messages(incoming, render.pack(render.plain(line) for line in text.split("\n")), buttons)


def _messages(
    incoming: Incoming, htmls: Sequence[str], buttons: Keyboard | None, entry: str | None = None
) -> list[Outgoing]:
    """The messages in order, the buttons under the last; in a group, the first shows what it answers."""
    last = len(htmls) - 1
    return [
        Send(
            html,
            buttons=buttons or None if place == last else None,
            reply_to=incoming.message
            if place == 0 and not incoming.is_private and not incoming.query
            else None,
            thread=incoming.thread,
            entry=entry,
        )
        for place, html in enumerate(htmls)
    ]


def _day(moment: str, office: Office) -> str:
    """The day of a stored moment, at the office."""
    return office.local(datetime.fromisoformat(moment)).date().isoformat()


def _short(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
