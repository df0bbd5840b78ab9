"""What is said while a member of staff has a talk: the bot is silent and it is noted, until the asker wants the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from huiqi.assistant.asking import Message
from huiqi.channels.protocol import Post

BACK = "机器人"
"""What an asker writes who wants the bot again."""
AGAIN = "开始"
"""What the desk answers with its greeting."""

HANDED_OVER = (
    "正在为您转接工作人员，请稍候；转接后由工作人员答复，机器人不再说话。要机器人接着答，请回复：机器人"
)
"""Told where the platform has a customer service that takes the talk."""
WANTED = "已请工作人员来接。接上以后由工作人员在这里答复；在那以前照常由机器人回答。"
"""Told where staff take talks in our own workbench."""


def answered_by_us(post: Post, message: Message) -> Sequence[Message]:
    """The messages that the bot answers: none where a person has the talk."""
    conversation = message.conversation or ""
    if not post.handovers.is_with_staff(message.channel, conversation):
        return [message]
    if message.text.strip() != BACK:
        if message.text:
            post.handovers.said(message.channel, conversation, message.id or "", message.text, None)
        return []
    post.end_talk(message.channel, conversation)
    return [replace(message, text=AGAIN, action=None)]
