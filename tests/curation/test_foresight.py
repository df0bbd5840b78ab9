"""While a reviewer reads a draft, the work of its check is done ahead."""

from __future__ import annotations

from typing import Any

import pytest
from huiqi.assistant.asking import Assistant
from huiqi.curation.workbench import Workbench
from huiqi.service.live import LiveAssistant

from tests.console.conftest import wait_for_checks
from tests.curation.conftest import EDITOR, MISSED, REVIEWER, ask


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that are worked out, not remembered."""
    texts: list[str] = []
    original = Assistant._turn

    def counted(self: Assistant, message: Any, context: Any) -> Any:
        texts.append(message.text)
        return original(self, message, context)

    monkeypatch.setattr(Assistant, "_turn", counted)
    return texts


def test_what_a_draft_would_do_is_known_before_it_is_approved(
    workbench: Workbench, live: LiveAssistant, worked: list[str]
) -> None:
    for asker, text in enumerate((MISSED, "换炉灶有补贴吗", "招牌报备")):
        ask(live, text, f"u{asker}")
    queue = workbench.miss_queue()
    queue.gather()
    draft = queue.make_alias(1, "tea-stove", EDITOR)
    workbench.foresee(draft)
    workbench.drafting.approve(draft.id, REVIEWER)
    number = workbench.publishing.start(REVIEWER)
    workbench._foresight.settle(workbench.publishing.changes(number))
    worked.clear()
    row = workbench.publishing.run(number)
    assert row.state == "passed" and row.result is not None
    assert [change["question"] for change in row.result["changes"]] == [MISSED]
    assert worked == []


def test_a_draft_that_changed_since_is_tried_as_it_is_now(workbench: Workbench, live: LiveAssistant) -> None:
    ask(live, MISSED, "u1")
    queue = workbench.miss_queue()
    queue.gather()
    draft = queue.make_alias(1, "tea-stove", EDITOR)
    workbench.foresee(draft)
    content = {**draft.content, "alternates": [*draft.content["alternates"], "烟囱翻修给补贴吗"]}
    newer = workbench.drafting.save(EDITOR, "entry", "tea-stove", content, draft.version)
    workbench.drafting.submit(newer.id, EDITOR)
    workbench.drafting.approve(newer.id, REVIEWER)
    number = workbench.check(REVIEWER)
    assert number is not None
    wait_for_checks()
    row = workbench.publishing.gate(number)
    assert row.state == "passed" and row.result is not None
    assert {shift["alternate"] for shift in row.result["shifts"]} == {MISSED, "烟囱翻修给补贴吗"}
