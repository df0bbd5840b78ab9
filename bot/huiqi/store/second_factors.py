"""What proves who somebody is besides the password: the secret of their one-time passwords, and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class Secret:
    """`last_step`: the time step of the newest one-time password that was taken, so that none is taken twice."""

    secret: str
    last_step: int
    is_confirmed: bool


class SecondFactorStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, staff: str) -> Secret | None:
        row = self._database.conn.execute(
            "select secret, last_step, confirmed_at is not null from second_factor where staff = ?", [staff]
        ).fetchone()
        return Secret(row[0], row[1], bool(row[2])) if row else None

    def confirmed(self) -> set[str]:
        """Everybody who has one in use."""
        rows = self._database.conn.execute("select staff from second_factor where confirmed_at is not null")
        return {row[0] for row in rows.fetchall()}

    def begin(self, staff: str, secret: str) -> None:
        """A new secret in place of one that was never confirmed."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into second_factor (staff, secret, last_step, created_at) values (?, ?, 0, ?) "
                "on conflict (staff) do update set secret = excluded.secret, last_step = 0, "
                "created_at = excluded.created_at, confirmed_at = null",
                [staff, secret, now()],
            )

    def confirm(self, staff: str, codes: Sequence[str]) -> None:
        """From now on it is asked for. `codes`: hashes of the recovery codes, in place of those before."""
        with transaction(self._database) as connection:
            connection.execute("update second_factor set confirmed_at = ? where staff = ?", [now(), staff])
            connection.execute("delete from recovery_code where staff = ?", [staff])
            connection.executemany(
                "insert into recovery_code (code, staff, created_at) values (?, ?, ?)",
                [[code, staff, now()] for code in codes],
            )

    def use_step(self, staff: str, step: int) -> bool:
        """Take a time step; False where it, or a later one, was taken before."""
        with transaction(self._database) as connection:
            return (
                connection.execute(
                    "update second_factor set last_step = ? where staff = ? and last_step < ?",
                    [step, staff, step],
                ).rowcount
                > 0
            )

    def use_code(self, staff: str, code: str) -> bool:
        """Take the recovery code with this hash; False where there is none."""
        with transaction(self._database) as connection:
            return (
                connection.execute(
                    "delete from recovery_code where code = ? and staff = ?", [code, staff]
                ).rowcount
                > 0
            )

    def remove(self, staff: str) -> bool:
        """Whether there was one."""
        with transaction(self._database) as connection:
            connection.execute("delete from recovery_code where staff = ?", [staff])
            return connection.execute("delete from second_factor where staff = ?", [staff]).rowcount > 0
