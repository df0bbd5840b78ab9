"""Asks a second over HTTP, how long an answer takes, and memory: of `serve` with one worker and with two, and beside them of
`ask --jsonl`, one process without a network.

The load comes from wrk (https://github.com/wg/wrk; Debian: apt-get install wrk), over loopback, each ask in a
conversation of its own. As people ask, some questions come again and again: of 5,000 different ones the n-th is asked in
proportion to 1/n (Zipf), so that the first tenth makes up three quarters, and one in ten is about something that nobody
answers here. With `--different` hardly any comes twice. The database is real and durable, as in use: a SQLite file, or with
`--database` one that is made on a PostgreSQL server and dropped afterwards.

    python scripts/load.py [--workers 1 2] [--seconds 10] [--connections 16] [--rounds 3] [--different]
    python scripts/load.py --rate 500           # so many asks a second and no more: how long answers take then
    python scripts/load.py --against FOLDER     # a second checkout, in turns with this one
    python scripts/load.py --database postgresql://…/postgres
    python scripts/load.py --memory 100000      # so many asks; memory after each tenth
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bot")]

from tests.postgresql import fresh_on

ANSWERED = ("heldout", "heldout-near", "heldout-multi")
NOT_ANSWERED = ("heldout-out", "heldout-guards")
SHARE_NOT_ANSWERED = 0.1
DIFFERENT = 5000
"""Texts that are asked again and again, in different wordings of the questions."""
OPENINGS = ("", "请问", "想问下", "问一下", "请教一下", "我想问", "麻烦问一下", "咨询一下")
ENDINGS = ("", "？", "?", "。", "呢", "！", "？？", "~", "…", " ")
SECONDS_TO_START = 120
PATIENT = 64
"""Connections of those who ask at a rate."""
BATCH = 32
SEEDS = itertools.count(1)
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
LUA = """
local texts = {{ {texts} }}
local sums, total = {{}}, 0
for place = 1, #texts do total = total + 1 / place; sums[place] = total end
local thread, made = 0, 0
function setup(one) thread = thread + 1; one:set("number", thread) end
function init() math.randomseed({seed} + number) end
local function drawn()
  local wanted, low, high = math.random() * total, 1, #texts
  while low < high do
    local middle = math.floor((low + high) / 2)
    if sums[middle] < wanted then low = middle + 1 else high = middle end
  end
  return low
end
function request()
  made = made + 1
  local place = {is_different} and (made + {seed} * 7919) % #texts + 1 or drawn()
  local conversation = "{run}-" .. number .. "-" .. made
  local body = '{{"question": "' .. texts[place] .. '", "conversation": "' .. conversation .. '"}}'
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
    parser.add_argument("--warm", type=int, default=15, help="seconds before it is measured")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--different", action="store_true")
    parser.add_argument("--rate", type=int, metavar="ASKS", help="a second at most")
    parser.add_argument("--against", type=Path, metavar="FOLDER")
    parser.add_argument("--memory", type=int, metavar="ASKS")
    parser.add_argument("--database", metavar="ADDRESS", help="of any database on the server to be used")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is needed: apt-get install wrk", file=sys.stderr)
        return 2
    checkouts = [*([options.against.resolve()] if options.against else []), ROOT]
    # 0 workers: `ask --jsonl`.
    variants = [
        (checkout, workers)
        for workers in (0, *options.workers)
        for checkout in checkouts
        if workers or not (options.memory or options.rate)
    ]
    found: dict[tuple[Path, int], list[Measured]] = {variant: [] for variant in variants}
    print("checkout  workers  asks/s  p50 ms  p99 ms  failed  CPU ms  MB")
    for _ in range(options.rounds if not options.memory else 1):
        # In turns, since other work on the machine disturbs all alike.
        for checkout, workers in variants:
            measured = measure(checkout, workers, options)
            if measured is not None:
                found[checkout, workers].append(measured)
                print(line(checkout, workers, measured), flush=True)
    medians = {
        variant: Measured(*map(statistics.median, zip(*(vars(one).values() for one in rows), strict=True)))
        for variant, rows in found.items()
        if rows
    }
    for (checkout, workers), median in medians.items():
        beside = medians.get((checkout, 0))
        times = (
            f"  {median.asks_a_second / beside.asks_a_second:.2f} x ask --jsonl" if beside and workers else ""
        )
        print("median:", line(checkout, workers, median) + times)
    return 0


