"""A 公众号's customer service: a person takes a talk, and gives it back (developers.weixin.qq.com/doc/service: 将消息转发到
客服, 会话控制, 获取在线客服列表, 获取聊天记录).

While a session lasts the platform brings what is said to the person and not to us; it brings it to us again half an hour
after the session began, and while somebody waits in its queue. The answer transfer_customer_service gives such a message
to the person. What was said is read from the platform's record when the session is over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from huiqi.assistant.asking import Message
from huiqi.channels.outbound import Content, OutboundMessage
from huiqi.channels.protocol import Post, Raw
from huiqi.channels.wechat import NAME
from huiqi.channels.weixin import with_staff
from huiqi.channels.weixin.api import Api, Refused
from huiqi.channels.weixin.callback import xml
from huiqi.store.handovers import Spoken

log = logging.getLogger(__name__)

LOOKED_EVERY = 60.0
"""Seconds after which it is asked again who of the customer service is there."""
HELD = 150.0
"""Seconds for which the answer holds where no other is to be had."""
NONE_EVERY = 24 * 3600.0
"""Seconds after which an account without a customer service is asked again whether it has one."""
NOT_THERE = frozenset({48001, 65400})
"""This account has no customer service, or may not use it."""
IN_TIME = 2.0
"""Seconds that a question to the platform may take while it waits five for our answer."""
SESSION_DAYS = 3
LONGEST_PERIOD = 24 * 3600
"""Seconds of which the record can be asked for at once."""
AT_ONCE = 10_000
"""Lines of the record in one answer."""
RECORD_SECONDS, RECORD_EVERY = 900.0, 20.0
"""How long and how often the record is looked for, where no word of a person is in it yet."""
BY_STAFF = 2002
"""A line of the record that the customer service said (opercode)."""
LINES = "lines"
"""What we leave for ourselves when a record was read."""
HAS_IT, HAS_GONE = "has it", "has gone"
"""What became of a talk that was to be handed over to an account, until the asker is told."""
CREATED, CLOSED, SWITCHED = "kf_create_session", "kf_close_session", "kf_switch_session"


class CustomerService:
    def __init__(self, api: Api, post: Post) -> None:
        self._api = api
        self._post = post
        self._memory = post.memory

    # What the platform calls us with:

    def passed_on(self, message: Mapping[str, str]) -> str | None:
        """The answer by which a message that came to us goes to the person who has the talk, None where none has."""
        whose, text = message.get("FromUserName", ""), message.get("Content", "").strip()
        if message.get("MsgType") == "event" or text == with_staff.BACK:
            return None
        session = self._memory.get(NAME, f"session {whose}")
        if session is None:
            return None
        account = session.partition(" ")[2]
        if self._memory.get(NAME, f"hand over {whose}") in (None, HAS_IT):
            account = self._who_has(whose, account)
            if not account:
                # It is over, and we were not told.
                over = {"MsgType": "event", "Event": CLOSED, "FromUserName": whose}
                moment = message.get("CreateTime", "")
                self._post.receive(NAME, f"{whose}/{moment}/over", whose, over | {"CreateTime": moment})
                return None
        addressed = {"ToUserName": whose, "FromUserName": message.get("ToUserName", "")}
        kind = {"CreateTime": str(int(time.time())), "MsgType": "transfer_customer_service"}
        return xml(addressed | kind)

    def _who_has(self, whose: str, known: str) -> str:
        """The account that has somebody's session, "" where there is none; what we know where the platform is slow."""
        try:
            found = self._api.call(
                "/customservice/kfsession/getsession", query={"openid": whose}, seconds=IN_TIME
            )
        except (Refused, httpx.HTTPError):
            return known
        return str(found.get("kf_account") or "")

    def happened(self, raw: Raw) -> bool:
        """Whether what came is about a session or a record, and no message."""
        whose = str(raw.get("FromUserName", ""))
        if (lines := raw.get(LINES)) is not None:
            self._post.offer(NAME, whose, [Spoken(*line) for line in lines])
            return True
        event = str(raw.get("Event", "")).lower() if raw.get("MsgType") == "event" else ""
        moment = str(raw.get("CreateTime") or 0)
        if event == CREATED:
            # Brought again and again, it may be overtaken by what ended it.
            if int(moment) > int(self._memory.get(NAME, f"over {whose}") or -1):
                self._begun(whose, moment, str(raw.get("KfAccount", "")))
        elif event == SWITCHED:
            session = self._memory.get(NAME, f"session {whose}") or moment
            self._begun(whose, session.partition(" ")[0], str(raw.get("ToKfAccount", "")))
        elif event == CLOSED:
            self._over(whose, moment)
        return event in (CREATED, CLOSED, SWITCHED)

    def _begun(self, whose: str, moment: str, account: str) -> None:
        if self._memory.get(NAME, f"session {whose}") is None:
            # A colleague at our workbench, if there is one, has it no more.
            self._post.end_talk(NAME, whose)
        self._memory.put(NAME, f"session {whose}", f"{moment} {account}", SESSION_DAYS * LONGEST_PERIOD)
        self._post.handovers.begin(NAME, whose, account)

    def _over(self, whose: str, moment: str) -> None:
        self._memory.put(NAME, f"over {whose}", moment, SESSION_DAYS * LONGEST_PERIOD)
        session = self._memory.get(NAME, f"session {whose}")
        if session is None:
            return
        self._memory.drop(NAME, f"session {whose}")
        self._memory.put(NAME, f"record {whose} {session.partition(' ')[0]}", moment, RECORD_SECONDS)
        self._post.end_talk(NAME, whose)

    # What the asker wants:

    def hand_over(self, message: Message) -> str:
        """The talk goes to whoever of the customer service is there, else to our workbench."""
        whose = message.conversation or ""
        account = self._memory.get(NAME, "on duty")
        if account is None:
            self._post.handovers.want_person(NAME, whose, message.asker)
            return with_staff.WANTED
        self._memory.put(NAME, f"hand over {whose}", account)
        self._begun(whose, str(int(time.time())), account)
        return with_staff.HANDED_OVER

    def answered_by_us(self, message: Message) -> Sequence[Message]:
        whose = message.conversation or ""
        session = self._memory.get(NAME, f"session {whose}")
        found = with_staff.answered_by_us(self._post, message)
        if session is not None and found:
            self._memory.drop(NAME, f"hand over {whose}")
            self._memory.put(NAME, f"hand back {whose}", session.partition(" ")[2])
            self._over(whose, str(int(time.time())))
        return found

    def settled(self, message: OutboundMessage) -> Content:
        """What is to be said, after the platform has been told who has the talk: the same however often it is tried, until
        it is `told`. Raises httpx.HTTPError."""
        whose = message.conversation
        if (account := self._memory.get(NAME, f"hand back {whose}")) is not None:
            try:
                self._session("close", account, whose)
            except Refused as refusal:
                log.warning("a talk could not be handed back: %s", refusal)
            self._memory.drop(NAME, f"hand back {whose}")
        account = self._memory.get(NAME, f"hand over {whose}")
        if account not in (None, HAS_IT, HAS_GONE):
            try:
                self._session("create", account, whose)
                account = HAS_IT
            except Refused as refusal:
                log.warning("a talk could not be handed over: %s", refusal)
                account = HAS_IT if self._who_has(whose, "") else self._gone(message)
            # Tried again, a session that has ended meanwhile is not begun anew.
            self._memory.put(NAME, f"hand over {whose}", account)
        return Content(with_staff.WANTED) if account == HAS_GONE else message.content

    def _gone(self, message: OutboundMessage) -> str:
        """Whoever was there has gone meanwhile: staff take the talk in our workbench."""
        whose = message.conversation
        self._memory.drop(NAME, f"session {whose}")
        self._post.end_talk(NAME, whose)
        self._post.handovers.want_person(NAME, whose, message.asker)
        return HAS_GONE

    def told(self, whose: str) -> None:
        self._memory.drop(NAME, f"hand over {whose}")

    def _session(self, act: str, account: str, whose: str) -> None:
        self._api.call(f"/customservice/kfsession/{act}", {"kf_account": account, "openid": whose})

    # What we look for ourselves:

    def fetch(self) -> None:
        try:
            self._look_who_is_there()
            for name, end in self._memory.named(NAME, "record "):
                if self._memory.take(NAME, f"looking for {name}", RECORD_EVERY):
                    self._read(name, int(end or 0))
        except (Refused, httpx.HTTPError, ValueError) as error:
            log.warning("the customer service could not be asked: %s", error)

    def _look_who_is_there(self) -> None:
        if not self._memory.take(NAME, "looking who is there", LOOKED_EVERY):
            return
        there = on_duty(self._api)
        if there is None:
            self._memory.put(NAME, "looking who is there", "", NONE_EVERY)
        if there:
            self._memory.put(NAME, "on duty", there[0], HELD)
        else:
            self._memory.drop(NAME, "on duty")

    def _read(self, name: str, end: int) -> None:
        """Read the record of a session that is over and leave it for ourselves, in line with what comes."""
        _, whose, begun = name.split(" ")
        start = max(int(begun or 0), end + 1 - LONGEST_PERIOD)
        asked: dict[str, Any] = {"starttime": start, "endtime": end + 1, "msgid": 1, "number": AT_ONCE}
        lines: list[tuple[str, str | None, str]] = []
        while True:
            found = self._api.call("/customservice/msgrecord/getmsglist", asked)
            record = found.get("recordlist", [])
            lines += [_line(each) for each in record if each.get("openid") == whose]
            if len(record) < AT_ONCE:
                break
            asked["msgid"] = found["msgid"]
        if any(staff is not None for _, staff, _ in lines):
            self._post.receive(NAME, name, whose, {"FromUserName": whose, LINES: lines})
            self._memory.drop(NAME, name)


def _line(record: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """(text, who of the office said it, when)"""
    # The record counts in seconds: what we noted within one came before it.
    end = datetime.fromtimestamp(int(record.get("time", 0)), UTC) + timedelta(milliseconds=999)
    at = end.isoformat(timespec="milliseconds")
    is_by_staff = record.get("opercode") == BY_STAFF
    return str(record.get("text", "")), str(record.get("worker", "")) if is_by_staff else None, at


def on_duty(api: Api) -> list[str] | None:
    """The accounts of the customer service that are there, those with the fewest talks first; None where the 公众号 has no
    customer service. Raises Refused, httpx.HTTPError."""
    try:
        found = api.call("/cgi-bin/customservice/getonlinekflist")
    except Refused as refusal:
        if refusal.code in NOT_THERE:
            return None
        raise
    there = [
        each for each in found.get("kf_online_list", []) if each.get("status") and each.get("kf_account")
    ]
    return [
        str(each["kf_account"])
        for each in sorted(there, key=lambda each: int(each.get("accepted_case") or 0))
    ]
