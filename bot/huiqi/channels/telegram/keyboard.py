"""Buttons: what is written on them, and the few bytes that come back when they are pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from huiqi.answering.reply import Action, Button, Reply
from huiqi.channels.telegram import texts
from huiqi.channels.telegram.outgoing import Keyboard
from huiqi.pack.model import Entry, Policy

LONGEST_DATA = 64
IN_A_ROW = 3
SHORT_KINDS = ("facet", "whole", "levels", "origin", "files", "more")
"""Buttons of a few characters each, which stand side by side."""
ON_A_PAGE = 8
MENU, POLICY, NOTHING = "menu", "policy", "page"

T = TypeVar("T")


def of_reply(reply: Reply, is_subscribed: bool, entry_exists: bool = True) -> Keyboard:
    """The buttons under a reply: the assistant's own, then thumbs and subscription under an answer, or the
    way to staff under a miss."""
    own = Action("subscribe", reply.entry)
    rows = _rows([button for button in reply.buttons if button.action != own])
    last: list[tuple[str, str]] = []
    if reply.outcome == "answer" and reply.number is not None and not reply.is_menu:
        last += [
            ("👍", Action("up", question=reply.number).code()),
            ("👎", Action("down", question=reply.number).code()),
        ]
    if reply.outcome == "answer" and reply.entry and entry_exists:
        last.append(subscription(reply.entry, is_subscribed))
    if reply.is_miss and reply.number is not None:
        last.append(to_staff(reply.number))
    return [*rows, last] if last else rows


def subscription(entry: str, is_subscribed: bool) -> tuple[str, str]:
    label = texts.UNSUBSCRIBE if is_subscribed else texts.SUBSCRIBE
    return label, Action("subscribe", entry).code()


def to_staff(question: int) -> tuple[str, str]:
    return texts.LEAVE_TO_STAFF, Action("human", question=question).code()


def of_entries(entries: Sequence[Entry]) -> Keyboard:
    return [[(entry.short_title, Action("entry", entry.id).code())] for entry in entries]


def of_policies(policies: Sequence[Policy], page: int, has_levels: bool) -> Keyboard:
    """A page of the policies, with the way to the other pages; `has_levels`: each says its level."""
    return _page(
        policies,
        page,
        lambda policy: (name_of(policy, has_levels), f"{POLICY}:{policy.id}:0"),
        lambda to: f"{MENU}:{to}",
    )


def of_policy(policy: str, entries: Sequence[Entry], page: int) -> Keyboard:
    """A page of the entries of one policy, and the way back."""
    rows = _page(
        entries,
        page,
        lambda entry: (entry.short_title, Action("entry", entry.id).code()),
        lambda to: f"{POLICY}:{policy}:{to}",
    )
    return [*rows, [(texts.BACK, f"{MENU}:0")]]


def pages_of(items: Sequence[object]) -> int:
    return max(1, -(-len(items) // ON_A_PAGE))


def name_of(policy: Policy, has_levels: bool) -> str:
    """A policy in a few words: its everyday name if it has one."""
    title = policy.names[0] if policy.names else policy.title
    level = f"〔{policy.level}〕" if has_levels else ""
    return level + (title if len(title) <= 24 else title[:23] + "…")


def with_subscription(keyboard: Keyboard, entry: str, is_subscribed: bool) -> Keyboard:
    """The same buttons, the one for subscribing to `entry` saying what it would do now."""
    data = Action("subscribe", entry).code()
    return [
        [subscription(entry, is_subscribed) if button[1] == data else button for button in row]
        for row in keyboard
    ]


def _rows(buttons: Sequence[Button]) -> Keyboard:
    """What more there is of an entry side by side, everything else in a row of its own."""
    rows: Keyboard = []
    short: list[tuple[str, str]] = []
    for button in buttons:
        pair = (button.label, button.action.code())
        if len(pair[1].encode()) > LONGEST_DATA:
            continue
        if button.action.kind in SHORT_KINDS:
            short.append(pair)
        else:
            rows.append([pair])
    grouped = [short[start : start + IN_A_ROW] for start in range(0, len(short), IN_A_ROW)]
    return [*grouped, *rows]


def _page(
    items: Sequence[T], page: int, button: Callable[[T], tuple[str, str]], turn: Callable[[int], str]
) -> Keyboard:
    last = pages_of(items) - 1
    page = min(max(page, 0), last)
    rows: Keyboard = [[button(item)] for item in items[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]]
    turns = []
    if page > 0:
        turns.append((texts.PREVIOUS, turn(page - 1)))
    if page < last:
        turns.append((texts.NEXT, turn(page + 1)))
    return [*rows, turns] if turns else rows
