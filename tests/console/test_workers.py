"""`huiqi serve --workers`: several processes that are one service."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huiqi.channels.rates import Rate
from huiqi.channels.shared_moments import SharedMoments

from tests.conftest import on_both_engines
from tests.console.kills import Served, is_gone, killed_again_and_again, releases, serving, until

KILLS = {"sqlite": 10, "postgresql": 5}


@on_both_engines
def test_killed_at_random_it_loses_nothing_and_doubles_nothing(
    tmp_path: Path, stored_at: str, engine: str
) -> None:
    told = killed_again_and_again(tmp_path, KILLS[engine], database=stored_at)
    assert told.answers


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service of two workers, started once: each test leaves it whole."""
    with serving(tmp_path_factory.mktemp("service")) as served:
        yield served


@pytest.fixture
def served(service: Served) -> Served:
    if service.process.poll() is not None:
        service.started()
    until(lambda: len(service.workers()) == 2)
    return service


def test_a_worker_that_dies_is_replaced(served: Served) -> None:
    first = served.workers()
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(served.workers()) == 2 and first[0] not in served.workers())
    assert served.ask("你们中心几点下班", "a")[1]["entry"] == "faq-hours"


def test_a_release_takes_hold_in_all(served: Served, tmp_path: Path) -> None:
    until(lambda: served.call("/readyz")[0] == 200)
    publishing = releases(served, tmp_path)
    fingerprint = next(publishing)
    until(lambda: all(served.call("/readyz")[1]["pack"] == fingerprint for _ in range(12)))
    publishing.close()  # type: ignore[attr-defined]


def test_metrics_are_of_all_workers_and_of_those_that_died(served: Served) -> None:
    asked = 12

    def told(name: str) -> float:
        """The sum over the labels of a metric, from whichever worker."""
        text = served.read("/metrics")
        return sum(float(row.rpartition(" ")[2]) for row in text.splitlines() if row.startswith(name))

    before = told("huiqi_answer_seconds_count")
    for number in range(asked):
        assert served.ask("你们中心几点下班", f"b{number}")[0] == 200
    until(lambda: {told("huiqi_answer_seconds_count") for _ in range(4)} == {before + asked})
    first = served.workers()
    for worker in first:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(served.workers()) == 2 and not set(first) & set(served.workers()))
    assert served.ask("你们中心几点下班", "c")[0] == 200
    until(lambda: {told("huiqi_answer_seconds_count") for _ in range(4)} == {before + asked + 1})
    assert told("huiqi_in_hand") == told("huiqi_held_writes") == 0 and told("huiqi_ready ") == 1


def test_lasting_connections_are_dealt_out(served: Served) -> None:
    def taken() -> list[int]:
        return [open_sockets(worker) for worker in served.workers()]

    def dealt(count: int) -> list[int]:
        """What the workers hold while there are so many connections."""
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                connection = stack.enter_context(
                    contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port))
                )
                connection.request("GET", "/healthz")
                assert connection.getresponse().read() == b"ok\n"
            return taken()

    # One of each is that on which all listen; who has another has begun to work.
    until(lambda: min(dealt(4)) > 1)
    until(lambda: taken() == [1, 1])
    held = dealt(8)
    assert sum(held) == 2 + 8 and min(held) >= 3


def test_workers_end_with_a_supervisor_that_is_killed_or_told_to(served: Served) -> None:
    workers = served.workers()
    served.process.kill()
    served.process.wait()
    until(lambda: all(map(is_gone, workers)))
    # Whoever starts it again finds the port free.
    served.started()
    assert served.ask("你们中心几点下班", "d")[0] == 200
    workers = served.workers()
    assert served.end() == 0
    assert workers and all(map(is_gone, workers))


HUNG = """
import os, signal, sys, time
from pathlib import Path
from huiqi.service import workers

workers.HUNG_AFTER = 0.5
folder = Path(sys.argv[1])

def work(seat):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    is_first = not list(folder.glob(f"{seat.number}-*"))
    (folder / f"{seat.number}-{os.getpid()}").touch()
    while True:
        # The first of the second seat goes on for ever without a beat.
        if not (is_first and seat.number == 1):
            seat.beat()
        time.sleep(0.05)

workers.Workers(2, work).run()
"""


def test_a_worker_that_hangs_is_ended_and_replaced_and_no_other(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HUNG, str(tmp_path)], stderr=subprocess.PIPE, text=True
    ) as crew:
        until(lambda: len(list(tmp_path.glob("1-*"))) == 2)
        hung, other = sorted(tmp_path.glob("1-*"), key=lambda file: file.stat().st_mtime)
        until(lambda: is_gone(int(hung.name[2:])))
        assert not is_gone(int(other.name[2:])) and len(list(tmp_path.glob("0-*"))) == 1
        crew.send_signal(signal.SIGTERM)
        assert crew.wait(20) == 0 and crew.stderr is not None
        assert crew.stderr.read().count("has not moved") == 1


def test_a_limit_holds_over_all_workers(tmp_path: Path) -> None:
    # Two a minute: one at once, and none again for half a minute.
    with serving(tmp_path, HUIQI_LIMIT_CONVERSATION="2") as served:
        statuses = [served.ask("你们中心几点下班", "a")[0] for _ in range(12)]
        assert sorted(statuses) == [200] + [429] * 11
        assert served.end() == 0


def test_processes_share_what_they_have_used_up() -> None:
    moments = SharedMoments(64)
    # By turns, here and in a process that was forked.
    for number in range(6):
        if number % 2:
            child = os.fork()
            if not child:
                with moments.held():
                    Rate(60, "address", moments).wait("a", 100.0)
                os._exit(0)
            os.waitpid(child, 0)
        else:
            with moments.held():
                Rate(60, "address", moments).wait("a", 100.0)
    with moments.held():
        assert moments.get("address/a", 100.0) == 106.0
        assert moments.get("conversation/a", 100.0) == 100.0


def open_sockets(process: int) -> int:
    """TCP connections that a process holds, with those on which it listens."""
    inodes = {os.readlink(file) for file in Path(f"/proc/{process}/fd").iterdir() if file.is_symlink()}
    rows = Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
    return sum(f"socket:[{row.split()[9]}]" in inodes for row in rows)


def test_a_lock_goes_with_the_process_that_held_it() -> None:
    moments = SharedMoments(64)
    child = os.fork()
    if not child:
        with moments.held():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with moments.held():
        moments.put("a", 1.0)


def test_a_full_table_forgets_what_is_over_first() -> None:
    moments = SharedMoments(8)
    for number in range(8):
        moments.put(str(number), 100.0 + number)
    moments.put("new", 200.0)
    assert moments.get("new", 0.0) == 200.0
    assert [moments.get(str(number), 0.0) for number in range(8)] == [0.0, *(101.0 + n for n in range(7))]


@pytest.mark.parametrize("workers", ["0", "-1", "1000"])
def test_how_many_workers_there_may_be_is_told(huiqi: object, workers: str) -> None:
    ran = huiqi("serve", "--workers", workers)  # type: ignore[operator]
    assert ran.code == 2
    assert "--workers 要在 1 到" in ran.err
