"""An entry's alternates (相似问) as they are written: a plain list, or lists by the aspects that they ask.

A group's name is an aspect (标准), several joined by 、 (标准、时限), or 整体, for what asks none in particular. A plain
list reads as 整体. In the form and in differences an alternate is a line, its group in brackets before it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from huiqi.pack.model import ASPECTS, WHOLE

Written = list[str] | dict[str, list[str]]
Grouped = tuple[str, str]
"""(name of the group, alternate)."""

GROUP_NAMES = f"{'、'.join(ASPECTS)}，几个一起问的用顿号连起来（标准、时限），不问哪一方面的写“{WHOLE}”"
_JOINT = "、"
_SEPARATORS = re.compile(r"[、,，;；/／+＋和\s]+")
_LINE = re.compile(r"[\[［【]([^\]］】]*)[\]］】](.*)", re.DOTALL)
_ALIKE = 0.5
"""difflib's ratio of two names of two characters that have one in common."""


def aspects_of(group: str) -> tuple[str, ...] | None:
    """The aspects that a group's name says, () for 整体; None where it is no name of a group."""
    if group == WHOLE:
        return ()
    names = tuple(group.split(_JOINT))
    return names if set(names) <= set(ASPECTS) and len(set(names)) == len(names) else None


def nearest_group(group: str) -> str | None:
    """The name that somebody who wrote `group` most likely meant, or None where nothing comes near."""
    names: list[str] = []
    for part in filter(None, _SEPARATORS.split(group)):
        close = difflib.get_close_matches(part, (*ASPECTS, WHOLE), 1, _ALIKE)
        if not close:
            return None
        names += close
    asked = [name for name in dict.fromkeys(names) if name != WHOLE]
    return _JOINT.join(asked) or (WHOLE if names else None)


def pairs(written: Any) -> list[Grouped]:
    """Every alternate with its group, in the order of the file."""
    if isinstance(written, Mapping):
        return [(group, text) for group, texts in written.items() for text in texts]
    return [(WHOLE, text) for text in written or ()]


def texts_of(written: Any) -> list[str]:
    """The alternates alone, in the order of the file."""
    return [text for _, text in pairs(written)]


def gathered(found: Iterable[Grouped], like: Any = None) -> Written:
    """Alternates as they are written: a plain list where nothing says an aspect. `like`: how they were written
    before; groups keep their order, and where the same is said it is written the same."""
    groups: dict[str, list[str]] = {}
    for group, text in found:
        groups.setdefault(group, []).append(text)
    before = list(like) if isinstance(like, Mapping) else []
    new = [group for group in groups if group not in before]
    made: Written = {group: groups[group] for group in (*before, *new) if group in groups}
    if set(made) <= {WHOLE}:
        made = groups.get(WHOLE, [])
    same = like is not None and pairs(like) == pairs(made)
    return like if same else made


def with_more(written: Any, texts: Collection[str]) -> Written:
    """With `texts` at the end; in groups, at the end of 整体."""
    if isinstance(written, Mapping):
        return {**written, WHOLE: [*written.get(WHOLE, ()), *texts]} if texts else dict(written)
    return [*(written or ()), *texts]


def without(written: Any, gone: Collection[str]) -> Written:
    """Without `gone`, and without the groups that lose their last alternate by it."""
    if not isinstance(written, Mapping):
        return [text for text in written or () if text not in gone]
    left = {group: [text for text in texts if text not in gone] for group, texts in written.items()}
    return {group: texts for group, texts in left.items() if texts or not written[group]}


def group_named(said: str) -> str:
    """A group's name as people type it: any separator will do, nothing is 整体. What is no name stays as it is."""
    name = _JOINT.join(filter(None, _SEPARATORS.split(said)))
    if not name:
        return WHOLE
    return name if aspects_of(name) is not None else said.strip()


def lines_of(written: Any) -> list[str]:
    """Each alternate as a line: `[标准] 贴息能补多少`, without brackets where it asks none in particular."""
    return [
        f"[{group}] {text}" if group != WHOLE or _LINE.match(text) else text for group, text in pairs(written)
    ]


def pairs_of(lines: Iterable[str]) -> list[Grouped]:
    """What lines in a form say: the inverse of `lines_of`."""
    found: list[Grouped] = []
    for line in lines:
        bracketed = _LINE.match(line)
        if bracketed:
            found.append((group_named(bracketed[1]), bracketed[2].strip()))
        else:
            found.append((WHOLE, line))
    return found
