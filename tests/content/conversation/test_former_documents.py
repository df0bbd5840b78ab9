"""Whether a document that was replaced or ended is still in force: the answer speaks of that document."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.language.document_number import find_document_number
from huiqi.pack.model import FormerDocument, Pack, Policy

from tests.conversation.conftest import Talk

TODAY = date(2026, 11, 25)

REPLACED = {
    "2023年19号公告还有效吗": "2026年第10号代替",
    "2023年第19号公告还执行吗": "2026年第10号代替",
    "2023年第十九号公告还有效吗": "2026年第10号代替",
    "财政部 税务总局公告2023年第19号现在还能用吗": "2026年第10号代替",
    "2023年第19号文件失效了没有": "2026年第10号代替",
    "会计还在按2023年第19号公告报税，这个公告作废了吗": "2026年第10号代替",
    "小规模的2023年19号公告过期了吗": "2026年第10号代替",
    "原来的19号公告还执行吗": "2023年第19号已由财政部 税务总局公告2026年第10号代替",
    "增值税1%的政策延续了没有": "2023年第19号已由它代替",
    "小规模1%到期了吗": "2023年第19号已由它代替",
    "小规模1%的优惠今年还有没有效": "2023年第19号已由它代替",
    "财金〔2025〕81号还执行吗": "由财金〔2026〕5号延长到2026年12月31日",
    "财金(2025)81号失效了吗": "由财金〔2026〕5号延长到2026年12月31日",
    "深光府规〔2022〕9号还有效吗": "深光府规〔2023〕15号代替",
    "深光府规〔2019〕14号还能用吗": "深光府规〔2023〕15号代替",
    "深光府规2019年14号文现在还有效吗": "深光府规〔2023〕15号代替",
    "2023年第43号公告还有效吗": "没有核对到",
    "2023年16号公告还执行吗": "没有核对到",
}

ENDED = {
    "2020年第13号公告还有效吗": "已经到期",
    "人社部发〔2020〕11号还执行吗": "已经到期",
    "发改价格〔2020〕258号还有效吗": "已经到期",
    "深光府〔2020〕9号作废了吗": "已经到期",
}

IN_FORCE = {
    "2023年第12号公告到期了吗": "还在有效期内",
    "2023年第37号公告还执行吗": "还在有效期内",
    "2026年第10号公告还有效吗": "还在有效期内",
    "财金〔2026〕5号还执行吗": "还在有效期内",
}


def first_line(talk: Talk, question: str, day: date = TODAY) -> str:
    reply = talk(question, day=day)
    assert reply.outcome == "answer", question
    return next(block.text for block in reply.blocks if block.kind == "answer")


@pytest.mark.parametrize(("question", "said"), REPLACED.items())
def test_what_was_replaced_is_said_to_be(talk: Talk, question: str, said: str) -> None:
    assert said in first_line(talk, question)


@pytest.mark.parametrize(("question", "said"), [*ENDED.items(), *IN_FORCE.items()])
def test_a_document_is_asked_for_by_its_number_alone(talk: Talk, question: str, said: str) -> None:
    assert first_line(talk, question).startswith(said)


def former_documents(pack: Pack) -> list[tuple[Policy, FormerDocument]]:
    return [(policy, former) for policy in pack.policies.values() for former in policy.former]


@pytest.mark.parametrize(
    "asking", ["{}还有效吗", "{}还执行吗", "{}失效了吗", "现在还按{}来吗", "请问{}到期了吗"]
)
def test_no_former_document_is_in_force_however_it_is_asked_for(pack: Pack, talk: Talk, asking: str) -> None:
    for policy, former in former_documents(pack):
        reply = talk(asking.format(former.number), day=TODAY)
        told = next(
            block.text
            for block in reply.blocks
            if block.kind in ("notice", "answer") and former.number in block.text
        )
        assert (former.remark or "已由") in told, former.number
        assert reply.entry is not None and pack.entries[reply.entry].policy == policy.id
        assert not any(block.text.startswith("还在有效期内") for block in reply.blocks)


def test_a_former_document_asked_for_what_it_gives_is_told_with_its_replacement(talk: Talk) -> None:
    reply = talk("小规模2023年19号公告怎么免税", day=TODAY)
    notice = reply.blocks[0]
    assert notice.kind == "notice" and "已由财政部 税务总局公告2026年第10号代替" in notice.text


def test_before_it_was_replaced_nothing_is_said_to_replace_it(talk: Talk) -> None:
    for question in ("2023年19号公告还有效吗", "财金〔2025〕81号还执行吗"):
        line = first_line(talk, question, date(2025, 6, 1))
        assert "还没有被代替" in line and "已由" not in line


def test_an_unknown_number_is_not_answered_with_another(talk: Talk) -> None:
    for question in ("2023年第25号公告还有效吗", "财金〔2025〕80号还执行吗"):
        assert talk(question, day=TODAY).outcome == "unanswered"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("财政部 税务总局公告2023年第19号", "公告〔2023〕19号"),
        ("2023年19号公告", "公告〔2023〕19号"),
        ("2020年第2号通告", "通告〔2020〕2号"),
        ("2019年14号文", "〔2019〕14号"),
        ("深光府规〔2023〕15号", "深光府规〔2023〕15号"),
        ("2020年3月1日", None),
        ("15号之前申报", None),
    ],
)
def test_numbers_are_read_in_the_forms_that_people_write(text: str, key: str | None) -> None:
    found = find_document_number(text)
    assert (found.key if found else None) == key


def test_every_former_document_has_a_number_that_can_be_asked_for(pack: Pack) -> None:
    assert all(find_document_number(former.number) for _, former in former_documents(pack))
