"""How fast one person is answered, and how fast we may call the Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from telegram._utils.types import JSONDict
from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter

BURST = 8
SECONDS_A_MESSAGE = 2.0
LONGEST_WAIT = 60.0
"""What would wait longer is not worked on at all."""
MOST_RETRIES = 20
MOST_CHATS = 4096


class Pace:
    """A person may send `burst` messages at once, then one every `seconds`; beyond that each waits its turn, up to
    `longest` seconds. Times are in seconds on any clock that does not run backwards."""

    def __init__(
        self, burst: int = BURST, seconds: float = SECONDS_A_MESSAGE, longest: float = LONGEST_WAIT
    ) -> None:
        self._ahead = (burst - 1) * seconds
        self._seconds = seconds
        self._longest = longest
        self._next: dict[int, float] = {}

    def wait(self, person: int, now: float) -> float | None:
        """How long the message that came from `person` at `now` has to wait; None where that is too long, and the
        message is not counted."""
        if len(self._next) > MOST_CHATS:
            self._next = {key: due for key, due in self._next.items() if due > now}
        due = max(self._next.get(person, 0.0), now)
        wait = max(0.0, due - self._ahead - now)
        if wait > self._longest:
            return None
        self._next[person] = due + self._seconds
        return wait


class ChatRateLimiter(AIORateLimiter):
    """PTB's limiter, except that a chat which was told to wait (429) does not make the others wait too."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self._free_at: dict[Any, float] = {}

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> bool | JSONDict | list[JSONDict]:
        if endpoint == "sendChatAction":
            return await callback(*args, **kwargs)
        clock = asyncio.get_running_loop()
        chat = data.get("chat_id")
        for _ in range(MOST_RETRIES):
            await asyncio.sleep(max(0.0, self._free_at.get(chat, 0.0) - clock.time()))
            try:
                result = await super().process_request(callback, args, kwargs, endpoint, data, None)
                self._free_at.pop(chat, None)
                return result
            except RetryAfter as refusal:
                self._free_at[chat] = clock.time() + refusal._retry_after.total_seconds() + 0.1
        return await super().process_request(callback, args, kwargs, endpoint, data, None)
