"""The weekly brief: honest figures of one week, the same in the console and the terminal."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from huiqi.curation.brief import as_text, brief
from huiqi.curation.misses.queue import Filter
from huiqi.curation.roles import Conflict, CurationError, Forbidden
from huiqi.curation.sampling import SamplingDesk, quality
from huiqi.curation.weeks import first_day, week_of
from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant
from huiqi.store.transaction import transaction

from tests.conftest import on_both_engines
from tests.curation.conftest import EDITOR, MISSED, VIEWER, ask

pytestmark = on_both_engines


@pytest.mark.parametrize(
    ("week", "monday"), [("2026-W47", date(2026, 11, 16)), ("2020-W53", date(2020, 12, 28))]
)
def test_weeks_are_those_of_iso_8601(week: str, monday: date) -> None:
    assert first_day(week) == monday and week_of(monday) == week


@pytest.mark.parametrize("week", ["2026-47", "2026-W54", "2021-W53", "", "上周"])
def test_what_is_no_week_is_said_so(week: str) -> None:
    with pytest.raises(CurationError, match="2026-W47"):
        first_day(week)


def test_a_week_is_told_as_it_was(workbench: Workbench, live: LiveAssistant) -> None:
    for asker in ("u1", "u2"):
        ask(live, "换炉灶有补贴吗", asker)
    ask(live, "您好", "u3")
    ask(live, MISSED, "u3")
    queue = workbench.miss_queue()
    queue.gather()
    pack = live.assistant.pack
    week = week_of(pack.office.today())
    found = brief(pack, workbench.database, week)
    assert (found.asked, found.askers, found.totals["unanswered"]) == (3, 3, 1)
    assert found.answered_share == pytest.approx(2 / 3) and found.missed == [(MISSED, 1)]
    assert found.top == [("茶室炉灶", 2)] and found.still_open == 1
    assert sorted(found.quoted) == sorted({"换炉灶有补贴吗", MISSED})
    assert found.quoted == brief(pack, workbench.database, week).quoted
    queue.ignore(queue.rows(Filter())[0].miss.id, "别处的事", EDITOR)
    later = brief(pack, workbench.database, week)
    assert later.closed_within["4 小时内"] == 1 and later.still_open == 0
    assert "答上 2（67%）" in as_text(later)
    empty = brief(pack, workbench.database, "2019-W02")
    assert empty.asked == 0 and empty.answered_share is None and "提问 0 次" in as_text(empty)


def test_answers_of_the_week_that_is_over_are_drawn_once_and_judged(
    workbench: Workbench, live: LiveAssistant
) -> None:
    for number in range(30):
        ask(live, "换炉灶有补贴吗", f"u{number}")
    ask(live, MISSED, "v1")
    pack, database = live.assistant.pack, workbench.database
    today = pack.office.today()
    desk, week = SamplingDesk(database, pack.office), week_of(today)
    desk.draw_last_week(today)
    assert desk.of(week) == [] and quality(database, week).told() == "这一周没有抽样。"
    for _ in range(2):
        desk.draw_last_week(today + timedelta(days=7))
    rows = desk.of(week)
    assert len(rows) == 20 and {row.text for row in rows} == {"换炉灶有补贴吗"}
    assert "还没有人判" in quality(database, week).told()
    with pytest.raises(Forbidden):
        desk.judge(rows[0].question, "right", VIEWER)
    with pytest.raises(CurationError, match="答对"):
        desk.judge(rows[0].question, "maybe", EDITOR)
    with pytest.raises(Conflict):
        desk.judge(10**9, "right", EDITOR)
    for row, verdict in zip(rows, ["right"] * 8 + ["partial", "wrong"], strict=False):
        desk.judge(row.question, verdict, EDITOR)
    found = quality(database, week)
    assert (found.drawn, found.judged, found.share("right")) == (20, 10, 0.8)
    low, high = found.bounds("right") or (0, 0)
    assert (low, high) == (pytest.approx(0.490, abs=0.001), pytest.approx(0.943, abs=0.001)), "Wilson's"
    assert "判了 10 条：答对 8（80%），部分答对 1（10%），答错 1（10%）" in as_text(
        brief(pack, database, week)
    )
    workbench.miss_queue().gather()
    assert rows[9].question in {
        question.id
        for row in workbench.miss_queue().rows(Filter())
        for question in workbench.miss_queue().questions(row.miss.id)
    }, "a wrong one comes before staff"
    with transaction(database) as connection:
        connection.execute("delete from feedback")
        connection.execute("delete from bad_case")
        connection.execute("delete from question")
    kept = quality(database, week)
    assert (kept.drawn, kept.judged) == (10, 10), "what was judged is counted, what can no longer be is not"


def test_what_begins_or_ends_next_is_told(workbench: Workbench, live: LiveAssistant) -> None:
    pack = live.assistant.pack
    both = ("茶室招牌", "茶室炉灶")
    begins, ends = (brief(pack, workbench.database, week).upcoming for week in ("2020-W05", "2020-W52"))
    assert begins == [(date(2020, 2, 9), f"{title}起实施") for title in both]
    assert ends == [(date(2020, 12, 31), f"{title}到期") for title in both]
