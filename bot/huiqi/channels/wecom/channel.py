"""企业微信自建应用: what its platform wants (developer.work.weixin.qq.com: 接收消息与事件 path/90238, 发送应用消息
path/90236, 创建菜单 path/90231)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute

from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Message
from huiqi.channels import text_only
from huiqi.channels.outbound import Content, Delivery, OutboundMessage
from huiqi.channels.protocol import Finding, Post, QuietChannel, Raw
from huiqi.channels.wecom import NAME
from huiqi.channels.weixin.api import Api
from huiqi.channels.weixin.arriving import messages_of
from huiqi.channels.weixin.callback import Callback, key_of
from huiqi.channels.weixin.crypto import Crypto
from huiqi.channels.weixin.filled_in import Field, findings, is_filled_in, key_field, own_memory, token_field
from huiqi.channels.weixin.standing_menu import put_up
from huiqi.channels.weixin.with_staff import WANTED, answered_by_us
from huiqi.store.channel_memory import ChannelMemory

OFFICIAL = "https://qyapi.weixin.qq.com"
PATH = "/wecom"
LONGEST_TEXT = 2048
"""Bytes of a text message; beyond it the platform cuts."""
DUPLICATE_SECONDS = 4 * 3600
"""In which the platform drops a message of the same words to the same member, where it is asked to (at most so long): it
is for one whose first try may have arrived. Otherwise it is not, since two questions may have the same answer."""
FIELDS = (
    Field(
        "HUIQI_WECOM_CORP_ID",
        "企业 ID",
        r"w[wx][A-Za-z0-9]{6,32}",
        "以 ww 开头，在“我的企业”页最下面",
    ),
    Field("HUIQI_WECOM_AGENT_ID", "应用的 AgentId", r"[0-9]{1,10}", "一个数字，在应用的详情页"),
    Field("HUIQI_WECOM_SECRET", "应用的 Secret"),
    token_field("HUIQI_WECOM_TOKEN"),
    key_field("HUIQI_WECOM_AES_KEY"),
)


class WeCom(QuietChannel):
    name = NAME

    def __init__(self, values: Mapping[str, str], post: Post) -> None:
        self._post = post
        self._agent = int(values["HUIQI_WECOM_AGENT_ID"])
        self._api = api(values, post.memory)
        crypto = Crypto(
            values["HUIQI_WECOM_TOKEN"], values["HUIQI_WECOM_AES_KEY"], values["HUIQI_WECOM_CORP_ID"]
        )
        self._callback = Callback(PATH, crypto, self._take)

    def routes(self) -> Sequence[BaseRoute]:
        return [self._callback.route()]

    def _take(self, message: Mapping[str, str]) -> None:
        self._post.receive(NAME, key_of(message), message.get("FromUserName", ""), message)

    def fetch(self) -> None:
        put_up(self._api, self._post.memory, NAME, {"agentid": str(self._agent)})

    def incoming(self, raw: Raw) -> Sequence[Message]:
        return [
            answered for message in messages_of(raw, NAME) for answered in answered_by_us(self._post, message)
        ]

    def render(self, reply: Reply) -> Sequence[Content]:
        return text_only.contents(reply, LONGEST_TEXT)

    def hand_over(self, message: Message) -> str | None:
        """The platform has no customer service for an application: staff take the talk in our workbench."""
        self._post.handovers.want_person(NAME, message.conversation or "", message.asker)
        return WANTED

    def close(self) -> None:
        self._api.close()

    def deliver(self, message: OutboundMessage) -> Delivery:
        body: dict[str, Any] = {
            "touser": message.conversation,
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": message.content.text},
        }
        if message.is_repeated:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": DUPLICATE_SECONDS}
        return self._api.deliver("/cgi-bin/message/send", body)


def api(values: Mapping[str, str], memory: ChannelMemory) -> Api:
    def fetch(api: Api) -> tuple[str, float]:
        query = {"corpid": values["HUIQI_WECOM_CORP_ID"], "corpsecret": values["HUIQI_WECOM_SECRET"]}
        answer = api.plain_call("GET", "/cgi-bin/gettoken", query)
        return str(answer["access_token"]), float(answer["expires_in"])

    return Api(NAME, values.get("HUIQI_WECOM_BASE_URL", OFFICIAL), memory, fetch)


def opened(values: Mapping[str, str], post: Post) -> WeCom | None:
    return WeCom(values, post) if is_filled_in(FIELDS, values) else None


def checked(values: Mapping[str, str]) -> Iterator[Finding]:
    def ask() -> Iterator[Finding]:
        with own_memory() as memory, contextlib.closing(api(values, memory)) as own:
            agent = own.call("/cgi-bin/agent/get", query={"agentid": values["HUIQI_WECOM_AGENT_ID"]})
        yield Finding("平台", f"接受；应用是“{agent.get('name', '')}”")

    return findings(FIELDS, values, PATH, ask)
