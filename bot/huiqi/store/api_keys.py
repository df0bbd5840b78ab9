"""Keys of other systems: of each only a digest is kept, and what it may do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class ApiKey:
    """`beginning`: its first characters, by which staff know it; `a_minute`: how many requests it may make, 0 for any
    number."""

    id: int
    name: str
    beginning: str
    scopes: tuple[str, ...]
    a_minute: int
    made_by: str
    made_at: str
    used_at: str | None = None
    ended_at: str | None = None


class ApiKeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, name: str, beginning: str, digest: str, scopes: Sequence[str], a_minute: int, by: str
    ) -> int:
        with transaction(self._database) as connection:
            row = connection.execute(
                "insert into api_key (name, beginning, digest, scopes, a_minute, made_by, made_at) "
                "values (?, ?, ?, ?, ?, ?, ?) returning id",
                [name, beginning, digest, json.dumps(list(scopes)), a_minute, by, now()],
            ).fetchone()
        return int(row[0])

    def all(self) -> list[ApiKey]:
        rows = self._database.conn.execute(f"{_SELECT} order by ended_at is not null, id")
        return [_key(row) for row in rows.fetchall()]

    def of(self, digest: str) -> ApiKey | None:
        """The key with this digest, unless it was ended."""
        row = self._database.conn.execute(
            f"{_SELECT} where digest = ? and ended_at is null", [digest]
        ).fetchone()
        return _key(row) if row else None

    def get(self, number: int) -> ApiKey | None:
        row = self._database.conn.execute(f"{_SELECT} where id = ?", [number]).fetchone()
        return _key(row) if row else None

    def used(self, number: int) -> None:
        """Note when it was used; asked for once a day."""
        with transaction(self._database) as connection:
            connection.execute("update api_key set used_at = ? where id = ?", [now(), number])

    def end(self, number: int) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update api_key set ended_at = ? where id = ? and ended_at is null", [now(), number]
            )


_SELECT = "select id, name, beginning, scopes, a_minute, made_by, made_at, used_at, ended_at from api_key"


def _key(row: tuple[object, ...]) -> ApiKey:
    number, name, beginning, scopes, a_minute, made_by, made_at, used_at, ended_at = row
    return ApiKey(
        int(str(number)),
        str(name),
        str(beginning),
        tuple(json.loads(str(scopes))),
        int(str(a_minute)),
        str(made_by),
        str(made_at),
        None if used_at is None else str(used_at),
        None if ended_at is None else str(ended_at),
    )
