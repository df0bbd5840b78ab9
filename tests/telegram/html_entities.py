"""Telegram's reading of HTML: the plain text and its entities, or the refusal that the real server gives."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
_TAG = re.compile(r"<(/?)([a-zA-Z-]+)((?:\s+[a-z-]+=(?:\"[^\"]*\"|'[^']*'))*)\s*>")


class Unreadable(Exception):
    """What the server says about HTML that it cannot read."""


@dataclass(frozen=True)
class Parsed:
    text: str
    entities: list[dict[str, object]]


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(markup: str) -> Parsed:
    """Raises Unreadable for an unknown, unclosed or wrongly nested tag."""
    text, entities, open_tags = "", [], []
    place = 0
    while place < len(markup):
        character = markup[place]
        if character == "&" and (found := _ENTITY.match(markup, place)):
            text += _character(found)
            place = found.end()
        elif character == "<":
            found = _TAG.match(markup, place)
            if not found or found[2].lower() not in TAGS:
                raise Unreadable(f"unsupported start tag at byte offset {place}")
            name = found[2].lower()
            if not found[1]:
                open_tags.append((name, units(text), found[3]))
            else:
                if not open_tags or open_tags[-1][0] != name:
                    raise Unreadable(f"unmatched end tag at byte offset {place}")
                _, offset, attributes = open_tags.pop()
                entity = {"type": TAGS[name], "offset": offset, "length": units(text) - offset}
                if name == "a":
                    address = re.search(r"href=[\"']([^\"']*)", attributes)
                    entity["url"] = _ENTITY.sub(_character, address[1]) if address else ""
                entities.append(entity)
            place = found.end()
        else:
            text += character
            place += 1
    if open_tags:
        raise Unreadable(f"can't find end tag corresponding to start tag {open_tags[-1][0]}")
    return Parsed(text, entities)


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name.startswith("#x"):
        return chr(int(name[2:], 16))
    if name.startswith("#"):
        return chr(int(name[1:]))
    return _NAMED.get(name, found[0])
