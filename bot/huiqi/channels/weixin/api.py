"""Calls of a platform: with an access token that all processes share, renewed before it ends, and answers that say what
became of a message."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from huiqi.channels.outbound import DELIVERED, Delivery, State
from huiqi.store.channel_memory import ChannelMemory

log = logging.getLogger(__name__)

SECONDS_A_CALL = 8.0
RENEWED_BEFORE = 300.0
"""Seconds before its end at which a token is no longer used; the old one holds five minutes more, says the platform."""
LONGEST_RENEWAL = 15.0
TOKEN, RENEWAL = "access token", "renewal of the access token"
WRONG_TOKEN = frozenset({40001, 40014, 41001, 42001})
"""The token is not (or no longer) good: another one is got, once a call."""
BUSY_SECONDS, LIMIT_SECONDS, OPERATOR_SECONDS = 3.0, 60.0, 300.0


@dataclass(frozen=True)
class Meaning:
    """What an error code means for a message, and what is to be done, for staff and `doctor`."""

    state: State
    sentence: str
    wait: float = 0.0


MEANINGS: Mapping[int, Meaning] = {
    -1: Meaning("later", "平台繁忙", BUSY_SECONDS),
    40001: Meaning("later", "Secret 不对，或凭证已失效，请核对 Secret", OPERATOR_SECONDS),
    40003: Meaning("blocked", "没有这个用户（OpenID 不对，或已取消关注）"),
    40013: Meaning("later", "企业或公众号的编号（CorpID、AppID）不对", OPERATOR_SECONDS),
    40014: Meaning("later", "凭证无效", BUSY_SECONDS),
    40125: Meaning("later", "Secret 不对", OPERATOR_SECONDS),
    40164: Meaning("later", "这台服务器的地址不在平台的 IP 白名单里，请在后台加上", OPERATOR_SECONDS),
    42001: Meaning("later", "凭证过期", BUSY_SECONDS),
    43004: Meaning("blocked", "用户没有关注"),
    45009: Meaning("later", "接口调用超过当天的限额", OPERATOR_SECONDS),
    45011: Meaning("later", "接口调用太快", LIMIT_SECONDS),
    45015: Meaning("too_late", "用户 48 小时没有来过，平台不再让发"),
    45047: Meaning("too_late", "用户没有再说话，平台不让再发了"),
    48001: Meaning("failed", "这个号没有这项接口权限（未认证的公众号不能用客服消息）"),
    48002: Meaning("blocked", "用户拒收消息"),
    60011: Meaning("failed", "应用没有权限，请检查应用的可见范围"),
    60020: Meaning("later", "这台服务器的地址不在企业可信 IP 里，请在应用的设置里加上", OPERATOR_SECONDS),
    60111: Meaning("blocked", "企业里没有这个成员"),
    81013: Meaning("blocked", "这个成员不在应用的可见范围里"),
    65400: Meaning("failed", "公众号没有开通客服功能"),
    65401: Meaning("failed", "没有这个客服账号"),
    65402: Meaning("failed", "客服账号还没有绑定微信号"),
    65413: Meaning("failed", "没有这样的客服会话"),
    65414: Meaning("failed", "客户正由别的客服接待"),
    65415: Meaning("failed", "客服不在线"),
    95000: Meaning("failed", "没有这个客服账号"),
    95001: Meaning("too_late", "客户没有再说话，已经发满五条"),
    95002: Meaning("too_late", "客户 48 小时没有来过，平台不再让发"),
    95004: Meaning("failed", "没有这个客服账号，或应用管不到它"),
    95007: Meaning("failed", "拉取消息的凭据无效"),
    95013: Meaning("too_late", "会话已经结束"),
    95014: Meaning("failed", "接待人员没有激活企业微信，或不在接待中"),
    95018: Meaning("too_late", "会话不在机器人手里（由人工接待，或已结束）"),
}
"""By the platforms' lists of global return codes; what is not in it can never be delivered."""


