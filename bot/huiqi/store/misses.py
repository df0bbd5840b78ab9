"""Misses: like questions that went unanswered, kept as one piece of work for staff.

The questions stay in the log; a miss names its questions and carries what staff did about them. The log's own
`status` of each question (open, closed, ignored) follows the state of its miss.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from huiqi.pack.identity import alternate_key
from huiqi.pack.originals import QuotedPassage
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.set_replies import SetReplies
from huiqi.store.transaction import transaction

STATES = ("open", "drafting", "closed", "ignored")
_STATUS = {"open": "open", "drafting": "open", "closed": "closed", "ignored": "ignored"}


@dataclass(frozen=True)
class Miss:
    """`exit`: alias (相似问), entry (新知识), ignore (忽略) or reply (答复本人), with who, when, and the draft it made.
    `added`: the alternates that an alias exit put into the draft; `reply`: what the bot says to its questions while it is
    ignored; `merged_into`: the miss that has its questions since staff put both together; `is_noise`: it asks nothing that
    staff could write an answer to."""

    id: int
    question: str
    state: str
    reason: str
    first_seen: str
    due_at: str
    assignee: str | None = None
    claimed_at: str | None = None
    exit: str | None = None
    entry: str | None = None
    draft: int | None = None
    added: tuple[str, ...] = ()
    exit_note: str | None = None
    exit_by: str | None = None
    exit_at: str | None = None
    reply: str | None = None
    merged_into: int | None = None
    is_noise: bool = False


@dataclass(frozen=True)
class MissedQuestion:
    """One row of the log that belongs to a miss."""

    id: int
    text: str
    asked_at: str
    channel: str
    conversation: str | None
    asker: str | None
    reason: str
    candidates: tuple[tuple[str, float], ...]
    cluster: str
    passages: tuple[QuotedPassage, ...] = ()
    left_at: str | None = None
    """When its asker left it for staff."""

    @property
    def who(self) -> str:
        return self.asker or self.conversation or f"#{self.id}"


class MissStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._replies = SetReplies(database)

    def take_in_silent_misses(self) -> int:
        """Open the answers that were no answers: a missing facet, a thumb down. Returns how many."""
        facets = (
            "select id from question where status = '' and reason = 'facet_missing'",
            "update question set status = 'open' where status = '' and reason = 'facet_missing'",
        )
        thumbs = (
            "select q.id from feedback f join question q on q.id = f.question where f.value = 'down' and q.status = ''",
            "update question set status = 'open', reason = 'thumbs_down' where status = '' and id in "
            "(select question from feedback where value = 'down')",
        )
        connection = self._database.conn
        # Looking costs nobody anything; only where there is something to do is the log locked.
        if not any(connection.execute(f"{found} limit 1").fetchone() for found, _ in (facets, thumbs)):
            return 0
        with transaction(self._database) as connection:
            return sum(connection.execute(opened).rowcount for _, opened in (facets, thumbs))

    def unassigned(self, limit: int = 2000) -> list[MissedQuestion]:
        """Open questions of the log that belong to no miss yet, oldest first."""
        return self._questions(
            "q.status = 'open' and not exists (select 1 from miss_question m where m.question = q.id) "
            f"order by q.id limit {int(limit)}"
        )

    def still_unassigned(self, questions: Sequence[int]) -> set[int]:
        """Those of some open questions that belong to no miss."""
        found = set()
        for start in range(0, len(questions), 500):
            some = questions[start : start + 500]
            rows = self._database.conn.execute(
                f"select id from question where id in ({', '.join('?' * len(some))}) and status = 'open' "
                "and not exists (select 1 from miss_question m where m.question = question.id)",
                list(some),
            )
            found |= {row[0] for row in rows.fetchall()}
        return found

    def newest(self) -> int:
        """The number of the newest miss; 0 for none."""
        row = self._database.conn.execute("select max(id) from miss").fetchone()
        return int(row[0] or 0)

    def found(
        self,
        states: Sequence[str],
        reason: str | None = None,
        channel: str | None = None,
        assignee: str | None = None,
        due_before: str | None = None,
        text: str = "",
        is_noise: bool | None = None,
        drafts: Sequence[int] | None = None,
        order: str = "asked",
    ) -> list[int]:
        """Numbers of the misses in these states, in one of the `ORDERS`. `reason`, `channel`, `text`: of one of its
        questions (part of its text); `assignee`: "" for nobody; `due_before`: an instant; `drafts`: one of which was made for
        it."""
        conditions = [f"miss.state in ({', '.join('?' * len(states))})", "miss.merged_into is null"]
        values: list[str] = list(states)
        if is_noise is not None:
            conditions.append(f"miss.is_noise = {int(is_noise)}")
        if drafts is not None:
            conditions.append(f"miss.draft in ({', '.join(str(int(draft)) for draft in drafts) or 'null'})")
        for condition, value in (
            ("coalesce(miss.assignee, '') = ?", assignee),
            ("miss.due_at < ?", due_before),
            (_ONE_OF_ITS_QUESTIONS.format("coalesce(q.reason, '') = ?"), reason),
            (_ONE_OF_ITS_QUESTIONS.format("q.channel = ?"), channel),
            (_ONE_OF_ITS_QUESTIONS.format("instr(q.text, ?) > 0"), text or None),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        rows = self._database.conn.execute(
            "select miss.id from miss left join miss_question m on m.miss = miss.id "
            f"where {' and '.join(conditions)} group by miss.id order by {ORDERS[order]}, miss.id",
            values,
        )
        return [row[0] for row in rows.fetchall()]

    def channels(self, states: Sequence[str]) -> list[str]:
        """Where the questions of the misses in these states came from."""
        rows = self._database.conn.execute(
            "select distinct q.channel from miss join miss_question m on m.miss = miss.id "
            f"join question q on q.id = m.question where miss.state in ({', '.join('?' * len(states))}) order by 1",
            list(states),
        )
        return [row[0] for row in rows.fetchall()]

    def get_all(self, numbers: Sequence[int]) -> dict[int, Miss]:
        """Several misses by number; those that are gone are left out."""
        found: dict[int, Miss] = {}
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            rows = self._database.conn.execute(
                f"{_SELECT} where id in ({', '.join('?' * len(some))})", list(some)
            )
            found.update((row[0], _miss(row)) for row in rows.fetchall())
        return found

    def questions(self, miss: int) -> list[MissedQuestion]:
        return self._questions(
            "q.id in (select question from miss_question where miss = ?) order by q.id", miss
        )

    def questions_of(self, misses: Sequence[int]) -> dict[int, list[MissedQuestion]]:
        """The questions of several misses at once."""
        found: dict[int, list[MissedQuestion]] = {number: [] for number in misses}
        for start in range(0, len(misses), 500):
            some = misses[start : start + 500]
            rows = self._database.conn.execute(
                f"select m.miss, {_QUESTION} from question q join miss_question m on m.question = q.id "
                f"where m.miss in ({', '.join('?' * len(some))}) order by q.id",
                list(some),
            )
            for row in rows.fetchall():
                found[row[0]].append(_question(row[1:]))
        return found

    def answered_by(self, miss: int) -> set[tuple[str, int | None]]:
        """(entry, revision) of the answers that its questions had."""
        rows = self._database.conn.execute(
            "select distinct q.entry, q.revision from question q join miss_question m on m.question = q.id "
            "where m.miss = ? and q.entry is not null",
            [miss],
        )
        return {(entry, revision) for entry, revision in rows.fetchall()}

    def _questions(self, where: str, *values: object) -> list[MissedQuestion]:
        rows = self._database.conn.execute(f"select {_QUESTION} from question q where {where}", list(values))
        return [_question(row) for row in rows.fetchall()]

    def add(self, question: str, reason: str, first_seen: str, due_at: str, is_noise: bool = False) -> Miss:
        with transaction(self._database) as connection:
            row = connection.execute(
                "insert into miss (question, state, reason, first_seen, due_at, is_noise) "
                "values (?, 'open', ?, ?, ?, ?) returning id",
                [question, reason, first_seen, due_at, int(is_noise)],
            ).fetchone()
        return Miss(row[0], question, "open", reason, first_seen, due_at, is_noise=is_noise)

    def join(self, miss: Miss, questions: Iterable[int]) -> None:
        """Put questions into a miss; they take its status."""
        with transaction(self._database) as connection:
            numbers = list(questions)
            connection.executemany(
                "insert into miss_question (question, miss) values (?, ?) "
                "on conflict (question) do update set miss = excluded.miss",
                [[number, miss.id] for number in numbers],
            )
            connection.executemany(
                "update question set status = ? where id = ?",
                [[_STATUS[miss.state], number] for number in numbers],
            )
            if miss.state == "ignored":
                self._keep_replies(miss)

    def part(self, questions: Iterable[int]) -> None:
        """Take questions out of their miss and leave them open, to be gathered anew."""
        with transaction(self._database) as connection:
            for number in questions:
                connection.execute("delete from miss_question where question = ?", [number])
                connection.execute("update question set status = 'open' where id = ?", [number])

    def get(self, number: int) -> Miss | None:
        row = self._database.conn.execute(_SELECT + " where id = ?", [number]).fetchone()
        return _miss(row) if row else None

    def with_state(self, states: Sequence[str]) -> list[Miss]:
        marks = ", ".join("?" * len(states))
        rows = self._database.conn.execute(f"{_SELECT} where state in ({marks}) order by id", list(states))
        return [_miss(row) for row in rows.fetchall()]

    def texts(self, states: Sequence[str]) -> dict[int, str]:
        """Number → first question of the misses in these states."""
        marks = ", ".join("?" * len(states))
        rows = self._database.conn.execute(
            f"select id, question from miss where state in ({marks}) and merged_into is null order by id",
            list(states),
        )
        return dict(rows.fetchall())

    def merged(self, states: Sequence[str]) -> dict[int, tuple[int, str]]:
        """Number → (the miss that has its questions now, its first question) of those merged into one in these states."""
        marks = ", ".join("?" * len(states))
        rows = self._database.conn.execute(
            "select m.id, m.merged_into, m.question from miss m join miss t on t.id = m.merged_into "
            f"where t.state in ({marks}) order by m.id",
            list(states),
        )
        return {number: (into, text) for number, into, text in rows.fetchall()}

    def count_by_state(self) -> dict[str, int]:
        """How many there are in each state; of the open ones, those that are noise are counted as `noise`."""
        rows = self._database.conn.execute(
            "select case when state = 'open' and is_noise = 1 then 'noise' else state end as kind, count(*) from miss "
            "where merged_into is null group by 1"
        )
        return dict(rows.fetchall())

    def merge(self, gone: Miss, into: Miss) -> None:
        """Put the questions of `gone` into another miss of the same state; what was merged into it before goes along."""
        with transaction(self._database) as connection:
            connection.execute("update miss_question set miss = ? where miss = ?", [into.id, gone.id])
            connection.execute("update miss set merged_into = ? where merged_into = ?", [into.id, gone.id])
            connection.execute(
                "update miss set merged_into = ?, state = 'closed' where id = ?", [into.id, gone.id]
            )
            connection.execute("delete from miss_offer where miss = ?", [gone.id])
            connection.execute(
                "update miss set first_seen = ?, due_at = ? where id = ?",
                [min(gone.first_seen, into.first_seen), min(gone.due_at, into.due_at), into.id],
            )

    def merged_again(self, number: int, wordings: Collection[str], into: int) -> None:
        """Those merged into a miss whose first question is worded so are merged into another one."""
        with transaction(self._database) as connection:
            rows = connection.execute("select id, question from miss where merged_into = ?", [number])
            for gone, question in rows.fetchall():
                if (alternate_key(question) or question) in wordings:
                    connection.execute("update miss set merged_into = ? where id = ?", [into, gone])

    def rename(self, number: int, question: str) -> None:
        """Call a miss by another of its questions."""
        with transaction(self._database) as connection:
            connection.execute("update miss set question = ? where id = ?", [question, number])

    def set_noise(self, number: int, is_noise: bool) -> None:
        with transaction(self._database) as connection:
            connection.execute("update miss set is_noise = ? where id = ?", [int(is_noise), number])

    def miss_of(self, question: int) -> int | None:
        """The number of the miss to which a question of the log belongs."""
        row = self._database.conn.execute(
            "select miss from miss_question where question = ?", [question]
        ).fetchone()
        return int(row[0]) if row else None

    def of_draft(self, draft: int) -> list[Miss]:
        rows = self._database.conn.execute(f"{_SELECT} where draft = ? order by id", [draft])
        return [_miss(row) for row in rows.fetchall()]

    def put(self, miss: Miss) -> Miss:
        """Write `miss` back; its questions' status in the log follows."""
        with transaction(self._database) as connection:
            connection.execute(
                "update miss set question = ?, state = ?, reason = ?, due_at = ?, assignee = ?, "
                "claimed_at = ?, "
                "exit = ?, entry = ?, draft = ?, added = ?, exit_note = ?, exit_by = ?, exit_at = ?, reply = ? "
                "where id = ?",
                [
                    miss.question,
                    miss.state,
                    miss.reason,
                    miss.due_at,
                    miss.assignee,
                    miss.claimed_at,
                    miss.exit,
                    miss.entry,
                    miss.draft,
                    json.dumps(miss.added, ensure_ascii=False),
                    miss.exit_note,
                    miss.exit_by,
                    miss.exit_at,
                    miss.reply,
                    miss.id,
                ],
            )
            connection.execute(
                "update question set status = ? where id in (select question from miss_question where "
                "miss = ?)",
                [_STATUS[miss.state], miss.id],
            )
            self._keep_replies(miss)
        return miss

    def _keep_replies(self, miss: Miss) -> None:
        self._replies.put(miss.id, miss.reply if miss.state == "ignored" else None)

    def reopen_of(self, question: int) -> int | None:
        """Open the miss of a question again, wherever it was, with as much time as it had at first; returns its number,
        None where it is open or there is none."""
        with transaction(self._database) as connection:
            row = connection.execute(
                "select m.id from miss m join miss_question x on x.miss = m.id "
                "where x.question = ? and m.state in ('closed', 'ignored')",
                [question],
            ).fetchone()
            miss = self.get(row[0]) if row else None
            if miss is None:
                return None
            time_given = datetime.fromisoformat(miss.due_at) - datetime.fromisoformat(miss.first_seen)
            due_at = (datetime.now(UTC) + time_given).isoformat(timespec="milliseconds")
            self.reopened(replace(miss, due_at=due_at))
            return miss.id

    def talk_around(self, question: int, most: int = 4) -> list[tuple[int, str, str, str | None]]:
        """(number, text, outcome, entry) of what its asker asked in the same conversation just before and after, and of
        itself, in order."""
        found: list[tuple[int, str, str, str | None]] = []
        for comparison, order in (("<=", "desc"), (">", "asc")):
            rows = self._database.conn.execute(
                "select q.id, q.text, q.outcome, q.entry from question q join question own on own.id = ? "
                "where q.channel = own.channel and q.conversation = own.conversation "
                "and coalesce(q.asker, '') = coalesce(own.asker, '') "
                f"and q.id {comparison} own.id and substr(q.asked_at, 1, 10) = substr(own.asked_at, 1, 10) "
                f"order by q.id {order} limit ?",
                [question, most],
            ).fetchall()
            found += reversed(rows) if order == "desc" else rows
        return [(number, text, outcome, entry) for number, text, outcome, entry in found]

    def reopened(self, miss: Miss) -> Miss:
        """The miss without its exit, as before it was dealt with."""
        return self.put(
            replace(
                miss,
                state="open",
                exit=None,
                entry=None,
                draft=None,
                added=(),
                exit_note=None,
                exit_by=None,
                exit_at=None,
            )
        )

    def mark_bad(self, question: int, note: str, author: str) -> None:
        """Write down that the logged answer to `question` was wrong."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into bad_case (question, note, author, created_at) values (?, ?, ?, ?) "
                "on conflict (question) do update set note = excluded.note",
                [question, note, author, now()],
            )
            connection.execute(
                "update question set status = 'open', reason = 'thumbs_down' where id = ? and status = ''",
                [question],
            )


ORDERS = {
    "asked": "count(m.question) desc, miss.first_seen",
    "due": "miss.due_at",
    "newest": "max(m.question) desc",
    "oldest": "miss.first_seen",
}
"""In which order misses are listed: the most asked, the one due first, the last or the first one asked."""
_ONE_OF_ITS_QUESTIONS = "exists (select 1 from miss_question x join question q on q.id = x.question where x.miss = miss.id and {})"
_QUESTION = "q.id, q.text, q.asked_at, q.channel, q.conversation, q.asker, q.reason, q.candidates, q.cluster, q.passages, q.left_at"
_SELECT = (
    "select id, question, state, reason, first_seen, due_at, assignee, claimed_at, exit, entry, draft, "
    "added, "
    "exit_note, exit_by, exit_at, reply, merged_into, is_noise from miss"
)


def _question(row: tuple[Any, ...]) -> MissedQuestion:
    candidates = tuple((entry, score) for entry, score in json.loads(row[7] or "[]"))
    passages = tuple(QuotedPassage(**passage) for passage in json.loads(row[9] or "[]"))
    return MissedQuestion(*(*row[:6], row[6] or "", candidates, row[8] or "", passages, row[10]))


def _miss(row: tuple[Any, ...]) -> Miss:
    return Miss(*(*row[:11], tuple(json.loads(row[11] or "[]")), *row[12:17], bool(row[17])))
