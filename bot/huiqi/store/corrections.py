"""What a release changed of what people were given, and what staff decided about telling them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.notifications import ANSWERED, CORRECTION, DELIVERED, HANDED_OVER, SENDING
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
    """An answer that somebody was given, in reply or in a notice. `facet`: that was asked for, None for the whole."""

    question: int | None
    channel: str
    conversation: str | None
    asker: str | None
    facet: str | None
    revision: int


@dataclass(frozen=True)
class Correction:
    """`facets`: which changed, None where the answer was taken back; `changes`: (facet, before, after); `state`:
    proposed, sent, dropped, or overtaken by a later release."""

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
        """The entries that a release put others in place of, or took away, whoever published it."""
        rows = self._database.conn.execute(
            "select new.item, old.id, old.content, new.content from release l "
            "join revision new on new.created_at = l.created_at and new.kind = 'entry' "
            "join revision old on old.id = (select max(id) from revision "
            "where kind = 'entry' and item = new.item and id < new.id) where l.id = ? order by new.id",
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
        """Answers with a revision of an entry or an older one, since an instant, oldest first: those to questions, then
        those that notices told."""
        rows = self._database.conn.execute(
            "select id, channel, conversation, asker, facet, revision from question "
            "where entry = ? and outcome = 'answer' and revision <= ? and asked_at >= ? order by id",
            [entry, revision, since],
        )
        # Of notices that older versions told, the moment says which revision was in force.
        told = self._database.conn.execute(
            "select question, channel, conversation, asker, null, given from (select n.*, coalesce(n.revision, "
            "(select max(r.id) from revision r where r.kind = 'entry' and r.item = n.entry "
            "and r.created_at <= coalesce(n.sent_at, n.created_at))) as given from notification n "
            "where n.entry = ? and n.kind in (?, ?) and n.state in (?, ?, ?) "
            "and coalesce(n.sent_at, n.created_at) >= ?) as told where given <= ? order by id",
            [entry, ANSWERED, CORRECTION, SENDING, HANDED_OVER, DELIVERED, since, revision],
        )
        return [Given(*row) for row in (*rows.fetchall(), *told.fetchall())]

    def is_overtaken(self, correction: Correction) -> bool:
        """Whether its entry is another by now than the release left it."""
        row = self._database.conn.execute(
            "select 1 from revision r join release l on l.id = ? "
            "where r.kind = 'entry' and r.item = ? and r.created_at > l.created_at limit 1",
            [correction.release, correction.entry],
        ).fetchone()
        return row is not None

    def overtake(self, entry: str) -> None:
        """What was proposed of an entry and not decided is so no longer."""
        with transaction(self._database) as connection:
            connection.execute(
                "update correction set state = 'overtaken' where entry = ? and state = 'proposed'", [entry]
            )

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
