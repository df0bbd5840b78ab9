"""Charts as SVG, drawn on the server; patterns tell the parts apart without colour."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 240, 36, 26, 8


def stacked_bars(
    rows: Mapping[str, Mapping[str, int]], parts: Mapping[str, str], title: str, brings_fills: bool = True
) -> Markup:
    """A bar a row, stacked by `parts` (key → name). The table beneath the chart holds the same numbers. `brings_fills`:
    False for a further chart on a page, which takes the patterns of the first."""
    most = max((sum(row.values()) for row in rows.values()), default=0) or 1
    step = (WIDTH - LEFT) / max(len(rows), 1)
    scale = (HEIGHT - BOTTOM - TOP) / most
    shapes: list[str] = []
    for place, (label, row) in enumerate(rows.items()):
        level = float(HEIGHT - BOTTOM)
        for number, key in enumerate(parts):
            height = row[key] * scale
            if not height:
                continue
            level -= height
            shapes.append(
                f'<rect class="part" fill="url(#fill-{number})" x="{LEFT + place * step + 1:.1f}" '
                f'y="{level:.1f}" width="{max(step - 2, 1):.1f}" height="{height:.1f}">'
                f"<title>{escape(label)} {escape(parts[key])} {row[key]}</title></rect>"
            )
        if place % max(len(rows) // 7, 1) == 0:
            shapes.append(
                f'<text x="{LEFT + place * step + step / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
                f"{escape(label[5:])}</text>"
            )
    for tick in sorted({0, most // 2, most}):
        y = HEIGHT - BOTTOM - tick * scale
        shapes.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="tick"/>')
        shapes.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>')
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{_FILLS if brings_fills else ''}{''.join(shapes)}</svg>"
    )


_FILLS = (
    '<defs><pattern id="fill-0" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="ink-0"/></pattern>'
    '<pattern id="fill-1" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="paper"/><path d="M0 6L6 0" class="line-1"/></pattern>'
    '<pattern id="fill-2" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="paper"/><path d="M0 3H6M3 0V6" class="line-2"/></pattern>'
    '<pattern id="fill-3" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="paper"/><circle cx="3" cy="3" r="1.2" class="dot"/></pattern></defs>'
)
