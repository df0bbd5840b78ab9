"""What to prepare for the entries that a self-check found, as one page to print."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date

from huiqi.eligibility.rules import TO_BE_HAD, Verdict
from huiqi.pack.model import UNKNOWN, Entry, Pack

TITLE = "申请材料清单"
_ROWS = (("可得", None), ("材料", "材料"), ("流程", "流程"), ("时限", "时限"), ("部门", "部门"))


def checklist(pack: Pack, verdicts: Sequence[Verdict], day: date) -> str:
    """The page as plain text, an entry a section, each line of it to be ticked off."""
    lines = [f"{TITLE}（{day.isoformat()}）", _disclaimer(pack)]
    for number, verdict in enumerate(_wanted(verdicts), 1):
        lines += ["", f"{number}. {_heading(pack, verdict)}"]
        for label, text in _rows(verdict.entry):
            lines.append(f"□ {label}：{text}" if "\n" not in text else f"□ {label}：\n{_indented(text)}")
        lines.append(f"　来源：{_sources(pack, verdict.entry)}")
    return "\n".join(lines)


def checklist_html(pack: Pack, verdicts: Sequence[Verdict], day: date) -> str:
    """The same page as a whole HTML document for a printer, without anything to load."""
    sections = []
    for verdict in _wanted(verdicts):
        entry = verdict.entry
        rows = "".join(
            f"<tr><th>{html.escape(label)}</th><td>{html.escape(text).replace(chr(10), '<br>')}</td></tr>"
            for label, text in _rows(entry)
        )
        sections.append(
            f"<section><h2>{html.escape(_heading(pack, verdict))}</h2>"
            f"<table>{rows}</table><p class=source>来源：{html.escape(_sources(pack, entry))}</p></section>"
        )
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{TITLE}</title><style>{_STYLE}</style>'
        f"<h1>{TITLE}</h1><p>{day.isoformat()}　{html.escape(_disclaimer(pack))}</p>{''.join(sections)}</html>"
    )


def _disclaimer(pack: Pack) -> str:
    hotline = pack.office.hotline
    check = f"请拨打 {hotline.number} 核实" if hotline else "请向主管部门核实"
    return f"以主管部门认定为准；清单按公开来源整理，写“{UNKNOWN}”的{check}。"


def _heading(pack: Pack, verdict: Verdict) -> str:
    level = f"{verdict.entry.level}，" if pack.office.has_levels else ""
    return f"{verdict.entry.short_title}（{level}{verdict.result}）"


def _wanted(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.result in TO_BE_HAD]


def _rows(entry: Entry) -> list[tuple[str, str]]:
    rows = []
    for label, facet in _ROWS:
        if facet is None:
            rows.append((label, entry.eligibility.amount if entry.eligibility else UNKNOWN))
            if entry.eligibility and entry.eligibility.also:
                rows.append(("还须", "；".join(entry.eligibility.also)))
        else:
            rows.append((label, entry.facets[facet].text or UNKNOWN))
    return rows


def _sources(pack: Pack, entry: Entry) -> str:
    ids = entry.eligibility.sources if entry.eligibility else entry.sources
    return "；".join(pack.sources[key].title for key in ids if key in pack.sources)


def _indented(text: str) -> str:
    return "\n".join(f"　　□ {line}" for line in text.splitlines())


_STYLE = (
    "body{font:14px/1.6 sans-serif;margin:2em auto;max-width:48em}h1{font-size:1.4em}h2{font-size:1.1em}"
    "section{break-inside:avoid}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}th{width:4em}"
    ".source{font-size:.85em;color:#555}"
)
