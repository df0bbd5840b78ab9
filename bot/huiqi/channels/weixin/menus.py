"""Replies as text in pieces and a menu to press, for the platforms that show menus in a talk."""

from __future__ import annotations

from dataclasses import replace

from huiqi.answering.reply import Reply
from huiqi.channels.desk import with_thumbs
from huiqi.channels.outbound import Content
from huiqi.channels.text_only import limited, pieces

LONGEST_TEXT = 2048
"""Bytes of a text message."""
LONGEST_HEAD = 1024
"""Bytes above a menu."""
LONGEST_LABEL = 128
MOST_CHOICES = 10
MOST_PIECES = 4
"""Of five messages that may answer one; the last is left for a notice."""
MORE = "还可以问："


def contents(reply: Reply) -> list[Content]:
    choices = [block for block in reply.blocks if block.kind == "choice"]
    if choices and len(choices) == len(reply.buttons):
        # A numbered list and its menu say the same.
        labels = [block.text for block in choices]
        reply = replace(reply, blocks=tuple(block for block in reply.blocks if block.kind != "choice"))
    else:
        labels = [button.label for button in reply.buttons]
    shown = with_thumbs(reply)
    labels += [button.label for button in shown.buttons[len(labels) :]]
    items = tuple(
        (pieces(label, LONGEST_LABEL)[0], button.action.code())
        for label, button in zip(labels, shown.buttons, strict=True)
    )[:MOST_CHOICES]
    text = reply.text
    if not items:
        return [Content(piece) for piece in limited(text, LONGEST_TEXT, MOST_PIECES)]
    if len(text.encode()) <= LONGEST_HEAD:
        return [Content(text or MORE, items)]
    texts = limited(text, LONGEST_TEXT, MOST_PIECES - 1)
    if len(texts[-1].encode()) <= LONGEST_HEAD:
        return [*(Content(piece) for piece in texts[:-1]), Content(texts[-1], items)]
    return [*(Content(piece) for piece in texts), Content(MORE, items)]
