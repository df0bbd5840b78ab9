"""Every change of the database's shape, in order. A migration that has shipped is never edited."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("huiqi")


@migrations()
def m001_questions(db: Database) -> None:
    """The log: one row a question, personal data already masked."""
    db["question"].create(
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
    db["question"].create_index(["status", "asked_at"])
    db["question"].create_index(["asker"])
    db["question"].create_index(["message"])


@migrations()
def m002_conversations(db: Database) -> None:
    """What was being talked about, a row a conversation; stale rows are ignored by their time."""
    db["conversation"].create({"id": str, "state": str, "updated_at": str}, pk="id")


@migrations()
def m003_knowledge(db: Database) -> None:
    """The knowledge base: every revision of every item, and which revision of each is published."""
    db["revision"].create(
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
    db["revision"].create_index(["kind", "item"])
    db["published"].create(
        {"kind": str, "item": str, "revision": int, "position": int},
        pk=("kind", "item"),
        foreign_keys=[("revision", "revision", "id")],
    )
    db["release"].create(
        {"id": int, "fingerprint": str, "folder": str, "author": str, "note": str, "created_at": str}, pk="id"
    )


@migrations()
def m004_feedback(db: Database) -> None:
    """Thumbs up or down on an answer."""
    db["feedback"].create({"question": int, "asker": str, "value": str, "created_at": str}, pk=("question", "asker"))
