"""Buttons fit into Telegram's 64 bytes and mean the same for ever."""

from __future__ import annotations

from huiqi.answering.reply import Action, Block, Button, Reply
from huiqi.channels.telegram import keyboard
from huiqi.pack.model import FACET_NAMES, Pack

MOST_QUESTIONS = 10**12


def test_no_button_of_any_entry_is_longer_than_64_bytes(pack: Pack) -> None:
    for entry in pack.entries:
        for facet in (None, *FACET_NAMES):
            for kind in ("entry", "facet", "whole", "levels", "origin", "more", "up", "subscribe", "human"):
                assert (
                    len(Action(kind, entry, facet, MOST_QUESTIONS).code().encode()) <= keyboard.LONGEST_DATA
                )


def test_no_button_of_the_menu_is_longer_than_64_bytes(pack: Pack) -> None:
    policies = list(pack.policies.values())
    for page in range(keyboard.pages_of(policies)):
        for row in keyboard.of_policies(policies, page, has_levels=True):
            assert all(len(data.encode()) <= keyboard.LONGEST_DATA for _, data in row)


def test_every_policy_is_on_exactly_one_page(pack: Pack) -> None:
    policies = list(pack.policies.values())
    found = [
        data.split(":")[1]
        for page in range(keyboard.pages_of(policies))
        for row in keyboard.of_policies(policies, page, has_levels=True)
        for _, data in row
        if data.startswith(keyboard.POLICY + ":")
    ]
    assert sorted(found) == sorted(pack.policies)


def test_a_page_beyond_the_last_is_the_last(pack: Pack) -> None:
    policies = list(pack.policies.values())
    last = keyboard.of_policies(policies, keyboard.pages_of(policies) - 1, has_levels=True)
    assert keyboard.of_policies(policies, 99, has_levels=True) == last


def test_an_answer_has_thumbs_and_subscription() -> None:
    reply = Reply("answer", (), entry="a", number=7, buttons=(Button("材料", Action("facet", "a", "材料")),))
    assert keyboard.of_reply(reply, is_subscribed=False) == [
        [("材料", "f:a:3:")],
        [("👍", "u:::7"), ("👎", "d:::7"), ("订阅", "s:a::")],
    ]


def test_what_more_there_is_stands_side_by_side_and_entries_in_rows_of_their_own() -> None:
    buttons = [Button(name, Action("facet", "a", name)) for name in FACET_NAMES[:2]]
    buttons += [
        Button("全文", Action("whole", "a")),
        Button("来源与有效期", Action("origin", "a")),
        Button("茶室招牌", Action("entry", "b")),
        Button("更多", Action("more", "a")),
    ]
    assert keyboard.of_reply(Reply("answer", (), buttons=tuple(buttons)), False) == [
        [("对象", "f:a:0:"), ("标准", "f:a:1:"), ("全文", "a:a::")],
        [("来源与有效期", "w:a::"), ("更多", "o:a::")],
        [("茶室招牌", "e:b::")],
    ]


def test_a_list_of_what_may_be_asked_has_no_thumbs() -> None:
    menu = Reply("answer", (Block("hint", "还可以看："), Block("choice", "1. 全文")), entry="a", number=7)
    assert keyboard.of_reply(menu, is_subscribed=False) == [[("订阅", "s:a::")]]


def test_a_miss_has_the_way_to_staff_and_small_talk_has_nothing() -> None:
    assert keyboard.of_reply(Reply("unanswered", (), number=7), False) == [[("留给工作人员", "h:::7")]]
    assert keyboard.of_reply(Reply("unanswered", (), number=7, reason="out_of_scope"), False) == []
    assert keyboard.of_reply(Reply("smalltalk", (), number=7), False) == []


def test_a_subscribed_entry_offers_the_end_of_it() -> None:
    reply = Reply("answer", (), entry="a", number=7)
    rows = keyboard.of_reply(reply, is_subscribed=True)
    assert rows[-1][-1] == ("退订", "s:a::")
    assert keyboard.with_subscription(rows, "a", False)[-1][-1] == ("订阅", "s:a::")
