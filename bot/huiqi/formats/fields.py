"""The fields of an entry, each said once: what it is called, what it holds, who sees it where.

The file format and its checks, the Excel columns, the console's form, a blank entry, the differences that staff
read, the entry's JSON and the table in docs/knowledge.md all come from ENTRY_FIELDS. A new field is a row here and
an attribute of `Entry`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, get_args

from huiqi.formats.details import ARROW
from huiqi.pack.model import FACET_NAMES, UNKNOWN

Kind = Literal[
    "slug",  # lower-case letters, digits, hyphens
    "policy",  # the policy that the entry belongs to; in a file, the file says it
    "text",
    "known_text",  # a text, or 未查明
    "optional_text",  # a text, or nothing
    "choice",  # one of `choices`
    "level",  # a level of the office; nothing takes the policy's
    "day",  # a date; nothing takes the policy's, 未查明 says that the policy's does not hold here
    "rough_day",  # a year, a month or a day
    "texts",
    "entries",  # ids of other entries
    "sources",  # ids of sources
    "sourced_text",
    "facets",  # a sourced text, or 未查明, for each of the eight facets
    "stacking",
    "alternates",
    "details",  # questions about one sentence, and words of it
    "eligibility",
    "attachments",  # files to download: name and SHA-256 of each
]

StackingKind = Literal["可叠加", "不可重复享受", "未查明"]
PARTS: dict[str, dict[str, str]] = {
    "sourced_text": {"text": "文字", "source": "来源"},
    "stacking": {"kind": "种类", "beside": "与什么", "text": "说明", "source": "来源"},
}
"""What a field of this kind is made of: key → name for people."""
GOLDEN_LABELS = {"question": "问题", "accept": "正确的条目", "facet": "要素", "first": "第一句"}
"""The fields of a golden question: key → name for people."""
FORM_COLUMNS = (("基本", "答案", "能否叠加"), ("怎么问到它", "有效期和链接"))
"""The form's fieldsets, in two columns."""

