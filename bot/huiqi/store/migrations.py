"""Every change of the database's shape, in order. A migration that has shipped is never edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("huiqi")


def is_newer(database: Database) -> bool:
    """Whether a newer program has changed the database's shape in a way that this one does not know."""
    return not {migration.name for migration in migrations.applied(database)} <= _known()


@dataclass(frozen=True)
class Migration:
    """`apply` takes the database, of whatever engine."""

    name: str
    apply: Callable[[Any], None]


@cache
def in_order() -> tuple[Migration, ...]:
    """Every migration there is: what an empty database lacks."""
    with closing(Database(memory=True, execute_plugins=False)) as empty:
        return tuple(Migration(migration.name, migration.fn) for migration in migrations.pending(empty))


@dataclass(frozen=True)
class TableShape:
    """A table of ours as it is now. `key`: the columns of its primary key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_counted: bool
    """Whether the database itself gives new rows their key."""

    def key_of(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """`row`: a value for each column."""
        return tuple(row[self.columns.index(name)] for name in self.key)


@cache
def shapes() -> tuple[TableShape, ...]:
    """Every table, in the order in which they were made: what one refers to stands before it."""
    with closing(Database(memory=True, execute_plugins=False)) as empty:
        migrations.apply(empty)
        tables = [empty.table(name) for name in empty.table_names() if name != migrations.migrations_table]
        return tuple(
            TableShape(
                table.name,
                tuple(column.name for column in table.columns),
                tuple(table.pks),
                [column.type for column in table.columns if column.is_pk] == ["INTEGER"],
            )
            for table in tables
        )


def _known() -> frozenset[str]:
    return frozenset(migration.name for migration in in_order())


def _engine_of(db: Database) -> ModuleType:
    """Where triggers are made: their language is each engine's own."""
    # An engine is loaded by those that use it.
    if isinstance(db, Database):
        from huiqi.store.engines import sqlite

        return sqlite
    from huiqi.store.engines import postgresql

    return postgresql


@migrations()
def m001_questions(db: Database) -> None:
    """The log: one row a question, personal data already masked."""
    db.table("question").create(
        {
            "id": int,
            "asked_at": str,
            "channel": str,
            "conversation": str,
            "asker": str,
            "text": str,
            "outcome": str,
            "entry": str,
            "revision": int,
            "facet": str,
            "confidence": float,
            "reason": str,
            "candidates": str,
            "pack": str,
            "part": int,
            "message": str,
            "status": str,
            "cluster": str,
        },
        pk="id",
        not_null={"asked_at", "channel", "text", "outcome"},
    )
    db.table("question").create_index(["status", "asked_at"])
    db.table("question").create_index(["asker"])
    db.table("question").create_index(["message"])


@migrations()
def m002_conversations(db: Database) -> None:
    """What was being talked about, a row a conversation; stale rows are ignored by their time."""
    db.table("conversation").create({"id": str, "state": str, "updated_at": str}, pk="id")


@migrations()
def m003_knowledge(db: Database) -> None:
    """The knowledge base: every revision of every item, and which revision of each is published."""
    db.table("revision").create(
        {
            "id": int,
            "kind": str,
            "item": str,
            "content": str,
            "author": str,
            "origin": str,
            "note": str,
            "created_at": str,
        },
        pk="id",
        not_null={"kind", "item", "author", "origin", "created_at"},
    )
    db.table("revision").create_index(["kind", "item"])
    db.table("published").create(
        {"kind": str, "item": str, "revision": int, "position": int},
        pk=("kind", "item"),
        foreign_keys=[("revision", "revision", "id")],
    )
    db.table("release").create(
        {"id": int, "fingerprint": str, "folder": str, "author": str, "note": str, "created_at": str}, pk="id"
    )


@migrations()
def m004_feedback(db: Database) -> None:
    """Thumbs up or down on an answer."""
    db.table("feedback").create(
        {"question": int, "asker": str, "value": str, "created_at": str}, pk=("question", "asker")
    )


