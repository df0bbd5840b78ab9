"""An assistant that says the question back. It logs like the real one, and starts in no time."""

from __future__ import annotations

from huiqi.answering.reply import Block, Reply
from huiqi.assistant.asking import Message
from huiqi.pack.model import Pack, Places, Spoken
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from sqlite_utils import Database

NO_PACK = Pack({}, {}, {}, (), Spoken((), ()), Places((), {}, (), (), (), (), (), ()), (), {})
TRIPS = "绊一跤"


class EchoAssistant:
    """“答：” and the question; a question with TRIPS in it is an error."""

    pack = NO_PACK

    def __init__(self, database: Database) -> None:
        self._log = QuestionLog(database)

    def ask(self, message: Message) -> Reply:
        if TRIPS in message.text:
            raise ZeroDivisionError
        number = self._log.add(
            LoggedQuestion(
                message.channel,
                message.text,
                "answer",
                conversation=message.conversation,
                asker=message.asker,
                message=message.id,
            )
        )
        return Reply("answer", (Block("answer", f"答：{message.text}"),), number=number)
