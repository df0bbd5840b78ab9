"""The Telegram bot: Updates in, Bot API calls out. What is answered comes from the assistant; nothing is
matched or stored here."""

import os
from typing import Protocol

# python-telegram-bot then gives periods as timedelta, as its next major release will.
os.environ.setdefault("PTB_TIMEDELTA", "true")


class StartError(Exception):
    """The bot cannot start; the message is one Chinese sentence that says what to do."""


class BotSettings(Protocol):
    """What the bot must be told: its token, the Bot API server where it is not Telegram's own, what the webhook's
    secret is made from (else the token), and the number of the staff's group."""

    @property
    def telegram_token(self) -> str | None: ...

    @property
    def telegram_base_url(self) -> str | None: ...

    @property
    def secret_key(self) -> str | None: ...

    @property
    def staff_chat(self) -> str | None: ...
