"""How often somebody may ask: so many a minute, with some at once, for each conversation, each address, and all.

A rate is kept as the moment at which it would be used up (the generic cell rate algorithm, ITU-T I.371), one number a key.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

MINUTE = 60.0
MOST_KEYS = 20_000
SHARE_AT_ONCE = 0.5
"""The share of a minute's allowance that may be used at once."""
MOST_AT_ONCE = 200
"""Questions in hand at the same time; who comes then is asked to come again."""
SOON = 1
NETWORK_BITS = 64
"""Of an IPv6 address, what one customer is given (RFC 6177)."""


class TooOften(Exception):
    """`seconds`: after which it may be tried again, 1 or more. The message is for the asker."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(SOON, math.ceil(seconds))
        super().__init__(f"您问得有点快，请过 {self.seconds} 秒再问。")


class Moments(Protocol):
    """Where the moments of keys are kept."""

    def held(self) -> AbstractContextManager[None]:
        """Nobody else reads or writes while the block lasts."""

    def get(self, key: str, now: float) -> float:
        """The moment put under `key`; `now` where there is none, or it is over."""

    def put(self, key: str, moment: float) -> None: ...


class OwnMoments:
    """Moments of one process."""

    def __init__(self) -> None:
        self._moments: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            yield

    def get(self, key: str, now: float) -> float:
        if len(self._moments) >= MOST_KEYS:
            self._moments = {key: moment for key, moment in self._moments.items() if moment > now}
        return max(self._moments.get(key, now), now)

    def put(self, key: str, moment: float) -> None:
        self._moments[key] = moment


class Rate:
    """`a_minute`: how many a minute each key may have; 0 for any number. `name`: what sets its keys apart from those of
    other rates in the same `moments`."""

    def __init__(self, a_minute: int, name: str = "", moments: Moments | None = None) -> None:
        self._each = MINUTE / a_minute if a_minute else 0.0
        self._at_once = max(1, int(a_minute * SHARE_AT_ONCE))
        self._name = name
        self._moments = moments or OwnMoments()

    def wait(self, key: str, now: float) -> float:
        """Seconds until `key` may have one; 0 where it has it now, which is then counted."""
        if not self._each:
            return 0.0
        key = f"{self._name}/{key}"
        used_up = self._moments.get(key, now) + self._each
        wait = used_up - self._at_once * self._each - now
        if wait > 0:
            return wait
        self._moments.put(key, used_up)
        return 0.0


class RateSettings(Protocol):
    """How many questions a minute; 0 for any number. `trusted_proxies`: as HUIQI_TRUSTED_PROXIES says them."""

    @property
    def limit_conversation(self) -> int: ...

    @property
    def limit_address(self) -> int: ...

    @property
    def limit_all(self) -> int: ...

    @property
    def trusted_proxies(self) -> str | None: ...


@dataclass
class Rates:
    """The rates of one process, or, with `moments` that they share, of so many `workers`."""

    settings: RateSettings
    clock: Callable[[], float] = time.monotonic
    moments: Moments = field(default_factory=OwnMoments)
    workers: int = 1

    def __post_init__(self) -> None:
        self._all = Rate(self.settings.limit_all, "all", self.moments)
        self._address = Rate(self.settings.limit_address, "address", self.moments)
        self._conversation = Rate(self.settings.limit_conversation, "conversation", self.moments)
        limits = (self.settings.limit_all, self.settings.limit_address, self.settings.limit_conversation)
        self._is_limited = any(limits)
        self._in_hand = 0
        self._lock = threading.Lock()
        named = (self.settings.trusted_proxies or "127.0.0.1").split(",")
        self._proxies = [ip_network(name.strip()) for name in named if name.strip() != "*"]

    def enter(self, address: str | None, conversation: str | None) -> None:
        """Somebody asks; `leave` when they were answered. Raises TooOften."""
        now = self.clock()
        # Nobody else need wait for moments that nobody looks at.
        with self._lock, self.moments.held() if self._is_limited else nullcontext():
            if self._in_hand >= max(1, MOST_AT_ONCE // self.workers):
                raise TooOften(SOON)
            # The narrowest first: who is refused for their own haste takes nothing from the others.
            for rate, key in (
                (self._conversation, conversation),
                (self._address, self._known(address)),
                (self._all, "all"),
            ):
                wait = rate.wait(key, now) if key is not None else 0.0
                if wait:
                    raise TooOften(wait)
            self._in_hand += 1

    def leave(self) -> None:
        with self._lock:
            self._in_hand -= 1

    def _known(self, address: str | None) -> str | None:
        """What stands for the person at an address. A proxy of ours that does not say for whom it asks is nobody."""
        try:
            found = ip_address(address or "")
        except ValueError:
            return address
        if any(found in proxy for proxy in self._proxies):
            return None
        if isinstance(found, IPv6Address):
            return str(ip_network((found, NETWORK_BITS), strict=False))
        return str(found)
