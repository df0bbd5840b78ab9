"""Work on what came from outside, done in a process of its own with limits of time and memory, whatever is in it.

Between the two goes JSON: what the child says is data, also where what it read was made to harm it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LONGEST_QUEUE = 20.0
"""Seconds for which one file waits for those before it."""

_one_at_a_time = threading.Lock()


class Busy(Exception):
    """Another file is being read, and has been for LONGEST_QUEUE seconds."""


class TooMuch(Exception):
    """The child took more time or memory than it may, or came to harm."""


def ask_child(program: str, raw: bytes, seconds: float, *arguments: str) -> Any:
    """What a Python program says, as JSON, of the bytes that it is given. `{path!r}` in it becomes where to import
    from."""
    if not _one_at_a_time.acquire(timeout=LONGEST_QUEUE):
        raise Busy
    try:
        done = subprocess.run(
            # -I: it imports from where this process does, and from nowhere else.
            [
                sys.executable,
                "-I",
                "-c",
                program.format(path=[str(Path(__file__).parents[2]), *sys.path]),
                *arguments,
            ],
            input=raw,
            capture_output=True,
            timeout=seconds,
            # A library that reserves memory for each thread would use up the limit.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise TooMuch from None
    finally:
        _one_at_a_time.release()
    if done.returncode:
        raise TooMuch
    return json.loads(done.stdout)


def answer_parent(work: Callable[[bytes], Any], seconds: int, most_memory: int) -> None:
    """The child: what `work` makes of standard input goes to standard output. `most_memory`: bytes of data; code and
    libraries come on top of it."""
    _limit_oneself(seconds, most_memory)
    try:
        said = work(sys.stdin.buffer.read())
    except MemoryError:
        sys.exit(1)
    json.dump(said, sys.stdout)


def _limit_oneself(seconds: int, most_memory: int) -> None:
    with suppress(ImportError):
        # Not on every system; the time is limited on all.
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most_memory, most_memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
