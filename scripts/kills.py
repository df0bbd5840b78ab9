"""What runs is killed again and again (SIGKILL, at moments by chance), and nothing may be lost, doubled or left half done.
The suite has the short forms (tests/console/test_workers.py, tests/telegram/test_killed.py, tests/test_killed_work.py).

    PYTHONPATH=bot:. python scripts/kills.py [--kills 1000] [--door serve] [--seed N] [--database postgresql://…/postgres]
    PYTHONPATH=bot:. python scripts/kills.py --staff

On SQLite in files of its own, or on databases of its own that it makes on a server and drops afterwards. Of the kills
`serve` gets its workers' (people ask and knowledge is published meanwhile), `telegram` the bot's, `publish` those of an edit
on its way from draft to release, `import` those of `huiqi kb import`, `backup` those of `huiqi backup` (on a server: of
`huiqi move` into a file), `background` those of two processes that gather misses and delete what is over. --staff: what
staff do (publish, correct, take back) and what staff are told, killed before each single step; the short form is
tests/curation/test_killed.py.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bot")]

from huiqi.store.address import is_postgresql
from huiqi.store.database import open_database

from tests import killed_work
from tests.console.kills import killed_again_and_again
from tests.curation.kills import killed_at_steps
from tests.postgresql import fresh_on
from tests.telegram import test_killed as telegram

SHARES = {
    "serve": 0.4,
    "telegram": 0.2,
    "publish": 0.12,
    "import": 0.12,
    "backup": 0.06,
    "background": 0.1,
}
Told = str
Door = Callable[[Path, str, int, int], Told]


def served(folder: Path, database: str, kills: int, seed: int) -> Told:
    told = killed_again_and_again(folder, kills, seed=seed, database=database)
    return f"{len(told.answers)} asks answered, each logged once; {len(told.lost)} went under"


def chatted(folder: Path, database: str, kills: int, seed: int) -> Told:
    open_database(database).close()
    asked = asyncio.run(telegram.killed_again_and_again(database, kills, seed))
    telegram.look_over(database, asked)
    return f"{sum(map(len, asked.values()))} questions, each answered and logged once"


def of_work(work: Callable[[killed_work.Mortal, int, random.Random], None]) -> Door:
    def door(folder: Path, database: str, kills: int, seed: int) -> Told:
        with killed_work.mortal(folder, database) as process:
            work(process, kills, random.Random(seed))
        return f"{process.lives} lives, found whole after each"

    return door


def saved(folder: Path, database: str, kills: int, seed: int) -> Told:
    work = killed_work.killed_moving if is_postgresql(database) else killed_work.killed_backing_up
    return of_work(work)(folder, database, kills, seed)


DOORS: dict[str, Door] = {
    "serve": served,
    "telegram": chatted,
    "publish": of_work(killed_work.killed_publishing),
    "import": of_work(killed_work.killed_importing),
    "backup": saved,
    "background": of_work(killed_work.killed_in_the_background),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000, help="in all, or with --door of each")
    parser.add_argument("--door", choices=DOORS, action="append", help="this door only")
    parser.add_argument("--seed", type=int, default=20200316)
    parser.add_argument("--database", metavar="ADDRESS", help="of any database on the server to be used")
    parser.add_argument("--staff", action="store_true", help="staff's work instead, before each of its steps")
    options = parser.parse_args()
    if options.staff:
        return _of_staff()
    for name in options.door or DOORS:
        kills = options.kills if options.door else max(1, round(options.kills * SHARES[name]))
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            database = (
                stack.enter_context(fresh_on(options.database))
                if options.database
                else str(folder / "huiqi.db")
            )
            told = DOORS[name](folder, database, kills, options.seed)
        print(f"{name}\t{kills} kills\t{time.monotonic() - began:.0f} s\t{told}", flush=True)
    return 0


def _of_staff() -> int:
    with tempfile.TemporaryDirectory() as folder:
        played = killed_at_steps(Path(folder), 1)
    for scene in played:
        print(f"{scene.name}: {len(scene.killed)} kills, which left {scene.states} states of the database")
        for fault in scene.faults:
            print(f"  {fault}")
    return int(any(scene.faults for scene in played))


if __name__ == "__main__":
    raise SystemExit(main())
