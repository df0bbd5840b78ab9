"""From a document to a published answer: kept, taken, handed in, reviewed by somebody else, published, asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from huiqi.assistant.asking import Message
from huiqi.curation.roles import CurationError
from huiqi.curation.workbench import Workbench
from huiqi.intake.work import Work, edited, without
from huiqi.service.live import LiveAssistant

from tests.curation.conftest import EDITOR, REVIEWER

NOTICE = """星河镇商务局关于支持茶馆发展的通知
星商〔2026〕9号
一、茶具采购补贴。对采购茶具的企业，按照采购额的15%给予补贴，每家最高不超过30万元。
二、茶艺培训补贴。对组织员工参加茶艺培训的企业，按照每人800元给予补贴。
三、本通知自2026年6月1日起施行，有效期3年。
星河镇商务局
2026年5月8日"""


def taking(*numbers: int, level: str = "区") -> list[Callable[[Work], Work]]:
    return [partial(edited, titles={}, texts={}, taken=numbers, policy={"level": level})]


def test_a_document_becomes_an_answer_with_its_figure(workbench: Workbench, live: LiveAssistant) -> None:
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE, "https://example.org/9", *live.current())
    titles = [entry.title for entry in desk.work(kept).entries]
    number = titles.index("茶具采购补贴")
    kept = desk.step(kept.id, EDITOR, kept.version, taking(number), "采用")
    sent = desk.send(kept.id, EDITOR, kept.version, live.current()[0])
    assert sent.faults == () and len(sent.entries) == 1
    assert "茶具采购补贴" not in {entry.title for entry in live.current()[0].entries.values()}

    for draft in workbench.drafting.with_state("in_review"):
        with pytest.raises(CurationError):
            workbench.drafting.approve(draft.id, EDITOR)
        workbench.drafting.approve(draft.id, REVIEWER)
    gate = workbench.publishing.run(workbench.publishing.start(REVIEWER))
    assert gate.state == "passed"
    workbench.publish(gate.id, REVIEWER)

    reply = live.ask(Message("茶具采购补贴标准是多少", "test", "c-1", "u-1"))
    assert str(reply.outcome) == "answer" and "15%" in reply.text and "30万元" in reply.text


def test_a_level_that_nobody_knows_is_asked_for(workbench: Workbench, live: LiveAssistant) -> None:
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE, "", *live.current())
    kept = desk.step(kept.id, EDITOR, kept.version, taking(0, level=""), "采用")
    with pytest.raises(CurationError, match="选层级"):
        desk.send(kept.id, EDITOR, kept.version, live.current()[0])


def test_what_was_undone_is_as_before(workbench: Workbench, live: LiveAssistant) -> None:
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE, "", *live.current())
    before = desk.work(kept)
    kept = desk.step(kept.id, EDITOR, kept.version, [partial(without, number=0)], "不要这一条")
    assert desk.work(kept) != before
    assert desk.work(desk.undo(kept.id, EDITOR, kept.version)) == before
