"""The originals of the pack in force: in the folder that it came from, and documents that staff brought once their
source is published."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from huiqi.pack.identity import QUOTE_FOLDER, TEXT_FOLDER
from huiqi.store.faults import is_of_store

if TYPE_CHECKING:
    from huiqi.pack.model import Pack
    from huiqi.pack.originals import Place, SourceText, StatementQuote
    from huiqi.store.database import Database
    from huiqi.store.quotes import BroughtQuote, QuoteStore

T = TypeVar("T")
_ENTRY = re.compile(r"^([\w-]+):", re.MULTILINE)


class OriginalsAtHand:
    """The originals in `folder` (None: there are none) of `pack`, and those kept in `database`; `changed`: entries that
    are no more as in the folder. Nobody but staff reads in a document before its source is published."""

    def __init__(
        self,
        folder: Path | None,
        pack: Pack,
        changed: Collection[str] = (),
        database: Database | None = None,
    ) -> None:
        self._folder = folder
        self._pack = pack
        self._changed = changed
        self._database = database

    def texts(self) -> Sequence[SourceText]:
        from huiqi.formats.source_texts import read_source_texts

        texts = read_source_texts(self._folder)[0] if self._folder else []
        from huiqi.store.documents import DocumentStore

        if self._database is None or DocumentStore(self._database).is_empty():
            return texts
        from huiqi.curation.drafts.from_documents import published_texts

        known = {text.title for text in texts}
        brought = published_texts(DocumentStore(self._database), self._pack)
        return [*texts, *(text for text in brought if text.title not in known)]

    def quotes(self) -> Mapping[Place, Sequence[StatementQuote]]:
        from huiqi.curation.quotes import quotes_at_hand

        return quotes_at_hand(self._folder, self._pack, self._changed, self._brought())

    def quoted_entries(self) -> frozenset[str]:
        files = sorted((self._folder / QUOTE_FOLDER).glob("*.yaml")) if self._folder else []
        # A file is a mapping of entries: what stands at the left margin is one's id.
        written = {key for file in files for key in _ENTRY.findall(file.read_text(encoding="utf-8"))}
        return frozenset(written | set(self._told(lambda quotes: quotes.entries())))

    def files(self) -> dict[str, Any]:
        """The quotes as files beside the policies', for an export."""
        from huiqi.curation.quotes import held_quotes, quote_files

        held = held_quotes(self._folder, self._pack, self._changed, self._brought())
        return quote_files(held, self._pack)

    def documents(self) -> dict[str, str]:
        """The originals as files of documents/, for an export: those of the folder as they are, and those that staff
        brought."""
        from huiqi.formats.source_texts import written

        files = {}
        for text in self.texts():
            name = f"{TEXT_FOLDER}/{text.id}.md"
            path = self._folder / name if self._folder else None
            files[name] = path.read_text(encoding="utf-8") if path and path.is_file() else written(text)
        return files

    def _brought(self) -> list[BroughtQuote]:
        return list(self._told(lambda quotes: quotes.all()))

    def _told(self, read: Callable[[QuoteStore], Iterable[T]]) -> Iterable[T]:
        """What is read of the quotes of brought documents; nothing while the store is at fault, for answers go on
        without it."""
        if self._database is None:
            return ()
        from huiqi.store.quotes import QuoteStore

        try:
            return read(QuoteStore(self._database))
        except Exception as error:
            if not is_of_store(error):
                raise
            return ()
