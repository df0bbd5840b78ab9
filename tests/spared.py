"""What tests share with each other so that none begins from nothing: databases with every table, and packs that were
compiled. Each is what the program makes of nothing; another process that a test starts still does that by itself."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import certifi
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from huiqi.matching.earlier import Earlier
from huiqi.pack.model import Pack
from huiqi.service import live, wiring
from huiqi.service.wiring import Compiled, Notify
from huiqi.store.engines import sqlite
from huiqi.store.knowledge import KnowledgeStore
from starlette.testclient import TestClient

from tests.postgresql import in_memory

END = "-----END CERTIFICATE-----"
KEPT = 16
"""Compiled packs that a process has in memory; each takes some 15 MB."""


def files_in_memory() -> None:
    """Whatever tests write goes where no disk is waited for, if there is room: what is lost with the machine is of no
    use to anybody."""
    folder = in_memory()
    if folder is not None and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = folder


def leave_nothing(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """What processes that were killed leave among the temporary files goes with those of the tests."""
    patch.setenv("TMPDIR", str(folder))
    patch.setattr(tempfile, "tempdir", str(folder))


def trust_one(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Whoever makes a client for HTTP reads the certificates of the world, a hundred and more, first. Tests speak to
    this machine only: one will do, for the processes that they start as well."""
    whole = Path(certifi.where()).read_text(encoding="ascii")
    file = folder / "certificate.pem"
    file.write_text(whole[: whole.index(END) + len(END)] + "\n", encoding="ascii")
    patch.setattr(certifi, "where", lambda: str(file))
    patch.setenv("SSL_CERT_FILE", str(file))


@contextmanager
def one_loop(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every request of a TestClient runs in one event loop, and starts none of its own."""
    with start_blocking_portal("asyncio") as shared:

        @contextmanager
        def portal(client: TestClient) -> Iterator[BlockingPortal]:
            yield client.portal or shared

        patch.setattr(TestClient, "_portal_factory", portal)
        yield


def share_tables(patch: pytest.MonkeyPatch) -> None:
    """A new SQLite database gets its tables by a copy of one that had all migrations."""
    real, turn = sqlite._bring_up_to_date, threading.Lock()
    filled = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite.open_sqlite(":memory:")) as database:
        database.conn.backup(filled)

    def bring_up_to_date(database: sqlite.SqliteDatabase, path: str) -> None:
        with turn:
            if not database.conn.execute("select 1 from sqlite_master").fetchone():
                filled.backup(database.conn)
        real(database, path)

    patch.setattr(sqlite, "_bring_up_to_date", bring_up_to_date)


def share_compiled(patch: pytest.MonkeyPatch, cache: Path) -> None:
    """A pack that is in the lasting `cache` is read once, and one that is not there yet is built upon the one last had
    in hand."""
    kept: OrderedDict[str, Compiled] = OrderedDict()
    load, read, keep = wiring.load_compiled, wiring.read_compiled, wiring.keep_compiled

    def remember(compiled: Compiled) -> Compiled:
        kept[compiled.pack.fingerprint] = compiled
        kept.move_to_end(compiled.pack.fingerprint)
        if len(kept) > KEPT:
            kept.popitem(last=False)
        return compiled

    def nearest(pack: Pack) -> Earlier:
        """Of those in hand the one that spares most: the last that reads texts alike, or the last."""
        alike = [
            one
            for one in kept.values()
            if (one.pack.office, one.pack.places, one.pack.out_of_scope)
            == (pack.office, pack.places, pack.out_of_scope)
        ]
        one = (alike or list(kept.values()))[-1]
        return Earlier(one.pack, one.matcher.base)

    def read_compiled(fingerprint: str, folder: Path, notify: Notify = wiring.tell_on_stderr) -> Any:
        if folder != cache or fingerprint not in kept:
            found = read(fingerprint, folder, notify)
            return remember(found) if found is not None and folder == cache else found
        with suppress(OSError):
            os.utime(wiring._compiled_file(fingerprint, cache))
        return remember(kept[fingerprint])

    def keep_compiled(compiled: Compiled, folder: Path) -> None:
        keep(compiled, folder)
        if folder == cache:
            remember(compiled)

    def load_compiled(
        knowledge: KnowledgeStore,
        folder: Path,
        notify: Notify = wiring.tell_on_stderr,
        earlier: Earlier | None = None,
    ) -> Compiled:
        if earlier is None and folder == cache and kept:
            found = read_compiled(knowledge.fingerprint() or "", folder, notify)
            if found is not None:
                return found
            earlier = nearest(knowledge.pack())
        return load(knowledge, folder, notify, earlier)

    for module in (wiring, live):
        patch.setattr(module, "read_compiled", read_compiled)
        patch.setattr(module, "keep_compiled", keep_compiled)
        patch.setattr(module, "load_compiled", load_compiled)
