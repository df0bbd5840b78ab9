"""Work of staff and of the background, to be killed: a process that has everything loaded and forks a child for each line it
reads, which does a work once. A line names the work, and says after how many seconds of it the child is killed; it prints “killed” or
“ended”, how long the work took, and how the child ended."""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from huiqi.assistant.asking import Message
from huiqi.cli.main import main as command
from huiqi.curation.release import publishing
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.service import gathering
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import load_settings
from huiqi.store.database import Database, open_database
from huiqi.store.moving import move

EDITOR, REVIEWER = Member("小李", "editor"), Member("老王", "reviewer")
ENTRY = "faq-seal"
"""What is edited and published again and again."""
MISSED_A_ROUND = 3
SECONDS_OF_BACKGROUND = 0.6
Begin = Callable[[], None]
"""To be called where all is loaded: from then on it counts how long the child lives."""


@contextlib.contextmanager
def _at_work() -> Iterator[tuple[LiveAssistant, Database]]:
    settings = load_settings()
    live = LiveAssistant(settings, lambda sentence: None)
    with contextlib.closing(live), contextlib.closing(open_database(settings.database)) as database:
        yield live, database


def publish(turn: int, folder: Path, begin: Begin) -> None:
    """An edit from draft to release; what a child that was killed left half way goes on first."""
    publishing.STALLED = timedelta(0)
    with _at_work() as (live, database):
        workbench = Workbench(database, live)
        begin()
        draft = workbench.drafting.open_of("entry", ENTRY)
        if draft is None:
            content = workbench.drafting.current("entry", ENTRY)
            facets = {**content["facets"], "材料": {"text": f"身份证和第{turn}号表。", "source": ["X9"]}}
            draft = workbench.drafting.save(EDITOR, "entry", ENTRY, {**content, "facets": facets}, 0)
        if draft.state == "draft":
            draft = workbench.drafting.submit(draft.id, EDITOR)
        if draft.state == "in_review":
            workbench.drafting.approve(draft.id, REVIEWER)
        number = workbench.publishing.start(REVIEWER)
        assert workbench.publishing.run(number).state == "passed"
        workbench.publish(number, REVIEWER)


def take_over(turn: int, folder: Path, begin: Begin) -> None:
    """`huiqi kb import` of one of two folders."""
    begin()
    assert command(["kb", "import", str(folder / f"pack-{turn % 2}")]) == 0


def back_up(turn: int, folder: Path, begin: Begin) -> None:
    begin()
    assert command(["backup", str(folder / "backups" / f"{turn}.db")]) == 0


def carry_over(turn: int, folder: Path, begin: Begin) -> None:
    begin()
    move(load_settings().database, str(folder / f"moved-{turn}.db"))


def work_in_the_background(turn: int, folder: Path, begin: Begin) -> None:
    """Misses are gathered and asked again, and what is kept no longer goes, in a process that is one of two."""
    gathering.LOOKED_EVERY = 0.02
    gathering.GATHERING_LEASE = timedelta(seconds=0.2)
    gathering.SWEPT_EVERY = timedelta(0)
    with _at_work() as (live, _):
        begin()
        for number in range(MISSED_A_ROUND):
            live.ask(
                Message(f"第{turn}轮彩票第{number}期中奖号码是多少", "web", f"{os.getpid()}-{turn}-{number}")
            )
        with gathering.gathering(load_settings(), live):
            time.sleep(SECONDS_OF_BACKGROUND)


WORKS = {
    "publish": publish,
    "import": take_over,
    "backup": back_up,
    "move": carry_over,
    "background": work_in_the_background,
}


def main() -> None:
    folder = Path(sys.argv[1])
    for turn, line in enumerate(sys.stdin):
        work, seconds = line.split()
        begun, says_so = os.pipe()
        number = os.fork()
        if number == 0:
            os.close(begun)
            code, said = 1, io.StringIO()
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    WORKS[work](turn, folder, partial(os.close, says_so))
                code = 0
            except BaseException as error:
                print(f"{said.getvalue()}{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(code)
        os.close(says_so)
        # It ends when the child begins, or dies before.
        select.select([begun], [], [])
        os.close(begun)
        since = time.monotonic()
        status = _outlived(number, since + float(seconds))
        lived = time.monotonic() - since
        print(f"{'killed' if status < 0 else 'ended'} {lived} {status}", flush=True)


def _outlived(number: int, until: float) -> int:
    """How a child ended, which is killed at a moment."""
    while time.monotonic() < until:
        ended, status = os.waitpid(number, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


if __name__ == "__main__":
    main()
