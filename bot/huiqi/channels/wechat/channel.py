"""微信公众号: what its platform wants (developers.weixin.qq.com/doc/offiaccount: 接入指南, 接收普通消息, 客服接口-发消息,
获取稳定版接口调用凭据, 自定义菜单, 将消息转发到客服).

Where a person of the platform's customer service is there, a talk is handed over to them; else staff take it in our
workbench. While either has it the bot is silent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
from starlette.routing import BaseRoute

from huiqi.answering.reply import Action, Reply
from huiqi.assistant.asking import Message
from huiqi.channels.outbound import Content, Delivery, OutboundMessage
from huiqi.channels.protocol import Finding, Post, QuietChannel, Raw
from huiqi.channels.wechat import NAME
from huiqi.channels.wechat.customer_service import CustomerService, on_duty
from huiqi.channels.weixin import menus
from huiqi.channels.weixin.api import Api
from huiqi.channels.weixin.arriving import messages_of
from huiqi.channels.weixin.callback import Callback, key_of
from huiqi.channels.weixin.crypto import Crypto
from huiqi.channels.weixin.filled_in import Field, findings, is_filled_in, key_field, own_memory, token_field
from huiqi.channels.weixin.standing_menu import put_up
from huiqi.channels.weixin.window import Window
from huiqi.store.channel_memory import ChannelMemory

OFFICIAL = "https://api.weixin.qq.com"
PATH = "/wechat"
NO_MENU = 48001
"""This account may not have menus by the API (未认证)."""
FIELDS = (
    Field("HUIQI_WECHAT_APP_ID", "AppID", r"wx[A-Za-z0-9]{6,32}", "以 wx 开头，在公众平台的“开发接口管理”里"),
    Field("HUIQI_WECHAT_SECRET", "AppSecret"),
    token_field("HUIQI_WECHAT_TOKEN"),
    key_field("HUIQI_WECHAT_AES_KEY", is_needed=False),
)


class WeChat(QuietChannel):
    name = NAME

    def __init__(self, values: Mapping[str, str], post: Post) -> None:
        self._post = post
        self._api = api(values, post.memory)
        self._window = Window(NAME, post.memory)
        self._service = CustomerService(self._api, post)
        token, key = values["HUIQI_WECHAT_TOKEN"], values.get("HUIQI_WECHAT_AES_KEY")
        crypto = Crypto(token, key, values["HUIQI_WECHAT_APP_ID"]) if key else None
        self._callback = Callback(PATH, crypto, self._take, token)

    def routes(self) -> Sequence[BaseRoute]:
        return [self._callback.route()]

    def _take(self, message: Mapping[str, str]) -> str | None:
        answer = self._service.passed_on(message)
        self._post.receive(NAME, key_of(message), message.get("FromUserName", ""), message)
        return answer

    def fetch(self) -> None:
        put_up(self._api, self._post.memory, NAME, never=NO_MENU)
        self._service.fetch()

    def incoming(self, raw: Raw) -> Sequence[Message]:
        if self._service.happened(raw):
            return []
        whose = str(raw.get("FromUserName", ""))
        if raw.get("MsgType") == "event":
            self._window.open_a_little(whose)
        else:
            self._window.open(whose)
        return [
            answered
            for message in messages_of(raw, NAME)
            for answered in self._service.answered_by_us(_pressed(message, raw))
        ]

    def render(self, reply: Reply) -> Sequence[Content]:
        return menus.contents(reply)

    def hand_over(self, message: Message) -> str | None:
        return self._service.hand_over(message)

    def close(self) -> None:
        self._api.close()

    def deliver(self, message: OutboundMessage) -> Delivery:
        if not message.is_asked and not self._window.is_open(message.conversation):
            return Delivery("too_late", "48 小时内没有来过，或已发满五条")
        content = message.content
        if message.is_asked:
            try:
                content = self._service.settled(message)
            except httpx.HTTPError as error:
                return Delivery("later", type(error).__name__, is_surely_unsent=True)
        delivery = self._api.deliver(
            "/cgi-bin/message/custom/send", {"touser": message.conversation, **body_of(content)}
        )
        if delivery.state == "delivered":
            self._window.said(message.conversation)
            if message.is_asked:
                self._service.told(message.conversation)
        return delivery


def _pressed(message: Message, raw: Raw) -> Message:
    """The message as the choice of a menu, where it is one."""
    try:
        return replace(message, action=Action.from_code(str(raw.get("bizmsgmenuid", ""))))
    except ValueError:
        return message


def body_of(content: Content) -> dict[str, Any]:
    if not content.choices:
        return {"msgtype": "text", "text": {"content": content.text}}
    items = [{"id": code, "content": label} for label, code in content.choices]
    return {
        "msgtype": "msgmenu",
        "msgmenu": {"head_content": content.text, "list": items, "tail_content": ""},
    }


def api(values: Mapping[str, str], memory: ChannelMemory) -> Api:
    def fetch(api: Api) -> tuple[str, float]:
        asked = {
            "grant_type": "client_credential",
            "appid": values["HUIQI_WECHAT_APP_ID"],
            "secret": values["HUIQI_WECHAT_SECRET"],
            "force_refresh": False,
        }
        answer = api.plain_call("POST", "/cgi-bin/stable_token", {}, asked)
        return str(answer["access_token"]), float(answer["expires_in"])

    return Api(NAME, values.get("HUIQI_WECHAT_BASE_URL", OFFICIAL), memory, fetch)


def opened(values: Mapping[str, str], post: Post) -> WeChat | None:
    return WeChat(values, post) if is_filled_in(FIELDS, values) else None


def checked(values: Mapping[str, str]) -> Iterator[Finding]:
    def ask() -> Iterator[Finding]:
        with own_memory() as memory, contextlib.closing(api(values, memory)) as own:
            own.token()
            there = on_duty(own)
        yield Finding("平台", "接受 AppID 和 AppSecret")
        yield Finding(
            "人工客服",
            "没有开通公众号的客服功能；要人工的，在工作台“人工对话”里接"
            if there is None
            else f"在线 {len(there)} 位；没有人在线时，在工作台“人工对话”里接",
        )

    return findings(FIELDS, values, PATH, ask)
