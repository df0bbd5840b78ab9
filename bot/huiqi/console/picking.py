"""Fields that name sources, policies or entries: shown by what these are called, one a line of the form, ids behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from huiqi.curation.drafts.catalogue import Catalogue

MARK = "~"
"""Between a field's name and the number of its line."""


def shown(catalogue: Catalogue, kind: str, named: Iterable[str]) -> list[str]:
    """What stands in the lines of a field."""
    names = catalogue.names(kind)
    return [names.get(one, one) for one in named]


def sent(form: Mapping[str, Any], field: str, kind: str, catalogue: Catalogue) -> list[str]:
    """The ids that the lines of a field say, or the field itself where it came as one text."""
    lines = [
        (int(found[1]), str(value))
        for name, value in form.items()
        if (found := re.fullmatch(re.escape(field + MARK) + r"(\d{1,4})", name))
    ]
    said = [text for _, text in sorted(lines)] or str(form.get(field, "")).split("\n")
    return catalogue.ids_of(kind, said)
