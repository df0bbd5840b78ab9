"""Somebody who floods is slowed politely and answered all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from huiqi.channels.telegram import texts, updates
from huiqi.channels.telegram.bot import TelegramBot
from huiqi.channels.telegram.limits import Pace
from hypothesis import given
from hypothesis import strategies as st

from tests.telegram.bench import finished
from tests.telegram.bot_api import BotApi

ANNA, BERT = 8000011, 8000012


def test_a_burst_is_free_and_the_rest_waits_its_turn() -> None:
    pace = Pace(burst=3, seconds=2)
    assert [pace.wait(1, 100.0) for _ in range(5)] == [0, 0, 0, 2, 4]
    assert pace.wait(2, 100.0) == 0


def test_whoever_pauses_may_hurry_again() -> None:
    pace = Pace(burst=3, seconds=2)
    for _ in range(5):
        pace.wait(1, 100.0)
    assert [pace.wait(1, 120.0) for _ in range(4)] == [0, 0, 0, 2]


@given(st.lists(st.floats(0, 30), max_size=60))
def test_answers_are_never_closer_than_the_pace_beyond_a_burst(pauses: list[float]) -> None:
    pace, now, due = Pace(burst=3, seconds=2), 0.0, []
    for pause in pauses:
        now += pause
        wait = pace.wait(1, now)
        if wait is not None:
            due.append(now + wait)
    assert due == sorted(due)
    assert (
        all(later - earlier >= 2 - 1e-6 for earlier, later in zip(due, due[3:], strict=False)) or len(due) < 4
    )


def test_a_flood_is_told_once_and_answered_in_full(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        for number in range(6):
            api.say(ANNA, f"问{number}")
        api.say(BERT, "我不急")
        await api.reply(BERT)
        await finished(api, bot)
        said = api.chat(ANNA).texts
        assert [text.split("：")[-1] for text in said] == [f"问{number}" for number in range(6)]
        assert sum(texts.SLOW_DOWN in text for text in said) == 1
        assert all(texts.SLOW_DOWN not in text for text in api.chat(BERT).texts)

    play_echo(scene, pace=Pace(burst=3, seconds=0.05))


def test_who_sends_far_too_much_is_refused_politely_and_once(play_echo: Callable[..., None]) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        for number in range(40):
            api.say(ANNA, f"问{number}")
        api.say(BERT, "我不急")
        await api.reply(BERT)
        await finished(api, bot)
        said = api.chat(ANNA).texts
        answered = [int(text.partition("答：问")[2]) for text in said if "答：" in text]
        # Where it takes long until they are all in, one of the later ones is no longer too soon.
        assert answered[:3] == [0, 1, 2] and answered == sorted(set(answered))
        assert len(answered) < 40
        told = [text for text in said if texts.TOO_OFTEN in text or texts.SLOW_DOWN in text]
        assert len(told) == 1
        assert api.chat(BERT).texts == ["答：我不急"]

    play_echo(scene, pace=Pace(burst=3, seconds=0.05, longest=0.5))


def test_a_button_that_is_pressed_without_end_is_not_answered_without_end(
    play_echo: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "QUICK_SECONDS", 0.05)
    monkeypatch.setattr(updates, "QUICK_LONGEST", 0.5)

    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "甲")
        answer = await api.reply(ANNA)
        presses = [api.press(ANNA, answer, "👍") for _ in range(200)]
        await finished(api, bot)
        refused = [press for press in presses if api.toasts.get(press) == texts.TOO_OFTEN]
        assert len(refused) > 100 and api.toasts[presses[0]] == texts.RATED_UP

    play_echo(scene)
