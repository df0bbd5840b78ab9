"""What is ignored gets a reply, and what somebody leaves for staff is always before them again."""

from __future__ import annotations

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.misses.queue import Filter
from huiqi.curation.roles import CurationError
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Person, Reception
from huiqi.service.live import LiveAssistant
from huiqi.store.notifications import Notifications

from tests.conftest import on_both_engines
from tests.curation.conftest import EDITOR, MISSED, ask

pytestmark = on_both_engines

SAID = "排烟罩归环保站管，请到二楼七号窗口问。"
ANNA = Person("telegram", "c-u1", "u1")


@pytest.fixture
def reception(live: LiveAssistant, workbench: Workbench) -> Reception:
    return Reception(live, workbench.database)


def only(workbench: Workbench, *states: str) -> int:
    (row,) = workbench.miss_queue().rows(Filter(states=states or ("open",)))
    return row.miss.id


def leave(reception: Reception, person: Person) -> int:
    number = reception.questions_of(person, 1)[0].number
    assert reception.put_before_staff(person, number)
    return number


def test_an_ignored_question_is_replied_to_as_staff_said_until_that_is_undone(
    workbench: Workbench, live: LiveAssistant
) -> None:
    ask(live, MISSED)
    queue = workbench.miss_queue()
    queue.gather()
    with pytest.raises(CurationError, match="500"):
        queue.ignore(only(workbench), "别处的事", EDITOR, "长" * 501)
    miss = only(workbench)
    queue.ignore(miss, "别处的事", EDITOR, SAID)
    for wording in (MISSED, f"{MISSED}？", f" {MISSED}！"):
        reply = live.ask(Message(wording, "web", "c9"))
        assert (reply.first, reply.reason, reply.outcome) == (SAID, "set_reply", "unanswered")
    queue.gather()
    assert queue.rows(Filter()) == [], "what has its reply is no miss"
    assert SAID not in live.ask(Message("换炉灶有补贴吗", "web", "c9")).text
    queue.undo(miss, EDITOR)
    assert SAID not in live.ask(Message(MISSED, "web", "c9")).text


def test_who_left_it_for_staff_is_told_the_reply(
    workbench: Workbench, live: LiveAssistant, reception: Reception
) -> None:
    ask(live, MISSED, "u1")
    ask(live, MISSED, "u2")
    leave(reception, ANNA)
    workbench.miss_queue().gather()
    miss = only(workbench)
    workbench.miss_queue().ignore(miss, "别处的事", EDITOR, SAID)
    told = Notifications(workbench.database).of_miss(miss)
    assert [(notice.asker, notice.text) for notice in told] == [("u1", SAID)]


@pytest.mark.parametrize("state", ["ignored", "closed"])
def test_leaving_a_question_for_staff_opens_its_group_again(
    workbench: Workbench, live: LiveAssistant, reception: Reception, state: str
) -> None:
    ask(live, MISSED)
    queue = workbench.miss_queue()
    queue.gather()
    miss = only(workbench)
    if state == "ignored":
        queue.ignore(miss, "别处的事", EDITOR, SAID)
    else:
        queue.reply(miss, "请到二楼问。", EDITOR)
    leave(reception, ANNA)
    queue.gather()
    assert only(workbench) == miss
    assert queue.get(miss).exit is None and queue.questions(miss)[0].left_at
    assert SAID not in live.ask(Message(MISSED, "web", "c9")).text


def test_one_like_an_ignored_group_opens_it_when_left_for_staff(
    workbench: Workbench, live: LiveAssistant, reception: Reception
) -> None:
    ask(live, MISSED)
    queue = workbench.miss_queue()
    queue.gather()
    miss = only(workbench)
    queue.ignore(miss, "别处的事", EDITOR, SAID)
    assert ask(live, MISSED, "u7") == "unanswered"
    leave(reception, Person("telegram", "c-u7", "u7"))
    queue.gather()
    assert only(workbench) == miss and queue.row(miss).count == 2


def test_the_talk_around_a_question_is_shown_with_it(workbench: Workbench, live: LiveAssistant) -> None:
    for text in ("您好", MISSED, "换炉灶有补贴吗"):
        ask(live, text)
    ask(live, "挂招牌要报备吗", "u2")
    workbench.miss_queue().gather()
    (question,) = workbench.miss_queue().questions(only(workbench))
    talk = workbench.miss_queue().talk_around(question.id)
    assert [text for _, text, _, _ in talk] == ["您好", MISSED, "换炉灶有补贴吗"]
    assert talk[2][3] == "tea-stove"
