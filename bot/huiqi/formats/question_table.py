"""Tables with a question and its answer on a row: our own sheet 问答, and what other programs leave.

Each is told by its headings. What they look like:

- QnA Maker and Azure question answering (TSV or Excel): Question, Answer, Source, Metadata, SuggestedQuestions,
  IsContextOnly, Prompts, QnaId; a pair that may be asked in several ways stands on several rows with one QnaId, and a
  line end is written \\n. https://learn.microsoft.com/azure/ai-services/qnamaker/concepts/data-sources-and-content
- Dify, annotations and question-answer chunks (CSV): question, answer; 问题, 答案 where it speaks Chinese. The
  template that it offers: https://github.com/langgenius/dify,
  web/app/components/app/annotation/batch-add-annotation-modal/csv-downloader.tsx
- FastGPT (CSV or Excel): q, a, indexes; further indexes stand in further columns. Without a, q is a passage and no
  question. The later editions add metadata.
  https://doc.fastgpt.io/docs/introduction/guide/knowledge_base/template
- MaxKB (Excel or CSV): 分段标题, 分段内容, 问题, each with remarks in brackets; one question a line.
  https://github.com/1Panel-dev/MaxKB, apps/common/handle/impl/qa/xlsx_parse_qa_handle.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from huiqi.formats.alternates import pairs_of
from huiqi.formats.columns import QUESTION_SHEET, said_yes
from huiqi.formats.table_file import CellProblem, Table, cell_text
from huiqi.pack.identity import alternate_key
from huiqi.pack.model import UNKNOWN


@dataclass(frozen=True)
class QuestionRow:
    """A question with its answer. `alternates`: other ways to ask, each may begin with its aspect in brackets;
    `source`: as it was written, "" for the office's own word; `entry`, `policy`: ids, where they were written;
    `is_deleted`: the entry is to go; `is_draft`: it is not to be used yet; `key`: what `links` of other rows call it.
    """

    row: int
    question: str
    answer: str
    alternates: tuple[str, ...] = ()
    source: str = ""
    entry: str = ""
    policy: str = ""
    is_deleted: bool = False
    is_draft: bool = False
    key: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Cells:
    """A row's cells by field."""

    row: int
    texts: Mapping[str, str]
    more: tuple[str, ...] = ()
    """The cells of further columns of alternates, and of those behind the last one that has a heading."""

    def __getitem__(self, field: str) -> str:
        return self.texts.get(field, "")


@dataclass(frozen=True)
class Kind:
    """A way of writing questions with answers. `columns`: field → headings that it may have, brackets and what is in
    them aside, and the beginning of one where there is a *; without `needs` it is not this kind, and where there are `signs`, without one of those either."""

    name: str
    label: str
    columns: Mapping[str, tuple[str, ...]]
    rows: Callable[[list[_Cells]], Iterator[QuestionRow]]
    needs: tuple[str, ...] = ("question", "answer")
    signs: tuple[str, ...] = ()

    def places(self, table: Table) -> dict[str, int]:
        """Field → position of its column in `table`."""
        found: dict[str, int] = {}
        for field, names in self.columns.items():
            for place, heading in table.headings.items():
                if _is_one_of(heading, names):
                    found.setdefault(field, place)
        return found

    def fits(self, table: Table) -> bool:
        """Whether its columns are in `table`."""
        return set(self.needs) <= set(self.places(table))

    def is_of(self, table: Table) -> bool:
        """Whether `table` is of this kind and of no other."""
        said = {_plain(heading) for heading in table.headings.values()}
        return self.fits(table) and (not self.signs or not said.isdisjoint(self.signs))

    @property
    def needed(self) -> str:
        """The headings that it must have, for people."""
        return "、".join(self.columns[field][0] for field in self.needs)


def kind_of(table: Table) -> Kind | None:
    """What kind of questions a table holds, None where it holds none."""
    return next((kind for kind in KINDS if kind.is_of(table)), None)


def question_rows(table: Table, kind: Kind) -> tuple[list[QuestionRow], list[CellProblem]]:
    """The rows of a table, and what is wrong with them."""
    places = kind.places(table)
    heading = {field: table.headings[place] for field, place in places.items()}
    problems = table.problems_of(set(heading.values()))
    rows: list[QuestionRow] = []
    more = [
        place
        for place, name in table.headings.items()
        if place not in places.values() and _is_one_of(name, kind.columns.get("alternates", ()))
    ]
    cells = [_cells(table, row, values, places, more) for row, values in table.rows]
    for made in kind.rows(cells):
        missing = [name for name in ("question", "answer") if not getattr(made, name)]
        for name in missing[:1] if not made.is_deleted or not made.question else ():
            label = {"question": "问题", "answer": "答案"}[name]
            remedy = f"写上{label}，或删去这一行"
            problems.append(CellProblem(table.name, made.row, heading[name], f"没有写{label}", remedy))
        if made.question:
            # What lacks its answer is looked at all the same: everything wrong with a file is told at once.
            answer = made.answer or UNKNOWN
            rows.append(
                replace(made, answer=answer, alternates=tuple(_different(made.question, made.alternates)))
            )
    if "delete" in places:
        for row in cells:
            try:
                said_yes(row["delete"])
            except ValueError as error:
                problems.append(CellProblem(table.name, row.row, heading["delete"], *error.args))
    return rows, problems


def _plain(heading: str) -> str:
    return re.split(r"[（(]", heading)[0].strip().lower()


def _is_one_of(heading: str, names: Iterable[str]) -> bool:
    plain = _plain(heading)
    return any(plain == name or (name.endswith("*") and plain.startswith(name[:-1])) for name in names)


