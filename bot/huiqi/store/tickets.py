"""A logged question as its asker may look it up: its number, a code that opens it, and what became of it.

A code is four characters, without any that are taken for another when read out. Five wrong ones within an hour close the
number for the rest of it, also for the right one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import addition, transaction

LETTERS = "ABCDEFGHJKMNPQRTUVWXY"
CODE_SIGNS = LETTERS + "346789"
CODE_LENGTH = 4
MOST_WRONG = 5
CLOSED_FOR = timedelta(hours=1)
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Ticket:
    """`status`: of the question in the log. `state`, `exit`, `entry`, `note`, `reply`, `claimed_at`, `ended_at`: of the
    miss that it is in; None where it is in none."""

    number: int
    text: str
    asked_at: str
    channel: str
    conversation: str | None
    asker: str | None
    outcome: str
    answered_by: str | None
    status: str
    state: str | None
    exit: str | None
    entry: str | None
    note: str | None
    reply: str | None
    claimed_at: str | None
    ended_at: str | None
    miss: int | None

    def is_of(self, channel: str, conversation: str | None, asker: str | None) -> bool:
        """Whether somebody is who asked it."""
        if channel != self.channel:
            return False
        if self.asker is not None or asker is not None:
            return self.asker == asker
        return self.conversation is not None and self.conversation == conversation


class Tickets:
    def __init__(self, database: Database) -> None:
        self._database = database

    def code_of(self, number: int) -> str:
        """The code of a question, which it has from now on."""
        row = self._row(number)
        if row is None:
            self.issue(number)
            row = self._row(number)
        assert row is not None
        return str(row[0])

    def issue(self, number: int) -> None:
        """Give a question its code, where it has none."""
        code = secrets.choice(LETTERS) + "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH - 1))
        with addition(self._database) as connection:
            connection.execute(
                "insert into ticket (question, code, is_remembered, wrong) values (?, ?, 0, 0) "
                "on conflict (question) do nothing",
                [number, code],
            )

    def _row(self, number: int) -> tuple[str, int, str | None] | None:
        row: tuple[str, int, str | None] | None = self._database.conn.execute(
            "select code, wrong, wrong_at from ticket where question = ?", [number]
        ).fetchone()
        return row

    def is_closed(self, number: int) -> bool:
        """Whether too many wrong codes were tried of late."""
        row = self._row(number)
        border = (datetime.now(UTC) - CLOSED_FOR).isoformat(timespec="milliseconds")
        return row is not None and row[1] >= MOST_WRONG and (row[2] or "") > border

    def opens(self, number: int, code: str) -> bool:
        """Whether a code opens a question; a wrong one counts."""
        if not 0 < number <= LARGEST or self.is_closed(number):
            return False
        row = self._row(number)
        if row is None:
            return False
        if secrets.compare_digest(row[0].encode(), code.strip().upper().encode()):
            return True
        border = (datetime.now(UTC) - CLOSED_FOR).isoformat(timespec="milliseconds")
        with transaction(self._database) as connection:
            connection.execute(
                "update ticket set wrong = case when coalesce(wrong_at, '') > ? then wrong + 1 else 1 end, "
                "wrong_at = ? where question = ?",
                [border, now(), number],
            )
        return False

    def remember(self, number: int) -> None:
        """Its asker's browser is to be shown the answer when it comes again."""
        self.code_of(number)
        with transaction(self._database) as connection:
            connection.execute("update ticket set is_remembered = 1 where question = ?", [number])

    def remembered(self, numbers: Iterable[int]) -> set[int]:
        found: set[int] = set()
        wanted = list(numbers)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            rows = self._database.conn.execute(
                f"select question from ticket where is_remembered = 1 and question in ({', '.join('?' * len(some))})",
                some,
            )
            found |= {row[0] for row in rows.fetchall()}
        return found

    def get(self, number: int) -> Ticket | None:
        if not 0 < number <= LARGEST:
            return None
        row = self._database.conn.execute(
            "select q.id, q.text, q.asked_at, q.channel, q.conversation, q.asker, q.outcome, q.entry, "
            "coalesce(q.status, ''), m.state, m.exit, m.entry, m.exit_note, m.reply, m.claimed_at, m.exit_at, m.id "
            "from question q left join miss_question x on x.question = q.id left join miss m on m.id = x.miss "
            "where q.id = ?",
            [number],
        ).fetchone()
        return Ticket(*row) if row else None
