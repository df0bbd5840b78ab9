"""A YAML file as data with positions, so that every message can name its line.

PyYAML keeps line marks on its nodes only; here each node's path (`entries.3.facets.对象`) is kept with
its position while the node is turned into plain data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from huiqi.formats.problem import Problem

Location = tuple[str | int, ...]

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _DatesAsText(_Loader):  # type: ignore[misc]
    """Leaves dates as text: an impossible date is then a message of ours, not a crash of the parser."""


_DatesAsText.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()  # type: ignore[attr-defined]
}


@dataclass(frozen=True)
class Document:
    """One parsed YAML file. `positions` maps a path to its (line, column), both counted from 1."""

    name: str
    data: Any
    positions: dict[Location, tuple[int, int]]
    lines: tuple[str, ...]

    def problem(self, location: Location, message: str, remedy: str) -> Problem:
        """A problem at `location`, or at the nearest enclosing place that stands in the file."""
        place = location
        while place and place not in self.positions:
            place = place[:-1]
        line, column = self.positions.get(place, (1, 1))
        excerpt = self.lines[line - 1] if line <= len(self.lines) else ""
        name = ".".join(str(part + 1) if isinstance(part, int) else part for part in location) or "文件"
        return Problem(self.name, line, column, name, message, remedy, excerpt)


def read_document(path: Path, name: str) -> Document | Problem:
    """Parse one file; a Problem where it is empty, not UTF-8, or no YAML."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Problem(name, line, 1, "文件", "文件不是 UTF-8 编码", "用编辑器“另存为”，编码选 UTF-8，再导入")
    lines = tuple(text.splitlines())
    if not text.strip():
        return Problem(name, 1, 1, "文件", "文件是空的", "写入内容，或删去这个文件")
    try:
        node = yaml.compose(text, Loader=_DatesAsText)
    except yaml.MarkedYAMLError as error:
        return _syntax_problem(name, lines, error)
    except yaml.YAMLError as error:
        return Problem(name, 1, 1, "文件", f"不是合法的 YAML：{error}", "删去文中不可见的控制字符")
    if node is None:
        return Problem(name, 1, 1, "文件", "文件里只有注释，没有内容", "写入内容，或删去这个文件")
    repeated = next(_repeated_keys(node), None)
    if repeated is not None:
        key, mark = repeated
        return Problem(
            name,
            mark.line + 1,
            mark.column + 1,
            key,
            f"字段“{key}”写了两次",
            "只留一个，另一个的内容并进来或删去",
            lines[mark.line],
        )
    positions: dict[Location, tuple[int, int]] = {}
    data = _plain(node, (), positions)
    return Document(name, data, positions, lines)


def _syntax_problem(name: str, lines: tuple[str, ...], error: yaml.MarkedYAMLError) -> Problem:
    # A bracket left open is noticed later only; it stands where the list began.
    is_open = str(error.context).startswith("while parsing a flow")
    mark = (error.context_mark if is_open else None) or error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    column = mark.column if mark else 0
    # The parser often notices on the line after the one at fault; a tab is always the fault itself.
    with_tab = [number for number, content in enumerate(lines) if "\t" in content]
    if with_tab and any(number <= line for number in with_tab):
        line = max(number for number in with_tab if number <= line)
        column = lines[line].index("\t")
        message, remedy = "缩进里用了制表符（Tab），YAML 只认空格", "把 Tab 换成两个空格"
    else:
        message = f"不是合法的 YAML（{error.problem or error.context}）"
        remedy = "检查这一行和上一行的缩进、冒号后的空格和引号；文字里有冒号加空格时整句加引号"
    line = min(line, max(len(lines) - 1, 0))
    return Problem(name, line + 1, column + 1, "文件", message, remedy, lines[line] if lines else "")


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, yaml.Mark]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield str(key.value), key.start_mark
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value)


def _plain(node: yaml.Node, location: Location, positions: dict[Location, tuple[int, int]]) -> Any:
    positions.setdefault(location, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        result = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*location, key)
            positions[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            result[key] = _plain(value_node, here, positions)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*location, index), positions) for index, item in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return node.value
    if node.tag == "tag:yaml.org,2002:float" and isinstance(node, yaml.ScalarNode) and node.style is None:
        try:
            return float(node.value)
        except ValueError:
            return node.value
    return node.value
