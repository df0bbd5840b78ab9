"""Answers of a week that were drawn by lot, and what staff thought of each. What was judged is counted also when the question
is kept no longer; none of its words are here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

RIGHT, PARTIAL, WRONG = "right", "partial", "wrong"


@dataclass(frozen=True)
class Sampled:
    """An answer that was drawn. `verdict`: None until somebody judged it."""

    question: int
    text: str
    asked_at: str
    entry: str
    revision: int | None
    facet: str | None
    verdict: str | None
    author: str | None


class Samples:
    def __init__(self, database: Database) -> None:
        self._database = database

    def answered(self, since: str, until: str) -> list[int]:
        """The questions that were answered from one instant to before another."""
        rows = self._database.conn.execute(
            "select id from question where asked_at >= ? and asked_at < ? and outcome = 'answer' "
            "and entry is not null order by id",
            [since, until],
        )
        return [row[0] for row in rows.fetchall()]

    def is_drawn(self, week: str) -> bool:
        row = self._database.conn.execute("select 1 from sample where week = ? limit 1", [week]).fetchone()
        return row is not None

    def draw(self, week: str, questions: Iterable[int]) -> None:
        """Lay a week's lot down; what is there already stays."""
        with transaction(self._database) as connection:
            if not self.is_drawn(week):
                connection.executemany(
                    "insert into sample (question, week) values (?, ?) on conflict (question) do nothing",
                    [[number, week] for number in questions],
                )

    def of(self, week: str) -> list[Sampled]:
        """A week's lot as far as it is kept, in the order in which it was asked."""
        rows = self._database.conn.execute(
            "select q.id, q.text, q.asked_at, q.entry, q.revision, q.facet, s.verdict, s.author "
            "from sample s join question q on q.id = s.question where s.week = ? order by q.id",
            [week],
        )
        return [Sampled(*row) for row in rows.fetchall()]

    def week_of(self, question: int) -> str | None:
        """The week for which a question was drawn; None where it was not."""
        row = self._database.conn.execute("select week from sample where question = ?", [question]).fetchone()
        return row[0] if row else None

    def judge(self, question: int, verdict: str, author: str) -> None:
        with transaction(self._database) as connection:
            connection.execute(
                "update sample set verdict = ?, author = ?, judged_at = ? where question = ?",
                [verdict, author, now(), question],
            )

    def counts(self, week: str) -> dict[str, int]:
        """Verdict → how many, "" for what is still to be judged."""
        found = {RIGHT: 0, PARTIAL: 0, WRONG: 0, "": 0}
        rows = self._database.conn.execute(
            "select coalesce(s.verdict, ''), count(*) from sample s where s.week = ? and "
            "(s.verdict is not null or exists (select 1 from question q where q.id = s.question)) "
            "group by coalesce(s.verdict, '')",
            [week],
        )
        return found | dict(rows.fetchall())
