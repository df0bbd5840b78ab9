"""微信公众号 (服务号 or 订阅号): for everybody who follows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiqi.channels.protocol import Channel, Finding, Post

NAME, TITLE = "wechat", "微信公众号"
VARIABLES = {
    "HUIQI_WECHAT_APP_ID": "公众号的 AppID（wx 开头）",
    "HUIQI_WECHAT_SECRET": "公众号的 AppSecret",
    "HUIQI_WECHAT_TOKEN": "服务器配置的 Token",
    "HUIQI_WECHAT_AES_KEY": "服务器配置的 EncodingAESKey（明文模式不填）",
    "HUIQI_WECHAT_BASE_URL": "公众号接口的网址（默认是官方的）",
}


def open_channel(values: Mapping[str, str], post: Post) -> Channel | None:
    from huiqi.channels.wechat.channel import opened

    return opened(values, post) if any(name in values for name in VARIABLES) else None


def check(values: Mapping[str, str]) -> Iterable[Finding]:
    from huiqi.channels.wechat.channel import checked

    return checked(values)
