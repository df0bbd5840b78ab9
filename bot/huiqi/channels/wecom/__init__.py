"""企业微信, an application of one's own (自建应用): for the members of an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiqi.channels.protocol import Channel, Finding, Post

NAME, TITLE = "wecom", "企业微信"
VARIABLES = {
    "HUIQI_WECOM_CORP_ID": "企业微信的企业 ID（ww 开头）",
    "HUIQI_WECOM_AGENT_ID": "自建应用的 AgentId",
    "HUIQI_WECOM_SECRET": "自建应用的 Secret",
    "HUIQI_WECOM_TOKEN": "接收消息的 Token",
    "HUIQI_WECOM_AES_KEY": "接收消息的 EncodingAESKey",
    "HUIQI_WECOM_BASE_URL": "企业微信接口的网址（默认是官方的）",
}


def open_channel(values: Mapping[str, str], post: Post) -> Channel | None:
    from huiqi.channels.wecom.channel import opened

    return opened(values, post) if any(name in values for name in VARIABLES) else None


def check(values: Mapping[str, str]) -> Iterable[Finding]:
    from huiqi.channels.wecom.channel import checked

    return checked(values)
