"""Each promise of docs/threats.md names the test that holds it, and each of these is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@cache
def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_the_test_behind_a_promise_is_there(file: str, test: str) -> None:
    assert test.startswith("test_") and test in functions_of(ROOT / file)


def test_no_promise_is_without_a_test() -> None:
    rows = [row for row in PAGE.splitlines() if row.startswith("| ") and "| Test |" not in row]
    promises = [row for row in rows if "::" in row]
    assert len(promises) > 30
    _, _, after = PAGE.partition("## Strangers")
    bare = [row for row in after.splitlines() if row.startswith("| ") and "::" not in row]
    assert {row.split("|")[2].strip() for row in bare} <= {"Test", "---"}
