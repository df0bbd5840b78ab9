"""The Telegram bot: Updates in, Bot API calls out. What is answered comes from the assistant; nothing is
matched or stored here."""

import os

# python-telegram-bot then gives periods as timedelta, as its next major release will.
os.environ.setdefault("PTB_TIMEDELTA", "true")


class StartError(Exception):
    """The bot cannot start; the message is one Chinese sentence that says what to do."""
