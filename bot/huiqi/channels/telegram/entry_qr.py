"""A poster's QR code: scanned, it opens the bot at one entry."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import segno
from telegram.error import InvalidToken, TelegramError

from huiqi.channels.telegram import BotSettings, StartError, texts
from huiqi.channels.telegram.bot import bot_on

SUFFIXES = (".svg", ".png")


def link(entry: str, bot: str) -> str:
    return f"https://t.me/{bot.removeprefix('@')}?start={entry}"


def draw(entry: str, bot: str, file: Path | None = None) -> str:
    """The link, below its QR code in characters, or alone where the code is drawn into `file`."""
    address = link(entry, bot)
    code = segno.make_qr(address, error="m")
    if file is not None:
        code.save(str(file), scale=10, border=4)
        return address
    drawn = io.StringIO()
    code.terminal(out=drawn, border=2, compact=True)
    return f"{drawn.getvalue()}{address}"


def bot_name(settings: BotSettings) -> str:
    """The username that belongs to the token. Raises StartError."""

    async def asked() -> str:
        async with bot_on(settings) as bot:
            return str(bot.username)

    try:
        return asyncio.run(asked())
    except InvalidToken:
        raise StartError(texts.BAD_TOKEN) from None
    except TelegramError as error:
        raise StartError(texts.NO_SERVER.format(error=type(error).__name__)) from None
