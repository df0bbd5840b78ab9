"""Groups of misses that staff put together, part, or set aside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from huiqi.curation.misses.queue import Filter, MissQueue
from huiqi.curation.roles import Conflict, CurationError, Forbidden
from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant

from tests.conftest import on_both_engines
from tests.curation.conftest import EDITOR, REVIEWER, VIEWER, ask

HOOD, CHIMNEY = "排烟罩补多少", "烟囱翻修给补贴吗"
"""One thing said in two ways that share no telling word."""

Asked = Callable[..., MissQueue]


@pytest.fixture
def asked(workbench: Workbench, live: LiveAssistant) -> Asked:
    """Ask questions, each by another person, and gather them."""

    def of(*texts: str) -> MissQueue:
        for number, text in enumerate(texts):
            ask(live, text, f"u{number}")
        queue = workbench.miss_queue()
        queue.gather()
        return queue

    return of


def groups(queue: MissQueue, **wanted: object) -> dict[str, int]:
    """Question → how often it was asked, of each group."""
    return {row.miss.question: row.count for row in queue.rows(Filter(**wanted))}  # type: ignore[arg-type]


def numbered(queue: MissQueue) -> dict[str, int]:
    return {row.miss.question: row.miss.id for row in queue.rows(Filter())}


def trail(workbench: Workbench, number: int) -> list[tuple[str, str, str | None]]:
    rows = workbench.audit.rows(kind="miss", subject=str(number))
    return [(row.actor, row.action, row.note) for row in rows]


@on_both_engines
def test_two_groups_become_one_and_what_is_like_either_joins_it(workbench: Workbench, asked: Asked) -> None:
    queue = asked(HOOD, HOOD, CHIMNEY)
    assert groups(queue) == {HOOD: 2, CHIMNEY: 1}
    number = numbered(queue)
    queue.merge([number[CHIMNEY], number[HOOD]], EDITOR)
    assert groups(queue) == {HOOD: 3}
    assert ("小李", "合并", f"{number[CHIMNEY]} 号的 1 次提问并到这一组") in trail(workbench, number[HOOD])
    assert trail(workbench, number[CHIMNEY]) == [("小李", "合并", f"并入 {number[HOOD]} 号")]
    asked(CHIMNEY + "？", HOOD + "呢")
    assert groups(queue) == {HOOD: 5}
    assert queue.counts() == {"open": 1}


@on_both_engines
def test_a_wording_is_taken_out_to_a_group_of_its_own(workbench: Workbench, asked: Asked) -> None:
    queue = asked(HOOD, CHIMNEY)
    number = numbered(queue)
    whole = queue.merge(list(number.values()), EDITOR)
    made = queue.part(whole.id, [HOOD], REVIEWER)
    assert groups(queue) == {HOOD: 1, CHIMNEY: 1}
    assert (made.question, queue.get(whole.id).question) == (HOOD, CHIMNEY)
    assert trail(workbench, whole.id)[0] == ("老王", "拆分", f"1 次提问拆成 {made.id} 号")
    asked(HOOD + "？", CHIMNEY + "？")
    assert groups(queue) == {CHIMNEY: 2, HOOD: 2}


def test_a_group_has_to_keep_a_wording(asked: Asked) -> None:
    queue = asked(HOOD)
    (number,) = numbered(queue).values()
    for wordings, said in (([], "先勾选"), ([HOOD], "至少一种"), (["没有这句"], "先勾选")):
        with pytest.raises(CurationError, match=said):
            queue.part(number, wordings, EDITOR)


def test_only_open_groups_of_one_person_are_put_together(asked: Asked) -> None:
    queue = asked(HOOD, CHIMNEY)
    one, other = numbered(queue).values()
    with pytest.raises(Forbidden):
        queue.merge([one, other], VIEWER)
    with pytest.raises(CurationError, match="两组以上"):
        queue.merge([one, one], EDITOR)
    queue.claim(one, EDITOR)
    queue.claim(other, REVIEWER)
    with pytest.raises(Conflict, match="小李、老王"):
        queue.merge([one, other], EDITOR)
    queue.assign(other, None, REVIEWER)
    assert queue.merge([one, other], EDITOR).assignee == "小李"
    queue.ignore(one, "重复", EDITOR)
    with pytest.raises(Conflict):
        queue.merge([one, other], EDITOR)


def test_a_merged_question_that_is_erased_leaves_no_words(workbench: Workbench, asked: Asked) -> None:
    queue = asked(HOOD, CHIMNEY)
    number = numbered(queue)
    queue.merge(list(number.values()), EDITOR)
    with workbench.database.conn:
        workbench.database.conn.execute("delete from question where text = ?", [CHIMNEY])
    texts = [row[0] for row in workbench.database.conn.execute("select question from miss").fetchall()]
    assert CHIMNEY not in "".join(texts)


@pytest.mark.parametrize("text", ["asdfgh", "？？？", "66666"])
def test_what_holds_no_word_is_noise(asked: Asked, text: str) -> None:
    queue = asked(text)
    assert (groups(queue, is_noise=False), len(groups(queue, is_noise=True))) == ({}, 1)
    assert queue.counts() == {"noise": 1}


@pytest.mark.parametrize("text", [HOOD, "彩虹税", "驾照"])
def test_what_holds_a_word_is_none(asked: Asked, text: str) -> None:
    assert groups(asked(text), is_noise=True) == {}


def test_what_somebody_left_for_staff_is_never_noise(
    workbench: Workbench, live: LiveAssistant, asked: Asked
) -> None:
    queue = asked("asdfgh")
    (number,) = queue.numbers(Filter(is_noise=True))
    (question,) = queue.questions(number)
    queue.set_noise(number, False, EDITOR)
    queue.set_noise(number, True, EDITOR)
    assert [act for _, act, _ in trail(workbench, number)] == ["放进杂音", "移回待处理"]
    with workbench.database.conn:
        workbench.database.conn.execute("update question set left_at = asked_at where id = ?", [question.id])
    queue.set_noise(number, False, EDITOR)
    with pytest.raises(CurationError, match="留给工作人员"):
        queue.set_noise(number, True, EDITOR)


def test_lists_come_in_the_wanted_order_and_returned_ones_can_be_found(
    workbench: Workbench, asked: Asked
) -> None:
    queue = asked(HOOD, CHIMNEY, CHIMNEY, HOOD, CHIMNEY)
    number = numbered(queue)
    assert queue.numbers(Filter()) == [number[CHIMNEY], number[HOOD]]
    assert queue.numbers(Filter(order="oldest")) == [number[HOOD], number[CHIMNEY]]
    assert queue.numbers(Filter(order="newest")) == [number[CHIMNEY], number[HOOD]]
    draft = queue.make_alias(number[HOOD], "tea-stove", EDITOR)
    assert queue.numbers(Filter(states=("drafting",), returned_to="小李")) == []
    workbench.drafting.send_back(draft.id, REVIEWER, "不是一回事")
    assert queue.numbers(Filter(states=("drafting",), returned_to="小李")) == [number[HOOD]]
    assert queue.numbers(Filter(states=("drafting",), returned_to="老王")) == []


def test_a_group_is_shown_beside_those_that_may_be_the_same(asked: Asked) -> None:
    queue = asked(HOOD, "排烟罩报废怎么处理", "街上能不能摆摊")
    number = numbered(queue)
    assert [row.miss.question for row in queue.near(number[HOOD])][:1] == ["排烟罩报废怎么处理"]
