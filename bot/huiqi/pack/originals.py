"""The words of originals: documents that are kept as text, and the quotes behind the statements of entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from huiqi.pack.model import Validity

Place = tuple[str, str, int]
"""Entry, facet, and number of the statement from 1."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A document as text, its paragraphs on lines of their own. `level`: one of the office's, None where nobody has
    said; `source`: the id of the source that it was read from, or where that is none of the pack's, what it was."""

    id: str
    title: str
    text: str
    source: str
    number: str | None = None
    issuer: str | None = None
    level: str | None = None
    issued: date | None = None
    validity: Validity = field(default_factory=lambda: Validity(None, None))
    url: str | None = None


@dataclass(frozen=True, slots=True)
class StatementQuote:
    """The exact `words` of a source behind a statement; `paragraph`: where they stand, by the document's own marks."""

    source: str
    paragraph: str
    words: str


@dataclass(frozen=True, slots=True)
class QuotedPassage:
    """A passage as it was offered: the exact `words` at characters `start` up to `end` of document `doc`, and what was
    said of it. `source`: as people read it; `source_id`: among the pack's sources."""

    doc: str
    title: str
    place: str
    words: str
    start: int
    end: int
    source: str
    source_id: str | None = None
    issued: str | None = None
    valid_to: str | None = None
    url: str | None = None
