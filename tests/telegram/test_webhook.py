"""Updates pushed to us: only with the secret token, safe before they are confirmed, answered once."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from huiqi.channels.telegram import StartError
from huiqi.channels.telegram.bot import TelegramBot, Webhook
from huiqi.channels.telegram.webhook import LONGEST_BODY, SECRET_HEADER, secret_token
from huiqi.service.settings import Settings
from sqlite_utils import Database

from tests.telegram.bench import talking
from tests.telegram.bot_api import BotApi
from tests.telegram.echo import EchoAssistant

ANNA = 8000011
URL = "https://bot.example.cn/telegram"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def pushed(api: BotApi, text: str) -> dict[str, object]:
    """The update that Telegram would push when Anna writes `text`."""
    api.say(ANNA, text)
    return api.pending.pop()


def test_the_secret_token_is_the_same_after_a_restart_and_tells_nothing() -> None:
    assert secret_token("key") == secret_token("key") != secret_token("other key")
    assert "key" not in secret_token("key") and len(secret_token("key")) <= 256


def test_a_pushed_update_is_answered_once(play_echo: Callable[..., None], port: int) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        assert api.webhook["url"] == URL
        update = pushed(api, "甲")
        headers = {SECRET_HEADER: api.webhook["secret_token"]}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(2):
                assert (await client.post("/telegram", json=update, headers=headers)).status_code == 200
        await bot.idle()
        assert api.chat(ANNA).texts == ["答：甲"]

    play_echo(scene, webhook=Webhook(URL, port=port))


def test_half_a_surrogate_pair_in_a_message_is_read_over(play_echo: Callable[..., None], port: int) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        update = pushed(api, "甲乙")
        body = json.dumps(update).replace("\\u7532", "\\u7532\\ud83d\\u0000")
        headers = {SECRET_HEADER: api.webhook["secret_token"]}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.post("/telegram", content=body, headers=headers)).status_code == 200
        await bot.idle()
        assert api.chat(ANNA).texts == ["答：甲乙"]

    play_echo(scene, webhook=Webhook(URL, port=port))


@pytest.mark.parametrize(
    ("path", "secret", "body", "status"),
    [
        ("/telegram", None, b"{}", 403),
        ("/telegram", "wrong", b"{}", 403),
        ("/telegram", "right", b"no json", 400),
        ("/telegram", "right", b"[1]", 400),
        ("/telegram", "right", b"[" * 200_000, 400),
        ("/telegram", "right", b'{"update_id": 1' + b"0" * 5000 + b"}", 400),
        ("/telegram", "right", b'{"update_id": 1' + b"0" * 30 + b"}", 400),
        ("/telegram", "right", b" " * (LONGEST_BODY + 1), 413),
        ("/other", "right", b"{}", 404),
    ],
)
def test_a_stranger_gets_nothing_done(
    play_echo: Callable[..., None], port: int, path: str, secret: str | None, body: bytes, status: int
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        given = {"right": api.webhook["secret_token"]}.get(secret or "", secret)
        headers = {SECRET_HEADER: given} if given else {}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            refused = await client.post(path, content=body, headers=headers)
        assert (refused.status_code, refused.text, api.chats) == (status, "", {})

    play_echo(scene, webhook=Webhook(URL, port=port))


def test_an_update_that_cannot_be_written_down_is_to_be_sent_again(
    play_echo: Callable[..., None], port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        update = pushed(api, "甲")
        headers = {SECRET_HEADER: api.webhook["secret_token"]}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            with monkeypatch.context() as broken:
                broken.setattr(bot.dispatcher, "receive", None)
                assert (await client.post("/telegram", json=update, headers=headers)).status_code == 500
            assert (await client.post("/telegram", json=update, headers=headers)).status_code == 200
        await bot.idle()
        assert api.chat(ANNA).texts == ["答：甲"]

    play_echo(scene, webhook=Webhook(URL, port=port))


def test_the_health_page_says_ok(play_echo: Callable[..., None], port: int) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/healthz")
            assert (answer.status_code, answer.text) == (200, "ok")

    play_echo(scene, webhook=Webhook(URL, port=port))


def test_polling_takes_the_webhook_back(play_echo: Callable[..., None], settings: Settings) -> None:
    async def scene(api: BotApi, bot: TelegramBot) -> None:
        api.say(ANNA, "甲")
        assert (await api.reply(ANNA))["text"] == "答：甲"
        assert api.webhook == {}

    play_echo(scene)


def test_a_taken_port_is_said_in_a_sentence(settings: Settings, database: Database) -> None:
    async def scene() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            webhook = Webhook(URL, port=taken.getsockname()[1])
            with pytest.raises(StartError, match="端口"):
                async with talking(settings, EchoAssistant(database), database, webhook=webhook):  # type: ignore[arg-type]
                    pass

    asyncio.run(scene())


def test_the_staff_chat_must_be_a_number(settings: Settings, database: Database) -> None:
    async def scene() -> None:
        wrong = replace(settings, staff_chat="工作群")
        with pytest.raises(StartError, match="HUIQI_STAFF_CHAT"):
            async with talking(wrong, EchoAssistant(database), database):  # type: ignore[arg-type]
                pass

    asyncio.run(scene())