@migrations()
def m201_staff(db: Database) -> None:
    """Staff accounts, their sessions (only a hash of each token is kept), and failed logins for throttling."""
    db.table("staff").create(
        {
            "name": str,
            "password": str,
            "role": str,
            "telegram": str,
            "is_active": int,
            "created_at": str,
        },
        pk="name",
        not_null={"password", "role", "is_active", "created_at"},
    )
    db.table("staff").create_index(["telegram"], unique=True)
    db.table("session").create(
        {
            "token": str,
            "staff": str,
            "csrf": str,
            "address": str,
            "created_at": str,
            "expires_at": str,
            "ended_at": str,
        },
        pk="token",
        not_null={"staff", "csrf", "created_at", "expires_at"},
    )
    db.table("session").create_index(["staff"])
    db.table("login_failure").create({"id": int, "name": str, "address": str, "failed_at": str}, pk="id")
    db.table("login_failure").create_index(["name", "failed_at"])
    db.table("login_failure").create_index(["address", "failed_at"])


@migrations()
def m202_audit(db: Database) -> None:
    """Who did what, when, before and after. The triggers make it a table that can only grow."""
    db.table("audit").create(
        {
            "id": int,
            "at": str,
            "actor": str,
            "action": str,
            "kind": str,
            "subject": str,
            "before": str,
            "after": str,
            "note": str,
        },
        pk="id",
        not_null={"at", "actor", "action", "kind", "subject"},
    )
    db.table("audit").create_index(["kind", "subject"])
    db.table("audit").create_index(["actor"])
    for act in ("update", "delete"):
        _engine_of(db).refuse(
            db, f"audit_no_{act}", act, "audit", "the audit trail is append-only", but="false"
        )


@migrations()
def m203_drafts(db: Database) -> None:
    """Changes on their way to publication. `content` is JSON, null for a deletion; `version` guards two editors."""
    db.table("draft").create(
        {
            "id": int,
            "kind": str,
            "item": str,
            "content": str,
            "base_revision": int,
            "version": int,
            "state": str,
            "note": str,
            "editors": str,
            "created_at": str,
            "updated_at": str,
            "updated_by": str,
            "submitted_by": str,
            "submitted_at": str,
            "reviewed_by": str,
            "reviewed_at": str,
            "comment": str,
        },
        pk="id",
        not_null={"kind", "item", "version", "state", "editors", "created_at", "updated_at", "updated_by"},
    )
    db.conn.execute(
        "create unique index draft_one_open on draft (kind, item) where state in ('draft', 'in_review', 'approved')"
    )


@migrations()
def m204_misses(db: Database) -> None:
    """Like questions that went unanswered, as one piece of work; `miss_question` says which they are."""
    db.table("miss").create(
        {
            "id": int,
            "question": str,
            "state": str,
            "reason": str,
            "first_seen": str,
            "due_at": str,
            "assignee": str,
            "claimed_at": str,
            "exit": str,
            "entry": str,
            "draft": int,
            "added": str,
            "exit_note": str,
            "exit_by": str,
            "exit_at": str,
        },
        pk="id",
        not_null={"question", "state", "first_seen", "due_at"},
    )
    db.table("miss").create_index(["state", "due_at"])
    db.table("miss").create_index(["draft"])
    db.table("miss_question").create({"question": int, "miss": int}, pk="question")
    db.table("miss_question").create_index(["miss"])


@migrations()
def m205_gates(db: Database) -> None:
    """Runs of the publish gate, and which revisions each release put in place of which."""
    db.table("gate").create(
        {
            "id": int,
            "state": str,
            "drafts": str,
            "base": str,
            "fingerprint": str,
            "done": int,
            "total": int,
            "result": str,
            "error": str,
            "created_by": str,
            "created_at": str,
            "updated_at": str,
        },
        pk="id",
        not_null={"state", "drafts", "base", "created_by", "created_at"},
    )
    db.table("release_item").create(
        {"release": int, "kind": str, "item": str, "revision": int, "previous": int},
        pk=("release", "kind", "item"),
    )


