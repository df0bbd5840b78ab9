"""Two documents about the same measure that tell different figures: amounts, shares, days, periods, phones."""

from __future__ import annotations

import pytest
from huiqi.curation.workbench import Workbench
from huiqi.intake.work import WorkLink
from huiqi.service.live import LiveAssistant

from tests.curation.conftest import EDITOR
from tests.curation.test_from_document_to_answer import published, taking

NOTICE = """星河镇商务局关于支持茶馆发展的通知
星商〔{number}〕9号
一、茶具采购补贴
补贴标准：对采购茶具的企业，按照采购额的{share}给予补贴，每家最高不超过{most}。
申请条件：企业要在镇内经营满{months}个月。
申报时间：{day}前提交申请，镇商务局在{working}个工作日内办结。
咨询电话：{phone}
{year}年{month}月8日"""
FIRST = {
    "number": "2026",
    "share": "15%",
    "most": "30万元",
    "months": "6",
    "day": "2026年9月30日",
    "working": "10",
    "phone": "0755-81234567",
    "year": "2026",
    "month": "5",
}


def linked(workbench: Workbench, live: LiveAssistant, **changes: str) -> WorkLink | None:
    """What is told of the published notice beside another one with these changes."""
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE.format(**{**FIRST, **changes}), "", *live.current())
    links = [link for entry in desk.work(kept).entries for link in entry.links]
    return next((link for link in links if link.title == "茶具采购补贴"), None)


@pytest.fixture
def first(workbench: Workbench, live: LiveAssistant) -> None:
    """The first notice, published."""
    desk = workbench.documents
    kept = desk.paste(EDITOR, NOTICE.format(**FIRST), "", *live.current())
    kept = desk.step(kept.id, EDITOR, kept.version, taking(0), "采用")
    assert desk.send(kept.id, EDITOR, kept.version, live.current()[0]).faults == ()
    published(workbench)


OTHERWISE: list[tuple[dict[str, str], str, str]] = [
    ({"share": "20%"}, "20%", "15%"),
    ({"most": "50万元"}, "50万元", "30万元"),
    ({"months": "12"}, "12个月（条件）", "6个月（条件）"),
    ({"day": "2026年10月31日"}, "2026年10月31日（时限）", "2026年9月30日（时限）"),
    ({"working": "5"}, "5个工作日（时限）", "10个工作日（时限）"),
    ({"phone": "0755-87654321"}, "0755-87654321（电话）", "0755-81234567（电话）"),
]


@pytest.mark.usefixtures("first")
def test_what_the_same_measure_tells_otherwise_is_seen(workbench: Workbench, live: LiveAssistant) -> None:
    told = []
    for changes, _, _ in OTHERWISE:
        link = linked(workbench, live, **changes)
        told.append((changes, link and (link.relation, link.ours, link.theirs)))
    assert told == [(changes, ("同一份文件", (ours,), (theirs,))) for changes, ours, theirs in OTHERWISE]


@pytest.mark.usefixtures("first")
def test_another_year_has_other_days_which_is_no_contradiction(
    workbench: Workbench, live: LiveAssistant
) -> None:
    later = {"number": "2027", "year": "2027", "day": "2027年9月30日", "phone": "0755-87654321"}
    link = linked(workbench, live, **later)
    assert link is not None and link.relation == "在它之前"
    assert (link.ours, link.theirs) == (("0755-87654321（电话）",), ("0755-81234567（电话）",))
