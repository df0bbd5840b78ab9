"""Killed in the middle, publishing, importing, backups, moves and the work in the background leave nothing half done. The
long form is scripts/kills.py."""

from __future__ import annotations

import random
from pathlib import Path

from tests import killed_work


def test_what_is_killed_leaves_nothing_half_done_and_goes_on(tmp_path: Path) -> None:
    chance = random.Random(20200316)
    with killed_work.mortal(tmp_path, str(tmp_path / "huiqi.db")) as process:
        killed_work.killed_publishing(process, 2, chance)
        killed_work.killed_importing(process, 2, chance)
        killed_work.killed_backing_up(process, 1, chance)
        killed_work.killed_moving(process, 1, chance)
        killed_work.killed_in_the_background(process, 2, chance)
