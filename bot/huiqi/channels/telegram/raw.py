"""An update as Telegram sent it. It is stored so, and read anew each time: what our objects would make of it is not
what came, and what they cannot read at all is not lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from telegram import Bot, Update, User
from telegram._utils.defaultvalue import DEFAULT_NONE
from telegram.ext import ExtBot

from huiqi.channels.telegram.incoming import chat_of, incoming_of, message_of

ANYBODY = User(0, "", True, username="bot")
LARGEST_NUMBER = 2**63 - 1
"""The largest number that the database holds."""


@dataclass(frozen=True)
class RawUpdate:
    """`content`: the JSON object that came."""

    update_id: int
    content: Mapping[str, Any]

    @classmethod
    def of(cls, content: object) -> RawUpdate:
        """Raises ValueError for what has no number by which it could be kept."""
        number = content.get("update_id") if isinstance(content, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= LARGEST_NUMBER:
            raise ValueError("not an update")
        return cls(number, cast("dict[str, Any]", content))

    def read(self, bot: Bot) -> Update | None:
        """The update as an object; None where it is of a shape that nothing here can read."""
        try:
            update = Update.de_json(dict(self.content), bot)
            chat, message = chat_of(update), message_of(update)
            if chat is not None:
                # Telegram's objects take whatever stands in a field; what is no text goes into no database.
                incoming = incoming_of(update, ANYBODY)
                f"{incoming.query}{incoming.album}{incoming.data}".encode()
        except Exception:
            # Whatever is thrown at a field of a wrong shape, it is the update that is at fault.
            return None
        is_whole = all(isinstance(number, int | None) for number in (chat, message))
        return update if is_whole and max(abs(chat or 0), message or 0) <= LARGEST_NUMBER else None


class RawBot(ExtBot[int]):
    """Fetches updates as they come, so that one which cannot be read does not keep the others from us."""

    async def get_updates(  # type: ignore[override]
        self,
        offset: int | None = None,
        limit: int | None = None,
        timeout: Any = None,
        allowed_updates: Sequence[str] | None = None,
        **options: Any,
    ) -> tuple[RawUpdate, ...]:
        wait = timeout.total_seconds() if hasattr(timeout, "total_seconds") else timeout or 0
        read_timeout = options.pop("read_timeout", DEFAULT_NONE)
        if read_timeout is DEFAULT_NONE:
            read_timeout = self._request[0].read_timeout
        data = {"offset": offset, "limit": limit, "timeout": timeout, "allowed_updates": allowed_updates}
        found = await self._post("getUpdates", data, read_timeout=(read_timeout or 0) + wait, **options)
        return tuple(RawUpdate.of(content) for content in found)
