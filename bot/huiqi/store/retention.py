"""How long what people said and did is kept, and what goes when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from huiqi.store.database import Database
from huiqi.store.days_kept import Days
from huiqi.store.transaction import transaction

GONE = "（已过保存期）"
"""What stands for the words of a question that is kept no longer."""


@dataclass(frozen=True)
class Rule:
    """`kind`: the field of Days; `table`, `condition`: rows that go, where :border is the instant before which."""

    kind: str
    table: str
    condition: str


RULES = (
    Rule("questions", "feedback", "question in (select id from question where asked_at < :border)"),
    Rule("questions", "bad_case", "question in (select id from question where asked_at < :border)"),
    Rule("questions", "verdict", "question in (select id from question where asked_at < :border)"),
    Rule("questions", "question", "asked_at < :border"),
    Rule("questions", "remark", "created_at < :border"),
    Rule("questions", "notification", "created_at < :border and state <> 'pending'"),
    Rule("questions", "handover_line", "said_at < :border"),
    Rule("checks", "kept_check", "kept_at < :border"),
    Rule("conversations", "conversation", "updated_at < :border"),
    Rule("conversations", "talk_wish", "asked_at < :border and staff is null"),
    Rule("sessions", "session", "coalesce(ended_at, expires_at) < :border"),
    Rule("failures", "login_failure", "failed_at < :border"),
    Rule("failures", "incident", "last_seen < :border"),
    Rule("gates", "gate", "created_at < :border and state <> 'running'"),
)
"""In the order in which they are followed: what hangs on a question goes before it."""


def sweep(database: Database, days: Days, moment: datetime, dry_run: bool = False) -> dict[str, int]:
    """Table → how many rows went, or would go (`dry_run`), by the clock at `moment`. All or nothing."""
    counts: dict[str, int] = {}
    with transaction(database) as connection:
        for rule in RULES:
            kept = getattr(days, rule.kind)
            if not kept:
                continue
            border = {"border": (moment - timedelta(days=kept)).isoformat(timespec="milliseconds")}
            (count,) = connection.execute(
                f"select count(*) from {rule.table} where {rule.condition}", border
            ).fetchone()
            counts[rule.table] = counts.get(rule.table, 0) + count
            if dry_run or not count:
                continue
            if rule.table == "question":
                # A miss keeps what staff did about it; its words are those of a question that is still kept, or none.
                connection.execute(
                    "update miss set question = coalesce((select q.text from question q join miss_question m "
                    "on m.question = q.id where m.miss = miss.id and q.asked_at >= :border order by q.id limit 1), :gone) "
                    "where id in (select m.miss from miss_question m join question q on q.id = m.question "
                    "where q.asked_at < :border and q.text = miss.question)",
                    border | {"gone": GONE},
                )
            connection.execute(f"delete from {rule.table} where {rule.condition}", border)
    if not dry_run and any(counts.values()):
        database.leave_no_trace()
    return counts
