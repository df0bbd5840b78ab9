"""微信客服: what its platform wants (developer.work.weixin.qq.com: 接收消息和事件 path/94670, 发送消息 path/94677, 发送欢迎语等
事件响应消息 path/95122, 分配客服会话 path/94669).

A call says only that there is something; sync_msg gives it from a cursor on. While a member of staff has a talk the bot
is silent; what is said in it is noted, and offered to staff as drafts when it has ended.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
from starlette.routing import BaseRoute

from huiqi.answering.reply import Action, Reply
from huiqi.assistant.asking import Message
from huiqi.channels.outbound import DELIVERED, Content, Delivery, OutboundMessage
from huiqi.channels.protocol import Finding, Post, QuietChannel, Raw
from huiqi.channels.wecom.channel import OFFICIAL
from huiqi.channels.weixin import menus
from huiqi.channels.weixin.api import Api, Refused, became
from huiqi.channels.weixin.callback import Callback
from huiqi.channels.weixin.crypto import Crypto
from huiqi.channels.weixin.filled_in import Field, findings, is_filled_in, key_field, own_memory, token_field
from huiqi.channels.weixin.window import Window
from huiqi.channels.weixin.with_staff import HANDED_OVER, answered_by_us
from huiqi.channels.wxkf import NAME
from huiqi.store.channel_memory import ChannelMemory

log = logging.getLogger(__name__)

PATH = "/wxkf"
AT_ONCE = 1000
"""Messages that sync_msg gives in one answer, at most."""
WELCOME_SECONDS = 20.0
"""In which a code of an event can be answered, once."""
TOKEN_SECONDS = 600.0
"""How long the token of a call makes sync_msg free of its rate limit."""
PAUSE_SECONDS = 2.0
"""Before messages are fetched again that could not be."""
CUSTOMER, SYSTEM, STAFF = 3, 4, 5
"""Who a message is from (origin)."""
WAITING, BY_STAFF, OVER = 2, 3, 4
"""Who has a talk (service_state)."""
TAKEN, PASSED_ON, ENDED, TAKEN_AGAIN = 1, 2, 3, 4
"""What happened to a talk (change_type)."""
NOT_IN_OUR_HANDS = 95018
NOBODY_THERE = "现在没有工作人员在线，您的问题已经留下，有了答复会告诉您。"
FIELDS = (
    Field("HUIQI_WXKF_CORP_ID", "企业 ID", r"w[wx][A-Za-z0-9]{6,32}", "以 ww 开头，在“我的企业”页最下面"),
    Field("HUIQI_WXKF_SECRET", "自建应用的 Secret"),
    token_field("HUIQI_WXKF_TOKEN"),
    key_field("HUIQI_WXKF_AES_KEY"),
    Field("HUIQI_WXKF_STAFF", "转人工时转给谁", is_needed=False),
)


class WeChatService(QuietChannel):
    name = NAME

    def __init__(self, values: Mapping[str, str], post: Post) -> None:
        self._post = post
        self._memory = post.memory
        self._staff = values.get("HUIQI_WXKF_STAFF")
        self._api = api(values, post.memory)
        self._window = Window(NAME, post.memory)
        crypto = Crypto(
            values["HUIQI_WXKF_TOKEN"], values["HUIQI_WXKF_AES_KEY"], values["HUIQI_WXKF_CORP_ID"]
        )
        self._callback = Callback(PATH, crypto, self._called)

    def routes(self) -> Sequence[BaseRoute]:
        return [self._callback.route()]

    def _called(self, message: Mapping[str, str]) -> None:
        """There is something for an account of ours: remember that until it is fetched."""
        if message.get("Event") != "kf_msg_or_event":
            return
        account = message.get("OpenKfId", "")
        self._memory.put(NAME, f"token {account}", message.get("Token", ""), TOKEN_SECONDS)
        self._memory.put(NAME, f"due {account}", secrets.token_hex(8))
        self._post.wake()

    def fetch(self) -> None:
        due = self._memory.named(NAME, "due ")
        if not due or self._memory.get(NAME, "pause") is not None:
            return
        try:
            for name, call in due:
                self._fetch(name.removeprefix("due "))
                # A call that came meanwhile is another one.
                self._memory.drop_if(NAME, name, call)
        except (Refused, httpx.HTTPError) as error:
            log.warning("messages could not be fetched: %s", error)
            self._memory.put(NAME, "pause", "", PAUSE_SECONDS)

    def _fetch(self, account: str) -> None:
        cursor = self._memory.get(NAME, f"cursor {account}") or ""
        while True:
            asked = {"cursor": cursor, "open_kfid": account, "limit": AT_ONCE}
            token = self._memory.get(NAME, f"token {account}")
            found = self._api.call("/cgi-bin/kf/sync_msg", asked | ({"token": token} if token else {}))
            for message in found.get("msg_list", []):
                self._post.receive(NAME, str(message["msgid"]), _conversation(message), message)
            # Not before what came is written down: what is fetched again is known by its number.
            cursor = str(found.get("next_cursor") or cursor)
            self._memory.put(NAME, f"cursor {account}", cursor)
            if not found.get("has_more"):
                return

    def incoming(self, raw: Raw) -> Sequence[Message]:
        origin, conversation = raw.get("origin"), _conversation(raw)
        if raw.get("msgtype") == "event":
            return self._happened(raw["event"], conversation, str(raw["msgid"]))
        text, action = _said(raw)
        if origin == STAFF:
            self._post.handovers.begin(NAME, conversation, str(raw.get("servicer_userid", "")))
            if text:
                staff = str(raw.get("servicer_userid") or "")
                self._post.handovers.said(NAME, conversation, str(raw["msgid"]), text, staff)
            return []
        if origin != CUSTOMER:
            return []
        self._window.open(conversation)
        message = Message(
            text, NAME, conversation=conversation, asker=conversation, id=str(raw["msgid"]), action=action
        )
        found = answered_by_us(self._post, message)
        if found and found[0] is not message:
            self._memory.put(NAME, f"hand back {conversation}", "")
        return found

    def _happened(self, event: Mapping[str, Any], conversation: str, number: str) -> list[Message]:
        kind = event.get("event_type")
        if kind == "enter_session" and event.get("welcome_code"):
            self._memory.put(NAME, f"welcome {conversation}", str(event["welcome_code"]), WELCOME_SECONDS)
            return [Message("开始", NAME, conversation=conversation, asker=conversation, id=number)]
        if kind == "session_status_change":
            change = event.get("change_type")
            if change in (TAKEN, PASSED_ON, TAKEN_AGAIN):
                self._post.handovers.begin(NAME, conversation, str(event.get("new_servicer_userid", "")))
            elif change == ENDED:
                self._post.end_talk(NAME, conversation)
        elif kind == "msg_send_fail":
            log.warning("a message did not arrive (fail_type %s)", event.get("fail_type"))
        return []

    def render(self, reply: Reply) -> Sequence[Content]:
        return menus.contents(reply)

    def hand_over(self, message: Message) -> str | None:
        """The talk goes to a person as soon as the asker has been told so."""
        self._post.handovers.begin(NAME, message.conversation or "")
        self._memory.put(NAME, f"hand over {message.conversation}", "")
        return HANDED_OVER

    def close(self) -> None:
        self._api.close()

    def deliver(self, message: OutboundMessage) -> Delivery:
        if not message.is_asked and not self._may_be_told(message.conversation):
            return Delivery("too_late", "48 小时内没有来过，或已发满五条，或正由人工接待")
        delivery = self._deliver(message)
        if delivery.state == "delivered":
            self._window.said(message.conversation)
            if self._memory.get(NAME, f"hand over {message.conversation}") is not None:
                return self._handed_over(message)
        return delivery

    def _may_be_told(self, conversation: str) -> bool:
        with_staff = self._post.handovers.is_with_staff(NAME, conversation)
        return self._window.is_open(conversation) and not with_staff

    def _deliver(self, message: OutboundMessage) -> Delivery:
        account, person = message.conversation.split("/", 1)
        body = {"msgid": message.key, **_body(message.content)}
        is_given_back = self._memory.get(NAME, f"hand back {message.conversation}") is not None
        if is_given_back and (refused := self._handed_back(message.conversation)) is not None:
            return refused
        code = self._memory.get(NAME, f"welcome {message.conversation}")
        if code is not None:
            delivery = self._api.deliver("/cgi-bin/kf/send_msg_on_event", {"code": code, **body})
            if delivery.state != "later":
                self._memory.drop(NAME, f"welcome {message.conversation}")
            return delivery
        try:
            self._api.call("/cgi-bin/kf/send_msg", {"touser": person, "open_kfid": account, **body})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Delivery("later", type(error).__name__, is_surely_unsent=True)
        except (httpx.HTTPError, ValueError) as error:
            return Delivery("later", type(error).__name__)
        except Refused as refusal:
            if message.is_repeated and "msgid" in refusal.words:
                # This number is taken: the try before did arrive.
                return DELIVERED
            if refusal.code == NOT_IN_OUR_HANDS:
                self._look_who_has_it(message.conversation)
            return became(refusal)
        return DELIVERED

    def _handed_back(self, conversation: str) -> Delivery | None:
        """End the talk with staff; what follows is said by the code that this gives."""
        account, person = conversation.split("/", 1)
        asked = {"open_kfid": account, "external_userid": person, "service_state": OVER}
        try:
            found = self._api.call("/cgi-bin/kf/service_state/trans", asked)
        except httpx.HTTPError as error:
            return Delivery("later", type(error).__name__, is_surely_unsent=True)
        except Refused as refusal:
            log.warning("a talk could not be handed back: %s", refusal)
            found = {}
        if found.get("msg_code"):
            self._memory.put(NAME, f"welcome {conversation}", str(found["msg_code"]), WELCOME_SECONDS)
        self._memory.drop(NAME, f"hand back {conversation}")
        return None

    def _look_who_has_it(self, conversation: str) -> None:
        """The platform says that the bot has no part in a talk: a person took it, and we were not told."""
        account, person = conversation.split("/", 1)
        try:
            found = self._api.call(
                "/cgi-bin/kf/service_state/get", {"open_kfid": account, "external_userid": person}
            )
        except (Refused, httpx.HTTPError):
            return
        if found.get("service_state") in (WAITING, BY_STAFF):
            self._post.handovers.begin(NAME, conversation, str(found.get("servicer_userid", "")))

    def _handed_over(self, message: OutboundMessage) -> Delivery:
        account, person = message.conversation.split("/", 1)
        asked: dict[str, Any] = {"open_kfid": account, "external_userid": person, "service_state": WAITING}
        if self._staff:
            asked |= {"service_state": BY_STAFF, "servicer_userid": self._staff}
        try:
            self._api.call("/cgi-bin/kf/service_state/trans", asked)
        except httpx.HTTPError as error:
            # The asker has been told; told again, the number of the message is known.
            return Delivery("later", type(error).__name__)
        except Refused as refusal:
            log.warning("a talk could not be handed over: %s", refusal)
            self._look_who_has_it(message.conversation)
            self._memory.drop(NAME, f"hand over {message.conversation}")
            self._post.end_talk(NAME, message.conversation)
            body = {"touser": person, "open_kfid": account, "msgid": f"{message.key}n"}
            return self._api.deliver("/cgi-bin/kf/send_msg", body | _body(Content(NOBODY_THERE)))
        self._memory.drop(NAME, f"hand over {message.conversation}")
        return DELIVERED


def _conversation(message: Mapping[str, Any]) -> str:
    """The account and the person; both stand in the event where something happened."""
    event = message.get("event") or {}
    account = message.get("open_kfid") or event.get("open_kfid", "")
    return f"{account}/{message.get('external_userid') or event.get('external_userid', '')}"


def _said(raw: Raw) -> tuple[str, Action | None]:
    """The words, and the choice of a menu that they are."""
    text = raw.get("text") or {}
    try:
        action = Action.from_code(str(text.get("menu_id", "")))
    except ValueError:
        action = None
    return str(text.get("content", "")), action


def _body(content: Content) -> dict[str, Any]:
    if not content.choices:
        return {"msgtype": "text", "text": {"content": content.text}}
    items = [{"type": "click", "click": {"id": code, "content": label}} for label, code in content.choices]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": content.text, "list": items}}


def api(values: Mapping[str, str], memory: ChannelMemory) -> Api:
    def fetch(api: Api) -> tuple[str, float]:
        query = {"corpid": values["HUIQI_WXKF_CORP_ID"], "corpsecret": values["HUIQI_WXKF_SECRET"]}
        answer = api.plain_call("GET", "/cgi-bin/gettoken", query)
        return str(answer["access_token"]), float(answer["expires_in"])

    return Api(NAME, values.get("HUIQI_WXKF_BASE_URL", OFFICIAL), memory, fetch)


def opened(values: Mapping[str, str], post: Post) -> WeChatService | None:
    return WeChatService(values, post) if is_filled_in(FIELDS, values) else None


def checked(values: Mapping[str, str]) -> Iterator[Finding]:
    def ask() -> Iterator[Finding]:
        with own_memory() as memory, contextlib.closing(api(values, memory)) as own:
            answer = own.call("/cgi-bin/kf/account/list", {"offset": 0, "limit": 100})
        accounts = answer.get("account_list", [])
        named = "、".join(str(account.get("name", "")) for account in accounts)
        yield Finding(
            "平台",
            f"接受；能管的客服账号：{named}"
            if named
            else "接受，但没有一个客服账号归这个应用管，请在“微信客服”里设置可调用接口的应用",
            bool(named),
        )

    return findings(FIELDS, values, PATH, ask)
