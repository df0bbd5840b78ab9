"""Staff accounts, their sessions, and the failed logins that throttling counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class Account:
    """`password` is an argon2 hash. `telegram` is the Telegram user id that acts as this person, if any."""

    name: str
    password: str
    role: str
    telegram: str | None
    is_active: bool
    created_at: str


@dataclass(frozen=True)
class Session:
    """`token` is the SHA-256 of what the browser holds. `seen_at`: the last request in it, to the minute. `is_pending`: the
    password was right, and the second factor is still to come."""

    token: str
    staff: str
    csrf: str
    address: str
    created_at: str
    expires_at: str
    ended_at: str | None
    seen_at: str | None = None
    is_pending: bool = False


class StaffStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Account | None:
        return self._one("name = ?", name)

    def by_telegram(self, telegram: str) -> Account | None:
        return self._one("telegram = ? and is_active = 1", telegram)

    def all(self) -> list[Account]:
        rows = self._database.conn.execute(_ACCOUNT + " order by name")
        return [_account(row) for row in rows.fetchall()]

    def _one(self, where: str, value: str) -> Account | None:
        row = self._database.conn.execute(f"{_ACCOUNT} where {where}", [value]).fetchone()
        return _account(row) if row else None

    def put(self, account: Account) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "insert into staff (name, password, role, telegram, is_active, created_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict (name) do update set password = excluded.password, "
                "role = excluded.role, telegram = excluded.telegram, is_active = excluded.is_active",
                [
                    account.name,
                    account.password,
                    account.role,
                    account.telegram,
                    int(account.is_active),
                    account.created_at,
                ],
            )

    def add_session(self, session: Session) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "insert into session (token, staff, csrf, address, created_at, expires_at, seen_at, is_pending) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    session.token,
                    session.staff,
                    session.csrf,
                    session.address,
                    session.created_at,
                    session.expires_at,
                    session.created_at,
                    int(session.is_pending),
                ],
            )

    def session(self, token: str) -> Session | None:
        """The session with this hashed token, if it has neither ended nor expired."""
        row = self._database.conn.execute(
            _SESSION + " where token = ? and ended_at is null and expires_at > ?", [token, now()]
        ).fetchone()
        return _session(row) if row else None

    def seen(self, token: str) -> None:
        """Somebody works in this session now."""
        with transaction(self._database) as connection:
            connection.execute("update session set seen_at = ? where token = ?", [now(), token])

    def sessions(self, staff: str | None = None) -> list[Session]:
        """Live sessions, newest first."""
        where, values = "ended_at is null and expires_at > ? and is_pending = 0", [now()]
        if staff:
            where += " and staff = ?"
            values.append(staff)
        rows = self._database.conn.execute(f"{_SESSION} where {where} order by created_at desc", values)
        return [_session(row) for row in rows.fetchall()]

    def end_session(self, token: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update session set ended_at = ? where token = ? and ended_at is null", [now(), token]
            )

    def end_sessions_of(self, staff: str) -> int:
        with transaction(self._database) as connection:
            return connection.execute(
                "update session set ended_at = ? where staff = ? and ended_at is null", [now(), staff]
            ).rowcount

    def add_failure(self, name: str, address: str) -> int:
        """Returns its number."""
        with transaction(self._database) as connection:
            row = connection.execute(
                "insert into login_failure (name, address, failed_at) values (?, ?, ?) returning id",
                [name, address, now()],
            ).fetchone()
        return int(row[0])

    def take_failure_back(self, number: int) -> None:
        with transaction(self._database) as connection:
            connection.execute("delete from login_failure where id = ?", [number])

    def clear_failures(self, name: str) -> None:
        with transaction(self._database) as connection:
            connection.execute("delete from login_failure where name = ?", [name])

    def failures(self, since: str, name: str | None = None, address: str | None = None) -> int:
        """How many logins failed since an instant for a name, or from an address."""
        column, value = ("name", name) if name is not None else ("address", address)
        row = self._database.conn.execute(
            f"select count(*) from login_failure where {column} = ? and failed_at >= ?", [value, since]
        ).fetchone()
        return int(row[0])


_ACCOUNT = "select name, password, role, telegram, is_active, created_at from staff"
_SESSION = (
    "select token, staff, csrf, address, created_at, expires_at, ended_at, seen_at, is_pending from session"
)


def _session(row: tuple[Any, ...]) -> Session:
    return replace(Session(*row), is_pending=bool(row[-1]))


def _account(row: tuple[str, str, str, str | None, int, str]) -> Account:
    return Account(row[0], row[1], row[2], row[3], bool(row[4]), row[5])
