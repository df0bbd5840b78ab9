"""The lives of a service that is killed, one after the other (tests.weixin.mortal_house)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import ROOT
from tests.weixin.platform import Platform

STORE_CALLS = 24
"""About as many as a life with two messages makes."""


class Lives:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin and process.stdout
        self._orders, self._lines = process.stdin, process.stdout

    def begin(self, order: str) -> int:
        """The number of the process of a life that goes as `order` says."""
        self._orders.write(f"{order}\n")
        self._orders.flush()
        return int(self._lines.readline())

    def wait_for_end(self) -> str:
        """What is said at the end of the life that began last."""
        return self._lines.readline()


@contextmanager
def lives(stored_at: str, platform: Platform) -> Iterator[Lives]:
    """Those on one database, at home where `platform` calls."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.weixin.mortal_house", stored_at, platform.url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    home = f"http://127.0.0.1:{process.stdout.readline().strip()}"
    platform.homes = dict.fromkeys(("wecom", "wxkf", "wechat"), home)
    try:
        yield Lives(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def end(number: int) -> None:
    """Kill a life, where it is not over."""
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return