@migrations()
def m206_notifications(db: Database) -> None:
    """Askers to be told that their question is answered now; each channel drains its own rows."""
    db.table("notification").create(
        {
            "id": int,
            "channel": str,
            "conversation": str,
            "asker": str,
            "question": int,
            "miss": int,
            "entry": str,
            "text": str,
            "state": str,
            "attempts": int,
            "created_at": str,
            "sent_at": str,
        },
        pk="id",
        not_null={"channel", "state", "created_at"},
    )
    db.table("notification").create_index(["channel", "state"])


@migrations()
def m207_bad_cases(db: Database) -> None:
    """Answers in the log that staff marked as wrong."""
    db.table("bad_case").create(
        {"question": int, "note": str, "author": str, "created_at": str}, pk="question"
    )


@migrations()
def m101_inbox(db: Database) -> None:
    """What Telegram handed over and what is to go back: written down before it is done, so that a killed
    process neither loses nor doubles it. Payloads are emptied as soon as they are no longer needed."""
    db.table("inbox").create(
        {
            "update_id": int,
            "chat": int,
            "message": int,
            "payload": str,
            "state": str,
            "erases": int,
            "received_at": str,
            "done_at": str,
        },
        pk="update_id",
        not_null={"state", "received_at"},
    )
    db.table("inbox").create_index(["state"])
    db.table("inbox").create_index(["chat", "message"])
    db.table("outbox").create(
        {
            "id": int,
            "update_id": int,
            "chat": int,
            "kind": str,
            "payload": str,
            "state": str,
            "after": int,
            "message": int,
            "created_at": str,
            "sent_at": str,
        },
        pk="id",
        not_null={"kind", "state", "created_at"},
    )
    db.table("outbox").create_index(["update_id"])
    db.table("outbox").create_index(["state"])
    db.table("outbox").create_index(["chat", "message"])


@migrations()
def m102_subscriptions(db: Database) -> None:
    """Who wants to hear when an entry changes; `revision` is the one they last saw."""
    db.table("subscription").create(
        {
            "channel": str,
            "asker": str,
            "entry": str,
            "conversation": str,
            "revision": int,
            "created_at": str,
        },
        pk=("channel", "asker", "entry"),
        not_null={"conversation", "created_at"},
    )
    db.table("subscription").create_index(["entry"])


@migrations()
def m103_remarks(db: Database) -> None:
    """What people wrote about the bot itself, personal data masked."""
    db.table("remark").create(
        {"id": int, "channel": str, "asker": str, "text": str, "created_at": str},
        pk="id",
        not_null={"channel", "text", "created_at"},
    )


@migrations()
def m104_incidents(db: Database) -> None:
    """Errors by kind, so that staff are told of each kind once."""
    db.table("incident").create(
        {"kind": str, "count": int, "first_seen": str, "last_seen": str}, pk="kind", not_null={"count"}
    )


@migrations()
def m208_erasure(db: Database) -> None:
    """When a question is erased at its asker's wish, staff's copy of it goes as well."""
    _engine_of(db).after_delete(
        db,
        "question_erased",
        "question",
        "delete from notification where question = old.id; "
        "update miss set question = coalesce((select q.text from question q join miss_question m on m.question = q.id "
        "where m.miss = miss.id order by q.id limit 1), '（提问人已要求删除）') "
        "where id = (select miss from miss_question where question = old.id) and question = old.text; "
        "delete from miss_question where question = old.id;",
    )


@migrations()
def m301_choices(db: Database) -> None:
    """What was chosen of the entries that a clarification offered: an entry, or `none`. Evidence for curation."""
    db.table("question").add_column("chosen", str)


@migrations()
def m105_inbox_digest(db: Database) -> None:
    """What tells an update that came twice from another one under a number that was used before."""
    db.table("inbox").add_column("digest", str)


