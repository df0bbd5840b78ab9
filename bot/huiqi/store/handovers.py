"""Talks that a member of staff has taken over on a channel: while one lasts the bot is silent, and what was asked and
answered is kept until staff have made something of it."""

from __future__ import annotations

from dataclasses import dataclass

from huiqi.language.masking import mask
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class Exchange:
    """What an asker wrote and what staff wrote back, personal data masked."""

    channel: str
    asked: str
    answered: str
    staff: str
    at: str


class Handovers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, channel: str, conversation: str, staff: str = "") -> None:
        """A person has the talk from now on (`staff`: who, where that is known)."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into handover (channel, conversation, staff, began_at) values (?, ?, ?, ?) "
                "on conflict (channel, conversation) do update set staff = excluded.staff",
                [channel, conversation, staff, now()],
            )

    def is_with_staff(self, channel: str, conversation: str) -> bool:
        row = self._database.conn.execute(
            "select 1 from handover where channel = ? and conversation = ?", [channel, conversation]
        ).fetchone()
        return row is not None

    def said(self, channel: str, conversation: str, message: str, text: str, staff: str | None) -> None:
        """One line of the talk; `staff`: who of the office said it, None for the asker."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into handover_line (channel, conversation, message, text, staff, said_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict (channel, message) do nothing",
                [channel, conversation, message, mask(text), staff, now()],
            )

    def end(self, channel: str, conversation: str) -> list[Exchange]:
        """The bot has the talk again; returns what was asked and answered meanwhile."""
        with transaction(self._database) as connection:
            rows = connection.execute(
                "delete from handover_line where channel = ? and conversation = ? "
                "returning id, text, staff, said_at",
                [channel, conversation],
            ).fetchall()
            connection.execute(
                "delete from handover where channel = ? and conversation = ?", [channel, conversation]
            )
        return _exchanges(channel, sorted(rows))


def _exchanges(channel: str, rows: list[tuple[int, str, str | None, str]]) -> list[Exchange]:
    found: list[Exchange] = []
    asked: list[str] = []
    answered: list[str] = []
    who = at = ""
    for _, text, staff, said_at in [*rows, (0, "", None, "")]:
        if staff is None:
            if asked and answered:
                found.append(Exchange(channel, "\n".join(asked), "\n".join(answered), who, at))
                asked, answered = [], []
            asked.append(text)
        else:
            answered.append(text)
            who, at = staff, said_at
    return found
