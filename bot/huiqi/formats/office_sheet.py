"""office.yaml as rows of a sheet: what people call each line of it, and what they write there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from huiqi.formats.columns import YES, Column, lines, normalised, value_of, written
from huiqi.pack.office import DEFAULT_TIME_ZONE

_LEVELS, _WORDS, _PLACES = "levels", "levels.words", "levels.places"

OFFICE_ROWS = (
    Column("名称", "name", "optional", "机器人怎么称呼自己，例如 办事小助手"),
    Column("简介", "about", "optional", "一句话说它是什么，写在网页和终端的开头"),
    Column("单位", "organisation", "optional", "哪个单位办的；单位自己写的答案署它的名"),
    Column("地方", "place", "optional", "管哪里；问到别处时说得清楚"),
    Column("来问的人", "askers", "optional", "谁来问，例如 本县的企业"),
    Column("热线号码", "hotline.number", "optional", "答不上时打哪里；没有就空着"),
    Column("热线名称", "hotline.name", "optional", "例如 便民热线"),
    Column("热线别处也通", "hotline.everywhere", "yes", f"别处也拨这个号码就写“{YES}”"),
    Column("时区", "time_zone", "optional", f"空着就是 {DEFAULT_TIME_ZONE}"),
    Column("层级", _LEVELS, "levels", "政策有哪几级，从近到远，一行一个；空着就只有一级，哪里都不提层级"),
    Column(
        "层级的说法", _WORDS, "levels", "大家怎么说这一级，一行一级，例如 县：县里、县级；不写就从名称推出来"
    ),
    Column("层级的地名", _PLACES, "levels", "这一级的地名，一行一级，写法同上"),
    Column("开头的话", "greeting", "optional", "对话的第一句话；空着就用名称和地方说"),
    Column("介绍自己", "introduction", "optional", "问到别处的事时，怎么说自己管什么"),
    Column("例子", "examples", "rows", "给人看的例子，都是答得上的问题，一行一个；空着就用前几条的标准问"),
    Column("年份", "year", "optional", "没有任何日期的条目说的是哪一年；空着就什么年份问都可以答"),
    Column("公告", "notice.text", "optional", "到期以前先给大家看的一句话；没有就空着"),
    Column("公告到哪天", "notice.until", "own_day", "有公告就要写，过了这天不再显示"),
    Column("另外放假的日子", "days_off", "days", "本单位自己放假的日子，年-月-日，一行一天"),
    Column("另外上班的日子", "days_worked", "days", "本单位自己加班的日子，年-月-日，一行一天"),
)


def office_cells(office: Mapping[str, Any]) -> dict[str, str]:
    """What each row says of `office` (the data of office.yaml), by its name."""
    return {row.heading: _cell(office, row) for row in OFFICE_ROWS}


def normalised_cell(cell: Any, row: Column) -> str:
    """A cell as `office_cells` would have written it. Raises ValueError (message, remedy)."""
    text = normalised(cell, Column(row.heading, row.field, "rows") if row.form == "levels" else row)
    if row.form != "levels":
        return text
    if row.field == _LEVELS:
        return "\n".join(lines(text))
    return "\n".join(f"{name}：{'、'.join(words)}" for name, words in _by_level(text).items())


def office_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """The data of office.yaml that these rows say: the inverse of `office_cells`. Raises ValueError (message, remedy,
    name of the row) where words are given for a level that there is not."""
    made: dict[str, Any] = {}
    for row in OFFICE_ROWS:
        text = cells.get(row.heading, "")
        key, _, part = row.field.partition(".")
        if row.form == "levels":
            if row.field == _LEVELS:
                made |= _levels(cells)
        elif text and part:
            made.setdefault(key, {})[part] = value_of(text, row)
        elif text:
            made[key] = value_of(text, row)
    return made


def _cell(office: Mapping[str, Any], row: Column) -> str:
    if row.form != "levels":
        return written(office, row)
    levels = [{"name": level} if isinstance(level, str) else level for level in office.get(_LEVELS) or ()]
    if row.field == _LEVELS:
        return "\n".join(level["name"] for level in levels)
    part = row.field.partition(".")[2]
    return "\n".join(f"{level['name']}：{'、'.join(level[part])}" for level in levels if level.get(part))


def _levels(cells: Mapping[str, str]) -> dict[str, Any]:
    heading = {row.field: row.heading for row in OFFICE_ROWS}
    names = lines(cells.get(heading[_LEVELS], ""))
    made: dict[str, dict[str, Any]] = {name: {"name": name} for name in names}
    for field in (_WORDS, _PLACES):
        for name, words in _by_level(cells.get(heading[field], "")).items():
            if name not in made:
                remedy = f"写成“层级：说法、说法”，层级只能是 {'、'.join(names) or '“层级”一行里写的'}"
                raise ValueError(f"没有“{name}”这一级", remedy, heading[field])
            made[name][field.partition(".")[2]] = words
    levels = [level if len(level) > 1 else level["name"] for level in made.values()]
    return {_LEVELS: levels} if levels else {}


def _by_level(text: str) -> dict[str, list[str]]:
    """`县：县里、县级` a line → name of the level → words."""
    found: dict[str, list[str]] = {}
    for line in filter(str.strip, text.split("\n")):
        name, _, words = line.replace(":", "：").partition("：")
        found[name.strip()] = lines(words)
    return found


def shown(cells: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    """The rows of the sheet: name, content, what to write."""
    return ((row.heading, cells.get(row.heading, ""), row.help) for row in OFFICE_ROWS)