class Refused(Exception):
    """The platform refused a call. `code`: its errcode."""

    def __init__(self, code: int, words: str) -> None:
        self.code = code
        self.words = words
        super().__init__(f"{code} {sentence_of(code)}")


def sentence_of(code: int) -> str:
    found = MEANINGS.get(code)
    return found.sentence if found else "平台的错误码，请在它的文档里查"


class Api:
    """`fetch_token`: asks the platform for one, given the client; returns (token, seconds that it holds)."""

    def __init__(
        self,
        channel: str,
        base: str,
        memory: ChannelMemory,
        fetch_token: Callable[[Api], tuple[str, float]],
    ) -> None:
        self._channel = channel
        self._memory = memory
        self._fetch_token = fetch_token
        # What proxy the environment names is for the way out, not for a server on this machine.
        is_local = httpx.URL(base).host in ("127.0.0.1", "localhost", "::1")
        self._client = httpx.Client(base_url=base, timeout=SECONDS_A_CALL, trust_env=not is_local)
        for name in ("httpx", "httpcore"):
            # Their lines hold the address of each call, and with it the token.
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def close(self) -> None:
        self._client.close()

    def call(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        seconds: float = SECONDS_A_CALL,
    ) -> dict[str, Any]:
        """A call with our token: POST with a body, GET without. Raises Refused, or httpx.HTTPError where nothing was
        heard within `seconds`."""
        method = "GET" if body is None else "POST"
        token = self.token()
        try:
            return self.plain_call(method, path, {**(query or {}), "access_token": token}, body, seconds)
        except Refused as refusal:
            if refusal.code not in WRONG_TOKEN:
                raise
        self._give_up(token)
        return self.plain_call(method, path, {**(query or {}), "access_token": self.token()}, body, seconds)

    def plain_call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        seconds: float = SECONDS_A_CALL,
    ) -> dict[str, Any]:
        """A call without a token of ours."""
        response = self._client.request(method, path, params=dict(query), json=body, timeout=seconds)
        response.raise_for_status()
        answer = response.json()
        code = int(answer.get("errcode") or 0)
        if code:
            raise Refused(code, str(answer.get("errmsg", "")))
        return dict(answer)

    def deliver(self, path: str, body: Mapping[str, Any]) -> Delivery:
        """What became of a message that was handed over by a call."""
        try:
            self.call(path, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Delivery("later", type(error).__name__, is_surely_unsent=True)
        except (httpx.HTTPError, ValueError) as error:
            return Delivery("later", type(error).__name__)
        except Refused as refusal:
            return became(refusal)
        return DELIVERED

    def token(self) -> str:
        """A token that holds; got by one process at a time."""
        end = time.monotonic() + LONGEST_RENEWAL
        while True:
            known = self._memory.get(self._channel, TOKEN)
            if known is not None:
                return known
            if self._memory.take(self._channel, RENEWAL, LONGEST_RENEWAL):
                try:
                    # Who had the turn before may have put one there meanwhile.
                    if (known := self._memory.get(self._channel, TOKEN)) is not None:
                        return known
                    token, seconds = self._fetch_token(self)
                    self._memory.put(
                        self._channel, TOKEN, token, max(seconds - RENEWED_BEFORE, seconds * 0.5)
                    )
                    return token
                finally:
                    self._memory.drop(self._channel, RENEWAL)
            if time.monotonic() > end:
                raise httpx.ReadTimeout("no access token was to be had")
            time.sleep(0.1)

    def _give_up(self, token: str) -> None:
        """A token was refused: unless another process has got a new one, one is to be got."""
        if self._memory.get(self._channel, TOKEN) == token:
            self._memory.drop(self._channel, TOKEN)


def became(refusal: Refused) -> Delivery:
    meaning = MEANINGS.get(refusal.code)
    if meaning is None:
        return Delivery("failed", str(refusal))
    return Delivery(meaning.state, str(refusal), meaning.wait, is_surely_unsent=True)
