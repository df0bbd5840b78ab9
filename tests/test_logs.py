"""What whoever runs it reads: JSON lines where they are asked for, and never a word of who asked."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from huiqi.service.logs import JsonLines, OnceAMinute, TextLines
from huiqi.service.settings import Settings

from tests.conftest import ROOT, Ran

PERSONAL = "13800138000"


def _logged(formatter: logging.Formatter, logger: str, act: Callable[[logging.Logger], None]) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    log = logging.Logger(logger)
    log.addHandler(handler)
    act(log)
    return stream.getvalue()


def _fail(log: logging.Logger) -> None:
    try:
        raise ValueError(f"cannot read {PERSONAL}")
    except ValueError:
        log.exception("a question ended in an error")


def test_an_error_is_told_by_kind_and_place_without_what_was_asked() -> None:
    line = json.loads(_logged(JsonLines(), "huiqi.web", _fail))
    assert line["message"] == "a question ended in an error"
    assert (line["level"], line["logger"], line["error"]) == ("error", "huiqi.web", "ValueError")
    assert line["places"][-1].endswith(" _fail") and "test_logs.py:" in line["places"][-1]
    assert line["time"].endswith("+00:00")
    said = _logged(TextLines(), "huiqi.web", _fail)
    assert "ERROR huiqi.web a question ended in an error" in said and said.endswith("ValueError\n")
    assert PERSONAL not in said + json.dumps(line)


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_of_a_librarys_words_only_the_first_line_is_kept(formatter: logging.Formatter) -> None:
    said = _logged(
        formatter, "asyncio", lambda log: log.error(f"Task exception was never retrieved\nfuture: {PERSONAL}")
    )
    assert "never retrieved" in said and PERSONAL not in said


def test_served_with_json_every_line_is_an_object(settings: Settings, compiled: object) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-W", "always", "-m", "huiqi", "serve", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"HUIQI_DATABASE": settings.database, "HUIQI_LOG": "json"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        lines = [json.loads(process.stderr.readline())]
        while "工作台" not in lines[-1]["message"]:
            lines.append(json.loads(process.stderr.readline()))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        question = json.dumps({"question": f"我的电话是{PERSONAL}，店面换新补多少"}).encode()
        while True:
            try:
                opener.open(f"http://127.0.0.1:{port}/api/v1/ask", question, timeout=30).close()
                break
            except urllib.error.URLError as error:
                assert isinstance(error.reason, ConnectionRefusedError)
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(10) == 0
    lines += [json.loads(line) for line in rest.splitlines()]
    assert {"time", "level", "logger", "message"} <= set(lines[-1])
    assert PERSONAL not in rest


def test_another_form_of_log_is_told(huiqi: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_LOG", "xml")
    ran = huiqi("doctor")
    assert ran.code == 1 and "text 或 json" in ran.err


def test_a_warning_of_a_kind_is_written_once_a_minute_and_the_rest_is_counted() -> None:
    moment = 0.0
    once = OnceAMinute(lambda: moment)

    def said(message: str, *values: object, level: int = logging.WARNING) -> str | None:
        record = logging.LogRecord("uvicorn.error", level, "", 0, message, values, None)
        return record.getMessage() if once.filter(record) else None

    assert said("refused %s", "甲") == "refused 甲"
    assert [said("refused %s", number) for number in range(40)] == [None] * 40
    assert said("closed") == "closed"
    assert said("started", level=logging.INFO) == said("started", level=logging.INFO) == "started"
    moment = 61.0
    assert said("refused %s", "乙") == "refused 乙 (and 40 more before)"
