"""The small pack that a new office begins with: who answers, an example of a policy, and a template to copy.

The example speaks of nothing but the bot itself, on the office's own word, so that it is true wherever it is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from huiqi.formats.columns import QUESTION_SHEET
from huiqi.formats.fields import FILE_FIELDS
from huiqi.formats.pack_reader import check_documents, read_folder
from huiqi.formats.workbook_writer import write_workbook
from huiqi.pack.identity import GOLDEN_FILE, OFFICE_FILE, POLICY_FOLDER, SOURCES_FILE

EXAMPLE_FILE = f"{POLICY_FOLDER}/example.yaml"
TEMPLATE_FILE = "template.txt"
WORKBOOK_FILE = "knowledge.xlsx"
ASKED = "怎样问这个小助手"
"""A question that the example answers."""


@dataclass(frozen=True)
class NewOffice:
    """What is asked of a new office; "" where it says nothing. `hotline`: a number, its name before it; `levels`: from
    the nearest to the farthest."""

    name: str
    organisation: str = ""
    place: str = ""
    askers: str = ""
    hotline: str = ""
    levels: tuple[str, ...] = ()


def write_starter(office: NewOffice, folder: Path) -> None:
    """Write the pack into `folder`, which must be there and empty. Raises PackError where what is said of the office
    does not do; what was written until then stays."""
    for name, text in starter(office).items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    documents = read_folder(folder)
    check_documents(documents)
    files = {name: document.data for name, document in documents.items()}
    write_workbook(files, folder / WORKBOOK_FILE, opened=QUESTION_SHEET)


def starter(office: NewOffice) -> dict[str, str]:
    """The text of each file, by its name."""
    return {
        OFFICE_FILE: _office(office),
        SOURCES_FILE: _SOURCES.replace("YEAR", str(date.today().year)),
        EXAMPLE_FILE: _example(office),
        GOLDEN_FILE: _GOLDEN,
        "synonyms.yaml": _SYNONYMS,
        "places.yaml": _PLACES.format(ours=_list((office.place,) if office.place else ())),
        TEMPLATE_FILE: _template(),
    }


def _text(value: str) -> str:
    """A text as YAML takes it for nothing else: JSON's strings are YAML's."""
    return json.dumps(value, ensure_ascii=False)


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _hotline(said: str) -> dict[str, str]:
    """`便民热线 6660-1234` → its name and number."""
    *name, number = said.split()
    return {"name": " ".join(name), "number": number} if name else {"number": number}


def _office(office: NewOffice) -> str:
    hotline = ""
    if office.hotline:
        written = ", ".join(f"{key}: {_text(value)}" for key, value in _hotline(office.hotline).items())
        hotline = f"{{{written}}}"
    said: Mapping[str, str] = {
        "organisation": _text(office.organisation) if office.organisation else "",
        "place": _text(office.place) if office.place else "",
        "askers": _text(office.askers) if office.askers else "",
        "hotline": hotline,
        "levels": _list(office.levels) if office.levels else "",
    }
    lines = ["# 谁在这里答。答复里的称呼、单位、热线都从这里来；每一项都可以不写，写法见 docs/knowledge.md。"]
    lines.append(f"name: {_text(office.name)}")
    for key, (example, why) in _OFFICE_LINES.items():
        line = f"{key}: {said[key]}" if said.get(key) else f"# {key}: {example}"
        lines.append(f"{line}    # {why}")
    return "\n".join(lines) + "\n"


_OFFICE_LINES = {
    "about": ("办事问答", "一句话说它是什么，写在网页和终端的开头"),
    "organisation": ("某某服务中心", "单位自己写的答案署它的名"),
    "place": ("某某县", "问到别处时说得清楚"),
    "askers": ("某某县的企业", "谁来问"),
    "hotline": (
        '{name: 咨询电话, number: "000-0000"}',
        "答不上时打哪里；别处也拨这个号码的，加 everywhere: true",
    ),
    "levels": ("[县, 市, 省, 国家]", "政策有哪几级，从近到远；不写就只有一级，哪里都不提层级"),
    "greeting": ("您好，有什么可以帮您？", "对话的第一句话"),
    "introduction": ("我只解答本单位的事。", "问到别处的事时，怎么说自己管什么"),
    "examples": ("[怎么申请, 要什么材料]", "给人看的例子，都要答得上；不写就用前几条的标准问"),
    "year": ('"2024"', "没有任何日期的条目说的是哪一年；不写就什么年份问都可以答"),
}
"""Field → an example, and what it is for."""

_SOURCES = """\
# 来源：每个数字、日期、条件从哪里看到。条目里写编号。
own: {title: 本单位的答复, confidence: 本单位}

