"""`huiqi serve --workers 2` killed again and again (SIGKILL, a worker by chance) while people ask and knowledge is
published: nothing may be lost and nothing doubled. The suite has the short form (tests/console/test_workers.py).

    PYTHONPATH=bot:. python scripts/kills.py [--kills 1000] [--seed N] [--database postgresql://…/postgres]
    PYTHONPATH=bot:. python scripts/kills.py --staff

On SQLite in a file of its own, or on a database of its own that it makes on a server and drops afterwards. --staff: what
staff do (publish, correct, take back) and what staff are told, killed before each single step; the short form is
tests/curation/test_killed.py.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bot")]

from tests.console.kills import killed_again_and_again
from tests.curation.kills import killed_at_steps
from tests.postgresql import fresh_on


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20200316)
    parser.add_argument("--database", metavar="ADDRESS", help="of any database on the server to be used")
    parser.add_argument("--staff", action="store_true", help="staff's work instead, before each of its steps")
    options = parser.parse_args()
    if options.staff:
        return _of_staff()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(fresh_on(options.database)) if options.database else None
        told = killed_again_and_again(folder, options.kills, seed=options.seed, database=database)
    print(
        f"{options.kills} kills: {len(told.answers)} asks answered, each logged once; {len(told.lost)} went under"
    )
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
