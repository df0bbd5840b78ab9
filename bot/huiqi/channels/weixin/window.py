"""How much may still be said to somebody: five messages within 48 hours after they last said something."""

from __future__ import annotations

from huiqi.store.channel_memory import ChannelMemory

SECONDS = 48 * 3600.0
MOST = 5


class Window:
    def __init__(self, channel: str, memory: ChannelMemory) -> None:
        self._channel = channel
        self._memory = memory

    def open(self, conversation: str) -> None:
        """They said something."""
        self._memory.put(self._channel, f"window {conversation}", "0", SECONDS)

    def is_open(self, conversation: str) -> bool:
        said = self._memory.get(self._channel, f"window {conversation}")
        return said is not None and int(said) < MOST

    def said(self, conversation: str) -> None:
        """They were told something."""
        self._memory.count(self._channel, f"window {conversation}")
