"""Takes an asker's words out of every table: what staff did with them stays, the words go.

What has become knowledge, an alternate of an entry that was published or is being edited, is the office's own wording by
then and is not touched.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from huiqi.store.database import Connection, Database
from huiqi.store.transaction import transaction

ERASED = "（提问人已要求删除）"
NOTES = ("相似问：", "新知识：", "")
"""What stands before a question where staff's work is named after it."""
_HELD: Sequence[tuple[str, tuple[str, ...], tuple[str, ...], str]] = (
    ("audit", ("before", "after"), ("note",), "true"),
    ("draft", (), ("note",), "true"),
    ("draft", ("content",), (), "state = 'discarded'"),
    ("miss", ("added",), ("exit_note",), "true"),
    ("gate", ("result",), (), "true"),
)
"""(table, columns of JSON, columns of text, which rows): where a question may have been written down again."""

_ON_CHANNELS = (
    "delete from handover_line where channel = ? and conversation = ?",
    "delete from talk_wish where channel = ? and conversation = ?",
    "delete from channel_memory where channel = ? and name = 'window ' || ?",
    "delete from parcel where channel = ? and conversation = ? "
    "and (arrival is null or state not in ('waiting', 'sending'))",
    "delete from arrival where channel = ? and conversation = ? and state in ('done', 'set_aside')",
)
"""What is being answered or delivered just now drops its words by itself when it is done."""


@dataclass(frozen=True)
class Erased:
    """How many rows of one asker were erased."""

    questions: int
    subscriptions: int
    remarks: int


class Erasure:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_asker(self, channel: str, asker: str) -> Erased:
        """Everything of an asker of a channel."""
        return self._erase(
            "channel = ? and asker = ?", [channel, asker], f"{_literal(channel)}/%/{_literal(asker)}", [asker]
        )

    def of_conversation(self, channel: str, conversation: str) -> Erased:
        """Everything of a conversation whose asker has no name but it."""
        return self._erase(
            "channel = ? and conversation = ? and asker is null",
            [channel, conversation],
            f"{_literal(channel)}/{_literal(conversation)}/%",
            [conversation],
        )

    def _erase(self, whose: str, values: list[str], key: str, rater: list[str]) -> Erased:
        with transaction(self._database) as connection:

            def delete(statement: str, *arguments: object) -> int:
                return connection.execute(statement, [*arguments] or values).rowcount

            texts = connection.execute(f"select distinct text from question where {whose}", values).fetchall()
            delete("delete from feedback where asker = ?", *rater)
            for table in ("feedback", "bad_case", "verdict"):
                delete(f"delete from {table} where question in (select id from question where {whose})")
            delete(f"delete from notification where {whose}")
            delete("delete from conversation where id like ? escape '!'", key)
            questions = delete(f"delete from question where {whose}")
            for (text,) in texts:
                _forget_words(connection, text)
            subscriptions = delete(
                "delete from subscription where channel = ? and asker = ?", values[0], rater[0]
            )
            delete("delete from kept_check where channel = ? and asker = ?", values[0], rater[0])
            for statement in _ON_CHANNELS:
                delete(statement, values[0], rater[0])
            remarks = delete("delete from remark where channel = ? and asker = ?", values[0], rater[0])
        self._database.leave_no_trace()
        return Erased(questions, subscriptions, remarks)


def _forget_words(connection: Connection, text: str) -> None:
    """Put the mark of erasure for a question's words, unless somebody else asked in the same."""
    if not text or connection.execute("select 1 from question where text = ?", [text]).fetchone():
        return
    # Whole texts only: a word may stand in what others said as well.
    written, mark = json.dumps(text, ensure_ascii=False), json.dumps(ERASED, ensure_ascii=False)
    for table, in_json, in_text, which in _HELD:
        for column in in_json:
            connection.execute(
                f"update {table} set {column} = replace({column}, ?, ?) where {which} and instr({column}, ?) > 0",
                [written, mark, written],
            )
        for column in in_text:
            for before in NOTES:
                connection.execute(
                    f"update {table} set {column} = ? where {which} and {column} = ?",
                    [before + ERASED, before + text],
                )


def _literal(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
