"""The channels that have been filled in, on one mailroom, beside the web."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.routing import BaseRoute

from huiqi.channels.mailroom import Mailroom
from huiqi.channels.protocol import Finding, Kind, SettingError, kinds
from huiqi.curation.drafts.from_talks import offer_drafts
from huiqi.curation.switching import know
from huiqi.people.reception import AssistantProvider
from huiqi.service.settings import Settings, SettingsError
from huiqi.service.single import only_one
from huiqi.store.address import is_postgresql
from huiqi.store.database import Database
from huiqi.store.jobs import Jobs, holder_name

MAILROOM = "mailroom"
MAILROOM_LEASE = timedelta(seconds=15)
"""After which another machine takes up the work of one that died."""


def open_mailroom(settings: Settings, provider: AssistantProvider, database: Database) -> Mailroom:
    """`database`: the one on which the provider's assistant logs. Raises SettingsError where something that was
    filled in for a channel cannot be right."""
    jobs = Jobs(database, holder_name())

    def is_mine() -> bool:
        # The lock of the machine says who works there; a database that several share says which of them.
        return not is_postgresql(settings.database) or jobs.take(MAILROOM, MAILROOM_LEASE, datetime.now(UTC))

    mailroom = Mailroom(
        provider,
        database,
        lambda exchanges: offer_drafts(database, exchanges),
        is_mine=is_mine,
        quiet=settings.quiet,
        home=settings.public_url or None,
    )
    for kind in kinds(settings.other_channels):
        try:
            channel = kind.open_channel(settings.channels, mailroom)
        except SettingError as error:
            raise SettingsError(f"{error}；可以运行 huiqi doctor --channel {kind.NAME} 核对") from None
        if channel is not None:
            mailroom.add(channel)
            know(channel.name, kind.TITLE)
    return mailroom


def routes(mailroom: Mailroom) -> list[BaseRoute]:
    return [route for channel in mailroom.channels.values() for route in channel.routes()]


@contextlib.asynccontextmanager
async def kept_running(settings: Settings, mailroom: Mailroom) -> AsyncIterator[None]:
    """The mailroom at work while the block lasts, in one process of all on the database."""
    import asyncio

    if not mailroom.channels:
        yield
        return

    async def keep() -> None:
        async with only_one(_lock_of(settings), settings.database, "mailroom", lambda: None):
            with contextlib.ExitStack() as stack:
                stack.enter_context(mailroom.running())
                await asyncio.Event().wait()

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def _lock_of(settings: Settings) -> Path:
    database = hashlib.sha256(str(Path(settings.database).resolve()).encode()).hexdigest()[:16]
    return settings.cache_folder / f"mailroom-{database}.lock"


def know_all(settings: Settings) -> None:
    """Channels can be switched before they are opened."""
    for kind in kinds(settings.other_channels):
        know(kind.NAME, kind.TITLE)


def kind_named(name: str, settings: Settings) -> Kind | None:
    return next((kind for kind in kinds(settings.other_channels) if name == kind.NAME), None)


def findings(kind: Kind, settings: Settings) -> Sequence[Finding]:
    """What `huiqi doctor --channel NAME` says."""
    return list(kind.check(settings.channels))
