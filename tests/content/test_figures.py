"""Every figure of the pack stands in figures.txt with its source, so that none comes or changes unnoticed.

A line of figures.txt is `entry | facet | figure | sources`; `summary` is a facet here. It is written by hand,
after the figure was read in the source: nothing writes it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from huiqi.pack.model import Pack

TABLE = Path(__file__).parent / "figures.txt"
Place = tuple[str, str, str]
"""Entry, facet and figure."""

_UNIT = (
    r"%|％|成|倍|[万亿]?元|[万亿]?家|个?月份?|个?工作日|个?百分点|天|日|小时|分钟|秒|年"
    r"|平方米|户|人|名|项|栋|版|号|个方面|个社区|个园区|个"
)
_NUMBER = r"\d+(?:\.\d+)?余?(?:[至—~-]\d+(?:\.\d+)?)?"
_CHINESE = r"(?<![哪同上下])[零一二两三四五六七八九十百千万半]+"
FIGURE = re.compile(
    "|".join(
        (
            r"\d{4}-\d{2}-\d{2}(?:至\d{2}-\d{2})?",  # 2022-04-01至06-30
            r"〔\d{4}〕\d+号",  # a document's number
            r"\d{4}年第\d+号",
            r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日(?:\d{1,2}时)?)?",
            r"0\d{2,3}-\d{7,8}|(?<!\d)12\d{3}(?!\d)|1[3-9]\d{9}",  # phone numbers
            rf"第{_NUMBER}条",
            rf"{_NUMBER}(?:{_UNIT})(?:（含）)?",
            rf"{_CHINESE}(?:个(?:工作)?[月日]|个?工作日|小时|天|万元|倍|年(?!级))",
            r"\d+\.\d+",  # 21.75
        )
    )
)


def figures_of(text: str) -> list[str]:
    """The figures of a text in their order, each once: numbers with a unit, dates, phone numbers."""
    return list(dict.fromkeys(found for found in FIGURE.findall(text) if found != "12345"))


def _held(pack: Pack) -> dict[Place, tuple[str, ...]]:
    """Every figure of summaries and facets, with the sources of the text that it stands in."""
    return {
        (entry.id, name, figure): facet.sources
        for entry in pack.entries.values()
        for name, facet in [("summary", entry.summary), *entry.facets.items()]
        for figure in figures_of(facet.text or "")
    }


def _table() -> dict[Place, tuple[str, ...]]:
    table: dict[Place, tuple[str, ...]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        entry, facet, figure, sources = (cell.strip() for cell in line.split("|"))
        assert (entry, facet, figure) not in table, f"figures.txt has this line twice: {line}"
        table[entry, facet, figure] = tuple(sources.split())
    return table


def _lines(places: list[Place]) -> str:
    return "\n".join(f"{' | '.join(place)} | 来源编号" for place in places)


def test_every_figure_of_the_pack_is_in_the_table(pack: Pack) -> None:
    table = _table()
    missing = [place for place in _held(pack) if place not in table]
    assert not missing, (
        "figures that nobody has checked. Read each in its source; if the source says it, add its line to "
        f"tests/content/figures.txt with the number of the source, else take it out of the pack:\n{_lines(missing)}"
    )


def test_every_line_of_the_table_is_a_figure_of_the_pack(pack: Pack) -> None:
    held = _held(pack)
    stale = [place for place in _table() if place not in held]
    assert not stale, (
        f"figures that the pack no longer holds: take out of tests/content/figures.txt\n{_lines(stale)}"
    )


def test_every_figure_has_a_source_of_its_own_text(pack: Pack) -> None:
    held = _held(pack)
    wrong = [
        f"{' | '.join(place)}: {' '.join(sources) or 'no source'}; its text cites {' '.join(held[place])}"
        for place, sources in _table().items()
        if place in held and not (sources and set(sources) <= set(held[place]))
    ]
    assert not wrong, "sources in tests/content/figures.txt that the text does not cite:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("按20%贴息，最高20万元、不超过6个月。", ["20%", "20万元", "6个月"]),
        ("2020年2月1日至6月30日，2—6月", ["2020年2月1日", "6月30日", "2—6月"]),
        ("2020年2月9日24时", ["2020年2月9日24时"]),
        ("2022-04-01至06-30", ["2022-04-01至06-30"]),
        ("不超过三个月，半个月以上，两个月", ["三个月", "半个月", "两个月"]),
        ("70余万家、4000余家", ["70余万家", "4000余家"]),
        ("0755-83878729，12366，可拨12345", ["0755-83878729", "12366"]),
        ("基数×50%÷21.75×天数", ["50%", "21.75"]),
        ("人社部发〔2020〕11号，10个工作日内", ["〔2020〕11号", "10个工作日"]),
        ("1. 申请表\n2. 委托书", []),
    ],
)
def test_what_a_figure_is(text: str, figures: list[str]) -> None:
    assert figures_of(text) == figures
