"""Changes on their way to publication: at most one open draft an item, each save a new version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

OPEN_STATES = ("draft", "in_review", "approved")


@dataclass(frozen=True)
class Draft:
    """`state`: draft, in_review, approved, published or discarded. `content` None asks for deletion.
    `base_revision`: the published revision that it started from, None for a new item."""

    id: int
    kind: str
    item: str
    content: Any
    base_revision: int | None
    version: int
    state: str
    note: str
    editors: tuple[str, ...]
    created_at: str
    updated_at: str
    updated_by: str
    submitted_by: str | None = None
    submitted_at: str | None = None
    reviewed_by: str | None = None
    reviewed_at: str | None = None
    comment: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.item


class DraftStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: str, item: str, content: Any, base: int | None, author: str, note: str = "") -> Draft:
        """A new open draft. The database refuses a second one of the same item."""
        moment = now()
        with transaction(self._database) as connection:
            row = connection.execute(
                "insert into draft (kind, item, content, base_revision, version, state, note, editors, "
                "created_at, "
                "updated_at, updated_by) values (?, ?, ?, ?, 1, 'draft', ?, ?, ?, ?, ?) returning id",
                [kind, item, _dump(content), base, note, json.dumps([author]), moment, moment, author],
            ).fetchone()
        found = self.get(row[0])
        assert found is not None
        return found

    def get(self, number: int) -> Draft | None:
        row = self._database.conn.execute(_SELECT + " where id = ?", [number]).fetchone()
        return _draft(row) if row else None

    def open_of(self, kind: str, item: str) -> Draft | None:
        row = self._database.conn.execute(
            f"{_SELECT} where kind = ? and item = ? and state in {OPEN_STATES}", [kind, item]
        ).fetchone()
        return _draft(row) if row else None

    def with_state(self, states: Sequence[str], limit: int = 500) -> list[Draft]:
        """Drafts in these states, last touched first."""
        marks = ", ".join("?" * len(states))
        rows = self._database.conn.execute(
            f"{_SELECT} where state in ({marks}) order by updated_at desc, id desc limit ?", [*states, limit]
        )
        return [_draft(row) for row in rows.fetchall()]

    def put(self, draft: Draft) -> Draft:
        """Write `draft` back as its next version."""
        newer = replace(draft, version=draft.version + 1, updated_at=now())
        with transaction(self._database) as connection:
            connection.execute(
                "update draft set content = ?, base_revision = ?, version = ?, state = ?, note = ?, "
                "editors = ?, "
                "updated_at = ?, updated_by = ?, submitted_by = ?, submitted_at = ?, reviewed_by = ?, "
                "reviewed_at = ?, comment = ?, item = ? where id = ?",
                [
                    _dump(newer.content),
                    newer.base_revision,
                    newer.version,
                    newer.state,
                    newer.note,
                    json.dumps(newer.editors, ensure_ascii=False),
                    newer.updated_at,
                    newer.updated_by,
                    newer.submitted_by,
                    newer.submitted_at,
                    newer.reviewed_by,
                    newer.reviewed_at,
                    newer.comment,
                    newer.item,
                    newer.id,
                ],
            )
        return newer


_SELECT = (
    "select id, kind, item, content, base_revision, version, state, note, editors, created_at, updated_at, "
    "updated_by, submitted_by, submitted_at, reviewed_by, reviewed_at, comment from draft"
)


def _dump(content: Any) -> str | None:
    return None if content is None else json.dumps(content, ensure_ascii=False)


def _draft(row: tuple[Any, ...]) -> Draft:
    content = json.loads(row[3]) if row[3] is not None else None
    return Draft(*(*row[:3], content, *row[4:7], row[7] or "", tuple(json.loads(row[8])), *row[9:]))
