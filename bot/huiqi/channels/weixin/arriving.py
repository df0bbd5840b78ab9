"""What arrives from 企业微信 and 公众号, whose messages and events have the same form, as messages to be answered."""

from __future__ import annotations

from huiqi.assistant.asking import Message
from huiqi.channels.protocol import Raw
from huiqi.channels.weixin.callback import key_of


def messages_of(raw: Raw, channel: str) -> list[Message]:
    """The messages in what came from 企业微信 or a 公众号."""
    person = str(raw.get("FromUserName", ""))
    kind, text = raw.get("MsgType"), ""
    if kind == "event":
        said = _EVENTS.get(str(raw.get("Event", "")).lower())
        if said is None:
            return []
        text = said or str(raw.get("EventKey", ""))
    elif kind == "text":
        text = str(raw.get("Content", ""))
    elif kind == "voice":
        # What the platform has made of it, where that is switched on.
        text = str(raw.get("Recognition", ""))
    return [Message(text, channel, conversation=person, asker=person, id=key_of(raw))]


_EVENTS = {"subscribe": "开始", "click": ""}
"""What an event says: a word of the desk's, or ("") what stands in its key. All others say nothing."""
