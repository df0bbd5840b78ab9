"""After a release, what it may have answered is asked again: to the end, outside locks, once, and over a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from huiqi.curation.misses.queue import Filter
from huiqi.curation.release import publishing as module
from huiqi.curation.workbench import Workbench
from huiqi.service.gathering import gathering
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import Settings
from huiqi.store.database import open_database

from tests.conftest import ROOT, on_both_engines
from tests.curation.conftest import EDITOR, REVIEWER, ask

MISSES = 12
ASKED = [f"换炉灶要什么材料{'，急' * number}" for number in range(MISSES)]
"""Different questions for a facet that the small pack lacks."""


@pytest.fixture
def gate(workbench: Workbench, live: LiveAssistant) -> int:
    """A passed gate of a draft that fills the facet in, with many misses that it answers by the way."""
    for number, question in enumerate(ASKED):
        assert ask(live, question, f"u{number}") == "answer"
    workbench.miss_queue().gather()
    with workbench.database.conn as connection:
        # Each in a miss of its own, as different wordings would be.
        questions = [row[0] for row in connection.execute("select question from miss_question order by 1")]
        assert len(questions) == MISSES
        for question in questions[1:]:
            (miss,) = connection.execute(
                "insert into miss (question, state, reason, first_seen, due_at) "
                "select text, 'open', reason, asked_at, asked_at from question where id = ? returning id",
                [question],
            ).fetchone()
            connection.execute("update miss_question set miss = ? where question = ?", [miss, question])
    content = workbench.drafting.current("entry", "tea-stove")
    facets = {**content["facets"], "材料": {"text": "营业执照。", "source": ["S1"]}}
    draft = workbench.drafting.save(EDITOR, "entry", "tea-stove", {**content, "facets": facets}, 0)
    workbench.drafting.submit(draft.id, EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    number = workbench.publishing.start(REVIEWER)
    assert workbench.publishing.run(number).state == "passed"
    return number


def told(workbench: Workbench) -> list[str]:
    rows = workbench.database.query("select asker from notification order by id")
    return sorted(row["asker"] for row in rows)


def open_misses(workbench: Workbench) -> int:
    return len(workbench.miss_queue().numbers(Filter()))


EVERYBODY = sorted(f"u{number}" for number in range(MISSES))


def test_what_does_not_fit_into_the_moment_is_asked_in_the_background_to_the_end(
    workbench: Workbench,
    workbench_settings: Settings,
    live: LiveAssistant,
    gate: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ASKED_AT_ONCE", 0.0)
    done = workbench.publish(gate, REVIEWER)
    assert (done.told, done.waiting) == (1, MISSES - 1)
    finished = threading.Event()
    with gathering(workbench_settings, live):
        for _ in range(200):
            if not workbench.publishing.is_asking_again():
                break
            finished.wait(0.1)
    assert told(workbench) == EVERYBODY and open_misses(workbench) == 0


CHILD = """
import sys, time
from pathlib import Path
from dataclasses import replace
from huiqi.curation.release import publishing as module
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import load_settings
from huiqi.store.database import open_database

settings = replace(load_settings(), pack_folder=Path(sys.argv[1]))
module.ASKED_AT_ONCE = 0.0
live = LiveAssistant(settings, lambda sentence: None)
workbench = Workbench(open_database(settings.database), live)
workbench.publish(int(sys.argv[2]), Member("老王", "reviewer"))
for _ in range(4):
    workbench.publishing.ask_again(0.0)
own = live.asking

def slow(*arguments):
    asked = own(*arguments)

    def ask(text):
        print("asking", flush=True)
        time.sleep(60)
        return asked(text)

    return ask

