"""What an official document is by its form, also where its line breaks were lost."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.intake.blocks import of_text
from huiqi.intake.structure import Outline, Section, outline_of
from huiqi.pack.model import Pack

MEASURES = """星河镇人民政府办公室关于印发星河镇工业企业技术改造扶持办法的通知
星府办规〔2026〕7号
各街道办事处，区直各单位：
现将《星河镇工业企业技术改造扶持办法》印发给你们，请遵照执行。
星河镇人民政府办公室
2026年5月8日
星河镇工业企业技术改造扶持办法
第一章 总则
第一条 为支持技术改造，制定本办法。
第二章 扶持措施
第二条 【设备购置补贴】按照设备购置额的15%给予补贴，单个项目最高不超过300万元。
第三条 申请企业应当提交以下材料：
（一）申请表；
（二）营业执照复印件。
第三章 附则
第四条 咨询电话：0755-88211234。
第五条 本办法自2026年6月1日起施行，有效期3年。原《星河镇技术改造扶持办法》（星府办规〔2023〕3号）同时废止。"""
JOINT = (
    "关于支持企业有关税收政策的公告 财政部 国家税务总局 关于支持企业有关税收政策的公告 财政部 国家税务总局公告2024年第8号 "
    "根据《某办法》（国发〔2019〕28号），现公告如下： 一、对甲类企业，免征增值税。 二、最长结转年限由5年延长至8年。 "
    "三、本公告自2024年1月1日起施行。 财政部 国家税务总局 2024年2月6日"
)


def outlined(text: str, pack: Pack) -> Outline:
    return outline_of(of_text(text), pack)


def test_a_notice_that_passes_a_regulation_on_is_that_regulation(pack: Pack) -> None:
    found = outlined(MEASURES, pack)
    assert found.title == "星河镇工业企业技术改造扶持办法"
    assert (found.document_number, found.level) == ("星府办规〔2026〕7号", "镇")
    assert found.issuer == "星河镇人民政府办公室"
    assert (found.issued, found.valid_from, found.valid_to) == (
        date(2026, 5, 8),
        date(2026, 6, 1),
        date(2029, 5, 31),
    )
    assert found.ends == ("星河镇技术改造扶持办法",)
    assert [sentence.text for sentence in found.contacts] == ["0755-88211234。"]


def test_the_tree_of_chapters_and_articles(pack: Pack) -> None:
    chapters = outlined(MEASURES, pack).sections
    assert [(part.path, part.heading) for part in chapters] == [
        ("第一章", "总则"),
        ("第二章", "扶持措施"),
        ("第三章", "附则"),
    ]
    bonus, materials = chapters[1].children
    assert (bonus.path, bonus.heading) == ("第二章第二条", "设备购置补贴")
    items = [(sentence.text, sentence.lead) for sentence in materials.sentences[1:]]
    assert items == [
        ("申请表；", "申请企业应当提交以下材料："),
        ("营业执照复印件。", "申请企业应当提交以下材料："),
    ]


def test_a_document_in_one_line_has_its_parts_too(pack: Pack) -> None:
    found = outlined(JOINT, pack)
    assert found.title == "关于支持企业有关税收政策的公告"
    assert found.document_number == "财政部 国家税务总局公告2024年第8号"
    assert (found.issuer, found.level) == ("财政部 国家税务总局", "国家")
    assert (found.issued, found.valid_from) == (date(2024, 2, 6), date(2024, 1, 1))
    assert [part.path for part in found.sections] == ["一、", "二、", "三、"]


def test_every_sentence_stands_where_it_says(pack: Pack) -> None:
    blocks = of_text(MEASURES)
    text = {block.number: block.text for block in blocks}
    found = outline_of(blocks, pack)

    def all_of(part: Section) -> None:
        for sentence in part.sentences:
            assert text[sentence.block][sentence.start :].startswith(sentence.text)
        for child in part.children:
            all_of(child)

    for part in (found.head, *found.sections):
        all_of(part)


@pytest.mark.parametrize(
    ("term", "days"),
    [
        ("本政策执行期暂定为自发布之日起的三个月。", (date(2024, 2, 6), date(2024, 5, 6))),
        ("本措施自印发之日起施行，有效期至2025年12月31日。", (date(2024, 2, 6), date(2025, 12, 31))),
        ("本办法自2024年3月1日起施行，有效期三年。", (date(2024, 3, 1), date(2027, 2, 28))),
        ("本公告自2024年1月1日起实施，截止日期另行公告。", (date(2024, 1, 1), None)),
        ("执行期限另行通知。", (None, None)),
    ],
)
def test_the_term_as_documents_tell_it(term: str, days: tuple[date | None, date | None], pack: Pack) -> None:
    text = f"某局关于支持企业的通知\n一、支持企业。每户补贴100元。\n二、{term}\n某局\n2024年2月6日"
    found = outlined(text, pack)
    assert (found.valid_from, found.valid_to) == days


def test_labels_in_brackets_are_parts(pack: Pack) -> None:
    found = outlined(
        "税收指引\n1.免征增值税 【享受主体】 运输企业 【优惠内容】 免征。\n2.免征关税 【享受主体】 进口企业",
        pack,
    )
    first = found.sections[0]
    assert first.heading == "免征增值税"
    assert [part.heading for part in first.children] == ["享受主体", "优惠内容"]


def test_who_signed_on_lines_of_their_own_is_no_statement(pack: Pack) -> None:
    text = "关于支持茶馆的通知\n一、茶具补贴。每家最高3万元。\n星河镇商务局\n星河镇财政局\n2026年5月8日"
    found = outlined(text, pack)
    assert found.issued == date(2026, 5, 8) and found.issuer is not None and "星河镇财政局" in found.issuer
    told = [sentence.text for part in found.sections for sentence in part.sentences]
    assert "每家最高3万元。" in told and not any("局" in sentence for sentence in told)
