"""Wording that claims more than was found: 没有查到 is not 没有公开, and a measure does not outlive its own period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from huiqi.curation.quotes import statements_of
from huiqi.pack.model import Entry, Pack

_NOT_PUBLISHED = re.compile("没有公开|未公开|没公开|不公开|只公开|没有公布|未公布|没公布")
_ONLY = re.compile(
    r"只(?:算|资助|支持|补|减|给)[^。；]*?(?P<year>20\d\d)年[^。；]*?(?:到|至)(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
)


def unfounded_claims(pack: Pack) -> Iterator[str]:
    """What is claimed beyond what was found, each as a sentence with where it stands."""
    for entry in pack.entries.values():
        for (_, facet, _), text, _ in statements_of(entry):
            if _NOT_PUBLISHED.search(text):
                yield f"没有查到不等于没有公布，请改写 {entry.id} 的“{facet}”：{text}"
        for text, last in _own_periods(entry):
            if entry.validity.end is None or entry.validity.end > last:
                end = entry.validity.end.isoformat() if entry.validity.end else "未查明"
                yield f"{entry.id} 的有效期止是{end}，文字却写“{text}”，请写上它自己的 valid_to"


def _own_periods(entry: Entry) -> Iterator[tuple[str, date]]:
    """What an entry says of the period that alone counts, with the last day of it."""
    texts = [entry.summary.text, entry.validity.note, *(facet.text for facet in entry.facets.values())]
    texts.append(entry.eligibility.amount if entry.eligibility else None)
    for found in _ONLY.finditer("。".join(filter(None, texts))):
        yield found[0], date(int(found["year"]), int(found["month"]), int(found["day"]))
