"""The originals of the pack in force: in the folder that it came from, and among the documents that staff brought."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

    from huiqi.answering.originals import Place
    from huiqi.pack.model import Pack
    from huiqi.pack.originals import SourceText, StatementQuote
    from huiqi.store.documents import KeptDocument


class OriginalsAtHand:
    """The originals in `folder` (None: there are none) of `pack`, and those kept in `database`; `changed`: entries that
    are no more as in the folder."""

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

    def state(self) -> object:
        """How many documents staff brought, and their latest change."""
        if self._database is None:
            return None
        counted = "select count(*), sum(version) from document"
        return tuple(self._database.conn.execute(counted).fetchone())

    def texts(self) -> Sequence[SourceText]:
        from huiqi.formats.source_texts import read_source_texts

        texts = read_source_texts(self._folder)[0] if self._folder else []
        return [*texts, *self._brought({text.title for text in texts})]

    def quotes(self) -> Mapping[Place, Sequence[StatementQuote]]:
        from huiqi.curation.quotes import quotes_at_hand

        return quotes_at_hand(self._folder, self._pack, self._changed) if self._folder else {}

    def _brought(self, known: Collection[str]) -> list[SourceText]:
        """The documents that staff brought and did not drop, as far as they said where the public finds them."""
        from huiqi.store.documents import DROPPED, DocumentStore

        kept = DocumentStore(self._database).all() if self._database is not None else []
        public = [document for document in kept if document.address and document.state != DROPPED]
        texts = [self._text_of(document) for document in public]
        return [text for text in texts if text.title not in known]

    def _text_of(self, document: KeptDocument) -> SourceText:
        from huiqi.formats.source_texts import joined
        from huiqi.intake.blocks import kept_blocks
        from huiqi.intake.structure import outline_of
        from huiqi.pack.model import Validity
        from huiqi.pack.originals import SourceText

        blocks = kept_blocks(document.written)
        outline = outline_of(blocks, self._pack)
        title = outline.title or document.title
        return SourceText(
            id=f"document-{document.id}",
            title=title,
            text=joined([block.text for block in blocks]),
            source=f"《{title.strip('《》')}》",
            number=outline.document_number,
            issuer=outline.issuer,
            level=outline.level,
            issued=outline.issued,
            validity=Validity(outline.valid_from, outline.valid_to),
            url=document.address,
        )
