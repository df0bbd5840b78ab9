"""What whoever runs it reads on standard error: lines for people, or one JSON object a line for a collector.

No personal data: of an exception its type and place are told, not its message, and of a library's words the first line,
since what follows may quote what was asked. Requests are not logged; that is the reverse proxy's.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

PROGRAM = "huiqi"
MINUTE = 60.0
MOST_KINDS, LONGEST_KIND = 1000, 200
MUTE = ("telegram", "httpx", "httpcore")
"""Libraries whose lines hold addresses with tokens; what matters of them is logged by us."""


def start(form: str) -> None:
    """Write log lines from now on; `form` is text or json. In JSON also warnings, and what nobody caught."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(OnceAMinute())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if form == "json":
        logging.captureWarnings(True)
        sys.excepthook = _log_uncaught


def tell_on_stderr(sentence: str) -> None:
    """A sentence for whoever runs it: as it is, or as a line of the log where that is JSON."""
    if any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers):
        logging.getLogger(PROGRAM).info(sentence)
    else:
        print(sentence, file=sys.stderr, flush=True)


class OnceAMinute(logging.Filter):
    """Lets one warning or error of a kind through in a minute, so that no stranger fills the disk. A kind is what is
    said, whatever is filled in; the next of it tells how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, str, type | None], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        kind = (record.name, str(record.msg)[:LONGEST_KIND], record.exc_info[0] if record.exc_info else None)
        moment = self._clock()
        said_at, left_out = self._kinds.get(kind, (-math.inf, 0))
        if moment - said_at < MINUTE:
            self._kinds[kind] = (said_at, left_out + 1)
            return False
        if len(self._kinds) >= MOST_KINDS:
            self._kinds.clear()
        self._kinds[kind] = (moment, 0)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out} more before)", ()
        return True


class TextLines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _without_quotations(record)
        return super().formatMessage(record)

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return "\n".join([*_places(ei[2]), _kind(ei[0])])


class JsonLines(logging.Formatter):
    """`time` (UTC, ISO 8601), `level`, `logger`, `message`; of an exception `error`, its type, and `places`, where it
    came from, the innermost last."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_quotations(record),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"error": _kind(record.exc_info[0]), "places": _places(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False)


def _without_quotations(record: logging.LogRecord) -> str:
    message = record.getMessage()
    is_ours = record.name.partition(".")[0] == PROGRAM
    return message if is_ours else message.partition("\n")[0]


def _kind(error: type[BaseException] | None) -> str:
    return error.__name__ if error else ""


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(PROGRAM).critical("uncaught", exc_info=(kind, error, trace))
