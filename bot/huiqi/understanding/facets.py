"""Which aspect of an entry a question asks for: 对象 标准 条件 材料 流程 时限 部门 电话, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

OVERLAP = re.compile(
    r"叠加|同时(?:申请|享受|拿|领|报)|一起(?:申请|享受|拿|领|报)|都(?:能|可以)(?:拿|领|申请|享受|报)|重复(?:享受|申请|拿|领|报)|冲突|兼得|两头(?:拿|报|领)|两边(?:都|一起)"
)
VALIDITY = re.compile(
    r"(?<!才)(?<!多少)(?<!了)还(?:能|可以|能不能|可不可以|能够|来得及)(?!.{0,6}(?:多少|几)).{0,3}(?:申请|申报|报|领|办|享受|拿|用|补|贴|免|减|赶)|(?:现在|目前|如今|今年|当时|那时候?|那会儿?|那阵子).{0,4}(?:还有|还在|还能|还可以|能申请|可以申请|能报|有没有|有效)"
    r"|还有效|有效吗|还算数|过期|失效|作废|结束了|停了吗|还有(?:吗|没|没有)(?:了)?$|还来得及|赶得上"
)


@dataclass(frozen=True)
class FacetRule:
    facet: str
    pattern: re.Pattern[str]


def _rule(facet: str, *patterns: str) -> FacetRule:
    return FacetRule(facet, re.compile("|".join(patterns)))


# In this order; the first that fits is the facet. Written for normalised text (怎么, 什么时候, 多长时间).
RULES = (
    # A day is asked for, whatever is to be handed in by then; a term is asked about, whatever it is of.
    _rule("时限", r"最[晚迟早](?:在)?(?:几|哪|什么)", r"(?:时限|期限)(?:有|是|要求|为|怎么|如何)"),
    _rule("标准", r"计算公式|按(?:什么|何种|何)标准|单价"),
    _rule("电话", r"(?<!打了)(?<!个)电话", r"热线", r"联系方式", r"号码", r"怎么联系", r"打哪", r"打给谁"),
    _rule(
        "材料",
        r"材料",
        r"资料",
        r"单据",
        r"凭证",
        r"附件",
        r"申请表",
        r"什么表",
        r"哪些表",
        r"(?:交|带|准备|提交|提供|递交|备|附|填)(?:些|一些)?(?:什么|哪些|啥)(?!人|时候|企业)",
        r"(?:原件|复印件|扫描件|盖章|盖公章)",
        r"(?<!是)(?:什么|哪些)(?:手续|证明|证件|文件)(?:要交|材料)?(?!依据)",
    ),
    _rule(
        "部门",
        r"(?:哪个|什么|哪些|啥|哪一个|哪家)(?:政府)?(?:部门|单位|局|机构|机关|科室|委)",
        r"找谁",
        r"谁(?:来)?(?:管|负责|受理|主管|牵头|审|批|发|开|给开|出)",
        r"归(?:谁|哪)",
        r"归口",
        r"向谁",
        r"去哪个",
        r"主管(?:部门|单位)",
        r"(?:向|到|去|找)(?:哪里|哪儿|哪)(?:举报|投诉|反映|问|咨询)",
        r"问谁",
        r"哪里(?:举报|投诉|咨询|开)",
        r"(?:问|归)哪个",
    ),
    _rule(
        "条件",
        r"条件",
        r"门槛",
        r"前提",
        r"(?:什么|哪些|有何|啥)要求",
        r"要求(?:是|有)",
        r"够(?:不够|得上|得着|格)",
        r"才够",
        r"(?:须|需|应)?具备(?:什么|哪些|何)",
        r"(?:可否|能否|是否可以)申请",
        r"裁(?:几|多少)个?人?(?:以内|还能)",
        r"满足(?:什么|哪些)",
        r"符合(?:什么|哪些)",
        r"达到(?:什么|哪些)",
        r"(?:才能|才可以|才让)",
        r"限制",
        r"注意(?:什么|哪些|事项)",
        r"(?:裁员率|放宽).{0,6}(?:多少|几)",
        r"需要落实",
    ),
    _rule(
        "标准",
        r"(?:免|减|减免|退|返|返还|减半)(?:多少|几)个月",
        r"(?:几成|几个点|百分之几|几折|几个百分点)",
        r"(?:补|贴|奖|给|返|退|免|减|领|拿|报|发|资助|补助|补贴|奖励|返还|减免).{0,4}(?:多少|几万|几十万|几块|几千|几百)",
    ),
    _rule(
        "时限",
        r"什么时候",
        r"多长时间",
        r"多久",
        r"多少天",
        r"几天",
        r"哪天",
        r"哪一天",
        r"几号",
        r"几月",
        r"哪年",
        r"哪一年",
        r"何时",
        r"截止",
        r"截至",
        r"有效期",
        r"期限",
        r"时限",
        r"时效",
        r"期间",
        r"最[晚迟早]",
        r"几个(?:月|工作日|小时|钟头)",
        r"(?:多少|几)(?:个)?(?:月|年|小时|分钟|秒)",
        r"过期",
        r"到期",
        r"还有效",
        r"多快",
        r"快不快",
        r"长时间",
        r"几天(?:办好|办完|下来)",
        r"几十秒",
        r"为止",
        r"延到",
        r"延长到",
    ),
    _rule(
        "标准",
        r"多少",
        r"比例",
        r"额度",
        r"上限",
        r"最高",
        r"最多",
        r"顶格",
        r"封顶",
        r"标准",
        r"怎么(?:算|补|奖|减|免|贴|返|计算)",
        r"如何(?:计算|补助|补贴|奖励|减免)",
        r"几(?:成|万|千|块|折)",
        r"力度",
        r"(?:全|一)(?:包|半)",
        r"金额|数额|奖金|几个亿",
        r"(?:怎么|如何|咋)?折算",
        r"按(?:什么|多少)(?:发|算|补)",
        r"全额",
        r"降到",
    ),
    _rule(
        "流程",
        r"流程",
        r"步骤",
        r"手续",
        r"路径",
        r"入口",
        r"网址",
        r"网站",
        r"怎样(?:申请|申报|办|报|弄|领|操作|提交|填|退|开|缴|交|登记|申领|预约|下载|走)",
        r"网上(?:能|可以|能不能|可不可以)",
        r"怎么(?:投诉|举报|反映)",
        r"如何(?:在|向|从).{1,12}(?:办|报|领|填|开|缴|查|提交)",
        r"(?:可以|能)?(?:一次)(?:办理?|填报)(?:哪些|什么)",
        r"哪里(?:点|传|上传|提交|填)",
        r"要不要(?:自己)?(?:递|交|打)?申请",
        r"渠道",
        r"怎么(?:申请|申报|办|报|弄|领|操作|走|提交|填|退|开|缴|交|登记|申领|拿|请|约|预约|下载|写|登录|联系|报名|用|享受)",
        r"如何(?:申请|申报|办理|办|报|领|操作|提交|填|退|开|登记|申领|预约|缴)",
        r"(?:在|去|到|从|上)?(?:哪里|哪儿|哪)(?:个)?(?:平台|网站|网上|地方|窗口|渠道)?(?:申请|申报|办|报|领|填|提交|弄|操作|登记|下载)",
        r"要不要(?:自己)?(?:申请|报|去)",
        r"用不用(?:申请|报|去)",
        r"(?:要|需要|用)(?:企业|公司)?(?:自己|主动)?(?:去|来)?(?:申请|申报|报|办)吗",
        r"(?:通过|从|走)(?:哪|什么)(?:些|个)?(?:渠道|途径|平台)",
        r"方式",
    ),
    _rule(
        "对象",
        r"(?:也|都)(?:有|能|可以|算).{0,6}(?:补|享受|拿|领|申请|份)吗",
        r"(?:哪些|那些|什么|哪类|哪种|什么样的|哪几类|哪几个|哪几种)(?:企业|公司|单位|厂|行业|人|类型|主体)",
        r"谁(?:能|可以|有资格|享受|可)",
        r"对象",
        r"范围",
        r"适用(?:于)?(?:哪|什么|谁)",
        r"(?:算不算|算吗|算在内|在不在内|包不包括|包括.{1,8}吗|有没有份|有份吗|也能|也可以|够资格|有资格|轮得到|能享受|可以享受|能申请吗|能不能申请|可以申请吗)",
        r"我们(?:这种|这样|这类)",
        r"(?:个体户|小微|大企业|民企|外企|国企)(?:也)?(?:能|可以|有|算|行)",
    ),
)


_ASKING_WORDS = re.compile(r"什么|多少|多久|多长|几|哪|怎么|怎样|如何|谁|吗|能不能|可不可以")


def detect_facet(text: str, names: Iterable[str] = ()) -> str | None:
    """The facet asked for in normalised `text`, or None when the question is about the whole.

    Of several clauses the last that asks for a facet decides: what comes before tells the story. `names` are
    what the entry is called; a facet's word inside a name (兑付时限) asks for nothing."""
    for name in names:
        if not _ASKING_WORDS.search(name):
            text = text.replace(name, "□")
    if asks_validity(text):
        return "时限"
    clauses = text.split(" ")
    for clause in (*reversed(clauses), "".join(clauses)):
        for rule in RULES:
            if rule.pattern.search(clause):
                return rule.facet
    return None


def asks_overlap(text: str) -> bool:
    """Whether the question is about having several levels' support together."""
    return bool(OVERLAP.search(text.replace(" ", "")))


def asks_validity(text: str) -> bool:
    """Whether the question is whether something still holds (还能申请吗, 现在还有吗)."""
    return bool(VALIDITY.search(text.replace(" ", "")))
