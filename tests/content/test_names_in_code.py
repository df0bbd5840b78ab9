"""What the shipped pack names stands in the pack alone: any office may use the program."""

from __future__ import annotations

import re

from huiqi.pack.model import Pack

from tests.conftest import ROOT

SHIPPED_NAMES = ("ours", "other_districts", "other_cities", "other_provinces")
SAID_ANYWHERE = frozenset({"我区", "本区", "区里", "区内", "全区", "区级", "区一级"})
"""What the shipped pack counts among its places, and any office may say of its own."""


def test_no_place_hotline_year_or_document_number_stands_in_code(pack: Pack) -> None:
    names = {name for field in SHIPPED_NAMES for name in getattr(pack.places, field)} - SAID_ANYWHERE
    names |= {name for level in pack.office.levels for name in level.places}
    known = sorted((name for name in names if len(name) > 1), key=len, reverse=True)
    hotline = pack.office.hotline
    assert hotline is not None
    told = re.compile(
        rf"惠企\d+条|hq15|(?<!\d){hotline.number}(?!\d)"
        # A year as part of a day, of a name or of a document's number; not that of a standard or a paper.
        r"|(?<!\d)20[0-3]\d(?=年|-\d\d-\d\d|[〕\]])"
    )
    bot = ROOT / "bot" / "huiqi"
    texts = {
        file: file.read_text(encoding="utf-8")
        for file in sorted(bot.rglob("*"))
        if file.suffix in (".py", ".html", ".js", ".css", ".yaml")
    }
    # Of the names hardly one stands anywhere: a look for each is quicker than one for all of them at each letter.
    suspects = {file: [name for name in known if name in text] for file, text in texts.items()}
    found = [
        f"{file.relative_to(ROOT)}:{number}: {word}"
        for file, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        for word in (
            *(name for name in suspects[file] if name in line),
            *(match[0] for match in told.finditer(line)),
        )
    ]
    assert not found, "\n".join(found)
