"""The shipped pack under the names that the engine's tests have for the neutral one: what stands in knowledge/ is judged here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.evaluation.questions import read_questions
from huiqi.evaluation.report import ConversationMemory, Report, evaluate
from huiqi.formats.pack_reader import read_pack
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.service.settings import PACK_FOLDER
from huiqi.service.wiring import Compiled

from tests.conftest import ROOT, compiled_from, published_in

Measured = Callable[..., Report]

DAY = date(2020, 3, 16)
"""The day of asking unless a test says otherwise."""


@pytest.fixture(scope="session")
def knowledge_folder() -> Path:
    return PACK_FOLDER


@pytest.fixture(scope="session")
def compiled(knowledge_folder: Path) -> Compiled:
    return compiled_from(knowledge_folder)


@pytest.fixture(scope="session")
def pack(knowledge_folder: Path) -> Pack:
    return read_pack(knowledge_folder)


@pytest.fixture(scope="session")
def matcher(compiled: Compiled) -> Matcher:
    return Matcher(compiled.matcher)


@pytest.fixture(scope="session")
def published_database(knowledge_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_in(knowledge_folder, tmp_path_factory.mktemp("published") / "huiqi.db")


@pytest.fixture(scope="session")
def measured(compiled: Compiled, matcher: Matcher) -> Measured:
    """The report of one file of tests/questions, asked on a day, once for all who judge it."""

    @cache
    def report(name: str, day: date = DAY) -> Report:
        assistant = Assistant(compiled.pack, matcher, None, ConversationMemory())
        return evaluate(assistant, read_questions(ROOT / "tests" / "questions" / f"{name}.jsonl"), day)

    return report
