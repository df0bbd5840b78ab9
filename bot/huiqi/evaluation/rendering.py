"""A report as people read it: headline figures, tables, misses, and the change since the previous run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huiqi.evaluation.judging import Outcome
from huiqi.evaluation.measures import MEASURES
from huiqi.evaluation.report import Report
from huiqi.pack.model import WHOLE

NOTICED = 0.0005
"""A figure that moved by less than this is the same."""
_VERDICTS = {"wrong": "答错", "missed": "没答", "false": "误答", "offered": "给了按钮"}
_FLAWS = {
    "first": "第一句没答到",
    "aspect": "方面不对",
    "unknown": "问整条却答“未查明”",
    "partial": "没答全",
}
_GROUPED = ("题数", "答对", "按钮里", "答错")


def render(report: Report, previous: Mapping[str, Any] | None = None) -> str:
    """The whole report as text. `previous`: the JSON form of an earlier one, to compare with."""
    return "\n".join(
        [
            "问答测量",
            "",
            *_figures(report, previous or {}),
            *_table("按问法", ("问法", *_GROUPED), report.by_style()),
            *_table("按政策", ("政策", *_GROUPED), report.by_policy()),
            *_table("按问的方面（条目答对的）", ("方面", "题数", "方面对"), report.by_aspect()),
            *_table("不该答的，按种类", ("种类", "题数", "误答"), report.by_kind()),
            *_wrapped(report),
            *_table("校准", ("置信度", "题数", "平均置信度", "答对"), _reliability(report)),
            *_misses(report, previous),
            *_flawed(report, previous),
        ]
    )


def _figures(report: Report, previous: Mapping[str, Any]) -> Iterator[str]:
    rates, counts, before = report.rates(), report.counts(), previous.get("rates", {})
    for measure in MEASURES:
        if measure.key not in rates:
            continue
        value = rates[measure.key]
        earlier = before.get(measure.key, value)
        change = f"（上次 {measure.written(earlier)}）" if abs(earlier - value) >= NOTICED else ""
        true, rows = counts.get(measure.key, (0, 0))
        yield f"  {measure.name}：{measure.written(value)}{change}" + (f"  {true}/{rows}" if rows else "")
    if report.median_length is not None:
        # Nothing was answered in the measurement before where it holds no length.
        earlier = previous.get("median_length") or report.median_length
        change = f"（上次 {earlier:.0f}）" if earlier != report.median_length else ""
        yield f"  答案长度（中位数）：{report.median_length:.0f} 字{change}"


def _wrapped(report: Report) -> list[str]:
    """The wrappers, the most harmful first."""
    rows = sorted(report.wrapped, key=lambda figures: (figures.same, figures.same_entry))
    table = [(figures.wrapper, figures.asked, figures.same_entry, figures.same) for figures in rows]
    return _table("套上寒暄、自述再问", ("说法", "题数", "条目不变", "条目和方面都不变"), table)


def _reliability(report: Report) -> list[tuple[str, int, str, str]]:
    return [(name, count, f"{mean:.2f}", f"{right:.2f}") for name, count, mean, right in report.reliability()]


def _misses(report: Report, previous: Mapping[str, Any] | None) -> Iterator[str]:
    misses = report.misses()
    if misses:
        yield from ("", f"没答对的 {len(misses)} 题：")
    for item in misses:
        guesses = "、".join(f"{entry} {score:.2f}" for entry, score in item.reply.candidates) or "无"
        wanted = "、".join(item.row.accept) or "不回答"
        yield f"  {item.row.id}{_new(item, previous, 'misses')} {_VERDICTS[item.verdict]}：{item.row.question}"
        yield f"      应为 {wanted}；得到 {guesses}"
        if item.explanation:
            yield f"      原因：{item.explanation}"
        if item.remedy:
            yield f"      改法：{item.remedy}"
    gone = _known(previous, "misses") - {item.row.id for item in misses}
    if gone:
        yield f"比上次改好的：{'、'.join(sorted(gone))}"


def _flawed(report: Report, previous: Mapping[str, Any] | None) -> Iterator[str]:
    flawed = report.flawed
    if flawed:
        yield from ("", f"条目对、没答到点上的 {len(flawed)} 题：")
    for item in flawed:
        flaws = "、".join(_FLAWS[flaw] for flaw in item.flaws)
        yield f"  {item.row.id}{_new(item, previous, 'flawed')} {flaws}：{item.row.question}"
        if item.row.asked is not None:
            yield f"      应答 {_aspects(item.row.asked)}；答了 {_aspects(item.reply.aspects)}"
        if "first" in item.flaws:
            yield f"      第一句应合 {item.row.first}；得到：{' / '.join(item.reply.firsts)}"


def _aspects(aspects: Sequence[str]) -> str:
    return "、".join(aspects) or WHOLE


def _new(item: Outcome, previous: Mapping[str, Any] | None, table: str) -> str:
    return "" if previous is None or item.row.id in _known(previous, table) else "（新）"


def _known(previous: Mapping[str, Any] | None, table: str) -> set[str]:
    return {row["id"] for row in (previous or {}).get(table, ())}


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    if not rows:
        return []
    widths = [max(_width(str(cell)) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = ["", title]
    for row in (header, *rows):
        cells = [
            str(cell) + " " * (width - _width(str(cell))) for cell, width in zip(row, widths, strict=True)
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
