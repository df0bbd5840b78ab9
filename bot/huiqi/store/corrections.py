"""What a release changed of what people were given, and what staff decided about telling them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class ChangedEntry:
    """An entry before and after a release; `revision`: the one it replaced."""

    entry: str
    revision: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Given:
    """An answer that somebody was given."""

    question: int
    channel: str
    conversation: str | None
    asker: str | None
    facet: str | None


@dataclass(frozen=True)
class Correction:
    """`facets`: which changed, None where the answer was taken back; `changes`: (facet, before, after); `state`:
    proposed, sent or dropped."""

    id: int
    release: int
    entry: str
    revision: int
    facets: tuple[str, ...] | None
    changes: tuple[tuple[str, str, str | None], ...]
    text: str
    state: str
    created_at: str


class Corrections:
    def __init__(self, database: Database) -> None:
        self._database = database

    def changed_by(self, release: int) -> list[ChangedEntry]:
        """The entries that a release put others in place of, or took away."""
        rows = self._database.conn.execute(
            "select i.item, i.previous, old.content, new.content from release_item i "
            "join revision old on old.id = i.previous left join revision new on new.id = i.revision "
            "where i.release = ? and i.kind = 'entry'",
            [release],
        )
        return [
            ChangedEntry(
                item,
                previous,
                json.loads(before) if before else None,
                json.loads(after) if after else None,
            )
            for item, previous, before, after in rows.fetchall()
        ]

    def given(self, entry: str, revision: int, since: str) -> list[Given]:
        """Answers with a revision of an entry or an older one, since an instant, oldest first."""
        rows = self._database.conn.execute(
            "select id, channel, conversation, asker, facet from question "
            "where entry = ? and outcome = 'answer' and revision <= ? and asked_at >= ? order by id",
            [entry, revision, since],
        )
        return [Given(*row) for row in rows.fetchall()]

    def add(
        self,
        release: int,
        entry: str,
        revision: int,
        facets: Sequence[str] | None,
        changes: Sequence[tuple[str, str, str | None]],
        text: str,
    ) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "insert into correction (release, entry, revision, facets, changes, text, state, created_at) "
                "values (?, ?, ?, ?, ?, ?, 'proposed', ?) on conflict (release, entry) do nothing",
                [
                    release,
                    entry,
                    revision,
                    json.dumps(None if facets is None else list(facets), ensure_ascii=False),
                    json.dumps(list(changes), ensure_ascii=False),
                    text,
                    now(),
                ],
            )

    def get(self, number: int) -> Correction | None:
        return next(iter(self._found("id = ?", number)), None)

    def with_state(self, state: str) -> list[Correction]:
        return self._found("state = ? order by id", state)

    def decide(self, number: int, state: str, by: str, text: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update correction set state = ?, decided_by = ?, decided_at = ?, "
                "text = case when ? = '' then text else ? end where id = ?",
                [state, by, now(), text, text, number],
            )

    def _found(self, where: str, *values: object) -> list[Correction]:
        rows = self._database.conn.execute(
            "select id, release, entry, revision, facets, changes, text, state, created_at from correction "
            f"where {where}",
            list(values),
        )
        found = []
        for number, release, entry, revision, facets, changes, text, state, created_at in rows.fetchall():
            names = json.loads(facets)
            found.append(
                Correction(
                    number,
                    release,
                    entry,
                    revision,
                    None if names is None else tuple(names),
                    tuple((facet, before, after) for facet, before, after in json.loads(changes)),
                    text,
                    state,
                    created_at,
                )
            )
        return found