_BLANK: dict[Kind, Any] = {
    "slug": "",
    "policy": "",
    "text": "",
    "known_text": UNKNOWN,
    "texts": [],
    "entries": [],
    "sources": [],
    "alternates": [],
    "sourced_text": {"text": "", "source": []},
    "facets": dict.fromkeys(FACET_NAMES, UNKNOWN),
    "stacking": UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class EntryField:
    """One field. `key`: its name in YAML, in JSON and in the form; `label`: its name for people; `help`: what to
    write in it, for the documentation.

    `is_required`: whether a file must have it. `is_filled`: whether it is filled in where a file leaves it out (see
    `completed`). `is_seldom`: whether a new entry leaves it out. `least`: so many items at least; `most`: so many
    characters at most. `choices`: (value, name for people), the usual one first. `fieldset`: where the form shows it,
    "" for nowhere; `hint`: what the form adds to the label; `rows`: height of its box there, 0 for one line.
    `heading`: its heading in Excel where that is not the label. `is_public`: whether the entry's JSON has it.
    """

    key: str
    label: str
    kind: Kind
    help: str
    is_required: bool = False
    is_filled: bool = False
    is_seldom: bool = False
    least: int = 0
    most: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    fieldset: str = ""
    hint: str = ""
    rows: int = 0
    heading: str = ""
    is_public: bool = False

    @property
    def absent(self) -> Any:
        """What leaving it out of a file means, where it may be left out."""
        if self.is_filled:
            return self._nothing
        return [] if self.kind in ("texts", "details", "entries", "attachments") else None

    @property
    def blank(self) -> Any:
        """Its value in an entry that nobody has filled in."""
        return self._nothing if self.is_required else self.absent

    @property
    def _nothing(self) -> Any:
        return self.choices[0][0] if self.kind == "choice" else deepcopy(_BLANK[self.kind])

    @property
    def limit(self) -> str:
        """How much it may or must hold, in words; "" where that need not be said."""
        if self.most:
            return f"最多 {self.most} 个字"
        return f"至少 {self.least} 条" if self.least > 1 else ""

    @property
    def form_label(self) -> str:
        said = "，".join(filter(None, (self.hint, self.limit if self.most else "")))
        return f"{self.label}（{said}）" if said else self.label


ENTRY_FIELDS = (
    EntryField(
        "id", "编号", "slug", "编号，例如 `loan-interest`；定了就不改", is_required=True, is_public=True
    ),
    EntryField("policy", "政策", "policy", "", is_required=True, fieldset="基本", is_public=True),
    EntryField("title", "标准问", "text", "标准问", is_required=True, fieldset="基本", is_public=True),
    EntryField(
        "short_title",
        "短标题",
        "text",
        "按钮上的短名；不写就是标准问，长了截短",
        is_filled=True,
        most=18,
        fieldset="基本",
        hint="按钮上用",
        is_public=True,
    ),
    EntryField(
        "level",
        "层级",
        "level",
        "与政策的级别不同时才写",
        is_seldom=True,
        fieldset="基本",
        is_public=True,
    ),
    EntryField(
        "summary",
        "摘要",
        "sourced_text",
        "`text` 是一到三句的概要，第一句直接回答标准问；`source` 是来源",
        is_required=True,
        fieldset="答案",
        hint="第一句直接回答标准问",
        rows=4,
        is_public=True,
    ),
    EntryField(
        "unit",
        "责任单位",
        "known_text",
        f"责任单位，或 `{UNKNOWN}`",
        is_filled=True,
        fieldset="基本",
        hint=f"不知道就写 {UNKNOWN}",
        is_public=True,
    ),
    EntryField(
        "alternates",
        "相似问",
        "alternates",
        "相似问，一个列表，或按问的方面分组（见下）；长短、说法各不相同，一句话只能放在一个条目里；有一句就能用，五句以上才好认",
        is_required=True,
        least=1,
        fieldset="怎么问到它",
        hint="一行一句",
        rows=16,
    ),
    EntryField(
        "details",
        "细节问法",
        "details",
        f"问到答案里某一句话的说法，一行一句话：`问法；问法 {ARROW} 那句话里的几个字`，例如 `能还旧账吗；还网贷行不行 {ARROW} 偿还其他债务`；"
        "用来挑先说哪一句，认条目主要靠相似问（见下）",
        is_seldom=True,
        fieldset="怎么问到它",
        hint=f"一行一句：问法；问法 {ARROW} 答案里那句话的几个字",
        rows=8,
    ),
    EntryField(
        "keywords",
        "关键词",
        "texts",
        "指向本条的词",
        is_filled=True,
        fieldset="怎么问到它",
        hint="一行一个",
        rows=6,
    ),
    EntryField(
        "negative_keywords",
        "排除词",
        "texts",
        "出现就多半是问别条的词",
        fieldset="怎么问到它",
        hint="问到这些说明问的是别的条目",
        rows=3,
    ),
    EntryField(
        "facets",
        "要素",
        "facets",
        f"八个要素：{'、'.join(FACET_NAMES)}；每个写 `{{text: …, source: [来源编号]}}` 或 `{UNKNOWN}`，不写就是 `{UNKNOWN}`",
        is_filled=True,
        fieldset="答案",
        rows=3,
        is_public=True,
    ),
    EntryField(
        "stacking",
        "能否叠加",
        "stacking",
        f"能否与别的支持同享：`kind` 写 `可叠加` 或 `不可重复享受`，`beside` 写另一边是什么（条目编号，或层级：那一级的同一件事，或直接写名称），加 `text` 和 `source`；不知道写 `{UNKNOWN}`",
        is_filled=True,
        choices=tuple((kind, kind) for kind in get_args(StackingKind)),
        fieldset="能否叠加",
        rows=1,
        heading="叠加",
    ),
    EntryField(
        "replaces",
        "取代的条目",
        "entries",
        "它接替了哪些条目",
        fieldset="有效期和链接",
        hint="打几个字就能选",
        rows=1,
    ),
    EntryField(
        "see_also",
        "相关条目",
        "entries",
        "相关条目，先写别级的同一件事",
        fieldset="有效期和链接",
        hint="打几个字就能选",
        rows=2,
        is_public=True,
    ),
    EntryField(
        "valid_from",
        "有效期起",
        "day",
        "有效期的起始日，与政策的不同时才写",
        fieldset="有效期和链接",
        hint="空着随政策",
        is_public=True,
    ),
    EntryField(
        "valid_to",
        "有效期止",
        "day",
        "有效期的截止日，与政策的不同时才写；条目只算某一段期间的（购置、贷款、租金），写那段期间的末日",
        fieldset="有效期和链接",
        hint="空着随政策",
        is_public=True,
    ),
    EntryField(
        "validity_note",
        "有效期说明",
        "optional_text",
        "有效期要说明时写一句，与政策的不同时才写；有自己的截止日、又已经过了的，会和到期的话一起说",
        fieldset="有效期和链接",
    ),
    EntryField(
        "last_seen_in_use",
        "最近一次见到使用",
        "rough_day",
        "没有读到期限时，最近一次见到它被使用（申报通知、指南引用它）的年、年-月或年-月-日，与政策的不同时才写",
        is_seldom=True,
        fieldset="有效期和链接",
        hint="年-月，空着随政策",
        is_public=True,
    ),
    EntryField(
        "last_checked",
        "最近核对",
        "day",
        "最近一次向来源或责任单位核对的日子，与政策的不同时才写",
        is_seldom=True,
        fieldset="有效期和链接",
        hint="空着随政策",
        is_public=True,
    ),
    EntryField(
        "sources",
        "来源",
        "sources",
        "本条用到的全部来源编号；不写就是概要、要素、叠加里写的那些",
        is_filled=True,
        least=1,
        fieldset="有效期和链接",
        hint="本条目用到的全部来源",
        rows=2,
        is_public=True,
    ),
    EntryField(
        "status",
        "状态",
        "choice",
        "`published` 发布，`draft` 草稿；不写就是发布",
        is_filled=True,
        choices=(("published", "使用"), ("draft", "暂不使用")),
        fieldset="基本",
    ),
    EntryField(
        "requires_mention",
        "提到才答",
        "texts",
        "问题里提到这些词之一，才用这条来答",
        is_seldom=True,
        fieldset="怎么问到它",
        hint="只有说到其中一个词才回答，一般空着",
        rows=1,
    ),
    EntryField(
        "eligibility",
        "自查规则",
        "eligibility",
        "自查的规则。`rules` 每条有 `question`（`eligibility.yaml` 里问题的编号）、`accept` 符合的选项、`maybe` 说不准的"
        "选项、`reason`；`amount` 写能得多少；`also` 是问题没有问到的条件，一条一句；`estimate` 是估算：`asks` 要填的数、`share` 比例、`divisor` 除数、"
        "`ceiling` 封顶、`note`，`instead` 是没有这个数时可以改说的几个数（见下）；`source` 是来源",
        is_seldom=True,
    ),
    EntryField(
        "attachments",
        "附件",
        "attachments",
        "可以下载的表格，在工作台里上传：`name` 文件名，`sha256` 文件的摘要（文件在数据库里）",
        is_seldom=True,
    ),
)

FILE_FIELDS = tuple(field for field in ENTRY_FIELDS if field.kind != "policy")
"""The fields as a policy's file has them."""
FIELDS = {field.key: field for field in ENTRY_FIELDS}


def completed(written: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with what its file may leave out, so that whatever is in the store has every field of a new entry. What
    is there stays as it is, right or wrong."""
    filling = {row.key: row.absent for row in ENTRY_FIELDS if row.is_filled}
    filling |= {
        "short_title": _shortened(written.get("title")),
        "sources": list(dict.fromkeys(_used(written))),
    }
    absent = {key: value for key, value in filling.items() if written.get(key) is None}
    for key in ("short_title", "sources"):
        if not filling[key]:
            # What they come from is missing itself, and told there.
            absent.pop(key, None)
    facets = written.get("facets") or {}
    if isinstance(facets, Mapping) and not set(FACET_NAMES) <= set(facets):
        absent["facets"] = {**dict.fromkeys(FACET_NAMES, UNKNOWN), **facets}
    return {**written, **absent}


def _shortened(title: Any) -> str:
    """A title that fits on a button."""
    short = title.strip().rstrip("？?。") if isinstance(title, str) else ""
    most = FIELDS["short_title"].most
    return short if len(short) <= most else short[: most - 1] + "…"


def _used(written: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the sources that an entry's texts name, as far as they can be read."""
    facets = written.get("facets")
    places = [
        written.get(row.key)
        for row in ENTRY_FIELDS
        if row.kind in ("sourced_text", "stacking", "eligibility")
    ]
    for place in [*places, *(facets.values() if isinstance(facets, Mapping) else ())]:
        named = place.get("source") if isinstance(place, Mapping) else None
        yield from (key for key in named or () if isinstance(key, str)) if isinstance(named, list) else ()


def fieldset(legend: str) -> list[EntryField]:
    """The fields that the form shows under `legend`."""
    return [field for field in ENTRY_FIELDS if field.fieldset == legend]
