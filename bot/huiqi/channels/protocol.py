"""What a channel must do, and how the program finds it.

A channel is one folder, a package with three names: `NAME`, by which it stands in the log and the figures; `VARIABLES`,
its own settings with what each is for; and `open_channel`, which makes a Channel of their values, or gives None where
nothing is set. Importing the package must be cheap: every command reads the settings.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from huiqi.answering.reply import Reply
    from huiqi.assistant.asking import Message
    from huiqi.channels.outbound import Content, Delivery, OutboundMessage
    from huiqi.store.channel_memory import ChannelMemory
    from huiqi.store.handovers import Handovers, Spoken

Raw = Mapping[str, Any]
"""What came in, as JSON could write it: it is kept so until it is answered."""


class SettingError(Exception):
    """What was filled in for a channel cannot be right; the message names the variable and says what to do."""


class Post(Protocol):
    """Where a channel leaves what came in (huiqi.channels.mailroom.Mailroom)."""

    def receive(self, channel: str, key: str, conversation: str, raw: Raw) -> bool:
        """Write down what came, before it is confirmed; it is answered soon after. `key`: the platform's number of it;
        False where it came before."""

    def answer(self, channel: Channel, message: Message) -> Sequence[Content]:
        """The answer to a message whose sender waits for it."""

    def wake(self) -> None:
        """Look for something to do now."""

    @property
    def memory(self) -> ChannelMemory: ...

    @property
    def handovers(self) -> Handovers: ...

    def end_talk(self, channel: str, conversation: str) -> None:
        """The bot has a talk again that staff had; what they answered is offered as drafts."""

    def offer(self, channel: str, conversation: str, spoken: Sequence[Spoken]) -> None:
        """What staff answered in a talk that the platform kept is offered as drafts."""


class Channel(Protocol):
    """One way by which people reach us."""

    @property
    def name(self) -> str: ...

    def routes(self) -> Sequence[BaseRoute]:
        """The addresses that the platform calls; what comes there is left with the Post."""

    def fetch(self) -> None:
        """Get what the platform keeps for us and leave it with the Post; called when woken and now and then. Does
        nothing where the platform brings everything itself."""

    def incoming(self, raw: Raw) -> Sequence[Message]:
        """The messages in something that came; none where nobody is to be answered."""

    def render(self, reply: Reply) -> Sequence[Content]:
        """A reply as the messages that the channel can show."""

    def deliver(self, message: OutboundMessage) -> Delivery:
        """Hand one message to the platform. Called in a thread of its own; may take seconds; raises nothing that it
        can say in a Delivery."""

    def hand_over(self, message: Message) -> str | None:
        """Give the talk to a member of staff, where the channel can; what to tell the asker, None where it cannot."""

    def close(self) -> None:
        """Nothing more comes or goes."""


class Kind(Protocol):
    """A channel's package."""

    NAME: str
    TITLE: str
    VARIABLES: Mapping[str, str]

    def open_channel(self, values: Mapping[str, str], post: Post) -> Channel | None:
        """Raises SettingError."""

    def check(self, values: Mapping[str, str]) -> Iterable[Finding]:
        """What `huiqi doctor --channel NAME` says, one thing at a time."""


@dataclass(frozen=True)
class Finding:
    subject: str
    sentence: str
    is_well: bool = True


class QuietChannel:
    """What most channels do with what they need not do; to inherit from."""

    def routes(self) -> Sequence[BaseRoute]:
        return ()

    def fetch(self) -> None:
        return

    def hand_over(self, message: Message) -> str | None:
        return None

    def close(self) -> None:
        return


@cache
def kinds(others: str = "") -> tuple[Kind, ...]:
    """The packages of this folder that are channels of this protocol, and `others`: import names of further ones, with
    commas between."""
    import huiqi.channels

    own = [
        f"huiqi.channels.{found.name}"
        for found in pkgutil.iter_modules(huiqi.channels.__path__)
        if found.ispkg and found.name not in _OLDER
    ]
    named = [name.strip() for name in others.split(",") if name.strip()]
    modules = [importlib.import_module(name) for name in [*own, *named]]
    return tuple(cast("Kind", module) for module in modules if hasattr(module, "open_channel"))


_OLDER = ("telegram", "web")
"""Channels with a door of their own in huiqi.service, which need not be imported to be known."""
