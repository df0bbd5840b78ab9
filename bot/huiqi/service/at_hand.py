"""The originals of the pack in force, from the folder that it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huiqi.answering.originals import Place
    from huiqi.pack.model import Pack
    from huiqi.pack.originals import SourceText, StatementQuote


class FolderOriginals:
    """The originals in `folder` (None: there are none) of `pack`; `changed`: entries that are no more as there."""

    def __init__(self, folder: Path | None, pack: Pack, changed: Collection[str] = ()) -> None:
        self._folder = folder
        self._pack = pack
        self._changed = changed

    def texts(self) -> Sequence[SourceText]:
        from huiqi.formats.source_texts import read_source_texts

        return read_source_texts(self._folder)[0] if self._folder else []

    def quotes(self) -> Mapping[Place, Sequence[StatementQuote]]:
        from huiqi.curation.quotes import quotes_at_hand

        return quotes_at_hand(self._folder, self._pack, self._changed) if self._folder else {}