# 出自文件或网页的，这样写（去掉行首的 #，换成真的）：
# S1:
#   title: 某某办法
#   date: YEAR-03-01
#   urls: ["https://example.com/rule"]
#   confidence: 官方    # 原文转载、官方、官方转载、媒体报道、二手……见 docs/knowledge.md
"""

_GOLDEN = """\
# 答案必须一直正确的问题：每次发布前都会核对。删去示例政策时，这两句也一起删。
- {question: 我该怎么向小助手提问, accept: [example-ask]}
- {question: 小助手答错了怎么办, accept: [example-wrong]}
"""

_SYNONYMS = """\
# 自己的叫法：同一个东西，大家怎么说。常用的同义词程序自带。
- {concept: 小助手, words: [小助手, 机器人], weight: 0.9}
"""

_PLACES = """\
# 地名和部门名：哪些是自己这里，哪些是别处（问到别处时不会拿这里的规定去答），哪些词不能拆开。
# 不按地方管事的（公司里的服务台、图书馆），前面几项都空着，只写 units 和 words；这个文件删去也行。
ours: {ours}
other_districts: []
other_cities: []
other_provinces: []
ambiguous: []
units: []    # 部门名
words: []    # 不能拆的词，例如办法的简称
"""


def _example(office: NewOffice) -> str:
    told = office.organisation or "工作人员"
    wrong = f"答得不对或答不上，请告诉{told}{f'，或拨 {office.hotline}' if office.hotline else ''}。"
    phone = f"\n      电话: {{text: {_text(office.hotline)}, source: [own]}}" if office.hotline else ""
    return f"""\
# 示例政策：照着写自己的，写好了就删去这个文件（golden.yaml 里的例子一起删）。
# 空着从头写，用 {TEMPLATE_FILE}；只有问答的，填 {WORKBOOK_FILE} 的“问答”表更快。
policy:
  id: example
  title: 示例：小助手怎么用
  sources: [own]

entries:
  - id: example-ask
    title: {ASKED}
    short_title: 怎样提问
    summary: {{text: 用平常的话直接问，一次问一件事。, source: [own]}}
    keywords: [提问, 小助手]
    alternates:
      流程: [我该怎么问, 问题怎么写才好, 提问有什么讲究, 怎么跟小助手说话]
      整体: [小助手怎么用, 这个机器人怎么用, 怎么使用小助手, 怎样提问]
    facets:
      流程: {{text: "1. 写明是哪一件事\\n2. 写明想问什么，例如材料、时间、找谁\\n3. 一句话问一件事", source: [own]}}

  - id: example-wrong
    title: 小助手答得不对怎么办
    short_title: 答得不对
    summary: {{text: {_text(wrong)}, source: [own]}}
    keywords: [答错, 答不上]
    alternates:
      流程: [小助手答错了怎么反映, 答案不对跟谁说, 机器人说错了找谁]
      整体: [小助手答错了, 回答不对, 小助手答不上来怎么办, 答得不准确]
    facets:
      流程: {{text: {_text(f"把原来的问题和看到的答案告诉{told}。")}, source: [own]}}{phone}
"""


def _template() -> str:
    helps = {field.key: field.help.replace("`", "") for field in FILE_FIELDS}
    year = date.today().year
    return f"""\
# 一项政策的模板：复制成 policies/编号.yaml，填上自己的内容，用不着的行删去。缩进用两个空格，不用 Tab。
# 写好以后运行 huiqi kb check 文件夹，逐处指出哪里不对、怎么改。
policy:
  id: my-rule                     # {_ID}
  title: 某某办法                  # 全称；常见问答也可以当一项政策
  # names: [某某十条]              # 大家怎么叫它
  # document_number: 某府〔{year}〕1号
  # issuer: 某某部门
  # level: 县                      # office.yaml 里写的某一级；不写就是最近的一级
  # issued: {year}-03-01
  # valid_from: {year}-03-01
  # valid_to: {year + 2}-02-28
  sources: [own]                  # sources.yaml 里的编号

entries:
  - id: my-rule-first             # {_ID}
    title: 怎么申请某某            # 标准问
    summary:                      # {helps["summary"]}
      text: 到某某窗口填表申请。
      source: [own]
    alternates:                   # 别的问法；有一句就能用，五句以上才好认
      - 某某去哪里申请
      - 申请某某要怎么弄
    # short_title: 某某申请        # {helps["short_title"]}
    # unit: 某某部门               # {helps["unit"]}
    # keywords: [某某]             # {helps["keywords"]}
    # facets:                     # 分要素写，问哪一项就先答哪一项；不写就是未查明
    #   对象: {{text: 谁能享受。, source: [own]}}
    #   标准: {{text: 多少钱、怎么算。, source: [own]}}
    #   条件: {{text: 要满足什么。, source: [own]}}
    #   材料: {{text: "1. 一样\\n2. 又一样", source: [own]}}
    #   流程: {{text: "1. 先做什么\\n2. 再做什么", source: [own]}}
    #   时限: {{text: 从哪天到哪天，多久办好。, source: [own]}}
    #   部门: {{text: 归谁管。, source: [own]}}
    #   电话: {{text: 号码。, source: [own]}}
    # see_also: [another-entry]   # {helps["see_also"]}
    # valid_to: {year + 1}-12-31        # {helps["valid_to"]}
    # status: draft               # {helps["status"]}
"""


_ID = "编号：小写字母、数字、连字符；定了就不改"
