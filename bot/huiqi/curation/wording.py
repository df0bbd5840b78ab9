"""Wording that claims more than was found: 没有查到 is not 没有公开."""

from __future__ import annotations

import re

from huiqi.curation.quotes import statements_of
from huiqi.pack.model import Pack

_NOT_PUBLISHED = re.compile("没有公开|未公开|没公开|不公开|只公开|没有公布|未公布|没公布")


def unfounded_claims(pack: Pack) -> list[str]:
    """The statements that say of what was not found that it was not published, each with where it stands."""
    found = ((place, text) for entry in pack.entries.values() for place, text, _ in statements_of(entry))
    return [f"{place[0]} 的“{place[1]}”：{text}" for place, text in found if _NOT_PUBLISHED.search(text)]
