"""Releases of the knowledge base, and what each put in place of what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from huiqi.store.database import Database


@dataclass(frozen=True)
class Release:
    id: int
    fingerprint: str
    author: str
    note: str
    created_at: str
    items: int


class Releases:
    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, limit: int = 30) -> list[Release]:
        """The newest first. `items` is 0 for an import from a folder, whose items are not listed."""
        rows = self._database.conn.execute(
            "select r.id, r.fingerprint, r.author, coalesce(r.note, ''), r.created_at, "
            "(select count(*) from release_item i where i.release = r.id) "
            "from release r order by r.id desc limit ?",
            [limit],
        )
        return [Release(*row) for row in rows.fetchall()]

    def previous_contents(self, release: int) -> dict[tuple[str, str], Any]:
        """What each item of a release was before it; None where it was not there."""
        rows = self._database.conn.execute(
            "select i.kind, i.item, r.content from release_item i left join revision r on r.id = i.previous "
            "where i.release = ? order by i.kind, i.item",
            [release],
        )
        return {
            (kind, item): json.loads(content) if content is not None else None
            for kind, item, content in rows.fetchall()
        }

    def next_drafts(self, release: int) -> list[int]:
        """The drafts that a release published, as its gate run names them."""
        row = self._database.conn.execute(
            "select drafts from gate where state = 'published' and fingerprint = "
            "(select fingerprint from release where id = ?) order by id desc limit 1",
            [release],
        ).fetchone()
        return [int(key) for key in json.loads(row[0])] if row else []
