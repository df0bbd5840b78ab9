"""A question about several levels is answered at each."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conversation.conftest import Talk

CRISIS, TODAY = date(2020, 3, 16), date(2026, 11, 26)


@pytest.mark.parametrize(
    ("question", "day", "entries"),
    [
        ("贷款贴息区里补多少，市里补多少", CRISIS, ("hq15-loan-interest", "sz16-fund-interest")),
        ("区里和市里的贷款贴息各是多少", CRISIS, ("hq15-loan-interest", "sz16-fund-interest")),
        ("租金区里免几个月，市里免几个月", CRISIS, ("hq15-rent", "sz16-rent")),
        ("公积金国家和市里各能缓到什么时候", CRISIS, ("cn-housing-fund", "sz16-housing-fund")),
        ("物业公司的补助，市里给多少，区里给多少", CRISIS, ("sz16-property-mgmt", "hq15-property-mgmt")),
        ("市里、省里和国家的稳岗返还各返几成", CRISIS, ("sz16-stable-jobs", "gd20-stable-jobs", None)),
        ("小升规市里和区里分别奖多少", TODAY, ("now-sz-scale-up", "quality-scale-up")),
    ],
)
def test_each_level_that_is_named_answers(
    talk: Talk, question: str, day: date, entries: tuple[str | None, ...]
) -> None:
    assert tuple(part.entry for part in talk(question, day=day).parts) == entries


@pytest.mark.parametrize(
    "question",
    [
        "市里和区里的贴息能一起拿吗",
        "市里拿过贴息了，区里还能申请吗",
        "我们在深圳光明区，贷款贴息补多少",
        "区里的贷款贴息补多少",
    ],
)
def test_who_asks_of_both_together_or_of_one_gets_one_answer(talk: Talk, question: str) -> None:
    reply = talk(question, day=CRISIS)
    assert reply.entry is not None and not reply.parts


def test_two_things_at_two_levels_stay_two_questions(talk: Talk) -> None:
    reply = talk("口罩厂租厂房区里补多少，新招人省里补多少", day=CRISIS)
    assert [part.entry for part in reply.parts] == ["hq15-supplies-workshop", "gd20-hire-subsidy"]
    reply = talk("市里首次上规奖多少，区里去参展又补多少", day=TODAY)
    assert [part.entry for part in reply.parts] == ["now-sz-scale-up", "now-gm-manufacturing-exhibition"]


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("消毒液送给了省里的医院，能税前扣除吗", "cn-donation-tax"),
        ("市里来的检查组让我们先报备，复工报备怎么办", "env-resume-report"),
        ("区里把两个工人送去隔离了，他们的工资要发吗", "cn-isolation-wage"),
        ("从国外买口罩捐给区里要交税吗", "cn-import-duty"),
        ("区里让我们停工半个月，工资怎么发", "sz-wage-not-resumed"),
    ],
)
def test_a_level_that_is_only_told_of_keeps_no_rule_of_another_from_answering(
    talk: Talk, question: str, entry: str
) -> None:
    assert talk(question, day=CRISIS).entry == entry
