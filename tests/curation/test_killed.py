"""Killed between any two steps, staff's work loses nothing and doubles nothing: what is published, corrected and taken
back, the questions that a release closes, and what staff themselves are told."""

from __future__ import annotations

from pathlib import Path

from tests.curation.kills import killed_at_steps

EVERY = 12
"""Of the steps; scripts/kills.py --staff takes each."""


def test_staffs_work_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    played = killed_at_steps(tmp_path, EVERY)
    assert len(played) == 4 and not any(scene.faults for scene in played), played
    assert all(len(scene.killed) >= scene.steps // EVERY > 0 for scene in played)
