"""A document proposes draft entries whose every word and figure stands in the original."""

from __future__ import annotations

import pytest
from huiqi.intake.blocks import of_text
from huiqi.intake.facets import FacetReader
from huiqi.intake.proposals import Proposal, ProposedEntry, propose
from huiqi.intake.reading import read_document
from huiqi.language.values import figures_of
from huiqi.pack.model import Pack

from tests.intake.test_reading import word
from tests.intake.test_structure import JOINT, MEASURES

GUIDE = """稳岗返还申报指南
一、申报对象
不裁员或者少裁员的参保企业。
二、返还标准
大型企业按30%返还，中小微企业按60%返还。
三、申报材料
申请表；营业执照复印件。
四、申报时间
2026年3月1日至5月31日。
五、联系电话
0755-88211234。"""


@pytest.fixture(scope="module")
def reader() -> FacetReader:
    return FacetReader()


def told(entry: ProposedEntry) -> dict[str, list[str]]:
    return {facet: [one.text for one in found] for facet, found in entry.facets.items()}


def named(proposal: Proposal, title: str) -> ProposedEntry:
    return next(entry for entry in proposal.entries if entry.title == title)


def test_headings_decide_first(pack: Pack, reader: FacetReader) -> None:
    (entry,) = propose(of_text(GUIDE), pack, reader).entries
    assert entry.title == "稳岗返还申报指南"
    found = told(entry)
    assert found["标准"] == ["大型企业按30%返还，中小微企业按60%返还。"]
    assert found["材料"] == ["申请表；", "营业执照复印件。"] or found["材料"] == [
        "申请表",
        "营业执照复印件。",
    ]
    assert found["时限"] == ["2026年3月1日至5月31日。"]
    assert found["电话"] == ["0755-88211234。"]


def test_each_measure_is_an_entry_and_what_is_said_of_all_is_shared(pack: Pack, reader: FacetReader) -> None:
    bonus = named(propose(of_text(MEASURES), pack, reader), "设备购置补贴")
    found = told(bonus)
    assert any("15%" in text and "300万元" in text for text in found["标准"])
    assert "申请表" in "".join(found["材料"])
    assert [one.is_shared for one in bonus.facets["电话"]] == [True]
    assert "设备购置补贴要交什么材料" in bonus.alternates["材料"]


def test_rows_of_a_table_go_to_the_measure_that_they_name(pack: Pack, reader: FacetReader) -> None:
    raw = word(*MEASURES.splitlines(), table=[["项目", "补贴标准"], ["设备购置", "按合同金额的16%"]])
    bonus = named(propose(read_document(raw, "办法.docx").blocks, pack, reader), "设备购置补贴")
    assert "设备购置：按合同金额的16%" in told(bonus)["标准"]


def test_what_no_company_can_use_is_not_told(pack: Pack, reader: FacetReader) -> None:
    text = "某办法\n第一章 总则\n第一条 为贯彻上级决策部署，制定本办法。\n第二章 扶持\n第二条 按投入的10%给予补贴。"
    proposal = propose(of_text(text), pack, reader)
    everything = "".join(
        text for entry in proposal.entries for texts in told(entry).values() for text in texts
    )
    assert "10%" in everything and "决策部署" not in everything


@pytest.mark.parametrize("text", [MEASURES, JOINT, GUIDE], ids=["measures", "joint", "guide"])
def test_every_word_and_figure_stands_in_its_quote(text: str, pack: Pack, reader: FacetReader) -> None:
    blocks = of_text(text)
    lines = {block.number: block.text for block in blocks}
    statements = [one for entry in propose(blocks, pack, reader).entries for _, one in entry.statements]
    assert statements
    for one in statements:
        assert lines[one.quote.block][one.quote.start :].startswith(one.quote.words)
        assert all(figure.stands_in(figures_of(one.quote.words)) for figure in one.figures)


@pytest.mark.parametrize(
    ("clause", "facet"),
    [
        ("按照实际投入的40%给予补贴，每家最高80万元。", "标准"),
        ("申请企业应当同时符合以下条件：", "条件"),
        ("由区商务局负责解释。", "部门"),
        ("咨询电话：0755-23412345", "电话"),
        ("申请时间为每年5月1日至5月31日。", "时限"),
        ("登录政务服务网提交申请，", "流程"),
        ("营业执照复印件、上年度审计报告，", "材料"),
    ],
)
def test_a_clause_is_read_as_the_facet_that_it_is_about(clause: str, facet: str, reader: FacetReader) -> None:
    assert reader.said(clause)[0].facet == facet
