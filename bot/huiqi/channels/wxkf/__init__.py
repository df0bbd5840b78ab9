"""微信客服: everybody on WeChat writes to an account of the organisation's, and staff can take a talk over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiqi.channels.protocol import Channel, Finding, Post

NAME, TITLE = "wxkf", "微信客服"
VARIABLES = {
    "HUIQI_WXKF_CORP_ID": "企业微信的企业 ID（ww 开头）",
    "HUIQI_WXKF_SECRET": "能调用微信客服接口的自建应用的 Secret",
    "HUIQI_WXKF_TOKEN": "微信客服回调的 Token",
    "HUIQI_WXKF_AES_KEY": "微信客服回调的 EncodingAESKey",
    "HUIQI_WXKF_STAFF": "转人工时转给谁，企业微信的成员账号（默认放进待接入池）",
    "HUIQI_WXKF_BASE_URL": "企业微信接口的网址（默认是官方的）",
}


def open_channel(values: Mapping[str, str], post: Post) -> Channel | None:
    from huiqi.channels.wxkf.channel import opened

    return opened(values, post) if any(name in values for name in VARIABLES) else None


def check(values: Mapping[str, str]) -> Iterable[Finding]:
    from huiqi.channels.wxkf.channel import checked

    return checked(values)
