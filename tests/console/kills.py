"""`huiqi serve --workers` killed again and again while people ask and staff publish: for the suite in a short form, for
scripts/kills.py in a long one."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from huiqi.formats.pack_reader import folder_fingerprint, read_folder
from huiqi.service.settings import load_settings
from huiqi.service.wiring import load_compiled
from huiqi.store.database import open_database
from huiqi.store.knowledge import KnowledgeStore

from tests.conftest import ROOT, XINGHE
from tests.tables import rows_of

QUESTIONS = (
    "摆个夜市摊要交多少钱",
    "你们中心几点下班",
    "县里修房子补不补",
    "彩票中奖号码是多少",
    "公家的房子开店，租金减不减",
)
SECONDS_TO_WAIT = 60.0


@dataclass
class Told:
    """What askers saw. `answers`: a row's number, its conversation and its question; `lost`: conversations in which an
    ask was not answered, since its worker was killed."""

    answers: list[tuple[int, str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


class Served:
    """`huiqi serve` with workers, on a database of its own and the neutral pack."""

    def __init__(self, folder: Path, workers: int = 2, database: str | None = None, **settings: str) -> None:
        self.database = database or str(folder / "huiqi.db")
        self.knowledge = folder / "knowledge"
        if not self.knowledge.exists():
            shutil.copytree(XINGHE, self.knowledge)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        unlimited = dict.fromkeys(("HUIQI_LIMIT_CONVERSATION", "HUIQI_LIMIT_ADDRESS"), "0")
        place = {"HUIQI_DATABASE": self.database, "HUIQI_KNOWLEDGE": str(self.knowledge)}
        self._environment = os.environ | place | unlimited | settings
        self._command = [sys.executable, "-m", "huiqi", "serve", "--port", str(self.port)]
        self._command += ["--workers", str(workers)]
        self.said: list[str] = []
        self.process = self.started()

    def started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr
        while "工作台" not in process.stderr.readline():
            assert process.poll() is None
        # What it says from now on is read, or it would stop at a full pipe.
        self._reading = threading.Thread(target=self._read, args=(process.stderr,), daemon=True)
        self._reading.start()
        self.process = process
        return process

    def _read(self, said: IO[str]) -> None:
        with said:
            self.said += said.readlines()

    def workers(self) -> list[int]:
        number = self.process.pid
        with contextlib.suppress(FileNotFoundError):
            return [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
        return []

    def call(self, path: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, object]]:
        """Over a connection of its own, so that any worker may take it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_TO_WAIT)
        with contextlib.closing(connection):
            connection.request("POST" if body else "GET", path, json.dumps(body) if body else None)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def read(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_TO_WAIT)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def ask(self, question: str, conversation: str) -> tuple[int, dict[str, object]]:
        return self.call("/api/v1/ask", {"question": question, "conversation": conversation})

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self) -> None:
        """For a test that failed: nothing of it is left."""
        for number in [*self.workers(), self.process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.wait()
        self._reading.join(SECONDS_TO_WAIT)


@contextlib.contextmanager
def serving(folder: Path, workers: int = 2, database: str | None = None, **settings: str) -> Iterator[Served]:
    served = Served(folder, workers, database, **settings)
    try:
        yield served
    finally:
        served.kill()


def until(is_so: object, seconds: float = SECONDS_TO_WAIT) -> None:
    """Waits for what `is_so` says."""
    end = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def is_gone(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def releases(served: Served, folder: Path) -> Iterator[str]:
    """Publishes one of two packs after the other, as another process would; gives the fingerprint of each."""
    other = folder / "other"
    shutil.copytree(XINGHE, other)
    golden = other / "policies" / "faq.yaml"
    golden.write_text(golden.read_text(encoding="utf-8").replace("8点半", "9点"), encoding="utf-8")
    database = open_database(served.database)
    knowledge = KnowledgeStore(database)
    while True:
        for one in (other, XINGHE):
            knowledge.import_documents(read_folder(one), "tests", folder_fingerprint(one))
            load_compiled(knowledge, load_settings().cache_folder, lambda sentence: None)
            yield knowledge.fingerprint() or ""


def ask_on(served: Served, told: Told, name: str, ended: threading.Event) -> None:
    turn = 0
    while not ended.is_set():
        turn += 1
        conversation, question = f"{name}-{turn}", QUESTIONS[turn % len(QUESTIONS)]
        try:
            status, answer = served.ask(question, conversation)
        except (OSError, http.client.HTTPException, ValueError):
            told.lost.append(conversation)
            continue
        if status == 200 and isinstance(answer["number"], int):
            told.answers.append((answer["number"], conversation, question))
        else:
            told.odd.append(f"{status} {answer}")


def killed_again_and_again(
    folder: Path, kills: int, askers: int = 3, seed: int = 20200316, database: str | None = None
) -> Told:
    """What askers saw, on an empty database (None: a file in `folder`); on return the service has ended by itself, and what must hold of its database does."""
    chance, told, ended = random.Random(seed), Told(), threading.Event()
    with serving(folder, database=database) as served:
        publishing = releases(served, folder)
        until(lambda: len(served.workers()) == 2)
        threads = [
            threading.Thread(target=ask_on, args=(served, told, f"asker{number}", ended))
            for number in range(askers)
        ]
        for thread in threads:
            thread.start()
        fingerprint = next(publishing)
        for kill in range(kills):
            time.sleep(chance.uniform(0.0, 0.15))
            if kill % 5 == 4:
                fingerprint = next(publishing)
            workers = served.workers()
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(workers), signal.SIGKILL)
        answered = len(told.answers)
        # After all that it answers as before, from what was published last, whichever worker is asked.
        until(lambda: len(told.answers) >= answered + 10)
        ended.set()
        for thread in threads:
            thread.join()
        until(lambda: len(served.workers()) == 2)
        until(lambda: all(served.call("/readyz")[1].get("pack") == fingerprint for _ in range(10)))
        assert served.end() == 0
    publishing.close()  # type: ignore[attr-defined]
    look_over(served.database, told)
    return told


def look_over(path: str, told: Told) -> None:
    """Nothing is lost and nothing doubled: every answer that somebody saw is in the log once, as it was given, and of an
    ask that went under there is one row or none."""
    database = open_database(path)
    with contextlib.closing(database):
        assert database.fault() is None
        rows = {row["id"]: row for row in rows_of(database, "question")}
        assert told.odd == []
        assert len({number for number, _, _ in told.answers}) == len(told.answers)
        for number, conversation, question in told.answers:
            assert (rows[number]["conversation"], rows[number]["text"]) == (conversation, question)
        seen = Counter(row["conversation"] for row in rows.values())
        assert set(seen.values()) == {1}
        assert set(seen) <= {conversation for _, conversation, _ in told.answers} | set(told.lost)
        remembered = {row["id"] for row in rows_of(database, "conversation")}
        assert remembered == {f"web/{conversation}/" for conversation in seen}
        gathered = Counter(row["question"] for row in rows_of(database, "miss_question"))
        assert set(gathered.values()) <= {1}
