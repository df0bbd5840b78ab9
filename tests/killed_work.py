"""Publishing, importing, backups, moves and the work in the background killed at moments by chance: for the suite in a short
form (tests/test_killed_work.py), for scripts/kills.py in a long one. What is half done is found whole or not at all, and
goes on."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from huiqi.store.database import Database, open_database
from huiqi.store.knowledge import KnowledgeStore

from tests.conftest import ROOT, XINGHE, publish_in
from tests.mortal_work import REVIEWER, SECONDS_OF_BACKGROUND
from tests.tables import count_of, rows_of

UNHURRIED = 600.0
"""Seconds in which any work is done."""
BEYOND = 1.1
"""A life at most, as a share of how long the work takes."""


class Mortal:
    """A process whose children do works on a database, with the packs in `folder`, and are killed."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.lives = 0
        place = {"HUIQI_DATABASE": database, "HUIQI_KNOWLEDGE": str(folder / "pack-0"), "PYTHONPATH": "bot:."}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mortal_work", str(folder)],
            cwd=ROOT,
            env=os.environ | place,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def life(self, work: str, seconds: float = UNHURRIED) -> tuple[bool, float]:
        """One child that works so long at most: whether it was killed, and how long it worked. Its number is what `lives`
        was before."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{work} {seconds}\n")
        self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        assert words, self._said()
        how, lived, status = words
        self.lives += 1
        assert how == "killed" or status == "0", self._said()
        return how == "killed", float(lived)

    def _said(self) -> str:
        assert self._process.stderr
        self._process.kill()
        return self._process.stderr.read()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def mortal(folder: Path, database: str) -> Iterator[Mortal]:
    """On a database with the first of two packs published that differ in an entry."""
    for number in range(2):
        shutil.copytree(XINGHE, folder / f"pack-{number}")
    changed = folder / "pack-1" / "policies" / "faq.yaml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("8点半", "9点"), encoding="utf-8")
    publish_in(folder / "pack-0", database)
    process = Mortal(folder, database)
    try:
        yield process
    finally:
        process.end()


def killed(
    work: str, process: Mortal, kills: int, chance: random.Random, check: Callable[[Database, int], None]
) -> None:
    """Lives of a work until so many were killed in the middle of it, `check` after each with its number; the first and the
    last end by themselves."""

    def life(seconds: float = UNHURRIED) -> tuple[bool, float]:
        lived = process.life(work, seconds)
        with contextlib.closing(open_database(process.database)) as database:
            assert database.fault() is None
            check(database, process.lives - 1)
        return lived

    _, length = life()
    while kills:
        was_killed, _ = life(chance.uniform(0.0, length * BEYOND))
        kills -= was_killed
    life()


def in_force(database: Database) -> KnowledgeStore:
    """What is in force, which is what the last release says, to the letter."""
    knowledge = KnowledgeStore(database)
    with database.snapshot():
        assert knowledge.pack().fingerprint == knowledge.fingerprint()
    return knowledge


def killed_publishing(process: Mortal, kills: int, chance: random.Random) -> None:
    """Each release of staff stands in the audit trail once, has ended one draft, and no draft ended without one."""

    def check(database: Database, life: int) -> None:
        in_force(database)
        of_staff = [row["id"] for row in rows_of(database, "release") if row["author"] == REVIEWER.name]
        told = [row["subject"] for row in rows_of(database, "audit") if row["action"] == "发布"]
        assert Counter(told) == Counter(map(str, of_staff))
        states = Counter(row["state"] for row in rows_of(database, "draft"))
        assert states.pop("published", 0) == len(of_staff)
        assert states.total() <= 1

    killed("publish", process, kills, chance, check)


def killed_importing(process: Mortal, kills: int, chance: random.Random) -> None:
    """One pack or the other is in force, and after an import that ended the one that was imported."""
    said = ""

    def check(database: Database, life: int) -> None:
        nonlocal said
        said = in_force(database).item("entry", "faq-hours")["summary"]["text"]
        assert ("8点半" in said) != ("9点" in said)

    killed("import", process, kills, chance, check)
    assert ("9点" in said) == bool((process.lives - 1) % 2)


def killed_backing_up(process: Mortal, kills: int, chance: random.Random) -> None:
    """What is there under a backup's name is all of it."""
    (backups := process.folder / "backups").mkdir()

    def check(database: Database, life: int) -> None:
        for file in backups.glob("*.db"):
            with contextlib.closing(sqlite3.connect(file)) as copy:
                assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
                found = copy.execute("select count(*) from revision").fetchone()[0]
                assert found == count_of(database, "revision")
            file.unlink()

    killed("backup", process, kills, chance, check)


def killed_moving(process: Mortal, kills: int, chance: random.Random) -> None:
    """Everything is in the other database, or nothing."""

    def check(database: Database, life: int) -> None:
        target = process.folder / f"moved-{life}.db"
        if target.exists():
            with contextlib.closing(open_database(str(target))) as moved:
                assert moved.fault() is None
                assert count_of(moved, "revision") in (0, count_of(database, "revision"))
        for file in process.folder.glob(f"{target.name}*"):
            file.unlink()

    killed("move", process, kills, chance, check)


def killed_in_the_background(process: Mortal, kills: int, chance: random.Random) -> None:
    """Every miss is in one group, whoever was killed when: two processes gather at the same time, and both are."""
    other = Mortal(process.folder, process.database)

    def check(database: Database, life: int) -> None:
        was_killed, _ = other.life("background", chance.uniform(0.0, SECONDS_OF_BACKGROUND / 2))
        assert was_killed
        assert set(groups(database).values()) <= {1}

    try:
        killed("background", process, kills // 2, chance, check)
    finally:
        other.end()
    process.life("background")
    with contextlib.closing(open_database(process.database)) as database:
        missed = {row["id"] for row in rows_of(database, "question") if row["status"] == "open"}
        assert set(groups(database)) == missed and set(groups(database).values()) == {1}


def groups(database: Database) -> Counter[int]:
    """In how many groups each missed question is."""
    return Counter(row["question"] for row in rows_of(database, "miss_question"))
