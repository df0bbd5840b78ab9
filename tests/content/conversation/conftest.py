"""Conversations about the shipped pack, on the day of its first answers."""

from __future__ import annotations

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.evaluation.report import ConversationMemory
from huiqi.matching.matcher import Matcher
from huiqi.service.wiring import Compiled

from tests.content.conftest import DAY
from tests.conversation.conftest import Talk, talking


@pytest.fixture(scope="session")
def quick(compiled: Compiled, matcher: Matcher) -> Assistant:
    """An assistant that remembers conversations and logs nothing."""
    return Assistant(compiled.pack, matcher, None, ConversationMemory())


@pytest.fixture(scope="session")
def talk(quick: Assistant) -> Talk:
    return talking(quick, DAY)
