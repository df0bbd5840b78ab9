"""What a follow-up leaves out: whether a message names a subject of its own, or an aspect of the last one."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Words that say which aspect is asked, or nothing at all, when something is already being talked about.
# Written for normalised text; a row a kind, so that a word is found where it is looked for.
_ASPECTS = (
    "材料 资料 证明 手续 表格 申请表 单据 凭证 附件 文件 复印件 原件 扫描件 电子版 盖章 公章 "
    "条件 门槛 要求 资格 前提 限制 标准 额度 上限 最高 最多 封顶 顶格 比例 金额 数额 总额 力度 上限值 "
    "收费 免费 花钱 要钱 交钱 包含 包括 涵盖 关系 影响 意思 区别 好处 坏处 后果 例子 案例 依据 出处 "
    "原文 文号 全文 链接 名称 全称 有关 相关 解释 说明 详情 "
    "签 签订 签署 政府 上面 前面 刚才 里边 其中 条 方面 部分 内 种类 "
    "类似 同样 相应 对应 提出 出台 发布 几点 关门 开门 上班 下班 一起 同时 叠加 重复 冲突 两边 都能 表 "
    "流程 步骤 程序 方式 方法 办法 途径 渠道 入口 网址 网站 平台 地址 地点 窗口 网上 线上 线下 现场 "
    "当面 预约 邮寄 代办 登录 下载 "
    "时间 期限 时限 时长 截止 截至 有效期 到期 过期 过了期 逾期 为止 结束 开始 日期 以后 之前 之后 "
    "以前 现在 目前 今年 当时 当年 那会儿 那时候 那时 那会 时候 有效 最晚 最迟 最早 "
    "管 主管 归 归口 部门 单位 机构 电话 号码 联系方式 联系人 热线 联系 负责人 哪个局 对象 范围 适用 人群 哪类 "
    "什么时候 多长时间 多少 多久 多长 什么 怎么样 怎么 怎样 如何 哪里 哪儿 哪边 哪些 哪个 哪家 找 哪天 "
    "哪年 哪种 哪 谁 几个月 几个工作日 几个 几天 几号 几月 几年 几成 几次 几 "
    "个月 工作日 月 天 年 日 小时 百分之 "
    "申请 申报 申领 办理 办好 办完 办成 办下来 报名 报上去 报备 报 办 交 提交 提供 准备 填写 填 带 "
    "领取 领到 领 拿到 拿 享受 获得 得到 到账 发放 发下来 发 审核 审批 批下来 批 通过 受理 公示 "
    "补交 补办 补 给 减 免 贴 返 奖 退 算 计算 走 弄 操作 做 查询 查 看 "
    "政策 措施 规定 补助 补贴 资助 奖励 支持 优惠 扶持 待遇 好处 福利 项目 这项 该项 此项 这项政策 "
    "资金 名额 钱 款 款项 费用 业务 事项 事情 事 内容 "
    "符合 满足 达到 够 够不够 需要 必须 一定 自动 自己 本人 主动 亲自 直接 一次 一次性 分次 每次 "
    "每个月 每月 每年 每家 每人 一家 一个人 一人 一共 总共 合计 大概 大约 具体 详细 一般 到底 究竟 最 "
    "再 又 "
    "来得及 来不来得及 赶得上 错过 晚 早 快 慢 长 短 久 "
)
_PARTICLES = (
    "那么 那个 那边 那 这个 这边 这 它 它们 该 的话 的 地 得 呢 吗 么 了 啊 呀 吧 嘛 哦 呗 要不要 要 "
    "能不能 能否 能 可不可以 可以 会不会 会 有没有 有无 没有 没 有 是不是 是否 是 还 也 都 就 才 只 "
    "不 "
    "去 到 在 从 向 往 跟 和 与 及 或 给 对 为 由 被 把 让 用 按 以 上 下 来 里 里面 出 着 过 起 完 "
    "好 行 成 一下 一 人 个 些 点 种 项 份 次 位 "
    "我们 我 咱们 咱 你们 你 您 他们 自家 本公司 我司 公司 企业 单位 老板 请问 想 知道 问 说 讲 告诉 "
    "麻烦 谢谢 另外 还有 然后 所以 但是 如果 假如 比如 例如 对了 哈 嗯 哎 额 多 少 大 小 何 啥 嗎 "
)
_LEVELS = (
    "区里 区级 我区 本区 光明区 光明 市里 市级 市里面 深圳市 深圳 全市 省里 "
    "省级 广东省 广东 全省 国家 全国 中央 国务院 国家级 市 省 区 层面 级"
)


_KEPT = "上市 发不出 用地 减容 补偿 返岗 返深 返工 开办 出行 发票 招人"
"""Words of which nothing would be left although they tell the subject."""


def _alternation(*rows: str) -> str:
    words = {word for row in rows for word in row.split()}
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


_EMPTY = re.compile(f"({_alternation(_KEPT)})|{_alternation(_ASPECTS, _PARTICLES, _LEVELS)}")
_PERIOD = re.compile(r"(?:19|20)\d\d年?|\d{1,2}月(?:份|\d{1,2}日?)?|\d+(?:条|项)")

# A kind of company asked about on its own (“个体户呢”, “外资企业可以吗”) asks who may apply.
_AUDIENCE = re.compile(
    r"(?:企业|公司|工厂|厂|店|铺|个体户|个体工商户|商户|行业|机构|事务所|幼儿园|学校|医院|诊所|协会|合作社|民企|国企|央企|外企|港资|台资|外资|合资|餐饮|酒店|宾馆|旅行社|物流|批发|零售|小微|中型|大型|微型|"
    r"初创|规上|规下|限上|限下|上市公司|分公司|子公司|非营利|社会组织|园区|制造业|服务业|高耗能|自由职业|个人|员工|职工|外地|湖北|籍)"
)


def subject_of(words: Sequence[str]) -> str:
    """The words of a segmented question that say more than an aspect, a level, a period or a particle, run
    together; "" where none does. A word stays whole: 贷款 tells the subject although 款 alone does not."""
    return "".join(word for word in words if not _is_empty(word))


def _is_empty(word: str) -> bool:
    rest = _EMPTY.sub(lambda match: match[1] or "", _PERIOD.sub("", word))
    return not rest.strip()


def is_audience(subject: str) -> bool:
    """Whether what is left names a kind of company or person."""
    return bool(_AUDIENCE.search(subject))
