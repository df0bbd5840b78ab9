"""The conversation that the READMEs show is the one to be had with the shipped pack; links, into it too, lead somewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from huiqi.assistant.asking import Assistant

from tests.conftest import Ran
from tests.test_docs import PAGES, STALE
from tests.test_docs import write_docs as write_docs


def test_what_the_readmes_show_of_the_program_is_what_it_says(
    write_docs: ModuleType, assistant: Assistant
) -> None:
    for page in write_docs.READMES:
        assert write_docs.readme(page, assistant) == page.read_text(encoding="utf-8"), STALE


def test_the_conversation_is_to_be_had_as_the_readmes_say(
    write_docs: ModuleType, huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = f"chat --as-of {write_docs.DAY}"
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in write_docs.SAID)))
    said = huiqi(*command.split()).out
    for page in write_docs.READMES:
        text = page.read_text(encoding="utf-8")
        assert f"`scripts/huiqi {command}`" in text
        _, _, shown = text.partition("```text\n")
        assert shown.partition("\n```")[0] in said, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
