"""The tests of the engine know nothing of the shipped pack: they pass whatever stands in knowledge/, or nothing."""

from __future__ import annotations

import re

from huiqi.pack.model import Pack

from tests.conftest import ROOT

TESTS = ROOT / "tests"
ABOUT_THE_SHIPPED_PACK = ("content/", "telegram/demo.py")
"""The demo plays what the documentation shows."""
ENGINE = [
    file
    for file in sorted(TESTS.rglob("*.py"))
    if not file.relative_to(TESTS).as_posix().startswith(ABOUT_THE_SHIPPED_PACK)
]


def found(pattern: str) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in ENGINE
        for match in re.finditer(pattern, file.read_text(encoding="utf-8"))
    ]


def test_none_asks_for_an_entry_of_the_shipped_pack(pack: Pack) -> None:
    known = "|".join(map(re.escape, pack.entries))
    assert found(rf"(?<![\w-])(?:{known})(?![\w-])") == []


def test_none_reads_its_folder() -> None:
    assert found(r"\((?:PACK_FOLDER|ROOT / .knowledge)") == []
