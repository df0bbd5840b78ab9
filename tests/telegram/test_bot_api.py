"""The Bot API server of the tests refuses what the real one refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.telegram.bot_api import ME, NOT_MODIFIED, BotApi, Refused
from tests.telegram.html_entities import Unreadable, parse

ANNA = 8000011


def keys(data: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "键", "callback_data": data}]]}


@pytest.mark.parametrize(
    ("method", "parameters", "refusal"),
    [
        ("sendMessage", {"text": "字" * 4097}, "message is too long"),
        ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": " "}, "message text is empty"),
        ("sendMessage", {"text": "<b>甲", "parse_mode": "HTML"}, "can't parse entities"),
        ("sendMessage", {"text": "甲", "reply_markup": keys("x" * 65)}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"text": "甲", "chat_id": 5}, "chat not found"),
        (
            "sendMessage",
            {"text": "甲", "reply_parameters": {"message_id": 99}},
            "message to be replied not found",
        ),
        ("editMessageText", {"text": "乙", "message_id": 99}, "message to edit not found"),
        ("editMessageText", {"text": "乙", "message_id": 1}, "message can't be edited"),
        ("editMessageText", {"text": "甲", "message_id": 2}, NOT_MODIFIED),
        ("answerCallbackQuery", {"callback_query_id": "99"}, "query is too old"),
        ("setWebhook", {"url": "http://a.cn"}, "HTTPS"),
    ],
)
def test_a_call_is_refused(method: str, parameters: dict[str, Any], refusal: str) -> None:
    async def scene() -> None:
        async with BotApi() as api:
            api.say(ANNA, "问")
            await api.answer("sendMessage", {"chat_id": ANNA, "text": "甲"})
            with pytest.raises(Refused, match=refusal[:40]):
                await api.answer(method, {"chat_id": ANNA} | parameters)

    asyncio.run(scene())


def test_the_longest_text_is_taken() -> None:
    async def scene() -> None:
        async with BotApi() as api:
            api.chat(ANNA)
            sent = await api.answer("sendMessage", {"chat_id": ANNA, "text": "😀" * 2048})
            assert sent["from"] == ME

    asyncio.run(scene())


@pytest.mark.parametrize(
    "markup",
    ["<b>甲", "甲</b>", "<b><i>甲</b></i>", "<p>甲</p>", "1 < 2", "<a href='x>甲</a>", "<>", "<b >甲</ b>"],
)
def test_broken_html_is_refused(markup: str) -> None:
    with pytest.raises(Unreadable):
        parse(markup)


def test_html_becomes_text_and_entities() -> None:
    parsed = parse('<b>甲😀</b>&lt;乙&gt; <a href="http://a.cn?x=1&amp;y=2">丙</a>')
    assert parsed.text == "甲😀<乙> 丙"
    assert parsed.entities == [
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "text_link", "offset": 7, "length": 1, "url": "http://a.cn?x=1&y=2"},
    ]
