"""Who was given a figure that changed is told so, after staff have seen whom and with which words."""

from __future__ import annotations

from typing import Any

import pytest
from huiqi.curation.corrections import Change, CorrectionDesk, changes
from huiqi.curation.roles import Conflict, Forbidden
from huiqi.curation.workbench import Workbench
from huiqi.people.reception import Reception
from huiqi.service.live import LiveAssistant
from huiqi.store.notifications import Notifications
from huiqi.store.transaction import transaction

from tests.conftest import on_both_engines
from tests.curation.conftest import EDITOR, REVIEWER, ask

pytestmark = on_both_engines


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


def published(workbench: Workbench, live: LiveAssistant, text: str | None) -> None:
    """The standard of the stove says `text` from now on; None takes the answer back."""
    content = workbench.drafting.current("entry", "tea-stove")
    if text is not None:
        content = {
            **content,
            "summary": {"text": text, "source": ["S1"]},
            "facets": {**content["facets"], "标准": {"text": text, "source": ["S1"]}},
        }
    with transaction(workbench.database):
        workbench.knowledge.publish({("entry", "tea-stove"): content if text else None}, "tests", "")
    live.refresh()
    while workbench.publishing.is_asking_again():
        workbench.publishing.ask_again(5.0)


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
