"""A document of the shipped pack's own place is read with its level."""

from __future__ import annotations

from datetime import date

from huiqi.pack.model import Pack

from tests.intake.test_structure import MEASURES, outlined

OURS = (
    MEASURES.replace("星河镇人民政府办公室", "深圳市光明区人民政府办公室")
    .replace("星府办规", "深光府办规")
    .replace("星河镇", "光明区")
)


def test_a_notice_that_passes_a_regulation_on_is_that_regulation(pack: Pack) -> None:
    found = outlined(OURS, pack)
    assert found.title == "光明区工业企业技术改造扶持办法"
    assert (found.document_number, found.level) == ("深光府办规〔2026〕7号", "区")
    assert found.issuer == "深圳市光明区人民政府办公室"
    assert (found.issued, found.valid_from, found.valid_to) == (
        date(2026, 5, 8),
        date(2026, 6, 1),
        date(2029, 5, 31),
    )
    assert found.ends == ("光明区技术改造扶持办法",)
    assert [sentence.text for sentence in found.contacts] == ["0755-88211234。"]