live.asking = slow
workbench.publishing.ask_again(60.0)
"""


@on_both_engines
def test_a_kill_in_the_middle_leaves_nothing_out_and_doubles_nothing(
    workbench: Workbench, workbench_settings: Settings, gate: int
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(workbench_settings.pack_folder), str(gate)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "bot")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "asking\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert 0 < len(told(workbench)) < MISSES
    with closing(open_database(workbench_settings.database)) as database:
        after = LiveAssistant(workbench_settings, lambda sentence: None)
        again = Workbench(database, after)
        while again.publishing.is_asking_again():
            again.publishing.ask_again(1.0)
        after.close()
    assert told(workbench) == EVERYBODY and open_misses(workbench) == 0


@on_both_engines
def test_several_at_once_tell_nobody_twice(
    workbench: Workbench,
    workbench_settings: Settings,
    live: LiveAssistant,
    gate: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ASKED_AT_ONCE", 0.0)
    workbench.publish(gate, REVIEWER)

    def work() -> None:
        with closing(open_database(workbench_settings.database)) as database:
            Workbench(database, live).publishing.ask_again(30.0)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(workbench) == EVERYBODY


def test_a_release_that_was_taken_back_meanwhile_closes_nothing(
    workbench: Workbench, live: LiveAssistant, gate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huiqi.curation.roles import Member

    monkeypatch.setattr(module, "ASKED_AT_ONCE", 0.0)
    done = workbench.publish(gate, REVIEWER)
    workbench.take_back(done.release, Member("主任", "admin"), "发错了")
    before = open_misses(workbench)
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)
    assert before == open_misses(workbench) == MISSES - 1


WORDINGS = (
    "排烟罩补多少",
    "装排烟罩给钱吗",
    "抽排油烟的机器买了能返吗",
    "油烟净化设备有奖励么",
    "吸油烟机更新奖励",
)
"""One thing that the small pack lacks, in words of five people."""


def test_five_wordings_are_closed_by_one_publication_and_all_five_told(
    workbench: Workbench, live: LiveAssistant
) -> None:
    for number, question in enumerate(WORDINGS):
        assert ask(live, question, f"w{number}") == "unanswered"
    queue = workbench.miss_queue()
    queue.gather()
    rows = queue.rows(Filter())
    assert len(rows) > 1, "wordings without a word in common are groups of their own"
    first = next(row for row in rows if WORDINGS[0] in dict(row.wordings))
    draft = queue.make_entry(first.miss.id, "tea", "tea-hood", EDITOR)
    content = {
        **draft.content,
        "summary": {"text": "排烟罩按票面补两成。", "source": ["S1"]},
        "facets": {**draft.content["facets"], "标准": {"text": "按票面补两成。", "source": ["S1"]}},
        "alternates": [*WORDINGS, *(f"排烟罩{end}" for end in ("补贴", "怎么申请", "有补助吗", "给多少钱"))],
        "sources": ["S1"],
    }
    saved = workbench.drafting.save(EDITOR, "entry", "tea-hood", content, draft.version)
    workbench.drafting.submit(saved.id, EDITOR)
    workbench.drafting.approve(saved.id, REVIEWER)
    number = workbench.publishing.start(REVIEWER)
    row = workbench.publishing.run(number)
    assert row.state == "passed", row.result
    done = workbench.publish(number, REVIEWER)
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)
    assert open_misses(workbench) == 0
    assert told(workbench) == [f"w{number}" for number in range(5)] and done.told == 5


def test_what_may_be_answered_is_offered_once_and_closed_by_a_tick(
    workbench: Workbench, live: LiveAssistant
) -> None:
    assert ask(live, "换炉灶有补贴吗", "d1") == "answer"
    with workbench.database.conn as connection:
        connection.execute("update question set status = 'open', reason = 'thumbs_down'")
    queue = workbench.miss_queue()
    queue.gather()
    (row,) = queue.rows(Filter())
    again(workbench)
    assert queue.offers() == [], "its asker had just that answer"
    content = workbench.drafting.current("entry", "tea-stove")
    changed = {**content, "unit": "光明区测试局"}
    workbench.knowledge.publish({("entry", "tea-stove"): changed}, "tests", "")
    live.refresh()
    again(workbench)
    ((_, offer),) = queue.offers()
    assert (offer.miss, offer.entry) == (row.miss.id, "tea-stove") and "三成" in offer.first
    queue.refuse_offer(row.miss.id, EDITOR)
    workbench.knowledge.publish({("entry", "tea-stove"): {**changed, "unit": "光明区试验局"}}, "tests", "")
    live.refresh()
    again(workbench)
    assert queue.offers() == [], "refused"
    workbench.database.conn.execute("update miss_offer set is_refused = 0")
    assert queue.accept(row.miss.id, EDITOR).state == "closed"
    assert told(workbench) == ["d1"] and queue.offers() == []
    assert queue.undo(row.miss.id, EDITOR).state == "open" and told(workbench) == ["d1"]


def again(workbench: Workbench) -> None:
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)