@migrations()
def m302_release_source(db: Database) -> None:
    """Where the folder of a release lies, so that no other folder takes its place unasked."""
    db.table("release").add_column("source", str)


@migrations()
def m106_inbox_failures(db: Database) -> None:
    """How often work on an update failed, and since when it is worked on: what fails again and again is set aside."""
    db.table("inbox").add_column("failures", int, not_null_default=0)
    db.table("inbox").add_column("begun_at", str)


@migrations()
def m209_silent_misses(db: Database) -> None:
    """What gathering looks for is found without reading the whole log."""
    db.conn.execute("create index question_open on question (id) where status = 'open'")
    db.conn.execute(
        "create index question_facet_missing on question (id) where status = '' and reason = 'facet_missing'"
    )
    db.conn.execute("create index feedback_down on feedback (question) where value = 'down'")


@migrations()
def m210_audit_words(db: Database) -> None:
    """The audit trail keeps every act; words in it may give way to the mark of erasure, and to nothing else."""
    erased = "（提问人已要求删除）"
    engine = _engine_of(db)
    engine.drop_trigger(db, "audit_no_update", "audit")
    same = " and ".join(
        f"new.{name} is not distinct from old.{name}"
        for name in ("id", "at", "actor", "action", "kind", "subject")
    )
    words = " and ".join(
        f"(new.{name} is not distinct from old.{name} or coalesce(instr(new.{name}, '{erased}'), 0) > 0)"
        for name in ("before", "after", "note")
    )
    engine.refuse(
        db, "audit_no_update", "update", "audit", "the audit trail is append-only", but=f"{same} and {words}"
    )


@migrations()
def m211_channel_off(db: Database) -> None:
    """Channels on which nobody is answered for now."""
    db.table("channel_off").create(
        {"channel": str, "staff": str, "reason": str, "switched_at": str},
        pk="channel",
        not_null={"staff", "reason", "switched_at"},
    )


@migrations()
def m212_idle_sessions(db: Database) -> None:
    """When somebody last worked in a session, and whether its second factor is still to come."""
    db.table("session").add_column("seen_at", str)
    db.table("session").add_column("is_pending", int, not_null_default=0)


@migrations()
def m213_second_factors(db: Database) -> None:
    """Secrets of one-time passwords, the last time step that was used of each, and hashes of recovery codes."""
    db.table("second_factor").create(
        {"staff": str, "secret": str, "last_step": int, "created_at": str, "confirmed_at": str},
        pk="staff",
        not_null={"secret", "last_step", "created_at"},
    )
    db.table("recovery_code").create(
        {"code": str, "staff": str, "created_at": str}, pk="code", not_null={"staff", "created_at"}
    )
    db.table("recovery_code").create_index(["staff"])


@migrations()
def m214_asking_again(db: Database) -> None:
    """What a release may have answered is asked again afterwards: releases to look through, and the misses found."""
    db.table("release_to_ask").create(
        {"release": int, "drafts": str, "entries": str}, pk="release", not_null={"drafts", "entries"}
    )
    db.table("miss_to_ask").create({"id": int, "miss": int}, pk="id", not_null={"miss"})
    db.table("miss_to_ask").create_index(["miss"])


@migrations()
def m215_documents(db: Database) -> None:
    """Documents that staff brought: the file as it was, its text, and what is being made of it."""
    db.table("document").create(
        {
            "id": int,
            "digest": str,
            "name": str,
            "content": bytes,
            "written": str,
            "title": str,
            "address": str,
            "brought_by": str,
            "brought_at": str,
            "work": str,
            "past": str,
            "version": int,
            "state": str,
        },
        pk="id",
        not_null={"digest", "name", "written", "title", "brought_by", "brought_at", "version", "state"},
    )
    db.table("document").create_index(["digest"], unique=True)


@migrations()
def m216_passages(db: Database) -> None:
    """The passages of originals that were offered with a miss, as JSON, so that an entry can be made of one."""
    db.table("question").add_column("passages", str)