def measure(checkout: Path, workers: int, options: argparse.Namespace) -> Measured | None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = (
            stack.enter_context(fresh_on(options.database)) if options.database else str(folder / "huiqi.db")
        )
        if not workers:
            rate, work = by_lines(checkout, folder, database, options)
            return Measured(rate, 0.0, 0.0, 0, work, 0.0)
        address, number = stack.enter_context(serving(checkout, workers, folder, database))
        if options.memory:
            watch_memory(address, number, options)
            return None
        load(address, options.warm, options)
        before = processor_seconds(number)
        rate, *rest = load(address, options.seconds, options, options.rate)
        work = (processor_seconds(number) - before) * 1000.0 / (rate * options.seconds)
        return Measured(rate, *rest, work, megabytes(number))


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
    environment = environment_of(checkout, database)
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


def environment_of(checkout: Path, database: str) -> dict[str, str]:
    unlimited = dict.fromkeys(("HUIQI_LIMIT_CONVERSATION", "HUIQI_LIMIT_ADDRESS", "HUIQI_LIMIT_ALL"), "0")
    place = {"HUIQI_DATABASE": database, "HUIQI_KNOWLEDGE": str(checkout / "knowledge")}
    return os.environ | unlimited | place | {"PYTHONPATH": str(checkout / "bot")}


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


def questions(names: Sequence[str]) -> list[str]:
    files = (ROOT / "tests" / "questions" / f"{name}.jsonl" for name in names)
    rows = (json.loads(row) for file in files for row in file.read_text(encoding="utf-8").splitlines())
    return list(
        dict.fromkeys(
            row["question"] for row in rows if row["question"].isprintable() and '"' not in row["question"]
        )
    )


@cache
def asked(is_different: bool) -> list[str]:
    """Texts in the order of how often they come; all that there are, where each is asked once."""
    chance = random.Random(20200316)
    answered, others = questions(ANSWERED), questions(NOT_ANSWERED)
    kept = chance.sample(others, round(len(answered) * SHARE_NOT_ANSWERED / (1 - SHARE_NOT_ANSWERED)))
    texts = [
        f"{opening}{question.rstrip('？?。')}{ending}"
        for question in (*answered, *kept)
        for opening in OPENINGS
        for ending in ENDINGS
    ]
    chance.shuffle(texts)
    return texts if is_different else texts[:DIFFERENT]


def drawn(number: int, is_different: bool, seed: int) -> list[str]:
    """So many asks, as the script of wrk draws them."""
    texts = asked(is_different)
    if is_different:
        return [texts[(place + seed * 7919) % len(texts)] for place in range(1, number + 1)]
    weights = [1 / place for place in range(1, len(texts) + 1)]
    return random.Random(seed).choices(texts, weights, k=number)


def load(
    address: str, seconds: int, options: argparse.Namespace, rate: int | None = None
) -> tuple[float, float, float, int]:
    """Asks a second, median and 99th percentile in milliseconds, and how many asks failed."""
    script = LUA.format(
        texts=", ".join(json.dumps(text, ensure_ascii=False) for text in asked(options.different)),
        is_different=str(options.different).lower(),
        run=f"{time.monotonic_ns():x}",
        seed=next(SEEDS),
    )
    connections = options.connections
    if rate:
        # Many who each ask now and then, at moments that have nothing to do with how long others wait.
        connections = PATIENT
        script += f"function delay() return math.random(0, {2000 * PATIENT // rate}) end\n"
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", file.name]
        said = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed = int(refused[1]) if refused else 0
    failed += sum(map(int, broken.groups())) if broken else 0
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    return float(found[1]), at(said, "50%"), at(said, "99%"), failed


def by_lines(checkout: Path, folder: Path, database: str, options: argparse.Namespace) -> tuple[float, float]:
    """Asks a second of `ask --jsonl` on the same questions, and milliseconds of a processor an ask."""
    process = subprocess.Popen(
        [sys.executable, "-m", "huiqi", "ask", "--jsonl"],
        cwd=folder,
        env=environment_of(checkout, database),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin and process.stdout
    number, turn = 0, iter(itertools.count())
    begun = before = 0.0
    with process:
        for phase in (options.warm, options.seconds):
            until = time.monotonic() + phase
            number, begun, before = 0, time.monotonic(), processor_seconds(process.pid)
            while time.monotonic() < until:
                # Written and read in batches, as by a pipe.
                batch = drawn(BATCH, options.different, next(SEEDS))
                for question in batch:
                    line = {"question": question, "conversation": str(next(turn))}
                    process.stdin.write(json.dumps(line, ensure_ascii=False) + "\n")
                process.stdin.flush()
                for _ in batch:
                    process.stdout.readline()
                number += BATCH
        lasted, used = time.monotonic() - begun, processor_seconds(process.pid) - before
        process.stdin.close()
    return number / lasted, used * 1000.0 / number


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
