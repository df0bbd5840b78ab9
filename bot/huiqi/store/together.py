"""Works of one thread that are done in two steps: deciding, which reads, and writing. What several have decided is written in
one transaction, so that it is short and there are few of them; none is told to be done before what it wrote is safe."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from huiqi.store.database import Database
from huiqi.store.faults import is_store_at_fault
from huiqi.store.transaction import addition

T = TypeVar("T")
U = TypeVar("U")
LONGEST = 0.005
"""Seconds after which it is written, whatever else there is to decide: about what a commit takes on a server."""
MOST = 32
SOON = 1.0
"""Seconds within which a store that fails has refused. What failed later was waited for, and is not waited for once more."""


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class ToWrite(Generic[T]):
    """What was decided. `write`: writes it down within a transaction of others, and gives what came of it; where nothing of
    that was kept, it is done again. `by_itself`: the same in one of its own; True where the store has just kept it
    waiting. `over`: called once, when it is told."""

    write: Callable[[], T]
    by_itself: Callable[[bool], T]
    over: Callable[[], None] = _nothing

    def then(self, told: Callable[[T], U]) -> ToWrite[U]:
        return ToWrite(
            lambda: told(self.write()), lambda has_waited: told(self.by_itself(has_waited)), self.over
        )


@dataclass(frozen=True)
class _Decided:
    decided: ToWrite[Any]
    about: str | None
    told: Future[Any]


class Together:
    """`database`: on whose connection they write; `is_held`: whether writes wait for the store, which come first. All is
    called in one thread."""

    def __init__(self, database: Database, is_held: Callable[[], bool] = lambda: False) -> None:
        self._database = database
        self._is_held = is_held
        self._decided: list[_Decided] = []
        self._begun_at = 0.0

    def run(self, work: Callable[[], T]) -> Future[T]:
        """Do `work`, which may read and write anything, after all that was decided is written."""
        self._write()
        told: Future[T] = Future()
        _tell(told, work)
        return told

    def decide(
        self, work: Callable[[], ToWrite[T]], about: str | None, is_more: Callable[[], bool]
    ) -> Future[T]:
        """Decide now; the future tells what came of it, or its error, once it is written. That is at once unless `is_more`:
        another work will surely follow. `about`: of works with the same name the next reads what the last has written."""
        if about is not None and any(one.about == about for one in self._decided):
            self._write()
        told: Future[T] = Future()
        try:
            decided = work()
        except BaseException as error:
            told.set_exception(error)
        else:
            if not self._decided:
                self._begun_at = time.monotonic()
            self._decided.append(_Decided(decided, about, told))
        is_long = time.monotonic() - self._begun_at > LONGEST
        if not is_more() or len(self._decided) >= MOST or is_long:
            self._write()
        return told

    def _write(self) -> None:
        waiting, self._decided = self._decided, []
        has_waited = False
        if len(waiting) > 1 and not self._is_held():
            begun_at = time.monotonic()
            try:
                with addition(self._database):
                    written = [one.decided.write() for one in waiting]
            except Exception as error:
                # Nothing of it is there.
                has_waited = is_store_at_fault(error) and time.monotonic() - begun_at > SOON
            else:
                for one, value in zip(waiting, written, strict=True):
                    one.decided.over()
                    one.told.set_result(value)
                return
        for one in waiting:
            _tell(one.told, partial(one.decided.by_itself, has_waited), one.decided.over)


def _tell(told: Future[T], work: Callable[[], T], over: Callable[[], None] = _nothing) -> None:
    try:
        value = work()
    except BaseException as error:
        over()
        told.set_exception(error)
    else:
        over()
        told.set_result(value)
