"""`huiqi serve --workers 2` killed again and again (SIGKILL, a worker by chance) while people ask and knowledge is
published: nothing may be lost and nothing doubled. The suite has the short form (tests/console/test_workers.py).

    PYTHONPATH=bot:. python scripts/kills.py [--kills 1000] [--seed N]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bot")]

from tests.console.kills import killed_again_and_again


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20200316)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = killed_again_and_again(Path(folder), options.kills, seed=options.seed)
    print(
        f"{options.kills} kills: {len(told.answers)} asks answered, each logged once; {len(told.lost)} went under"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
