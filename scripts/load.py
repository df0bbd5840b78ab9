"""Asks a second over HTTP, how long an answer takes, and memory: of `serve` with one worker and with two.

The load comes from wrk (https://github.com/wg/wrk; Debian: apt-get install wrk), over loopback, each ask in a
conversation of its own. Questions are asked as other people ask them, so that hardly any comes twice; with `--repeats`
they come as they are, a tenth of them making up two thirds. The database is real and durable, as in use: a SQLite file, or
with `--database` one that is made on a PostgreSQL server and dropped afterwards.

    python scripts/load.py [--workers 1 2] [--seconds 10] [--connections 16] [--rounds 3] [--repeats]
    python scripts/load.py --against FOLDER     # a second checkout, in turns with this one
    python scripts/load.py --database postgresql://…/postgres
    python scripts/load.py --memory 100000      # so many asks; memory after each tenth
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bot")]

from tests.postgresql import fresh_on

QUESTIONS = ("heldout", "heldout-near", "heldout-out", "heldout-guards", "heldout-multi")
SECONDS_TO_START = 120
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
LUA = """
local questions = {{ {questions} }}
local is_repeated = {is_repeated}
local thread, made = 0, 0
function setup(one) thread = thread + 1; one:set("number", thread) end
function request()
  made = made + 1
  local place = (made * 7 + number * 311) % #questions
  -- Of what people ask, few questions make up most: with this exponent one in ten of them two thirds.
  if is_repeated then place = math.floor(#questions * math.random() ^ 6) end
  local question = questions[place + 1]
  if not is_repeated then
    local turn = math.floor(made / #questions) + number * 40
    question = question .. string.rep("？", turn % 20 + 1) .. string.rep("！", math.floor(turn / 20) % 40)
  end
  local conversation = "{run}-" .. number .. "-" .. made
  local body = '{{"question": "' .. question .. '", "conversation": "' .. conversation .. '"}}'
  return wrk.format("POST", "/api/v1/ask", {{["Content-Type"] = "application/json"}}, body)
end
"""


@dataclass(frozen=True)
class Measured:
    """`median`, `slowest`: milliseconds at the 50th and 99th percentile; `work`: milliseconds of a processor an ask, which
    other work on the machine changes least; `memory`: MB that no other process shares, of
    all processes together (PSS)."""

    asks_a_second: float
    median: float
    slowest: float
    failed: int
    work: float
    memory: float


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", action="store_true")
    parser.add_argument("--against", type=Path, metavar="FOLDER")
    parser.add_argument("--memory", type=int, metavar="ASKS")
    parser.add_argument("--database", metavar="ADDRESS", help="of any database on the server to be used")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is needed: apt-get install wrk", file=sys.stderr)
        return 2
    checkouts = [*([options.against.resolve()] if options.against else []), ROOT]
    variants = [(checkout, workers) for workers in options.workers for checkout in checkouts]
    found: dict[tuple[Path, int], list[Measured]] = {variant: [] for variant in variants}
    print("checkout  workers  asks/s  p50 ms  p99 ms  failed  CPU ms  MB")
    for _ in range(options.rounds if not options.memory else 1):
        # In turns, since other work on the machine disturbs all alike.
        for checkout, workers in variants:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                database = (
                    stack.enter_context(fresh_on(options.database))
                    if options.database
                    else str(folder / "huiqi.db")
                )
                address, number = stack.enter_context(serving(checkout, workers, folder, database))
                if options.memory:
                    watch_memory(address, number, options)
                    continue
                load(address, 2, options)
                before = processor_seconds(number)
                rate, *rest = load(address, options.seconds, options)
                work = (processor_seconds(number) - before) * 1000.0 / (rate * options.seconds)
                measured = Measured(rate, *rest, work, megabytes(number))
                found[checkout, workers].append(measured)
                print(line(checkout, workers, measured), flush=True)
    for (checkout, workers), all_measured in found.items():
        if len(all_measured) > 1:
            columns = zip(*(vars(one).values() for one in all_measured), strict=True)
            print("median:", line(checkout, workers, Measured(*map(statistics.median, columns))))
    return 0


def line(checkout: Path, workers: int, measured: Measured) -> str:
    return (
        f"{'this' if checkout == ROOT else 'other'}  {workers}  {measured.asks_a_second:.0f}  {measured.median:.1f}  "
        f"{measured.slowest:.1f}  {measured.failed:.0f}  {measured.work:.2f}  {measured.memory:.0f}"
    )


@contextmanager
def serving(checkout: Path, workers: int, folder: Path, database: str) -> Iterator[tuple[str, int]]:
    """`huiqi serve` of a checkout on a fresh database: its address and the number of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "huiqi", "serve", "--port", str(port)]
    if workers > 1:
        command += ["--workers", str(workers)]
    unlimited = dict.fromkeys(("HUIQI_LIMIT_CONVERSATION", "HUIQI_LIMIT_ADDRESS", "HUIQI_LIMIT_ALL"), "0")
    environment = (
        os.environ
        | unlimited
        | {
            "PYTHONPATH": str(checkout / "bot"),
            "HUIQI_DATABASE": database,
            "HUIQI_KNOWLEDGE": str(checkout / "knowledge"),
        }
    )
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as own:
                own.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if own.recv(1024).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            time.sleep(0.1)
    sys.exit("serve did not start")


def questions() -> list[str]:
    files = (ROOT / "tests" / "questions" / f"{name}.jsonl" for name in QUESTIONS)
    rows = (json.loads(row) for file in files for row in file.read_text(encoding="utf-8").splitlines())
    return list(
        dict.fromkeys(
            row["question"] for row in rows if row["question"].isprintable() and '"' not in row["question"]
        )
    )


def load(address: str, seconds: int, options: argparse.Namespace) -> tuple[float, float, float, int]:
    """Asks a second, median and 99th percentile in milliseconds, and how many asks failed."""
    quoted = ", ".join(json.dumps(question, ensure_ascii=False) for question in questions())
    script = LUA.format(
        questions=quoted, is_repeated=str(options.repeats).lower(), run=f"{time.monotonic_ns():x}"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "--latency", "-t1", f"-c{options.connections}", f"-d{seconds}s", "-s", file.name]
        said = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed = int(refused[1]) if refused else 0
    failed += sum(map(int, broken.groups())) if broken else 0
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate, said
    return float(rate[1]), at(said, "50%"), at(said, "99%"), failed


def at(said: str, percentile: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", said)
    assert found, said
    return float(found[1]) * MILLISECONDS[found[2]]


def watch_memory(address: str, number: int, options: argparse.Namespace) -> None:
    asked, tenth = 0.0, options.memory / 10
    while asked < options.memory:
        rate, *_ = load(address, options.seconds, options)
        before, asked = asked, asked + rate * options.seconds
        if before // tenth != asked // tenth:
            print(f"after {asked:.0f} asks: {megabytes(number):.0f} MB", flush=True)


def processor_seconds(number: int) -> float:
    """What a process and its children have used of processors."""
    ticks = 0
    for one in [number, *children(number)]:
        # The name in parentheses may hold anything; of what follows it, user and system time are 11th and 12th.
        after = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(after[11]) + int(after[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def megabytes(number: int) -> float:
    """What a process and its children use, pages that they share counted once."""
    total = 0
    for one in [number, *children(number)]:
        rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.M)[1])  # type: ignore[index]
    return total / 1024


def children(number: int) -> list[int]:
    found = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [one for child in map(int, found) for one in (child, *children(child))]


if __name__ == "__main__":
    raise SystemExit(main())
