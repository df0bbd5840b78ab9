"""Who another system is: its key, what that is for, and how often it may ask."""

from __future__ import annotations

import time

from starlette.requests import Request

from huiqi.channels.rates import Moments, OwnMoments, Rate, TooOften
from huiqi.curation.api_keys import digest_of
from huiqi.store.api_keys import ApiKey, ApiKeyStore
from huiqi.store.clock import now
from huiqi.store.database import Database

BEARER = "bearer "


class NoKey(Exception):
    """`is_malformed`: the header is not of the form “Bearer KEY”. The message is one sentence."""

    def __init__(self, sentence: str, is_malformed: bool = False) -> None:
        self.is_malformed = is_malformed
        super().__init__(sentence)


class NotAllowed(Exception):
    """The key is for something else; the message is one sentence."""


class Door:
    def __init__(self, database: Database, moments: Moments | None = None) -> None:
        self._keys = ApiKeyStore(database)
        self._moments = moments or OwnMoments()

    def enter(self, request: Request, scope: str) -> ApiKey:
        """The key that a request came with. Raises NoKey, NotAllowed or TooOften."""
        written = request.headers.get("authorization", "")
        if not written:
            raise NoKey(
                "请在 Authorization 里写 Bearer 和密钥（在工作台的“接口密钥”页新建）", is_malformed=True
            )
        if not written.lower().startswith(BEARER) or not written[len(BEARER) :].strip():
            raise NoKey("Authorization 要写成 Bearer 空格 密钥", is_malformed=True)
        key = self._keys.of(digest_of(written[len(BEARER) :].strip()))
        if key is None:
            raise NoKey("密钥不对，或已经停用")
        if scope not in key.scopes:
            raise NotAllowed(f"“{key.name}”的密钥不能做这件事，请在工作台的“接口密钥”页另建一个")
        wait = self._wait(key)
        if wait > 0:
            raise TooOften(wait)
        if (key.used_at or "")[:10] != now()[:10]:
            self._keys.used(key.id)
        return key

    def _wait(self, key: ApiKey) -> float:
        with self._moments.held():
            return Rate(key.a_minute, "key", self._moments).wait(str(key.id), time.monotonic())
