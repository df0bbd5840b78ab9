"""The parts of the pack besides entries, saved as drafts."""

from __future__ import annotations

from huiqi.curation.workbench import Workbench
from huiqi.formats.pack_reader import check_documents

from tests.curation.conftest import EDITOR


def test_a_notice_where_no_office_was_written_changes_nothing_else(workbench: Workbench) -> None:
    """The pack of staff's tests says nothing of its office."""
    desk = workbench.table_desk
    table = desk.table("notice")
    texts = {"notice.text": "窗口搬家", "notice.until": "2099-01-01"}
    draft, _ = desk.put(table, "", texts, EDITOR, 0, is_handed_in=True)
    assert draft.state == "in_review"
    pack = check_documents(workbench.knowledge.overlaid({draft.key: draft.content}))
    before = workbench.engine.current()[0]
    assert pack.office.levels == before.office.levels and pack.entries == before.entries