@migrations()
def m217_jobs(db: Database) -> None:
    """Work in the background, a row a job: who does it and until when, and when it was last done."""
    db.table("job").create({"name": str, "holder": str, "held_until": str, "done_at": str}, pk="name")


@migrations()
def m260_arrivals(db: Database) -> None:
    """What came in by a channel, the messages that answer it, and the channel's own values."""
    db.table("arrival").create(
        {
            "id": int,
            "channel": str,
            "key": str,
            "conversation": str,
            "payload": str,
            "state": str,
            "failures": int,
            "due_at": str,
            "received_at": str,
        },
        pk="id",
        not_null={"channel", "key", "conversation", "payload", "state", "failures", "received_at"},
    )
    db.table("arrival").create_index(["channel", "key"], unique=True)
    db.table("arrival").create_index(["channel", "conversation", "state"])
    db.table("arrival").create_index(["state"])
    db.table("parcel").create(
        {
            "id": int,
            "arrival": int,
            "channel": str,
            "conversation": str,
            "asker": str,
            "text": str,
            "choices": str,
            "state": str,
            "attempts": int,
            "due_at": str,
            "why": str,
            "created_at": str,
            "ended_at": str,
        },
        pk="id",
        not_null={"channel", "conversation", "text", "choices", "state", "attempts", "created_at"},
    )
    db.table("parcel").create_index(["arrival"])
    db.table("parcel").create_index(["state"])
    db.table("channel_memory").create(
        {"channel": str, "name": str, "value": str, "ends_at": str},
        pk=("channel", "name"),
        not_null={"value"},
    )


@migrations()
def m261_handovers(db: Database) -> None:
    """Talks that a member of staff has on a channel, and what is said in them."""
    db.table("handover").create(
        {"channel": str, "conversation": str, "staff": str, "began_at": str},
        pk=("channel", "conversation"),
        not_null={"staff", "began_at"},
    )
    db.table("handover_line").create(
        {
            "id": int,
            "channel": str,
            "conversation": str,
            "message": str,
            "text": str,
            "staff": str,
            "said_at": str,
        },
        pk="id",
        not_null={"channel", "conversation", "message", "text", "said_at"},
    )
    db.table("handover_line").create_index(["channel", "message"], unique=True)


@migrations()
def m262_api_keys(db: Database) -> None:
    """Keys of other systems, by their digests, and answers to requests that may come again."""
    db.table("api_key").create(
        {
            "id": int,
            "name": str,
            "beginning": str,
            "digest": str,
            "scopes": str,
            "a_minute": int,
            "made_by": str,
            "made_at": str,
            "used_at": str,
            "ended_at": str,
        },
        pk="id",
        not_null={"name", "beginning", "digest", "scopes", "a_minute", "made_by", "made_at"},
    )
    db.table("api_key").create_index(["digest"], unique=True)
    db.table("repeat").create(
        {"who": str, "key": str, "digest": str, "status": int, "body": str, "asked_at": str},
        pk=("who", "key"),
        not_null={"digest", "body", "asked_at"},
    )


@migrations()
def m264_told(db: Database) -> None:
    """The entry that a message of the bot tells of, so that a reply to it is understood."""
    db.table("outbox").add_column("entry", str)


@migrations()
def m263_reasons(db: Database) -> None:
    """Why somebody found an answer of no use."""
    db.table("feedback").add_column("reason", str)


@migrations()
def m275_uploads(db: Database) -> None:
    """Files that staff looked at and have not had taken over yet."""
    db.table("upload").create(
        {"token": str, "name": str, "content": bytes, "brought_by": str, "brought_at": str},
        pk="token",
        not_null={"name", "content", "brought_by", "brought_at"},
    )


@migrations()
def m250_brought_quotes(db: Database) -> None:
    """The words of brought documents behind the statements that were made of them, so that they go where these go."""
    names = ("entry", "facet", "statement", "source", "paragraph", "words")
    db.table("brought_quote").create({"id": int, **dict.fromkeys(names, str)}, pk="id", not_null=set(names))
    db.table("brought_quote").create_index(["entry"])


