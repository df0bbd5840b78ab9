"""`huiqi serve` as a process: it answers, and ends at once and well when asked to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from huiqi.service.settings import Settings

from tests.conftest import ROOT


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_asked_to_end(
    settings: Settings, compiled: object, asked: signal.Signals
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with subprocess.Popen(
        [sys.executable, "-m", "huiqi", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "HUIQI_DATABASE": settings.database},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        while "工作台" not in process.stderr.readline():
            assert process.poll() is None
        while True:
            try:
                with opener.open(f"http://127.0.0.1:{port}/readyz", timeout=30) as response:
                    assert json.load(response)["ready"]
                break
            except urllib.error.URLError as error:
                # It says so just before it listens.
                assert isinstance(error.reason, ConnectionRefusedError)
        process.send_signal(asked)
        assert process.wait(10) == 0


def test_a_port_in_use_is_told(settings: Settings, huiqi: object) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = huiqi("serve", "--port", str(taken.getsockname()[1]))  # type: ignore[operator]
    assert ran.code == 2
    assert "请用 --port 换一个" in ran.err
