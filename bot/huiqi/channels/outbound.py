"""What a channel is given to deliver, and what may become of it. Whoever delivers (the mailroom) knows nothing of any
platform; the channel knows nothing of queues, attempts and pauses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["delivered", "later", "blocked", "too_late", "failed"]


@dataclass(frozen=True)
class Content:
    """One message as a channel shows it. `choices`: (label, button code) pairs, for a channel that has buttons; a
    text-only one has written their numbers into `text`."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class OutboundMessage:
    """To whom (`conversation`, `asker`, as the channel named them in Message), what, and `key`: ASCII, at most 32
    characters, the same however often this very message is tried. `is_repeated`: an earlier try may have arrived.
    `is_asked`: it answers somebody who is waiting; False for a notice."""

    key: str
    channel: str
    conversation: str
    asker: str | None
    content: Content
    is_repeated: bool = False
    is_asked: bool = True


@dataclass(frozen=True)
class Delivery:
    """What became of a message. `later`: try again, after `wait` seconds or, where that is 0, when the mailroom thinks
    fit; `is_surely_unsent`: this try cannot have arrived; `blocked`: the person does not want us; `too_late`: the platform's window is over; `failed`: it can never be
    delivered. `why`: for staff and the log, without anybody's words."""

    state: State
    why: str = ""
    wait: float = 0.0
    is_surely_unsent: bool = False


DELIVERED = Delivery("delivered")
