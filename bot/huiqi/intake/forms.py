"""The words of official documents, from a table that staff can extend: forms.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

LONGEST_LABEL = 8
"""Characters that may stand before the word that a heading ends in: 设备补贴标准."""


LONGEST_CONTENTS = 4
"""Characters: 优惠内容; a longer heading names a measure."""


@dataclass(frozen=True)
class Forms:
    """`headings`: facet → what a heading of it ends in; `no_measure`: headings under which there is no measure;
    `kinds`: what the title of a document ends in; `acts`: what a heading begins with that names a measure; `nothing`:
    headings under which nothing is to be told; `contents`: what a heading ends in under which there is everything of a
    measure (优惠内容)."""

    headings: Mapping[str, tuple[str, ...]]
    no_measure: tuple[str, ...]
    kinds: tuple[str, ...]
    acts: tuple[str, ...]
    nothing: tuple[str, ...]
    contents: tuple[str, ...]

    def facet_of(self, heading: str) -> str | None:
        """The facet that a heading says by itself; None where it names a measure, or nothing."""
        bare = heading.strip(" 　：:。【】")
        if bare.startswith(self.acts):
            return None
        found = [
            (len(word), facet)
            for facet, words in self.headings.items()
            for word in words
            if bare.endswith(word) and len(bare) <= len(word) + LONGEST_LABEL
        ]
        return max(found)[1] if found else None

    def is_contents(self, heading: str) -> bool:
        bare = heading.strip(" 　：:。【】")
        return len(bare) <= LONGEST_CONTENTS and bare.endswith(self.contents)

    def holds_no_measure(self, heading: str) -> bool:
        return _is_one_of(heading, self.no_measure)

    def holds_nothing(self, heading: str) -> bool:
        return _is_one_of(heading, self.nothing)

    def is_title(self, text: str) -> bool:
        return text.endswith(self.kinds)


def _is_one_of(heading: str, words: tuple[str, ...]) -> bool:
    bare = heading.strip(" 　：:。【】")
    return any(bare.startswith(word) and len(bare) <= len(word) + 2 for word in words)


@cache
def forms() -> Forms:
    written = yaml.safe_load((Path(__file__).parent / "forms.yaml").read_text(encoding="utf-8"))
    return Forms(
        {facet: tuple(words) for facet, words in written["headings"].items()},
        tuple(written["no_measure"]),
        tuple(written["kinds"]),
        tuple(written["acts"]),
        tuple(written["nothing"]),
        tuple(written["contents"]),
    )
