"""Puts the alternates of an entry into groups inside its YAML text, so that everything else stays as people wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from huiqi.formats.alternates import GROUP_NAMES, aspects_of

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class _Written:
    """An alternate as it stands: its text, its YAML with the quotes, and the comments that hold from it on."""

    text: str
    source: str
    comments: tuple[str, ...]


def regroup(document: str, entry: str, groups: Mapping[str, Sequence[str]]) -> str:
    """`document` (the text of a policy's file) with the alternates of `entry` in `groups`: name → alternates.

    Alternates keep their quotes and, inside a group, their order; a comment above some of them (口语, 正式 …) stands
    above them in each group. Nothing else changes. Raises ValueError where the file has no such entry, a group's
    name is none, or `groups` does not hold each of its alternates once.
    """
    for group in groups:
        if aspects_of(group) is None:
            raise ValueError(f"相似问没有“{group}”这一组；组名只能是 {GROUP_NAMES}")
    key, value = _alternates_of(document, entry)
    lines = document.splitlines(keepends=True)
    items = list(_items(lines, key, value))
    said = sorted(text for texts in groups.values() for text in texts)
    if said != sorted(item.text for item in items):
        odd = sorted({*said} ^ {item.text for item in items}) or said
        raise ValueError(f"{entry} 的相似问和分组对不上：{'、'.join(odd[:3])}")
    margin = " " * key.start_mark.column
    head, last = _edges(lines, key, value)
    made = [head]
    for group, texts in groups.items():
        made.append(f"{margin}  {group}:\n")
        told: tuple[str, ...] = ()
        for item in (item for item in items if item.text in texts):
            if item.comments != told:
                told = item.comments
                made += [f"{margin}    {comment}\n" for comment in told]
            made.append(f"{margin}    - {item.source}\n")
    changed = "".join([*lines[: key.start_mark.line], *made, *lines[last + 1 :]])
    wanted = [item.text for texts in groups.values() for item in items if item.text in texts]
    if [leaf.value.strip() for leaf in _leaves(_alternates_of(changed, entry)[1])] != wanted:
        raise ValueError(f"{entry} 的相似问里有跨行的写法，请先改成一行一句")
    return changed


def _alternates_of(document: str, entry: str) -> tuple[Any, Any]:
    """Key and value of the entry's alternates."""
    root = yaml.compose(document, Loader=_Loader)
    for node in _child(root, "entries").value:
        if _child(node, "id").value == entry:
            return next((key, value) for key, value in node.value if key.value == "alternates")
    raise ValueError(f"文件里没有条目 {entry}")


def _child(node: Any, name: str) -> Any:
    return next(value for key, value in node.value if key.value == name)


def _lists(value: Any) -> list[list[Any]]:
    """The alternates of each group; of one where there are no groups yet."""
    if isinstance(value, yaml.MappingNode):
        return [list(group.value) for _, group in value.value]
    return [list(value.value)]


def _leaves(value: Any) -> list[Any]:
    return [leaf for leaves in _lists(value) for leaf in leaves]


def _items(lines: Sequence[str], key: Any, value: Any) -> Iterator[_Written]:
    line = key.start_mark.line + 1
    for leaves in _lists(value):
        comments: tuple[str, ...] = ()
        for leaf in leaves:
            above = (text.strip() for text in lines[line : leaf.start_mark.line])
            comments = tuple(text for text in above if text.startswith("#")) or comments
            yield _Written(leaf.value.strip(), _source(lines, leaf), comments)
            line = leaf.end_mark.line + 1


def _source(lines: Sequence[str], leaf: Any) -> str:
    """An alternate's YAML with the comment behind it; one over several lines is joined by blanks, as YAML does."""
    start, end = leaf.start_mark, leaf.end_mark
    inside = [*lines[start.line : end.line], lines[end.line][: end.column]]
    inside[0] = inside[0][start.column :]
    rest = lines[end.line][end.column :].strip()
    return " ".join([*(part.strip() for part in inside), *([f" {rest}"] if rest.startswith("#") else [])])


def _edges(lines: Sequence[str], key: Any, value: Any) -> tuple[str, int]:
    """The line that is to stand first, with its comment, and the number of the last one, counted from 0."""
    leaves = _leaves(value)
    if leaves and not value.flow_style:
        return lines[key.start_mark.line], leaves[-1].end_mark.line
    end = value.end_mark
    margin, comment = " " * key.start_mark.column, lines[end.line][end.column :].rstrip()
    return f"{margin}alternates:{comment}\n", end.line
