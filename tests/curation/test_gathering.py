"""However many questions wait for staff, nobody who asks waits for them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.misses import queue as queue_module
from huiqi.curation.misses.likeness import LikeQuestions
from huiqi.curation.misses.queue import Filter, MissQueue
from huiqi.curation.misses.staff_chat import pending
from huiqi.curation.release.gate import Answer
from huiqi.curation.workbench import Workbench
from huiqi.service.gathering import gathering
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from sqlite_utils import Database

from tests.curation.conftest import EDITOR, MISSED, REVIEWER, VIEWER, ask

NAMES = [
    "排烟罩",
    "消毒柜",
    "洗碗机",
    "冰淇淋机",
    "咖啡机",
    "蒸饭车",
    "和面机",
    "榨汁机",
    "切菜机",
    "封口机",
    "制冰机",
    "打包机",
]


def log_questions(database: Database, questions: list[str]) -> None:
    log = QuestionLog(database)
    with database.conn:
        for number, text in enumerate(questions):
            log.add(
                LoggedQuestion("web", text, "unanswered", conversation=f"c{number}", reason="no_match"), text
            )


def groups(workbench: Workbench) -> set[tuple[str, ...]]:
    queue = workbench.miss_queue()
    return {tuple(question.text for question in queue.questions(row.miss.id)) for row in queue.rows(Filter())}


@contextmanager
def never_locked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> Iterator[list[int]]:
    """While `owner.name` runs, somebody else writes to the database, and would fail at once if it were locked."""
    writes: list[int] = []
    original: Callable[..., Any] = getattr(owner, name)
    with closing(sqlite3.connect(settings.database, timeout=0, check_same_thread=False)) as other:

        def work(*arguments: Any, **options: Any) -> Any:
            with other:
                other.execute(
                    "insert into conversation (id, state, updated_at) values (?, '{}', '')",
                    [str(len(writes))],
                )
            writes.append(1)
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, work)
        yield writes


def test_it_goes_on_while_people_are_answered_all_the_time(workbench: Workbench) -> None:
    log_questions(workbench.database, ["夜市的消毒柜谁出钱", "夜市的洗碗机谁出钱"])
    assert workbench.miss_queue().gather(60.0, is_busy=lambda: True) == 2


def test_gathering_goes_on_where_it_stopped(workbench: Workbench) -> None:
    questions = [f"{name}{rest}" for name in NAMES for rest in ("补多少", "能补几成", "补多少呢")]
    log_questions(workbench.database, questions)
    queue = workbench.miss_queue()
    rounds = 0
    while not queue.is_gathered():
        assert queue.gather(0) >= 1
        rounds += 1
    assert rounds > 1
    in_pieces = groups(workbench)
    workbench.database.conn.execute("delete from miss_question")
    workbench.database.conn.execute("delete from miss")
    workbench.database.conn.commit()
    queue.gather()
    assert groups(workbench) == in_pieces
    assert sorted(text for group in in_pieces for text in group) == sorted(questions)


def test_the_log_is_not_locked_while_questions_are_compared(
    workbench: Workbench, workbench_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_questions(workbench.database, [f"{name}补多少" for name in NAMES])
    with never_locked(workbench_settings, monkeypatch, LikeQuestions, "closest") as writes:
        workbench.miss_queue().gather()
    assert len(writes) == len(NAMES)


def test_two_processes_that_gather_make_one_miss_of_like_questions(
    workbench: Workbench, workbench_settings: Settings, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_questions(workbench.database, [MISSED])
    with closing(open_database(workbench_settings.database)) as database:
        other = Workbench(database, live).miss_queue()
        grouped, is_first = MissQueue._grouped, iter([True])

        def overtaken(self: MissQueue, *arguments: Any) -> Any:
            found = grouped(self, *arguments)
            for _ in is_first:
                other.gather()
                log_questions(database, [MISSED + "呢"])
            return found

        monkeypatch.setattr(MissQueue, "_grouped", overtaken)
        workbench.miss_queue().gather()
    assert groups(workbench) == {(MISSED, MISSED + "呢")}


def test_a_question_that_joins_a_miss_which_is_closed_meanwhile_starts_anew(
    workbench: Workbench, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(live, MISSED)
    queue = workbench.miss_queue()
    queue.gather()
    (first,) = queue.rows(Filter())
    ask(live, MISSED + "？", "u2")
    grouped, is_first = MissQueue._grouped, iter([True])

    def overtaken(self: MissQueue, *arguments: Any) -> Any:
        found = grouped(self, *arguments)
        for _ in is_first:
            queue.reply(first.miss.id, "有的。", EDITOR)
        return found

    monkeypatch.setattr(MissQueue, "_grouped", overtaken)
    queue.gather()
    (second,) = queue.rows(Filter())
    assert second.miss.id != first.miss.id and second.count == 1


def test_questions_are_gathered_in_the_background(
    workbench: Workbench, workbench_settings: Settings, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huiqi.service import gathering as module

    monkeypatch.setattr(module, "LOOKED_EVERY", 0.01)
    log_questions(workbench.database, [f"{name}补多少" for name in NAMES])
    waited = threading.Event()
    with gathering(workbench_settings, live):
        for _ in range(1000):
            if workbench.miss_queue().is_gathered():
                break
            waited.wait(0.01)
    assert workbench.miss_queue().is_gathered()


def test_pending_tells_the_most_asked_while_the_rest_is_still_gathered(
    workbench: Workbench, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_questions(workbench.database, [MISSED, MISSED, *(f"{name}补多少" for name in NAMES[1:])])
    monkeypatch.setattr(queue_module.time, "monotonic", iter(range(10**6)).__next__)
    told = pending(workbench, VIEWER)
    assert "正在归组" in told and MISSED in told
    workbench.miss_queue().gather()
    told = pending(workbench, VIEWER)
    assert f"待处理 {len(NAMES)} 组" in told and "还有 2 组" in told and "正在归组" not in told
    assert told.splitlines()[1].startswith("1. 排烟罩补多少（2 次")


def test_nobody_waits_while_publishing_asks_the_misses_again(
    workbench: Workbench, workbench_settings: Settings, live: LiveAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asker in ("u1", "u2"):
        ask(live, MISSED, asker)
    queue = workbench.miss_queue()
    queue.gather()
    (row,) = queue.rows(Filter())
    draft = queue.make_alias(row.miss.id, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    gate = workbench.publishing.start(REVIEWER)
    workbench.publishing.run(gate)
    asked: list[str] = []
    with closing(sqlite3.connect(workbench_settings.database, timeout=0, check_same_thread=False)) as other:
        asking = live.asking

        def noted(*arguments: Any) -> Callable[[str], Answer]:
            own = asking(*arguments)

            def ask_once(text: str) -> Answer:
                with other:
                    other.execute("insert into conversation (id, state, updated_at) values ('x', '{}', '')")
                    other.execute("delete from conversation where id = 'x'")
                asked.append(text)
                return own(text)

            return ask_once

        monkeypatch.setattr(live, "asking", noted)
        published = workbench.publish(gate, REVIEWER)
    assert asked == [MISSED]
    assert (published.closed, published.told) == (2, 2)
    assert live.ask(Message(MISSED, "web", "c9")).entry == "tea-stove"
