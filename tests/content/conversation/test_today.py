"""What is in force today is answered today: with its figure in the first line and its source, before what is old."""

from __future__ import annotations

from datetime import date

import pytest
from huiqi.pack.model import Pack

from tests.conversation.conftest import Talk

TODAY = date(2026, 11, 25)

# policy | question | what the first line says
ASKED = """
now-cn-vat-2026 | 一季度卖了二十八万，小规模要不要交增值税 | 季30万元
now-cn-vat-2026 | 小规模公司一个月开票九万块要交增值税吗 | 月10万元
now-cn-small-tax | 公司赚了一百八十万，小型微利企业所得税交几成 | 5%
now-cn-small-tax | 六税两费今年还是减半吗 | 减半
now-cn-small-tax | 夫妻小店的经营所得能减半吗 | 200万元
now-cn-research | 技术开发的费用可以按多少加计扣除 | 100%
now-cn-research | 搞研发的钱能翻倍抵税吗 | 100%
now-cn-equipment-tax | 新购机床三百八十万能一次性税前扣吗 | 500万元
now-cn-equipment-tax | 刚买一台四百万的设备能一次抵完吗 | 500万元
now-cn-disabled-fund | 公司二十五个人残保金用不用交 | 30人
now-cn-disabled-fund | 十八个人的公司残保金交多少 | 免征
now-cn-hire-tax | 招了个失业大半年的工人，税上能减多少 | 6000元
now-cn-hire-tax | 招脱贫人口每人每年能扣几千 | 6000元
now-cn-stamp-tax | 跟银行签借款合同，印花税免不免 | 免征
now-cn-stamp-tax | 借银行钱签合同印花税多少 | 免征
now-cn-unemployment-fund | 今年没裁员能退多少失业保险 | 60%
now-cn-unemployment-fund | 扩岗补助今年每人多少钱 | 1500元
now-cn-unemployment-fund | 失业保险交满一年的员工考证有补贴吗 | 12个月
now-cn-sme-loan | 民营企业流动资金贷款国家贴息多少 | 1个百分点
now-cn-sme-loan | 中小微民营企业固定资产贷款国家贴多少利息 | 1.5个百分点
now-cn-service-loan | 开餐馆的贷款国家贴息多少 | 1个百分点
now-cn-service-loan | 酒店贷款国家给贴息吗贴多少 | 1个百分点
now-cn-renewal-loan | 老设备换新贷款国家贴几个百分点 | 1.5个百分点
now-cn-renewal-loan | 设备更新贷款国家贴几年 | 2年
now-cn-capital | 老公司注册资本没实缴最晚什么时候要缴 | 2027年6月30日
now-cn-capital | 认缴的钱几年内必须到位 | 5年
now-cn-payment | 大企业欠我们小公司钱，条例规定几天付 | 60日
now-cn-payment | 事业单位采购货款最晚多少天付 | 30日
now-cn-registration | 现在开公司还要不要验资 | 不用交验资证明
now-cn-registration | 登记联络员是个什么要求 | 登记联络员
now-cn-private-economy | 民促法有多少条 | 78条
now-cn-private-economy | 民营经济促进法哪天开始施行 | 2025年5月20日
now-sz-startup-loan | 深圳小微企业创业担保贷款最高多少 | 400万元
now-sz-startup-loan | 自己创业办的担保贷款一个人能贷多少 | 30万元
now-sz-risk-pool | 深圳给银行兜底的风险池有多大 | 50亿元
now-sz-risk-pool | 深圳的贷款风险补偿资金池规模多少 | 50亿元
now-sz-tech-upgrade | 投六个亿搞技改市里能给多少 | 1亿元
now-sz-tech-upgrade | 重大技改项目按几个点补 | 10%
now-sz-quality-sme | 专精特新分几档 | 三个层次
now-sz-quality-sme | 市专精特新能直接报国家小巨人吗 | 直接申报国家
now-sz-scale-up | 刚上规第二年增长了，市里奖多少 | 20万元
now-sz-scale-up | 深圳小升规奖励多少钱 | 20万元
now-sz-minimum-wage | 深圳工资最低一个月多少 | 2520元
now-sz-minimum-wage | 兼职小时工最低多少钱一个钟 | 23.7元
now-sz-registration | 深圳商事登记材料齐了几个工作日办好 | 3个工作日
now-sz-registration | 办营业执照还要交租赁合同吗 | 不再收住所使用证明
now-sz-ai | 深圳训力券给百分之几 | 50%
now-sz-ai | 深圳语料券和模型券补多少 | 30%
now-gm-manufacturing | 光明区建新厂按投资额补多少 | 1‰
now-gm-manufacturing | 募来的资金投光明最高奖多少 | 5000万元
now-gm-manufacturing | 跟团出国参展区里补多少 | 100万元
now-gm-manufacturing | 制造业增资扩产奖励 | 1000万元
now-gm-commerce | 饭店头一次入四上奖多少 | 20万元
now-gm-commerce | 批发公司增长25%有啥奖 | 0.5‰
now-gm-innovation | 国家级实验室落户光明区里配套多少 | 50%
now-gm-innovation | 概念验证中心光明区资助多少 | 1000万元
now-gm-space | 光明区高品质产业空间有啥政策 | 深光府规〔2024〕3号
now-gm-space | 数字化园区光明区有什么支持 | 2024年1月22日
now-gm-legal | 光明区律所扶持打哪个电话 | 0755-23420783
now-gm-legal | 光明区法律服务业措施到哪天 | 2027年2月28日
now-gm-storage | 移动储能项目光明区补百分之几 | 20%
now-gm-storage | 储能示范项目光明区最高补多少 | 300万元
now-gm-ai | 建算力中心光明区补多少 | 5%
now-gm-ai | 智算平台光明区补几个点 | 5%
now-gm-synbio | GMP车间光明区补几成 | 50%
now-gm-synbio | 合成生物高标准厂房补多少 | 10%
now-gm-biomed | 光明区生物医药措施是哪个文件 | 深光府规〔2023〕4号
now-gm-biomed | 做新药的企业光明区有啥政策 | 没有读到
now-gm-ip | 光明区专利奖有没有资助 | 没有读到
now-gm-ip | 光明区标准和质量奖怎么资助 | 没有读到
now-gm-funds | 光明区产业资金在哪个网站报 | www.gmqyfw.com
now-gm-funds | 光明区经发资金要去哪里申报 | 企业服务门户
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in ASKED.strip().splitlines()]


@pytest.mark.parametrize(("policy", "question", "said"), ROWS, ids=[question for _, question, _ in ROWS])
def test_a_question_of_today_is_answered_in_the_first_line_with_its_source(
    pack: Pack, talk: Talk, policy: str, question: str, said: str
) -> None:
    reply = talk(question, day=TODAY)
    assert reply.outcome == "answer" and reply.entry is not None
    assert pack.entries[reply.entry].policy == policy
    assert said in next(block.text for block in reply.blocks if block.kind == "answer")
    assert any(block.kind == "source" for block in reply.blocks)


def test_each_policy_of_today_is_asked_twice(pack: Pack) -> None:
    today = {key for key in pack.policies if key.startswith("now-")}
    assert {policy for policy, _, _ in ROWS} == today
    assert all(sum(policy == row[0] for row in ROWS) >= 2 for policy in today)


HEIRS = {
    "小升规奖多少": ("quality-scale-up", "now-sz-scale-up"),
    "技改补多少": ("quality-tech-upgrade", "now-sz-tech-upgrade"),
    "小规模1%到期了吗": ("cn-vat-small", "now-cn-vat-small"),
    "不裁员的小企业失业保险能退百分之几": ("gd20-stable-jobs", "now-cn-stable-jobs"),
    "深圳给银行兜底的风险池有多大": ("sz16-risk-pool", "now-sz-risk-pool"),
    "深圳稳岗补贴几月份报": ("sz16-stable-jobs", "now-cn-stable-jobs"),
}


@pytest.mark.parametrize(("question", "entries"), HEIRS.items())
def test_of_two_about_the_same_thing_the_one_better_known_to_hold_answers(
    talk: Talk, question: str, entries: tuple[str, str]
) -> None:
    _, new = entries
    assert talk(question, day=TODAY).entry == new
    assert talk(question, day=date(2020, 3, 16)).entry != new


@pytest.mark.parametrize(
    "follow_up",
    ["裁员的话最多裁几个", "裁员率怎么定的", "厂里才二十个人，走了一个也能领不", "失业险才买了九个月"],
)
def test_after_todays_rule_nobody_is_told_of_what_it_replaced(talk: Talk, follow_up: str) -> None:
    assert talk("今年稳岗返还返多少", follow_up, day=TODAY).entry == "now-cn-stable-jobs"


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("区里小升规奖多少", "quality-scale-up"),
        ("光明区技改补多少", "quality-tech-upgrade"),
        ("2020年高质量措施里技改补多少", "quality-tech-upgrade"),
        ("24条的技改补多少", "env-24-tech-upgrade"),
        ("财政部 税务总局公告2020年第13号小规模怎么减", "cn-vat-small"),
    ],
)
def test_who_names_the_level_the_year_or_the_document_gets_the_old_one(
    talk: Talk, question: str, entry: str
) -> None:
    assert talk(question, day=TODAY).entry == entry


@pytest.mark.parametrize(
    "question",
    [
        "忘了申报增值税要罚几百块",
        "户口迁到深圳怎么弄",
        "社保断了两个月怎么补交",
        "房贷能不能缓一缓",
        "员工周末加班给几倍工资",
        "开小吃店要办哪个许可证",
    ],
)
def test_what_is_like_a_rule_that_is_over_is_not_answered_from_it(talk: Talk, question: str) -> None:
    reply = talk(question, day=TODAY)
    assert reply.entry is None, reply.first


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("疫情那会儿没复工，工资是怎么规定的", "sz-wage-not-resumed"),
        ("2020年疫情期间贷款能延期还吗", "cn-loan-defer"),
        ("惠企15条现在还管用吗", "hq15-overview"),
    ],
)
def test_who_asks_for_what_is_over_is_told_of_it(talk: Talk, question: str, entry: str) -> None:
    assert talk(question, day=TODAY).entry == entry


@pytest.mark.parametrize(
    "question", ["小规模现在开票按几个点", "小规模纳税人的增值税优惠到几时", "小规模3%的还减不减"]
)
def test_on_a_day_before_a_rule_what_ruled_the_same_thing_answers(talk: Talk, question: str) -> None:
    assert talk(question, day=date(2020, 4, 10)).entry == "cn-vat-small"
