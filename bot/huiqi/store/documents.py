"""Documents that staff brought: each file as it was with its SHA-256, who brought it, when and from which address; its
text; and what is being made of it, with every state before, so that each step can be taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

OPEN, SENT, DROPPED = "open", "sent", "dropped"


@dataclass(frozen=True)
class KeptDocument:
    """`written`: (kind, text) of each paragraph and row. `address`: where it was found, "" where nobody said. `work`: what
    is being made of it; `past`: its states before, the oldest first. `version` grows with each change."""

    id: int
    digest: str
    name: str
    written: tuple[tuple[str, str], ...]
    title: str
    address: str
    brought_by: str
    brought_at: str
    work: Any
    past: tuple[Any, ...]
    version: int
    state: str


_COLUMNS = "id, digest, name, written, title, address, brought_by, brought_at, work, past, version, state"


class DocumentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        digest: str,
        name: str,
        content: bytes,
        written: list[tuple[str, str]],
        title: str,
        address: str,
        by: str,
    ) -> int:
        with transaction(self._database) as connection:
            row = connection.execute(
                "insert into document (digest, name, content, written, title, address, brought_by, brought_at, "
                "past, version, state) values (?, ?, ?, ?, ?, ?, ?, ?, '[]', 1, ?) returning id",
                [digest, name, content, _dump(written), title, address, by, now(), OPEN],
            ).fetchone()
        return int(row[0])

    def with_digest(self, digest: str) -> KeptDocument | None:
        return self._one("digest = ?", digest)

    def get(self, number: int) -> KeptDocument | None:
        return self._one("id = ?", number)

    def all(self) -> list[KeptDocument]:
        """The newest first."""
        rows = self._database.conn.execute(f"select {_COLUMNS} from document order by id desc").fetchall()
        return [_document(row) for row in rows]

    def is_empty(self) -> bool:
        return self._database.conn.execute("select 1 from document limit 1").fetchone() is None

    def content(self, number: int) -> bytes | None:
        """The file as it was brought."""
        row = self._database.conn.execute("select content from document where id = ?", [number]).fetchone()
        return bytes(row[0]) if row else None

    def put(self, document: KeptDocument) -> KeptDocument:
        """Write what is being made of a document, and its state, as the next version."""
        newer = replace(document, version=document.version + 1)
        with transaction(self._database) as connection:
            connection.execute(
                "update document set work = ?, past = ?, version = ?, state = ? where id = ?",
                [_dump(newer.work), _dump(newer.past), newer.version, newer.state, newer.id],
            )
        return newer

    def _one(self, condition: str, value: str | int) -> KeptDocument | None:
        row = self._database.conn.execute(
            f"select {_COLUMNS} from document where {condition}", [value]
        ).fetchone()
        return _document(row) if row else None


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _document(row: tuple[Any, ...]) -> KeptDocument:
    known = dict(zip(_COLUMNS.split(", "), row, strict=True))
    known["written"] = tuple((kind, text) for kind, text in json.loads(known["written"]))
    known["work"] = json.loads(known["work"]) if known["work"] else None
    known["past"] = tuple(json.loads(known["past"]))
    return KeptDocument(**known)
