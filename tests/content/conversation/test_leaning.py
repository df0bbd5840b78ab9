"""How a message leans on what was talked about, asked of the shipped pack."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from huiqi.service.wiring import Compiled

from tests.conversation.conftest import Talk


@pytest.mark.parametrize(
    "text",
    [
        "那材料呢",
        "要多久",
        "上限多少",
        "市里的呢",
        "还能申请吗",
        "最多能给多少",
        "找哪个部门",
        "这个怎么申请",
        "要盖章吗",
        "多久到账",
        "网上能办吗",
        "我们能申请吗",
        "哪些企业能申请",
    ],
)
def test_a_mere_aspect_asks_about_what_was_talked_about(talk: Talk, text: str) -> None:
    found = talk("光明区的贷款贴息是怎么回事", text)
    assert found.outcome == "answer"
    assert found.entry == ("sz16-fund-interest" if text == "市里的呢" else "hq15-loan-interest")


@pytest.mark.parametrize(
    "text",
    [
        "准备哪些材料",
        "需要什么条件",
        "什么时候截止",
        "补多少",
        "怎么申请",
        "要交哪些资料呀",
        "到账要多久",
        "请问去哪里办？",
        "您好，材料要准备哪些呢",
        "材料",
    ],
)
def test_a_mere_aspect_of_nothing_is_asked_back_of_what(talk: Talk, text: str) -> None:
    found = talk(text)
    assert (found.outcome, found.entry, found.reason) == ("unanswered", None, "no_subject")
    assert found.first.startswith("您问的是哪一项？")


@pytest.mark.parametrize(
    ("text", "named", "entry", "aspect"),
    [
        ("要什么材料", "贷款贴息", "hq15-loan-interest", "材料"),
        ("什么时候截止", "光明区的贷款贴息", "hq15-loan-interest", "时限"),
        ("补多少", "湖北籍员工工资补助", "hq15-hubei-staff", "标准"),
        ("怎么申请", "增量留抵退税", "cn-vat-refund", "流程"),
    ],
)
def test_what_is_then_named_is_told_of_that_aspect(
    talk: Talk, text: str, named: str, entry: str, aspect: str
) -> None:
    found = talk(text, named)
    assert (found.entry, found.aspects) == (entry, (aspect,))
    assert talk(named).aspects == ()


def test_a_new_question_after_it_is_one_of_its_own(talk: Talk) -> None:
    assert talk("要什么材料", "复工要报备吗").aspects == talk("复工要报备吗").aspects


def test_a_story_is_not_answered_by_its_last_words_alone(talk: Talk) -> None:
    story = (
        "我打算盘下街口那间铺子开面馆，听人说卫生许可证现在不好办，前面那家就是卡在这个证上关掉的，"
        "我没读过什么书，不知道具体要准备哪些材料，想先问清楚再交定金。"
    )
    assert talk(story).entry is None


@pytest.mark.parametrize(
    ("before", "text", "entry", "aspect"),
    [
        ("国家的职工医保单位减半到什么时候", "市里呢", "sz-medical-insurance", "时限"),
        ("国家公积金缓缴能缓到几号", "那市里的", "sz16-housing-fund", "时限"),
        ("国家公积金缓缴能缓到几号", "深圳呢", "sz16-housing-fund", "时限"),
        ("省里国有物业减租减多少钱", "市里的呢", "sz16-rent", "标准"),
        ("市里国有物业免租给哪些企业", "那省里", "gd20-rent", "对象"),
    ],
)
def test_another_level_is_asked_about_the_same_aspect(
    talk: Talk, before: str, text: str, entry: str, aspect: str
) -> None:
    found = talk(before, text)
    assert (found.entry, found.aspects) == (entry, (aspect,))


@pytest.mark.parametrize("text", ["国家是怎么规定的", "国家有什么规定"])
def test_who_asks_what_another_level_rules_asks_about_the_whole(talk: Talk, text: str) -> None:
    assert talk("深圳公积金缓缴最长多久", text).aspects == ()


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("口罩厂租厂房的呢", "hq15-supplies-workshop"),
        ("上市奖多少", "quality-listing"),
        ("那贷款贴息呢", "hq15-loan-interest"),
        ("污水处理费呢", "sz16-sewage"),
        ("湖北员工呢", "hq15-hubei-staff"),
        ("一窗通呢", "setup-one-window"),
        ("小升规呢", "quality-scale-up"),
    ],
)
def test_a_subject_of_its_own_leaves_what_was_talked_about(talk: Talk, text: str, entry: str) -> None:
    assert talk("57条是什么", text).entry == entry


def test_the_name_of_another_measure_leaves_what_was_talked_about(talk: Talk, compiled: Compiled) -> None:
    """光速办呢 is worded like a follow-up: for one name of each entry, said after something else."""
    entries = compiled.pack.entries.values()
    owners = Counter(keyword for entry in entries for keyword in entry.keywords)
    named = [
        (f"{name}呢", entry.id)
        for entry in entries
        if entry.id != "env-57"
        for name in [word for word in entry.keywords if owners[word] == 1 and len(word) >= 3][:1]
        if talk(f"{name}呢").entry == entry.id
    ]
    stuck = [text for text, entry in named if talk("57条是什么", text).entry != entry]
    assert len(named) >= 80
    assert len(stuck) <= 0.07 * len(named), stuck


CASES = """
2020-03-16 | 区里贷款贴息怎么弄 | 我们借了两百来万 | hq15-loan-interest
2020-03-16 | 租金能免几个月 | 房东是我表哥，我也没签合同 | sz16-rent
2020-03-16 | 湖北员工的工资补多少 | 车间还有河南的三个，都没到 | hq15-hubei-staff
2026-11-26 | 残保金25个人要交吗 | 我打算明年再招二十个 | now-cn-disabled-fund
2026-11-26 | 批发做大了光明有奖没 | 我们前年8个亿，去年做到了11个亿 | now-gm-commerce-wholesale
2026-11-26 | 创业担保贷款能借多少 | 我才带了三个人 | now-sz-startup-loan
2026-11-26 | 今年稳岗返还返多少 | 我们一共走了四个 | now-cn-stable-jobs
"""


@pytest.mark.parametrize(
    ("day", "before", "text", "entry"),
    [tuple(cell.strip() for cell in line.split("|")) for line in CASES.strip().splitlines()],
)
def test_a_case_that_is_told_after_an_answer_is_about_that_answer(
    talk: Talk, day: str, before: str, text: str, entry: str
) -> None:
    assert talk(before, text, day=date.fromisoformat(day)).entry == entry


@pytest.mark.parametrize(
    "text",
    [
        "盐田区物业公司的补助标准",
        "东莞的呢",
        "宝安区的贷款贴息",
        "2018年的物业公司补助",
        "电子税务局密码忘了",
    ],
)
def test_what_asks_of_elsewhere_or_of_something_else_is_not(talk: Talk, text: str) -> None:
    assert talk("区里贷款贴息怎么弄", text).entry is None


@pytest.mark.parametrize("text", ["我再想想", "我先忙了", "我知道了", "我去跟会计商量下"])
def test_who_says_nothing_of_a_case_is_told_nothing(talk: Talk, text: str) -> None:
    assert talk("区里贷款贴息怎么弄", text).outcome != "answer"