def _cells(
    table: Table, row: int, values: list[Any], places: Mapping[str, int], more: Iterable[int]
) -> _Cells:
    texts = dict(enumerate(map(cell_text, values)))
    behind = range(max(table.headings) + 1, len(values))
    return _Cells(
        row,
        {field: texts.get(place, "") for field, place in places.items()},
        tuple(texts.get(place, "") for place in (*more, *behind)),
    )


def _different(question: str, alternates: Iterable[str]) -> Iterator[str]:
    """Each alternate once, without what is the question again."""
    seen = {alternate_key(question)}
    for line in filter(None, alternates):
        ((_, text),) = pairs_of([line])
        key = alternate_key(text)
        if key and key not in seen:
            seen.add(key)
            yield line


_BETWEEN = re.compile(r"[\n；;|｜]")
_WITHIN = re.compile(r"[，,、]")
LONGEST_OF_A_LIST = 10
"""Characters of a question, on average, up to which several with commas between look like a list of questions."""


def looks_like_a_list(alternates: str) -> bool:
    """Whether a cell of alternates seems to hold several with commas between, which are taken for one: people ask with
    commas, too, so that nothing but their number and length tells."""
    parts = _WITHIN.split(alternates)
    return not _BETWEEN.search(alternates) and (
        len(parts) > 2 and sum(map(len, parts)) <= LONGEST_OF_A_LIST * len(parts)
    )


def _ours(cells: list[_Cells]) -> Iterator[QuestionRow]:
    for row in cells:
        yield QuestionRow(
            row.row,
            row["question"],
            row["answer"],
            tuple(part.strip() for part in _BETWEEN.split(row["alternates"])),
            row["source"],
            row["entry"],
            row["policy"],
            _is_yes(row["delete"]),
        )


def _qnamaker(cells: list[_Cells]) -> Iterator[QuestionRow]:
    together: dict[str, list[_Cells]] = {}
    for row in cells:
        together.setdefault(row["key"] or row["answer"] or f"row {row.row}", []).append(row)
    for rows in together.values():
        first = rows[0]
        yield QuestionRow(
            first.row,
            _with_line_ends(first["question"]),
            _with_line_ends(first["answer"]),
            tuple(_with_line_ends(row["question"]) for row in rows[1:]),
            is_draft=_is_yes(first["draft"]),
            key=first["key"],
            links=tuple(_prompted(first["links"])),
        )


def _dify(cells: list[_Cells]) -> Iterator[QuestionRow]:
    return (QuestionRow(row.row, row["question"], row["answer"]) for row in cells)


def _fastgpt(cells: list[_Cells]) -> Iterator[QuestionRow]:
    for row in cells:
        indexes = [text for cell in (row["alternates"], *row.more) for text in _indexes(cell)]
        yield QuestionRow(row.row, row["question"], row["answer"], tuple(indexes))


def _maxkb(cells: list[_Cells]) -> Iterator[QuestionRow]:
    for row in cells:
        # It keeps an empty title as the word None.
        title = row["title"] if row["title"] != "None" else ""
        asked = [line.strip() for line in row["question"].split("\n") if line.strip() not in ("", "None")]
        yield QuestionRow(row.row, title or next(iter(asked), ""), row["answer"], tuple(asked))


def _is_yes(text: str) -> bool:
    try:
        return said_yes(text)
    except ValueError:
        return False


def _with_line_ends(text: str) -> str:
    return text.replace("\\r", "").replace("\\n", "\n").strip()


def _prompted(text: str) -> Iterator[str]:
    """The keys of the rows that a row leads on to."""
    try:
        prompts = json.loads(text) if text else []
    except json.JSONDecodeError:
        return
    for prompt in prompts if isinstance(prompts, list) else ():
        if isinstance(prompt, dict) and "qnaId" in prompt:
            yield str(prompt["qnaId"])


def _indexes(cell: str) -> list[str]:
    """The questions in a cell: a JSON list, or one a line, numbered or not."""
    if cell.startswith("["):
        try:
            found = json.loads(cell)
        except json.JSONDecodeError:
            found = None
        if isinstance(found, list):
            return [text.strip() for text in found if isinstance(text, str)]
    return [re.sub(r"^\d+[.、．]\s*", "", line.strip()) for line in _with_line_ends(cell).split("\n")]


_QUESTION, _ANSWER = ("question", "问题"), ("answer", "答案")
_OF_QNAMAKER = ("source", "metadata", "suggestedquestions", "iscontextonly", "prompts", "qnaid")
KINDS = (
    Kind(
        "maxkb",
        "MaxKB",
        {"answer": ("分段内容",), "question": ("问题",), "title": ("分段标题",)},
        _maxkb,
    ),
    Kind("fastgpt", "FastGPT", {"question": ("q",), "answer": ("a",), "alternates": ("index*",)}, _fastgpt),
    Kind(
        "qnamaker",
        "QnA Maker",
        {"question": ("question",), "answer": ("answer",), "key": ("qnaid",), "links": ("prompts",), "draft": ("iscontextonly",)},
        _qnamaker,
        signs=_OF_QNAMAKER,
    ),
    Kind("dify", "Dify", {"question": _QUESTION, "answer": _ANSWER}, _dify, signs=("question",)),
    Kind(
        "questions",
        f"“{QUESTION_SHEET}”表",
        {
            "question": ("问题", "标准问", "提问", "问"),
            "answer": ("答案", "回答", "答复", "答"),
            "alternates": ("相似问", "相似问题", "相似问法", "其他问法"),
            "source": ("来源", "出处", "依据"),
            "entry": ("条目", "条目编号"),
            "policy": ("政策",),
            "delete": ("删除",),
        },
        _ours,
    ),
)  # fmt: skip
"""In the order in which a table is tried."""
OURS = KINDS[-1]
OTHERS = {kind.name: kind for kind in KINDS if kind is not OURS}
