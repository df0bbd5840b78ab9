"""Works of one thread whose writes are committed together, where a commit takes long (a server waits for its disk): none is
told to be done before what it wrote is safe."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from huiqi.store.database import Database
from huiqi.store.faults import is_of_store, is_store_at_fault
from huiqi.store.transaction import addition

T = TypeVar("T")
LONGEST = 0.005
"""Seconds after which they are committed, whatever else there is to do: about what a commit takes."""
MOST = 32


@dataclass(frozen=True)
class _Done:
    """A work, its outcome, and who is to be told of it."""

    work: Callable[[], Any]
    told: Future[Any]
    outcome: Future[Any]


class Together:
    """`database`: on whose connection they write; `is_held`: whether writes wait for the store, which come first. All is
    called in one thread."""

    def __init__(self, database: Database, is_held: Callable[[], bool] = lambda: False) -> None:
        self._database = database
        self._is_held = is_held
        self._done: list[_Done] = []
        self._block = ExitStack()
        self._begun_at = 0.0

    def run(self, work: Callable[[], T], is_more: Callable[[], bool]) -> Future[T]:
        """Do `work` now; the future tells what came of it, or its error, when what it wrote is committed. That is at once
        unless `is_more`: another work will surely be run right after it."""
        told: Future[T] = Future()
        if not self._done and not self._begins():
            _tell(told, _outcome(work))
            return told
        self._done.append(_Done(work, told, _outcome(work)))
        if self._database.conn.is_broken:
            self._do_again()
        elif not is_more() or len(self._done) >= MOST or time.monotonic() - self._begun_at > LONGEST:
            self._commit()
        return told

    def _begins(self) -> bool:
        """False where the store is at fault, or was: then each work knows by itself what to do."""
        if not self._database.is_slow_to_commit or self._is_held():
            return False
        try:
            self._block.enter_context(addition(self._database))
        except Exception as error:
            if not is_store_at_fault(error):
                raise
            return False
        self._begun_at = time.monotonic()
        return True

    def _commit(self) -> None:
        try:
            self._block.close()
        except Exception as error:
            if not is_of_store(error):
                raise
            self._do_again()
            return
        done, self._done = self._done, []
        for one in done:
            _tell(one.told, one.outcome)

    def _do_again(self) -> None:
        """Nothing of what they wrote is there: each once more, by itself."""
        self._database.conn.rollback()
        self._block.close()
        done, self._done = self._done, []
        for one in done:
            _tell(one.told, _outcome(one.work))


def _outcome(work: Callable[[], T]) -> Future[T]:
    outcome: Future[T] = Future()
    try:
        outcome.set_result(work())
    except BaseException as error:
        outcome.set_exception(error)
    return outcome


def _tell(told: Future[T], outcome: Future[T]) -> None:
    if (error := outcome.exception()) is not None:
        told.set_exception(error)
    else:
        told.set_result(outcome.result())
