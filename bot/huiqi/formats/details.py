"""How people ask for one particular sentence of an entry, as staff write it: `问法；问法 → 那句话里的几个字`."""

from __future__ import annotations

import re

from huiqi.pack.model import Detail

ARROW = "→"
_ARROWS = re.compile(r"→|⇒|[-=—]+[>＞]")
_BETWEEN = re.compile(r"[；;]")


def begun(question: str) -> str:
    """A line for `question`, to be ended with words of the sentence that answers it."""
    return f"{_BETWEEN.sub('，', ' '.join(question.split()))} {ARROW} "


def detail_of(line: str) -> Detail:
    """What a line says; a later arrow is the sentence's own. Raises ValueError("detail") where it has no arrow, no question
    before it or no words after it."""
    parts = _ARROWS.split(line, maxsplit=1)
    if len(parts) != 2:
        raise ValueError("detail")
    questions = tuple(filter(None, (part.strip() for part in _BETWEEN.split(parts[0]))))
    words = parts[1].strip()
    if not questions or not words:
        raise ValueError("detail")
    return Detail(words, questions)
