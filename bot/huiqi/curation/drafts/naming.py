"""Ids for what people call by a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

LONGEST_ID = 24


def initials(text: str) -> str:
    """Initials of the pinyin, for an id: 设备购置补贴 → sbgzbt."""
    # Loaded by those who make ids: its dictionary takes longer than the rest of a start.
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors="ignore"))
    return re.sub(r"[^a-z0-9]", "", letters.lower())[:LONGEST_ID]


def free_id(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """`wanted`, or with a number behind it, which nothing has yet."""
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, 100))]
    return next(name for name in names if not is_taken(name))


def called(said: str, items: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The id of the source or policy that is called so: by its id, its title, one of its names, or its number."""
    wanted = _plain(said)
    for key, item in items.items():
        names: Iterable[Any] = (
            key,
            item.get("title"),
            item.get("short_title"),
            item.get("document_number"),
            *(item.get("names") or ()),
        )
        if wanted and wanted in (_plain(str(name)) for name in names if name):
            return key
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\s《》“”\"]", "", name).casefold()
