"""The assistant inside another Python program: `from huiqi import open_assistant`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from os import PathLike, fspath
from pathlib import Path

from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Message
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import load_settings

CHANNEL = "python"
log = logging.getLogger(__name__)


class LibraryAssistant:
    """Answers questions of the program that opened it; threads may share it."""

    def __init__(self, live: LiveAssistant) -> None:
        self._live = live

    def ask(self, text: str, *, conversation: str | None = None, day: date | None = None) -> Reply:
        """The reply: `outcome` (answer, clarify, unanswered, smalltalk), `entry` (its id, or None), `text`, and
        what a channel draws (`blocks`, `buttons`). `conversation` ties a question to those before it; `day` is the
        day that it is about, today where None. Logs it, personal data masked."""
        return self._live.ask(Message(text, CHANNEL, conversation=conversation, day=day))


@contextmanager
def open_assistant(
    *,
    database: str | PathLike[str] | None = None,
    knowledge: str | PathLike[str] | None = None,
    config: str | PathLike[str] | None = None,
) -> Iterator[LibraryAssistant]:
    """An assistant on the pack in force, while the block lasts; another one that is published meanwhile takes over.

    `database`: the SQLite file that keeps log and pack, ":memory:" to keep nothing. `knowledge`: the folder of a
    pack. `config`: a TOML file of settings. What is not given is as for the commands: the environment, then
    defaults. Raises SettingsError, DatabaseError, PackError or NoKnowledge, each with a sentence for people.
    """
    settings = load_settings(
        Path(config) if config is not None else None, Path(knowledge) if knowledge is not None else None
    )
    if database is not None:
        settings = replace(settings, database=fspath(database))
    live = LiveAssistant(settings, log.warning)
    live.watch()
    try:
        yield LibraryAssistant(live)
    finally:
        live.close()
