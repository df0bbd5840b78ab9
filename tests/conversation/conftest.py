"""What tests of conversations share: a way to say one message after another, each test in conversations of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.report import ConversationMemory
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.conftest import DAY

Talk = Callable[..., Reply]


@pytest.fixture(scope="session")
def quick(compiled: Compiled, matcher: Matcher) -> Assistant:
    """An assistant that remembers conversations and logs nothing."""
    return Assistant(compiled.pack, matcher, None, ConversationMemory())


def talking(quick: Assistant, today: date) -> Talk:
    """Says the messages in a conversation of their own; the reply to the last of them."""
    numbers = itertools.count()

    def talk(*messages: str, day: date = today) -> Reply:
        conversation = f"talk {next(numbers)}"
        replies = [quick.ask(Message(text, "test", conversation, "a1", day=day)) for text in messages]
        return replies[-1]

    return talk


@pytest.fixture(scope="session")
def talk(quick: Assistant) -> Talk:
    return talking(quick, DAY)


def first_words(reply: Reply) -> str:
    """The first line without its heading."""
    return reply.first.split("】", 1)[-1]


def first_line(talk: Talk, text: str, day: date, *before: str) -> str:
    return talk(*before, text, day=day).text.splitlines()[0]


def changed_by_asides(
    talk: Talk, question: str, before: Sequence[str], after: Sequence[str]
) -> tuple[list[str], int]:
    """The wordings of a question, with something told before or after it, that are not understood like the question
    alone; and how many were asked."""

    def told(reply: Reply) -> tuple[str, str | None, tuple[str, ...]]:
        return reply.outcome, reply.entry, reply.aspects

    plain = told(talk(question))
    wrapped = [f"{aside}，{question}" for aside in before] + [f"{question}，{aside}" for aside in after]
    return [text for text in wrapped if told(talk(text)) != plain], len(wrapped)
