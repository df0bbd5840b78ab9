"""What tests of conversations share: a way to say one message after another, each test in conversations of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
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
