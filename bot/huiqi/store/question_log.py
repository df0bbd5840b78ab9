"""The log of questions: what was asked, what was decided, and what nobody could answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from huiqi.language.masking import mask
from huiqi.pack.originals import QuotedPassage
from huiqi.store.clock import now
from huiqi.store.database import Connection, Database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.held import HeldWrites
from huiqi.store.transaction import addition

T = TypeVar("T")
Row = dict[str, object]
NOTHING = "none"
UNANSWERED_OUTCOMES = ("unanswered",)
SET_REPLY = "set_reply"
"""The reason of a question that staff ignored, with what the bot says to it."""


@dataclass(frozen=True)
class LoggedQuestion:
    """One question as it is written down. `text` may still hold personal data: the log masks it."""

    channel: str
    text: str
    outcome: str
    conversation: str | None = None
    asker: str | None = None
    entry: str | None = None
    revision: int | None = None
    facet: str | None = None
    confidence: float = 0.0
    reason: str | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    pack: str = ""
    part: int = 0
    message: str | None = None
    passages: tuple[QuotedPassage, ...] = ()


@dataclass(frozen=True)
class Choice:
    """How often `entry` was chosen for a question that offered several (None: 都不是)."""

    question: str
    entry: str | None
    count: int
    last_seen: str


@dataclass(frozen=True)
class UnansweredCluster:
    """Questions that differ only in case, width and punctuation, taken as one miss."""

    cluster: str
    question: str
    count: int
    askers: int
    reason: str
    candidates: tuple[str, ...]
    first_seen: str
    last_seen: str
    status: str
    channels: tuple[str, ...] = ()


class QuestionLog:
    """`held`: where to put what the store has no room for; without it such a question is an error."""

    def __init__(self, database: Database, held: HeldWrites | None = None) -> None:
        self._database = database
        self._held = held

    def at_once(self, write: Callable[[], T], has_waited: bool = False) -> T:
        """What `write` gives, with what it writes in one transaction; where the store is at fault, each piece is tried
        and held by itself. `has_waited`: for a store that turned out to be."""
        if has_waited or self._held is None or len(self._held) or self._database.conn.in_transaction:
            return write()
        try:
            with addition(self._database):
                return write()
        except Exception as error:
            if not is_store_at_fault(error):
                raise
            return write()

    def add(self, question: LoggedQuestion, cluster: str = "") -> int:
        """Write one question down, personal data masked; returns its number."""
        return self._write([row_of(question, cluster)])[0]

    def add_all(self, questions: Sequence[LoggedQuestion], clusters: Sequence[str]) -> list[int | None]:
        """Write the questions of one message down, personal data masked."""
        return self.write([row_of(*one) for one in zip(questions, clusters, strict=True)])

    def write(self, rows: Sequence[Row]) -> list[int | None]:
        """Write the questions of one message down in one transaction; returns their numbers, None for those that are
        held. A message that was written down before (edited since, or delivered twice) keeps its rows and their
        numbers."""
        # What stands in a transaction of its channel's is all or nothing with it.
        if self._held is None or self._database.conn.in_transaction:
            return list(self._write(rows))
        written = self._held.do(lambda: self._write(rows))
        return [None for _ in rows] if written is None else list(written)

    def _write(self, rows: Sequence[Row]) -> list[int]:
        numbers: list[int] = []
        connection = self._database.conn
        with connection:
            before = _rows_of(connection, rows[0]) if rows else []
            for row in rows:
                columns = ", ".join(row)
                marks = ", ".join(f":{column}" for column in row)
                if len(numbers) < len(before):
                    number = before[len(numbers)]
                    connection.execute(
                        f"update question set ({columns}) = ({marks}) where id = :id", row | {"id": number}
                    )
                    numbers.append(number)
                    continue
                inserted = connection.execute(
                    f"insert into question ({columns}) values ({marks}) returning id", row
                )
                numbers.append(int(inserted.fetchone()[0]))
            if gone := before[len(numbers) :]:
                connection.executemany("delete from question where id = ?", [[old] for old in gone])
        return numbers

    def choose(self, number: int, entry: str | None) -> None:
        """Keep which entry was chosen where question `number` offered several; None for 都不是."""
        with self._database.conn as connection:
            connection.execute(
                "update question set chosen = ? where id = ? and outcome = 'clarify'",
                [entry or NOTHING, number],
            )

    def choices(self) -> list[Choice]:
        """What was chosen for the same question, the most frequent first: evidence for curation."""
        rows = self._database.conn.execute(
            "select min(text), chosen, count(*), max(asked_at) from question where chosen is not null "
            "group by cluster, chosen order by count(*) desc, max(asked_at) desc"
        ).fetchall()
        return [
            Choice(text, None if chosen == NOTHING else chosen, count, seen)
            for text, chosen, count, seen in rows
        ]

    def unanswered(self, status: str | None = "open", since: str | None = None) -> list[UnansweredCluster]:
        """Misses grouped, the most frequent first. `since`: an ISO day, inclusive."""
        where, values = ["status <> ''"], {}
        if status:
            where.append("status = :status")
            values["status"] = status
        if since:
            where.append("asked_at >= :since")
            values["since"] = since
        rows = self._database.query(
            "select cluster, text, asker, conversation, reason, candidates, asked_at, status, channel, id "
            f"from question where {' and '.join(where)} order by id",
            values,
        )
        groups: dict[tuple[str, str], list[dict[str, str]]] = {}
        for row in rows:
            groups.setdefault((row["cluster"] or row["text"], row["status"]), []).append(row)
        clusters = [_cluster(key, group) for (key, _), group in groups.items()]
        return sorted(clusters, key=lambda cluster: (-cluster.count, cluster.first_seen))

    def set_status(self, cluster: str, status: str) -> int:
        """Mark every miss of a cluster `open`, `closed` or `ignored`; returns how many."""
        with self._database.conn as connection:
            return connection.execute(
                "update question set status = ? where cluster = ? and status <> ''", [status, cluster]
            ).rowcount


def row_of(question: LoggedQuestion, cluster: str) -> Row:
    """A question as it is written down, personal data masked."""
    return {
        **vars(question),
        "text": mask(question.text),
        "candidates": json.dumps(question.candidates, ensure_ascii=False),
        "passages": json.dumps([asdict(passage) for passage in question.passages], ensure_ascii=False)
        if question.passages
        else None,
        "asked_at": now(),
        "status": _status(question),
        "cluster": mask(cluster),
    }


def _status(question: LoggedQuestion) -> str:
    if question.outcome not in UNANSWERED_OUTCOMES:
        return ""
    # Staff have said what is to be said to it.
    return "ignored" if question.reason == SET_REPLY else "open"


def _rows_of(connection: Connection, row: Row) -> list[int]:
    """The numbers of the rows that the same message has already."""
    if row["message"] is None:
        return []
    conversation = "is null" if row["conversation"] is None else "= :conversation"
    rows = connection.execute(
        "select id from question where message = :message and channel = :channel "
        f"and conversation {conversation} order by part, id",
        row,
    )
    return [row[0] for row in rows.fetchall()]


def _cluster(key: str, rows: list[dict[str, str]]) -> UnansweredCluster:
    newest = rows[-1]
    askers = {row["asker"] or row["conversation"] or f"#{row['id']}" for row in rows}
    return UnansweredCluster(
        cluster=key,
        question=rows[0]["text"],
        count=len(rows),
        askers=len(askers),
        reason=newest["reason"] or "",
        candidates=tuple(entry for entry, _ in json.loads(newest["candidates"] or "[]")),
        first_seen=rows[0]["asked_at"],
        last_seen=newest["asked_at"],
        status=newest["status"],
        channels=tuple(sorted({row["channel"] for row in rows})),
    )
