"""Work in the background is done by one process at a time, and goes on where one was killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from huiqi.store.database import open_database
from huiqi.store.jobs import Jobs
from sqlite_utils import Database

from tests.conftest import on_both_engines

pytestmark = on_both_engines

START = datetime(2024, 6, 3, 9, tzinfo=UTC)
LEASE = timedelta(seconds=10)
DAY = timedelta(days=1)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def crew(database: Database) -> tuple[Jobs, Jobs]:
    return Jobs(database, "one"), Jobs(database, "other")


def test_one_has_it_and_keeps_it_as_long_as_it_goes_on(crew: tuple[Jobs, Jobs]) -> None:
    one, other = crew
    for second in range(0, 60, 4):
        assert one.take("gathering", LEASE, after(second))
        assert not other.take("gathering", LEASE, after(second + 1))


def test_what_a_killed_process_held_is_taken_up_when_its_lease_is_over(crew: tuple[Jobs, Jobs]) -> None:
    one, other = crew
    assert one.take("gathering", LEASE, START)
    assert not other.take("gathering", LEASE, after(9))
    assert other.take("gathering", LEASE, after(10))
    assert not one.take("gathering", LEASE, after(11))


def test_who_leaves_it_keeps_nobody_waiting(crew: tuple[Jobs, Jobs]) -> None:
    one, other = crew
    assert one.take("gathering", LEASE, START)
    other.leave("gathering")
    assert not other.take("gathering", LEASE, after(1))
    one.leave("gathering")
    assert other.take("gathering", LEASE, after(1))


def test_a_daily_job_is_done_once_a_day_by_whoever(crew: tuple[Jobs, Jobs]) -> None:
    one, other = crew
    assert one.take("retention", LEASE, START, DAY)
    one.done("retention", after(5))
    assert not one.take("retention", LEASE, after(6), DAY)
    assert not other.take("retention", LEASE, after(6), DAY)
    assert other.take("retention", LEASE, after(5) + DAY, DAY)
    assert not one.take("retention", LEASE, after(5) + DAY, DAY)


def test_a_clock_that_was_set_back_stops_nothing(crew: tuple[Jobs, Jobs]) -> None:
    one, other = crew
    assert one.take("retention", LEASE, START, DAY)
    assert other.take("retention", LEASE, START - DAY, DAY)
    other.done("retention", START - DAY)
    assert one.take("retention", LEASE, START - 3 * DAY, DAY)


def test_several_connections_give_it_to_one(tmp_path: Path) -> None:
    path = str(tmp_path / "huiqi.db")
    databases = [open_database(path) for _ in range(4)]
    crew = [Jobs(database, str(number)) for number, database in enumerate(databases)]
    assert sum(jobs.take("gathering", LEASE, START) for jobs in crew) == 1
    for database in databases:
        database.close()
