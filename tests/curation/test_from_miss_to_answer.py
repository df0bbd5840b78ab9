"""From an unanswered question to a published answer, and every step back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from huiqi.answering.reply import Block, Reply
from huiqi.assistant.asking import Message
from huiqi.curation.drafts.drafting import difference
from huiqi.curation.misses import staff_chat
from huiqi.curation.misses.queue import Filter
from huiqi.curation.release.gate import Answer, fault_of
from huiqi.curation.release.publishing import Published
from huiqi.curation.roles import Conflict, CurationError, Forbidden
from huiqi.curation.workbench import Workbench
from huiqi.pack.model import Golden
from huiqi.service.live import LiveAssistant
from huiqi.store.handovers import Handovers
from huiqi.store.notifications import Notifications
from huiqi.store.question_log import QuestionLog

from tests.conftest import on_both_engines
from tests.curation.conftest import ADMIN, EDITOR, MISSED, REVIEWER, VIEWER, ask


@pytest.fixture
def miss(workbench: Workbench, live: LiveAssistant) -> int:
    """The number of a miss that two people ran into."""
    for asker in ("u1", "u2"):
        assert ask(live, MISSED, asker) == "unanswered"
    queue = workbench.miss_queue()
    queue.gather()
    (row,) = queue.rows(Filter())
    assert (row.count, row.askers) == (2, 2)
    return row.miss.id


def published(workbench: Workbench) -> Published:
    number = workbench.publishing.start(REVIEWER)
    assert workbench.publishing.run(number).state == "passed"
    return workbench.publishing.publish(number, REVIEWER)


def test_a_miss_made_an_alternate_is_answered_after_review_and_its_askers_are_told(
    workbench: Workbench, live: LiveAssistant, miss: int
) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    assert ask(live, MISSED, "u3") == "unanswered", "nothing changes for people before it is published"
    done = published(workbench)
    assert (done.items, done.told) == (1, 2)
    assert live.refresh()
    assert ask(live, MISSED, "u3") == "answer"
    waiting = Notifications(workbench.database).pending("telegram")
    assert [(row.asker, row.entry) for row in waiting] == [("u1", "tea-stove"), ("u2", "tea-stove")]
    assert workbench.miss_queue().get(miss).state == "closed"


def test_the_log_follows_what_staff_did(workbench: Workbench, miss: int) -> None:
    log = QuestionLog(workbench.database)
    workbench.miss_queue().ignore(miss, "与政策无关", EDITOR)
    assert [cluster.status for cluster in log.unanswered("ignored")] == ["ignored"]
    workbench.miss_queue().undo(miss, EDITOR)
    assert [cluster.status for cluster in log.unanswered("open")] == ["open"]


def test_a_question_like_an_ignored_one_stays_ignored(
    workbench: Workbench, live: LiveAssistant, miss: int
) -> None:
    workbench.miss_queue().ignore(miss, "与政策无关", EDITOR)
    ask(live, MISSED + "？", "u9")
    workbench.miss_queue().gather()
    assert workbench.miss_queue().rows(Filter()) == []
    assert workbench.miss_queue().row(miss).count == 3


def test_undoing_an_alternate_takes_it_out_of_the_draft(workbench: Workbench, miss: int) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.miss_queue().undo(miss, EDITOR)
    assert workbench.drafting.get(draft.id).state == "discarded"
    assert workbench.miss_queue().get(miss).state == "open"


def test_undoing_one_alternate_leaves_another_edit_of_the_same_entry(workbench: Workbench, miss: int) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    content = {**draft.content, "unit": "光明区测试局"}
    workbench.drafting.save(EDITOR, "entry", "tea-stove", content, draft.version)
    workbench.miss_queue().undo(miss, EDITOR)
    left = workbench.drafting.get(draft.id)
    assert left.is_open
    assert left.content["unit"] == "光明区测试局"
    assert MISSED not in left.content["alternates"]


def test_a_new_entry_starts_with_the_missed_question_and_is_held_back_until_it_is_sound(
    workbench: Workbench, miss: int
) -> None:
    draft = workbench.miss_queue().make_entry(miss, "tea", "tea-hood", EDITOR)
    assert draft.content["title"] == MISSED
    fields = {problem.field for problem in workbench.drafting.problems("entry", "tea-hood", draft.content)}
    assert {"summary.text", "summary.source", "sources"} <= fields
    with pytest.raises(CurationError, match="处要改"):
        workbench.drafting.submit(draft.id, EDITOR)


def test_discarding_a_draft_opens_its_misses_again(workbench: Workbench, miss: int) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.discard(draft.id, REVIEWER)
    assert workbench.miss_queue().get(miss).state == "open"


def test_a_facet_asked_for_in_vain_closes_by_itself_once_it_is_filled_in(
    workbench: Workbench, live: LiveAssistant
) -> None:
    assert ask(live, "换炉灶要什么材料") == "answer"
    queue = workbench.miss_queue()
    queue.gather()
    (row,) = queue.rows(Filter())
    assert row.reasons == (("facet_missing", 1),)
    content = workbench.drafting.current("entry", "tea-stove")
    facets = {**content["facets"], "材料": {"text": "营业执照。", "source": ["S1"]}}
    draft = workbench.drafting.save(EDITOR, "entry", "tea-stove", {**content, "facets": facets}, 0)
    workbench.drafting.submit(draft.id, EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    assert published(workbench).told == 1
    assert (queue.get(row.miss.id).state, queue.get(row.miss.id).exit) == ("closed", "release")


def test_nobody_approves_what_they_edited(workbench: Workbench, miss: int) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", REVIEWER)
    with pytest.raises(CurationError, match="另一个人审核"):
        workbench.drafting.approve(draft.id, REVIEWER)
    alone = Workbench(workbench.database, workbench.engine, one_person=True)
    assert alone.drafting.approve(draft.id, REVIEWER).state == "approved"


def test_a_viewer_changes_nothing(workbench: Workbench, miss: int) -> None:
    for act in (
        lambda: workbench.miss_queue().ignore(miss, "不想看", VIEWER),
        lambda: workbench.miss_queue().make_alias(miss, "tea-stove", VIEWER),
        lambda: workbench.drafting.delete("entry", "tea-stove", VIEWER, "不要了"),
        lambda: workbench.publishing.start(EDITOR),
    ):
        with pytest.raises(Forbidden):
            act()


def test_two_editors_at_once_the_second_is_told_and_nothing_is_overwritten(workbench: Workbench) -> None:
    content = workbench.drafting.current("entry", "tea-sign")
    first = workbench.drafting.save(EDITOR, "entry", "tea-sign", {**content, "unit": "甲局"}, 0)
    with pytest.raises(Conflict, match="小李"):
        workbench.drafting.save(REVIEWER, "entry", "tea-sign", {**content, "unit": "乙局"}, 0)
    assert workbench.drafting.get(first.id).content["unit"] == "甲局"


def test_a_golden_question_that_would_break_blocks_and_an_admin_may_override_with_a_reason(
    workbench: Workbench,
) -> None:
    stove = workbench.drafting.current("entry", "tea-stove")
    sign = workbench.drafting.current("entry", "tea-sign")
    # The golden question moves to the other entry, alternates and all.
    moved = {**sign, "alternates": [*sign["alternates"], *stove["alternates"]], "keywords": ["炉灶"]}
    bare = {
        **stove,
        "alternates": [f"茶水间改造第{number}种问法" for number in range(9)],
        "keywords": ["茶水间"],
    }
    for key, content in (("tea-stove", bare), ("tea-sign", moved)):
        draft = workbench.drafting.save(EDITOR, "entry", key, content, 0)
        workbench.drafting.submit(draft.id, EDITOR)
        workbench.drafting.approve(draft.id, REVIEWER)
    number = workbench.publishing.start(REVIEWER)
    row = workbench.publishing.run(number)
    assert row.state == "blocked"
    assert [broken["question"] for broken in row.result["broken"]] == ["换炉灶有补贴吗"]
    with pytest.raises(CurationError, match="标准题"):
        workbench.publishing.publish(number, REVIEWER)
    with pytest.raises(Forbidden):
        workbench.publishing.publish(number, REVIEWER, override="就这样")
    workbench.publishing.publish(number, ADMIN, override="条目合并，标准题随后改")


def test_a_golden_question_whose_first_line_no_longer_answers_blocks_and_the_line_is_shown(
    workbench: Workbench,
) -> None:
    golden = [{"question": "换炉灶有补贴吗", "accept": ["tea-stove"], "first": "[三四]成"}]
    stove = workbench.drafting.current("entry", "tea-stove")
    # The fact has gone from the first sentence; the entry that answers is the same.
    told = {"text": "换节能炉灶的有补贴。", "source": ["S1"]}
    vague = {**stove, "summary": told, "facets": {**stove["facets"], "标准": told}}
    with workbench.database.conn:
        workbench.knowledge.publish({("file", "golden.yaml"): golden}, "老王", "第一句要有几成")
    workbench.engine.refresh()
    draft = workbench.drafting.save(EDITOR, "entry", "tea-stove", vague, 0)
    workbench.drafting.submit(draft.id, EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    row = workbench.publishing.run(workbench.publishing.start(REVIEWER))
    assert row.state == "blocked"
    (broken,) = row.result["broken"]
    assert (broken["fault"], broken["first"], broken["after"]["entry"]) == ("first", "[三四]成", "tea-stove")
    assert broken["after"]["firsts"] == ["【茶室炉灶】换节能炉灶的有补贴。"]


@pytest.mark.parametrize(
    ("golden", "reply", "fault"),
    [
        (Golden("问", ("a",)), ("answer", "a", None, "补三成。"), None),
        (Golden("问", ("a",)), ("answer", "b", None, "补三成。"), "entry"),
        (Golden("问", ("a",)), ("clarify", None, None, "您问哪一项？"), "entry"),
        (Golden("问", ()), ("unanswered", None, None, "答不上来。"), None),
        (Golden("问", ()), ("answer", "a", None, "补三成。"), "entry"),
        (Golden("问", ("a",), "标准"), ("answer", "a", "材料", "补三成。"), "facet"),
        (Golden("问", ("a",), None, "三成|30%"), ("answer", "a", None, "补三成。"), None),
        (Golden("问", ("a",), None, "三成|30%"), ("answer", "a", None, "有补贴。\n补三成。"), "first"),
        (Golden("问", ("a",), None, "三成|30%"), ("answer", "b", None, "补三成。"), "entry"),
    ],
)
def test_a_golden_question_is_right_in_entry_facet_and_first_line(
    golden: Golden, reply: tuple[str, str | None, str | None, str], fault: str | None
) -> None:
    outcome, entry, facet, text = reply
    assert fault_of(golden, Answer.of(Reply(outcome, (Block("answer", text),), entry, facet))) == fault


def test_what_changed_after_the_check_is_checked_again(workbench: Workbench, miss: int) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    number = workbench.publishing.start(REVIEWER)
    workbench.publishing.run(number)
    workbench.drafting.send_back(draft.id, ADMIN, "再想想")
    with pytest.raises(Conflict, match="重新检查"):
        workbench.publishing.publish(number, REVIEWER)


@on_both_engines
def test_a_release_is_taken_back_whole(workbench: Workbench, live: LiveAssistant, miss: int) -> None:
    before = workbench.knowledge.fingerprint()
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    release = published(workbench).release
    workbench.publishing.take_back(release, ADMIN, "发错了")
    assert workbench.knowledge.fingerprint() == before
    live.refresh()
    assert ask(live, MISSED) == "unanswered"
    assert workbench.miss_queue().get(miss).state == "open"
    assert Notifications(workbench.database).pending("telegram") == []


def test_an_older_revision_comes_back_through_review(workbench: Workbench, miss: int) -> None:
    first = workbench.knowledge.revision_number("entry", "tea-stove")
    assert first is not None
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    published(workbench)
    back = workbench.drafting.roll_back("entry", "tea-stove", first, EDITOR)
    assert back.state == "draft"
    (change,) = difference(workbench.knowledge.item("entry", "tea-stove"), back.content)
    assert change.field == "相似问"
    assert ("gone", MISSED) in change.words


def test_an_import_from_the_folder_leaves_what_staff_published(
    workbench: Workbench, miss: int, small_pack: Path
) -> None:
    from huiqi.service.wiring import synchronise

    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    published(workbench)
    file = small_pack / "policies" / "tea.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("按票面补三成", "按票面补四成"), encoding="utf-8"
    )
    said: list[str] = []
    synchronise(workbench.knowledge, small_pack, said.append)
    assert "没有被文件夹覆盖" in said[0]
    assert MISSED in workbench.knowledge.item("entry", "tea-stove")["alternates"]


def test_what_staff_deleted_does_not_come_back_with_an_import(workbench: Workbench, small_pack: Path) -> None:
    from huiqi.service.wiring import synchronise

    sign = workbench.drafting.current("entry", "tea-sign")
    stove = workbench.drafting.current("entry", "tea-stove")
    golden = [{"question": "换炉灶有补贴吗", "accept": ["tea-stove"]}]
    changes = {
        ("entry", "tea-sign"): None,
        ("entry", "tea-stove"): {**stove, "see_also": []},
        ("file", "golden.yaml"): golden,
    }
    with workbench.database.conn:
        workbench.knowledge.publish(changes, "老王", "招牌不再管")
    file = small_pack / "policies" / "tea.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("先报备再挂", "先备案再挂"), encoding="utf-8")
    synchronise(workbench.knowledge, small_pack, lambda sentence: None)
    assert workbench.knowledge.item("entry", "tea-sign") is None
    assert [gone.item for gone in workbench.knowledge.deleted()] == ["tea-sign"]
    before = workbench.knowledge.history("entry", "tea-sign")[1]
    back = workbench.drafting.roll_back("entry", "tea-sign", before.id, EDITOR)
    assert back.content == sign


def test_the_staff_chat_does_what_the_console_does(
    workbench: Workbench, live: LiveAssistant, miss: int
) -> None:
    assert MISSED in staff_chat.pending(workbench, VIEWER)
    assert "认领" in staff_chat.claim(workbench, EDITOR, miss)
    assert "tea-stove" in staff_chat.test(workbench, VIEWER, "换炉灶有补贴吗")
    assert "tea-stove" in staff_chat.alias(workbench, EDITOR, miss, "1")
    assert "答不上 2" in staff_chat.stats(workbench, VIEWER)
    with pytest.raises(Forbidden):
        staff_chat.ignore(workbench, VIEWER, miss, "不管")


def test_the_staff_chat_takes_talks(workbench: Workbench) -> None:
    assert "没有人在等" in staff_chat.talks(workbench, VIEWER)
    Handovers(workbench.database).want_person("wecom", "lihua", "lihua")
    assert "1. " in staff_chat.talks(workbench, VIEWER) and "在等" in staff_chat.talks(workbench, VIEWER)
    with pytest.raises(Forbidden):
        staff_chat.take(workbench, VIEWER, 1)
    assert "/say 1" in staff_chat.take(workbench, EDITOR, 1)
    assert "已发给 1 号" in staff_chat.say(workbench, EDITOR, 1, "您好")
    assert f"{EDITOR.name} 接着：您好" in staff_chat.talks(workbench, VIEWER)
    assert "由机器人回答" in staff_chat.end(workbench, EDITOR, 1)


def test_an_answer_by_hand_waits_for_each_asker_and_can_be_taken_back(
    workbench: Workbench, miss: int
) -> None:
    staff_chat.answer(workbench, EDITOR, miss, "请到窗口咨询。")
    waiting = Notifications(workbench.database).pending("telegram")
    assert [(row.asker, row.text) for row in waiting] == [
        ("u1", "请到窗口咨询。"),
        ("u2", "请到窗口咨询。"),
    ]
    workbench.miss_queue().undo(miss, EDITOR)
    assert Notifications(workbench.database).pending("telegram") == []


def test_what_an_asker_had_erased_is_erased_for_staff_as_well(
    workbench: Workbench, live: LiveAssistant, miss: int
) -> None:
    from huiqi.store.erasure import Erasure

    staff_chat.answer(workbench, EDITOR, miss, "请到窗口咨询。")
    Erasure(workbench.database).of_asker("telegram", "u1")
    assert workbench.miss_queue().row(miss).askers == 1
    assert [row.asker for row in Notifications(workbench.database).pending("telegram")] == ["u2"]
    Erasure(workbench.database).of_asker("telegram", "u2")
    assert MISSED not in workbench.miss_queue().get(miss).question


def test_another_process_notices_a_release(
    workbench: Workbench, live: LiveAssistant, workbench_settings: object, miss: int
) -> None:
    from huiqi.service.settings import Settings

    assert isinstance(workbench_settings, Settings)
    other = LiveAssistant(workbench_settings, lambda sentence: None)
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    published(workbench)
    assert other.refresh()
    assert ask(other, MISSED) == "answer"
    other.close()


@on_both_engines
def test_while_questions_come_in_a_release_loses_and_mixes_no_answer(
    workbench: Workbench, live: LiveAssistant, miss: int
) -> None:
    content = workbench.drafting.current("entry", "tea-stove")
    newer = {
        **content,
        "summary": {"text": "换节能炉灶的，按票面补四成。", "source": ["S1"]},
        "facets": {**content["facets"], "标准": {"text": "按票面补四成。", "source": ["S1"]}},
    }
    draft = workbench.drafting.save(EDITOR, "entry", "tea-stove", newer, 0)
    workbench.drafting.submit(draft.id, EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    gate = workbench.publishing.start(REVIEWER)
    workbench.publishing.run(gate)
    halfway, stop = threading.Event(), threading.Event()
    answers: list[str] = []

    def keep_asking() -> None:
        while not stop.is_set():
            answers.append(live.ask(Message("换炉灶有补贴吗", "telegram", None, "u8")).text)
            if len(answers) > 20:
                halfway.set()

    people = [threading.Thread(target=keep_asking) for _ in range(3)]
    for person in people:
        person.start()
    assert halfway.wait(30)
    workbench.publish(gate, REVIEWER)
    after = live.ask(Message("换炉灶有补贴吗", "telegram", None, "u8")).text
    stop.set()
    for person in people:
        person.join()
    assert "四成" in after
    assert len({*answers, after}) == 2, "every answer is whole: of the old pack or of the new one"
    assert all(("三成" in text) != ("四成" in text) for text in answers)
    logged = workbench.database.conn.execute("select count(*) from question where asker = 'u8'").fetchone()
    assert logged[0] == len(answers) + 1, "every question is in the log"


@on_both_engines
def test_every_act_is_in_the_audit_trail_with_before_and_after(workbench: Workbench, miss: int) -> None:
    draft = workbench.miss_queue().make_alias(miss, "tea-stove", EDITOR)
    workbench.drafting.approve(draft.id, REVIEWER)
    published(workbench)
    acts = [(row.actor, row.action) for row in reversed(workbench.audit.rows())]
    assert acts == [
        ("小李", "新建草稿"),
        ("小李", "提交审核"),
        ("小李", "相似问"),
        ("老王", "审核通过"),
        ("老王", "发布检查"),
        ("老王", "发布"),
    ]
