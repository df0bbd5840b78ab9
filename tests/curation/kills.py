"""Staff's work killed between any two steps: for the suite at some of them, for scripts/kills.py at all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import GOLDEN, OUT_OF_SCOPE, ROOT, SMALL_POLICY, SMALL_SOURCES
from tests.curation import letterboxes

_TO = re.compile(rb"^To: (.+)@example\.cn\r?$", re.MULTILINE)
_IDENTITY = re.compile(rb"^Message-ID: (.+?)\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Played:
    """A scene: of how many `steps` it is, at which of them it was `killed`, in how many `states` that left the
    database, and what was lost or doubled."""

    name: str
    steps: int
    killed: tuple[int, ...]
    states: int
    faults: tuple[str, ...]


def killed_at_steps(folder: Path, every: int) -> list[Played]:
    """Every scene of mortal_staff in an empty `folder`, killed at every so-manieth step of it."""
    for name, text in (
        ("sources.yaml", SMALL_SOURCES),
        ("policies/tea.yaml", SMALL_POLICY),
        ("out_of_scope.yaml", OUT_OF_SCOPE),
        ("golden.yaml", GOLDEN),
    ):
        file = folder / "knowledge" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with letterboxes.post() as post, letterboxes.hook() as hook:
        ports = [str(server.server_address[1]) for server in (post, hook)]
        ended = subprocess.run(
            [sys.executable, "-m", "tests.curation.mortal_staff", str(folder), str(every), *ports],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        letters: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for path, key, text in hook.letters:
            letters[path[1:]].add((f"webhook {key}", text))
        for mail in post.letters:
            (to,), (identity,) = _TO.findall(mail), _IDENTITY.findall(mail)
            letters[to.decode()].add(("mail " + identity.decode(), mail.decode().partition("\n\n")[2]))
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    return [
        Played(
            one["name"],
            one["steps"],
            tuple(one["killed"]),
            one["states"],
            (*one["faults"], *(_of_letters(one, letters) if one["name"] == "staff told" else ())),
        )
        for one in found
    ]


def _of_letters(scene: dict[str, object], letters: dict[str, set[tuple[str, str]]]) -> list[str]:
    """A letter that was under way is sent again, under the number by which its receiver knows it: of each life there is
    one by either way."""
    killed = scene["killed"]
    assert isinstance(killed, list)
    lives = ["whole", *(f"staff-told-{step}" for step in killed)]
    return [
        f"{life}: letters {sorted(name for name, _ in letters[life])}"
        for life in lives
        if sorted(name.split()[0] for name, _ in letters[life]) != ["mail", "webhook"]
    ]
