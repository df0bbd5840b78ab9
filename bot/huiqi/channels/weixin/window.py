"""How much may still be said to somebody: five messages within 48 hours after they last said something; on a 公众号 three
within a minute after they pressed its menu or came to follow it (客服消息下发规则)."""

from __future__ import annotations

from huiqi.store.channel_memory import ChannelMemory

SECONDS = 48 * 3600.0
MOST = 5
AFTER_EVENT, AFTER_EVENT_SECONDS = 3, 60.0


class Window:
    def __init__(self, channel: str, memory: ChannelMemory) -> None:
        self._channel = channel
        self._memory = memory

    def open(self, conversation: str) -> None:
        """They said something."""
        self._memory.put(self._channel, f"window {conversation}", "0", SECONDS)

    def open_a_little(self, conversation: str) -> None:
        """They pressed something, which gives less than what they may have said before."""
        if not self.is_open(conversation):
            used = str(MOST - AFTER_EVENT)
            self._memory.put(self._channel, f"window {conversation}", used, AFTER_EVENT_SECONDS)

    def is_open(self, conversation: str) -> bool:
        said = self._memory.get(self._channel, f"window {conversation}")
        return said is not None and int(said) < MOST

    def said(self, conversation: str) -> None:
        """They were told something."""
        self._memory.count(self._channel, f"window {conversation}")
