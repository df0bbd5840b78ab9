"""The switch of each channel: whoever finds that it says something wrong stops it at once, for everybody.

A channel that is off says one sentence to whoever asks, and keeps nothing of what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.switches import Switch, SwitchStore
from huiqi.store.transaction import transaction

CHANNELS: dict[str, str] = {
    "telegram": "Telegram",
    "web": "对话页和挂件",
    "api": "HTTP 接口",
    "terminal": "终端（ask、chat、check）",
}
"""What can be switched, and what staff call it; what else was filled in is added as it is opened (`know`)."""
LONGEST_REASON = 500


def know(channel: str, title: str) -> None:
    """A further channel can be switched from now on."""
    CHANNELS.setdefault(channel, title)


class Switching:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = SwitchStore(database)
        self._audit = AuditTrail(database)

    def off_now(self) -> Mapping[str, Switch]:
        """The channels that are off."""
        return {switch.channel: switch for switch in self._store.all()}

    def off(self, channel: str, by: Member, reason: str) -> None:
        """Stop answering on a channel. Raises CurationError without a reason."""
        self._check(channel, by, reason)
        if not reason.strip():
            raise CurationError("停用渠道请写明原因，例如“某条答错了，正在改”")
        with transaction(self._database):
            if channel in self.off_now():
                raise Conflict(f"{CHANNELS[channel]}已经停用了，没有再改")
            self._store.off(channel, by.name, reason.strip())
            self._audit.add(by.name, "停用渠道", "channel", channel, note=reason.strip())

    def on(self, channel: str, by: Member, reason: str = "") -> None:
        """Answer again."""
        self._check(channel, by, reason)
        with transaction(self._database):
            if channel not in self.off_now():
                raise Conflict(f"{CHANNELS[channel]}没有停用，不用恢复")
            self._store.on(channel)
            self._audit.add(by.name, "恢复渠道", "channel", channel, note=reason.strip())

    @staticmethod
    def _check(channel: str, by: Member, reason: str) -> None:
        by.require("reviewer")
        if channel not in CHANNELS:
            raise CurationError(f"没有渠道“{channel[:40]}”，可用的是：{'、'.join(CHANNELS)}")
        if len(reason) > LONGEST_REASON:
            raise CurationError(f"原因太长，最多 {LONGEST_REASON} 个字，请写短些")
