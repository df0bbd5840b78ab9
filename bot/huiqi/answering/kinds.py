"""The kinds of thing that a statement may hold and a question may want: an amount, a date, a phone …"""

from __future__ import annotations

import re
from dataclasses import dataclass

PAYMENT = "payment"
"""The kind of the statements that say when, or how, money reaches a company."""
BASIS = "document"
"""The kind of the statements that name a document by its number; what a question after 文号 or 哪份文件 wants."""
_NUMBER = r"(?:\d|[一二两三四五六七八九十百])[多来几余]?"
"""How a number ends that somebody tells of themselves (二十来, 300多)."""
_VERDICTS = "有|没有|可以|不可以|能|不能|要|不用|不要|不|是|不是|免费|会|不会|算|须|必须|允许|鼓励"
"""The words with which a yes or a no begins (可以：…, 要发：…)."""
_OPENING = re.compile(rf"^(?:{_VERDICTS})：")


@dataclass(frozen=True)
class Kind:
    """A kind of thing that a statement may hold and a question may want, or tell of who asks (我们28个人), and the writing by which
    each is known: regular expressions, the second and the third over normalised text. Rows do not depend on each other."""

    name: str
    label: str
    holds: str
    wants: str
    tells: str = r"(?!)"


KINDS = (
    Kind(
        "amount",
        "金额",
        holds=r"\d(?:\.\d+)?(?:余)?[万亿]?元|[一二三五十百千]+万元",
        wants=r"多少钱|多少万|几万|几千|几百|几块|金额|额度|上限|最高|最多|封顶|顶格|奖金|奖多少|补多少|报多少|资助多少|(?:啥|什么|哪些)(?:奖|补)|\d[万亿]",
        tells=rf"{_NUMBER}(?:[百千]?[万亿](?!平|方|人|个|辆|台|只)|元|块)",
    ),
    Kind(
        "share",
        "比例",
        holds=r"\d[%‰]|百分之|[一二三四五六七八九]成|\d折|\d倍|减半|全额|免费|免征|零成本|不收费|不加收",
        wants=r"几成|百分之几|几个点|比例|几折|打折|几个百分点|一半|减半|多少利息|免多少|减多少|退多少|返多少|全额|全包|要钱|[收交花掏]不?[收交花掏]?钱|收费|免费",
        tells=rf"\d%|{_NUMBER}(?:成|个点|个百分点)",
    ),
    Kind(
        "date",
        "日期",
        holds=r"\d年|\d月(?!租|内)|\d日|月底|年底",
        wants=r"什么时候|何时|哪天|哪一天|几号|几月|截止|截至|到期|哪年|哪一年|最晚|最迟|最早|为止|月底|年底|期限",
        tells=r"\d月(?!内)|\d[日号](?!文)|[去前]年|上个?月|这个?月|下个?月|年[前底]|月[初中底]",
    ),
    Kind(
        "period",
        "时长",
        holds=r"\d+个?(?:月(?!\d)|年|天|日|工作日|小时|分钟|秒)(?![前起])|[几半一二三四五六七八九十]+个?(?:月|年|天|工作日|小时|分钟|秒)",
        wants=r"几个月|多少个月|多久|多长时间|几天|多少天|几年|几个工作日|几小时|几十秒|多快|时限",
        tells=rf"{_NUMBER}(?:个(?:半)?月|天|个?工作日|年(?!\d))|半年|半个月",
    ),
    Kind(
        "people",
        "人数",
        holds=r"\d+(?:名|位)?(?:人|员工|职工)|每人|人数|职工总数",
        wants=r"(?:几|多少)(?:个|名)?(?:人|员工|职工)",
        tells=rf"{_NUMBER}(?:个|名|号|位)?(?:人|员工|职工|工人|师傅|普工|学生)|裁了?{_NUMBER}个",
    ),
    Kind(
        "area",
        "面积",
        holds=r"平方米|面积",
        wants=r"多少平|多大面积",
        tells=rf"{_NUMBER}[百千]?万?(?:平|方|㎡)",
    ),
    Kind(
        PAYMENT,
        "给钱的时间",
        holds=r"到账|拨付|拨款|打款|发放到|退到|划到|(?:直接|自动|主动|依职权)(?:退|返|发)",
        wants=r"到账|拨付|拨款|打款|打到|发下来|收到钱|拿到钱|给钱|到手",
    ),
    Kind(
        "phone",
        "电话",
        holds=r"0\d{2,3}-?\d{7,8}|(?<!\d)1\d{4}(?!\d)|(?<!\d)1[3-9]\d{9}",
        wants=r"电话|号码|热线|联系方式",
    ),
    Kind(
        "site",
        "在哪里办",
        holds=r"网站|平台|系统|小程序|公众号|APP|网址|https?:|窗口|大厅|地址|位于|设在|[一二三四五六\d]楼|[路街道]\d+号",
        wants=r"哪里|哪儿|在哪|网址|网站|平台|入口|渠道|线上|网上|哪个系统",
    ),
    Kind(
        "unit",
        "单位",
        holds=r"局|委|中心|政府|法院|税务|银行",
        wants=r"谁|部门|哪个局|单位管|归口|主管|哪家",
    ),
    Kind(
        "parts",
        "有哪几项",
        holds=r"(?:、[^、，。；]+){3}|\d+个方面|[：:][^。]*(?:[；、][^。；、]+){2}|^\d{1,2}[.、．]",
        wants=r"哪些|哪几|什么内容|包括|包含|涵盖|方面|有啥|有些什么|些什么|都有什么|讲了|说了|几块|清单|分别|列一",
    ),
    Kind(
        BASIS,
        "文件",
        holds=r"〔\d{4}〕\d+号|\d{4}年第\d+号|令第\d+号",
        wants=r"文号|(?:什么|哪个|哪份|哪一份|哪些?)文件|文件编?号|文件是?(?:哪个|几|多少)号|几号文|(?:依据|根据)是?(?:什么|哪里|哪儿|啥)",
    ),
    Kind(
        "yes_no",
        "是或不是",
        holds=rf"^(?:{_VERDICTS})(?:[：，。]|[^，。：]{{0,6}}：|免|收|需|得)",
        wants=r"吗|能不能|可不可以|可以不|能否|可否|是否|是不是|要不要|用不用|有没有|(.)不\1|不$|没$|没有$|么$",
    ),
)

_HOLDS = {kind.name: re.compile(kind.holds) for kind in KINDS}
_WANTS = {kind.name: re.compile(kind.wants) for kind in KINDS}
_TELLS = {kind.name: re.compile(kind.tells) for kind in KINDS}


def held_by(text: str) -> frozenset[str]:
    """The kinds of what a statement holds, by its text."""
    return frozenset(name for name, writing in _HOLDS.items() if writing.search(text))


def wanted_by(asking: str) -> frozenset[str]:
    """The kinds of what a question wants, by its normalised text."""
    return frozenset(name for name, words in _WANTS.items() if words.search(asking))


def told_by(asking: str) -> frozenset[str]:
    """The kinds of what a question tells of who asks, by its normalised text."""
    return frozenset(name for name, words in _TELLS.items() if words.search(asking))


def has_verdict(text: str) -> bool:
    """Whether a statement begins with a yes or no (可以：…)."""
    return _OPENING.match(text) is not None


def without_verdict(text: str) -> str:
    """A statement without the yes or no that it begins with: before another question that would be taken for the answer to it."""
    return _OPENING.sub("", text)