@migrations()
def m240_notices(db: Database) -> None:
    """Notices of every kind on every channel: what one is about, what became of it, and the channel's message of it."""
    notices = db.table("notification")
    notices.add_column("kind", str, not_null_default="answered")
    notices.add_column("key", str)
    notices.add_column("why", str)
    notices.create_index(["key"], unique=True)
    notices.create_index(["miss"])
    for table in ("outbox", "parcel"):
        db.table(table).add_column("notice", int)
    db.conn.execute("update notification set kind = 'reply' where text is not null")


@migrations()
def m241_offers(db: Database) -> None:
    """Misses that a release may have answered, offered to staff to close."""
    db.table("miss_offer").create(
        {"miss": int, "entry": str, "first": str, "is_refused": int},
        pk="miss",
        not_null={"entry", "first", "is_refused"},
    )


@migrations()
def m242_tickets(db: Database) -> None:
    """What opens a question's page, and whether its asker's browser is to be shown the answer; the reply that goes with
    what staff ignored."""
    db.table("ticket").create(
        {"question": int, "code": str, "is_remembered": int, "wrong": int, "wrong_at": str},
        pk="question",
        not_null={"code", "is_remembered", "wrong"},
    )
    _engine_of(db).after_delete(db, "ticket_gone", "question", "delete from ticket where question = old.id;")
    db.table("miss").add_column("reply", str)


@migrations()
def m243_set_replies(db: Database) -> None:
    """What the bot says to questions that staff ignored, and which questions somebody left for staff."""
    db.table("set_reply").create(
        {"key": str, "miss": int, "reply": str}, pk="key", not_null={"miss", "reply"}
    )
    db.table("set_reply").create_index(["miss"])
    _engine_of(db).after_delete(
        db,
        "set_reply_gone",
        "question",
        "delete from set_reply where key = old.cluster and "
        "not exists (select 1 from question where cluster = old.cluster);",
    )
    db.table("question").add_column("left_at", str)
    db.table("question").create_index(["cluster"])


@migrations()
def m244_corrections(db: Database) -> None:
    """What releases changed of what people were given, and what staff decided about telling them."""
    db.table("correction").create(
        {
            "id": int,
            "release": int,
            "entry": str,
            "revision": int,
            "facets": str,
            "changes": str,
            "text": str,
            "state": str,
            "created_at": str,
            "decided_by": str,
            "decided_at": str,
        },
        pk="id",
        not_null={"release", "entry", "revision", "facets", "changes", "text", "state", "created_at"},
    )
    db.table("correction").create_index(["release", "entry"], unique=True)
    db.table("correction").create_index(["state"])


@migrations()
def m245_staff_news(db: Database) -> None:
    """What staff were told of, each thing once, and the letters that tell them."""
    db.table("staff_event").create({"key": str, "told_at": str}, pk="key", not_null={"told_at"})
    db.table("staff_letter").create(
        {
            "id": int,
            "way": str,
            "text": str,
            "state": str,
            "attempts": int,
            "due_at": str,
            "why": str,
            "created_at": str,
            "ended_at": str,
        },
        pk="id",
        not_null={"way", "text", "state", "attempts", "created_at"},
    )
    db.table("staff_letter").create_index(["state"])


@migrations()
def m270_verdicts(db: Database) -> None:
    """What staff found wrong with an answer; and the log by conversation and by entry."""
    db.table("verdict").create(
        {"question": int, "verdict": str, "author": str, "created_at": str},
        pk="question",
        not_null={"verdict", "author", "created_at"},
    )
    db.table("question").create_index(["conversation"])
    db.table("question").create_index(["entry", "asked_at"])


@migrations()
def m271_attachments(db: Database) -> None:
    """Files to download with entries, by their SHA-256."""
    db.table("attachment").create(
        {"digest": str, "content": bytes, "brought_by": str, "brought_at": str},
        pk="digest",
        not_null={"content", "brought_by", "brought_at"},
    )


