"""What crosses the HTTP interface, as models: requests are read by them, and the description of the interface is made of
them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_QUESTION = 2000
LONGEST_CONVERSATION = 128
MOST_RECORDS = 50

Outcome = Literal["answer", "clarify", "unanswered", "smalltalk"]


class Asked(BaseModel):
    """一个问题，或按下的一个按钮。"""

    question: str = Field("", max_length=LONGEST_QUESTION, description="问题")
    conversation: str | None = Field(
        None,
        max_length=LONGEST_CONVERSATION,
        description="同一个对话写同一个名字，就能追问；自己起，别人猜不到的",
    )
    action: str | None = Field(None, description="按钮的 code；写了它就不用写 question")
    page: bool = Field(False, description="对话页自己在问")


class Candidate(BaseModel):
    entry: str
    score: float


class Block(BaseModel):
    kind: str
    text: str
    links: list[list[str]] = Field(description="文字和它指向的网址")
    spans: list[list[str | None]] = Field(description="文字分成几段，各段指向的网址，没有就是 null")


class Button(BaseModel):
    label: str
    code: str


class Ticket(BaseModel):
    """没有答上的问题，以后按编号和查询码查处理情况。"""

    number: int
    code: str
    path: str


class Answer(BaseModel):
    """一个答案。"""

    outcome: Outcome
    entry: str | None
    facet: str | None
    confidence: float = Field(ge=0, le=1)
    aspects: list[str]
    first: str = Field(description="答到点上的第一句")
    reason: str | None = None
    candidates: list[Candidate]
    text: str
    passages: list[dict[str, Any]] | None = None
    parts: list[dict[str, Any]] | None = None
    number: int | None
    ticket: Ticket | None = None
    blocks: list[Block]
    buttons: list[Button]


class Rated(BaseModel):
    number: int
    value: Literal["up", "down"]
    conversation: str = Field(max_length=LONGEST_CONVERSATION)
    reason: str | None = Field(None, description="踩的原因")


class Numbered(BaseModel):
    number: int = Field(description="答案里的编号")
    conversation: str = Field(max_length=LONGEST_CONVERSATION)


class Told(BaseModel):
    number: int
    said: str
    status: str | None = None
    ticket: Ticket | None = None


class Marked(BaseModel):
    number: int
    value: str


class ToForget(BaseModel):
    conversation: str = Field(min_length=1, max_length=LONGEST_CONVERSATION)


class Forgotten(BaseModel):
    questions: int


class Problem(BaseModel):
    """出了什么问题（RFC 9457）；error 里是一句中文。"""

    type: str
    title: str
    status: int
    detail: str
    error: str


class RetrievalSetting(BaseModel):
    top_k: int = Field(ge=1, description="最多几条")
    score_threshold: float = Field(ge=0, le=1, description="分数至少多少")


Operator = Literal[
    "contains",
    "not contains",
    "start with",
    "end with",
    "is",
    "is not",
    "in",
    "not in",
    "empty",
    "not empty",
    "=",
    "≠",
    ">",
    "<",
    "≥",
    "≤",
    "before",
    "after",
]


class Condition(BaseModel):
    name: str | list[str]
    comparison_operator: Operator
    value: str | float | list[str] | None = None


class MetadataCondition(BaseModel):
    logical_operator: Literal["and", "or"] = "and"
    conditions: list[Condition] = Field(max_length=50)


class Retrieval(BaseModel):
    """Dify 的外部知识库协议（External Knowledge API）。"""

    model_config = ConfigDict(extra="ignore")
    knowledge_id: str = Field(description="all 全部、entries 条目、passages 原文段落")
    query: str = Field(min_length=1, max_length=LONGEST_QUESTION)
    retrieval_setting: RetrievalSetting
    metadata_condition: MetadataCondition | None = None


class Record(BaseModel):
    """`score`：条目的分数是它正是所问的概率（校准过）；原文段落的分数是没有条目能答的概率，乘上这样的段落里有答案的频率。"""

    content: str
    score: float = Field(ge=0, le=1)
    title: str
    metadata: dict[str, Any]


class Records(BaseModel):
    records: list[Record]
