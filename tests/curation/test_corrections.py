"""Who was given a figure that changed is told so, after staff have seen whom and with which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from huiqi.curation.corrections import Change, CorrectionDesk, changes, wording
from huiqi.curation.roles import Conflict, Forbidden
from huiqi.curation.workbench import Workbench
from huiqi.formats.pack_reader import folder_fingerprint, read_folder
from huiqi.people.reception import Reception
from huiqi.service.live import LiveAssistant
from huiqi.store.corrections import Correction
from huiqi.store.notifications import Notifications
from huiqi.store.transaction import transaction

from tests.conftest import on_both_engines
from tests.curation.conftest import ADMIN, EDITOR, REVIEWER, ask


def entry(**facets: str) -> dict[str, Any]:
    return {"facets": {name: {"text": text} for name, text in facets.items()}}


@pytest.mark.parametrize(
    ("before", "after", "facets"),
    [
        (entry(标准="每户补20万元"), entry(标准="每户补30万元"), ["标准"]),
        (entry(标准="每户补20万元"), entry(标准="每户补助二十万元"), []),
        (entry(时限="3月1日前申报"), entry(时限="4月1日前申报"), ["时限"]),
        (entry(条件="在本区注册"), entry(条件="在本区注册并纳税"), ["条件"]),
        (entry(流程="先申报再审核"), entry(流程="先网上申报再审核"), []),
        (entry(电话="0757-12345678"), entry(电话="0757-87654321"), ["电话"]),
        (entry(标准="每户补20万元"), entry(), ["标准"]),
        (entry(), entry(标准="每户补20万元"), []),
    ],
)
def test_what_counts_as_a_correction(
    before: dict[str, Any], after: dict[str, Any], facets: list[str]
) -> None:
    assert [change.facet for change in changes(before, after)] == facets


def test_a_change_says_what_was_and_what_is() -> None:
    (change,) = changes(entry(标准="补20万元"), entry(标准="补30万元"))
    assert change == Change("标准", "补20万元", "补30万元")


def test_where_people_were_given_different_ones_the_words_say_what_is() -> None:
    found = [Change("标准", "补20万元", "补40万元"), Change("标准", "补30万元", "补40万元")]
    assert wording("炉灶", found, False) == "“炉灶”的标准更正了，现在是“补40万元”。请以现在的为准。"


def published(workbench: Workbench, live: LiveAssistant, text: str | None, status: str = "published") -> None:
    """The standard of the stove says `text` from now on; None takes the entry out."""
    content = workbench.drafting.current("entry", "tea-stove")
    if text is not None:
        content = {
            **content,
            "summary": {"text": text, "source": ["S1"]},
            "facets": {**content["facets"], "标准": {"text": text, "source": ["S1"]}},
            "status": status,
        }
    changed: dict[tuple[str, str], Any] = {("entry", "tea-stove"): content if text else None}
    if text is None:
        # What links to it goes with it.
        sign = workbench.drafting.current("entry", "tea-sign")
        golden = [
            item for item in workbench.drafting.current("file", "golden.yaml") if "炉灶" not in str(item)
        ]
        changed |= {("entry", "tea-sign"): {**sign, "see_also": []}, ("file", "golden.yaml"): golden}
    with transaction(workbench.database):
        workbench.knowledge.publish(changed, "tests", "")
    in_force(workbench, live)


def in_force(workbench: Workbench, live: LiveAssistant) -> None:
    live.refresh()
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)


def proposed(workbench: Workbench) -> tuple[Correction, list[str | None]]:
    """The one correction before staff, and whom it would tell."""
    desk = CorrectionDesk(workbench.database)
    (correction,) = desk.waiting()
    return correction, [given.asker for given in desk.given(correction)]


def told(workbench: Workbench, live: LiveAssistant) -> list[tuple[str | None, str]]:
    """What goes out to people on Telegram now."""
    reception = Reception(live, workbench.database)
    with reception.one_transaction():
        notices = reception.notices("telegram")
    return [(notice.asker, notice.text) for notice in notices]


@pytest.mark.parametrize("how", ["deleted", "unused", "release taken back"])
def test_of_an_answer_taken_back_each_who_was_given_it_is_told_once(
    workbench: Workbench, live: LiveAssistant, how: str
) -> None:
    if how == "release taken back":
        published(workbench, live, "按票面补五成。")
    for asker in ("u1", "u1", "u2"):
        assert ask(live, "换炉灶有补贴吗", asker) == "answer"
    assert ask(live, "挂招牌要报备吗", "u3") == "answer"
    if how == "release taken back":
        release = workbench.releases.latest(1)[0].id
        workbench.take_back(release, ADMIN, "发错了")
        in_force(workbench, live)
    else:
        published(workbench, live, None if how == "deleted" else "按票面补三成。", "draft")
    correction, askers = proposed(workbench)
    assert askers == ["u1", "u2"] and told(workbench, live) == []
    says = "“茶室炉灶”这条答复已经撤回，请不要再按它办。"
    if how == "release taken back":
        assert "五成" in correction.text and "三成" in correction.text
        says = correction.text
    assert (correction.facets is None, correction.text) == (how != "release taken back", says)
    desk = CorrectionDesk(workbench.database)
    assert desk.send(correction.id, correction.text, REVIEWER) == 2
    said = f"更正：您问过“换炉灶有补贴吗”。{says}"
    assert told(workbench, live) == [("u1", said), ("u2", said)]
    assert told(workbench, live) == [] and desk.waiting() == []


def test_what_was_taken_back_already_is_not_taken_back_again(
    workbench: Workbench, live: LiveAssistant
) -> None:
    assert ask(live, "换炉灶有补贴吗", "u1") == "answer"
    published(workbench, live, "按票面补三成。", "draft")
    CorrectionDesk(workbench.database).drop(proposed(workbench)[0].id, REVIEWER)
    published(workbench, live, "按票面补四成。", "draft")
    assert CorrectionDesk(workbench.database).waiting() == []


def test_a_folder_that_brings_another_figure_corrects_like_staff(
    workbench: Workbench, live: LiveAssistant, small_pack: Path
) -> None:
    assert ask(live, "换炉灶有补贴吗", "u1") == "answer"
    file = small_pack / "policies" / "tea.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("补三成", "补四成"), encoding="utf-8")
    workbench.knowledge.import_documents(read_folder(small_pack), "tests", folder_fingerprint(small_pack))
    in_force(workbench, live)
    assert proposed(workbench)[1] == ["u1"]


@on_both_engines
def test_of_several_releases_before_staff_look_what_is_so_now_is_told(
    workbench: Workbench, live: LiveAssistant
) -> None:
    assert ask(live, "换炉灶有补贴吗", "u1") == "answer"
    published(workbench, live, "按票面补四成。")
    first, _ = proposed(workbench)
    assert ask(live, "换炉灶有补贴吗", "u2") == "answer"
    published(workbench, live, "按票面补五成。")
    second, askers = proposed(workbench)
    assert askers == ["u1", "u2"] and "四成" not in second.text
    desk = CorrectionDesk(workbench.database)
    with pytest.raises(Conflict):
        desk.send(first.id, first.text, REVIEWER)
    # Back to what u1 was given: of u1 nothing is to be put right.
    published(workbench, live, "按票面补三成。")
    assert proposed(workbench)[1] == ["u2"]


@on_both_engines
def test_who_was_told_an_answer_by_a_notice_is_told_its_correction_too(
    workbench: Workbench, live: LiveAssistant
) -> None:
    assert ask(live, "换炉灶有补贴吗", "u1") == "answer"
    with transaction(workbench.database) as connection:
        connection.execute("update question set outcome = 'unanswered', entry = null, revision = null")
    notices = Notifications(workbench.database)
    notices.add_all([("telegram", "c-u1", "u1", 1)], 1, "tea-stove", None)
    assert [asker for asker, _ in told(workbench, live)] == ["u1"]
    published(workbench, live, "按票面补四成。")
    correction, askers = proposed(workbench)
    assert askers == ["u1"]
    assert CorrectionDesk(workbench.database).send(correction.id, correction.text, REVIEWER) == 1
    assert len(told(workbench, live)) == 1
    # They know of four tenths by the correction only.
    published(workbench, live, "按票面补五成。")
    assert proposed(workbench)[1] == ["u1"]


@on_both_engines
def test_who_was_given_the_old_figure_is_told_once_after_staff_agreed(
    workbench: Workbench, live: LiveAssistant
) -> None:
    for asker in ("u1", "u1", "u2"):
        assert ask(live, "换炉灶有补贴吗", asker) == "answer"
    assert ask(live, "挂招牌要报备吗", "u3") == "answer"
    desk, notices = CorrectionDesk(workbench.database), Notifications(workbench.database)
    published(workbench, live, "按票面补四成。")
    (correction,) = desk.waiting()
    assert ("三成" in correction.text and "四成" in correction.text) or "更正了" in correction.text
    assert [given.asker for given in desk.given(correction)] == ["u1", "u2"]
    assert notices.counts() == {}, "nobody before staff have seen it"
    with pytest.raises(Forbidden):
        desk.send(correction.id, correction.text, EDITOR)
    assert desk.send(correction.id, "现在补四成，以此为准。", REVIEWER) == 2
    with pytest.raises(Conflict):
        desk.send(correction.id, "再来一次", REVIEWER)
    told = Reception(live, workbench.database).notices("telegram")
    assert [notice.text for notice in told] == ["更正：您问过“换炉灶有补贴吗”。现在补四成，以此为准。"] * 2
    assert ask(live, "换炉灶有补贴吗", "u4") == "answer"
    published(workbench, live, "按票面补四成。")
    assert desk.waiting() == [], "nothing changed"


def test_an_answer_that_nobody_was_given_needs_no_correction(
    workbench: Workbench, live: LiveAssistant
) -> None:
    published(workbench, live, "按票面补四成。")
    assert CorrectionDesk(workbench.database).waiting() == []


def test_staff_may_leave_it(workbench: Workbench, live: LiveAssistant) -> None:
    ask(live, "换炉灶有补贴吗", "u1")
    published(workbench, live, "按票面补四成。")
    desk = CorrectionDesk(workbench.database)
    desk.drop(desk.waiting()[0].id, REVIEWER)
    assert desk.waiting() == [] and Notifications(workbench.database).counts() == {}