@migrations()
def m311_subscriptions(db: Database) -> None:
    """Subscriptions to a policy, a topic or everything, beside those to an entry; and of which one a notice tells."""
    before = db.conn.execute(
        "select channel, asker, conversation, 'entry', entry, created_at from subscription order by created_at, entry"
    ).fetchall()
    db.conn.execute("drop table subscription")
    db.table("subscription").create(
        {
            "id": int,
            "channel": str,
            "asker": str,
            "conversation": str,
            "kind": str,
            "about": str,
            "created_at": str,
        },
        pk="id",
        not_null={"channel", "asker", "conversation", "kind", "about", "created_at"},
    )
    db.table("subscription").create_index(["channel", "asker", "kind", "about"], unique=True)
    for row in before:
        db.conn.execute(
            "insert into subscription (channel, asker, conversation, kind, about, created_at) values (?, ?, ?, ?, ?, ?)",
            list(row),
        )
    db.table("notification").add_column("subscription", int)


@migrations()
def m312_kept_checks(db: Database) -> None:
    """Answers to a self-check that were left, to be told when something new fits."""
    db.table("kept_check").create(
        {
            "channel": str,
            "asker": str,
            "conversation": str,
            "answers": str,
            "known": str,
            "kept_at": str,
        },
        pk=("channel", "asker"),
        not_null={"conversation", "answers", "known", "kept_at"},
    )


@migrations()
def m313_tasks(db: Database) -> None:
    """What the unit of an entry has to find out, with a clock that a transfer does not set back."""
    db.table("task").create(
        {
            "id": int,
            "kind": str,
            "entry": str,
            "about": str,
            "unit": str,
            "first_unit": str,
            "opened_at": str,
            "due_at": str,
            "closed_at": str,
            "closed_why": str,
            "transfers": str,
        },
        pk="id",
        not_null={"kind", "entry", "about", "unit", "first_unit", "opened_at", "due_at", "transfers"},
    )
    db.table("task").create_index(["kind", "entry", "about"], unique=True)
    # What is missed is looked for every few minutes, and is little of the log.
    db.conn.execute("create index question_gap on question (entry, facet) where reason = 'facet_missing'")


@migrations()
def m314_samples(db: Database) -> None:
    """Answers drawn by lot, a week's together, and what staff thought of each."""
    db.table("sample").create(
        {"question": int, "week": str, "verdict": str, "author": str, "judged_at": str},
        pk="question",
        not_null={"week"},
    )
    db.table("sample").create_index(["week"])


@migrations()
def m331_told_revision(db: Database) -> None:
    """Which revision of its entry a notice was written from, so that a correction finds who was told it."""
    db.table("notification").add_column("revision", int)
    db.table("notification").create_index(["entry"])


@migrations()
def m341_talk_wishes(db: Database) -> None:
    """Askers who want a person, on channels whose platform has no customer service of its own."""
    db.table("talk_wish").create(
        {
            "id": int,
            "channel": str,
            "conversation": str,
            "asker": str,
            "asked_at": str,
            "staff": str,
        },
        pk="id",
        not_null={"channel", "conversation", "asked_at"},
    )
    db.table("talk_wish").create_index(["channel", "conversation"], unique=True)


@migrations()
def m321_groups_by_hand(db: Database) -> None:
    """Misses that staff put together, and what is no question; a merged one loses its text with its last question."""
    db.table("miss").add_column("merged_into", int)
    db.table("miss").add_column("is_noise", int, not_null_default=0)
    db.conn.execute("create index miss_merged on miss (question) where merged_into is not null")
    _engine_of(db).after_delete(
        db,
        "merged_miss_gone",
        "question",
        "update miss set question = '（提问人已要求删除）' where merged_into is not null and question = old.text and "
        "not exists (select 1 from miss_question m join question q on q.id = m.question "
        "where m.miss = miss.merged_into and q.text = old.text);",
    )
