"""The service with 企业微信, 微信客服 and 公众号 filled in, on the platforms of the tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from huiqi.service.settings import Settings
from huiqi.service.web import application
from huiqi.store.arrivals import Arrival, Arrivals
from huiqi.store.database import open_database

from tests.console.conftest import listening
from tests.weixin.platform import AES_KEY, AGENT, APP, CORP, SECRET, TOKEN, Platform


def filled_in(url: str) -> dict[str, str]:
    return {
        "HUIQI_WECOM_CORP_ID": CORP,
        "HUIQI_WECOM_AGENT_ID": AGENT,
        "HUIQI_WECOM_SECRET": SECRET,
        "HUIQI_WECOM_TOKEN": TOKEN,
        "HUIQI_WECOM_AES_KEY": AES_KEY,
        "HUIQI_WECOM_BASE_URL": url,
        "HUIQI_WXKF_CORP_ID": CORP,
        "HUIQI_WXKF_SECRET": SECRET,
        "HUIQI_WXKF_TOKEN": TOKEN,
        "HUIQI_WXKF_AES_KEY": AES_KEY,
        "HUIQI_WXKF_BASE_URL": url,
        "HUIQI_WECHAT_APP_ID": APP,
        "HUIQI_WECHAT_SECRET": SECRET,
        "HUIQI_WECHAT_TOKEN": TOKEN,
        "HUIQI_WECHAT_AES_KEY": AES_KEY,
        "HUIQI_WECHAT_BASE_URL": url,
    }


@dataclass
class House:
    """`ask` writes and returns what came back, when it is there."""

    platform: Platform
    settings: Settings

    def until(self, holds: Callable[[], object], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, {whom: talk.ours for whom, talk in self.platform.talks.items()}
            time.sleep(0.01)

    def ask(self, channel: str, whom: str, text: str) -> str:
        return self._after(whom, lambda: self.platform.write(channel, whom, text))

    def press(self, channel: str, whom: str, label: str) -> str:
        return self._after(whom, lambda: self.platform.press(channel, whom, label))

    def _after(self, whom: str, act: Callable[[], object]) -> str:
        before = len(self.platform.talks[whom].ours)
        act()
        self.until(lambda: len(self.platform.talks[whom].ours) > before and self._is_done())
        return "\n".join(self.platform.talks[whom].ours[before:])

    def _is_done(self) -> bool:
        """Whether nothing that came in is still to be answered."""
        return not self.rows(
            "select 1 from arrival where state in ('received', 'answered') union all "
            "select 1 from parcel where arrival is not null and state in ('waiting', 'sending')"
        )

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        database = open_database(self.settings.database)
        try:
            return database.conn.execute(statement).fetchall()
        finally:
            database.close()


HURRIED = 20.0
"""How many times as soon as elsewhere what a platform refused for now is tried again."""


@contextmanager
def hurried() -> Iterator[None]:
    put_off = Arrivals.put_off

    def sooner(self: Arrivals, arrival: Arrival, seconds: float) -> None:
        put_off(self, arrival, seconds / HURRIED)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Arrivals, "put_off", sooner)
        yield


@contextmanager
def house(settings: Settings, platform: Platform) -> Iterator[House]:
    chosen = replace(settings, channels=filled_in(platform.url), quiet=None)
    with hurried(), application(chosen, lambda sentence: None) as app, listening(app) as address:
        platform.homes = dict.fromkeys(("wecom", "wxkf", "wechat"), address)
        yield House(platform, chosen)
