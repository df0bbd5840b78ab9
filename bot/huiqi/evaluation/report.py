"""Measures the assistant on files of questions: what it got right, what it got wrong, and what would mend it.

File formats (one JSON object a line): `{id, question, accept, style?, facet?}`, `{id, question, kind}` (out of
scope), `{id, turns: [{question, accept, facet?}]}`, `{id, question, accept_each}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.history import QuestionFileError
from huiqi.formats.document import read_document
from huiqi.formats.problem import Problem
from huiqi.matching.decision import Decision
from huiqi.matching.guards import GUARDS

BINS = 10
SURE = 0.9


@dataclass(frozen=True)
class MeasuredQuestion:
    """One question to measure. `accept` empty: no entry may answer it. `conversation`: turns that share it."""

    id: str
    question: str
    accept: tuple[str, ...]
    style: str = ""
    facet: str | None = None
    asks_facet: bool = False
    conversation: str | None = None
    accept_each: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one row. `verdict`: right, offered (among the buttons), wrong, missed, refused (rightly
    not answered), false (answered though out of scope)."""

    row: MeasuredQuestion
    verdict: str
    outcome: str
    entry: str | None
    facet: str | None
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    explanation: str = ""
    remedy: str = ""


@dataclass
class Report:
    outcomes: list[Outcome] = field(default_factory=list)
    parts_right: int = 0
    parts: int = 0
    policies: Mapping[str, str] = field(default_factory=dict)

    def count(self, *verdicts: str, rows: Sequence[Outcome] | None = None) -> int:
        return sum(item.verdict in verdicts for item in (self.outcomes if rows is None else rows))

    @property
    def in_scope(self) -> list[Outcome]:
        return [item for item in self.outcomes if item.row.accept]

    @property
    def out_of_scope(self) -> list[Outcome]:
        return [item for item in self.outcomes if not item.row.accept and not item.row.accept_each]

    def rates(self) -> dict[str, float]:
        """The headline figures, each a share between 0 and 1 (absent where no row bears on it)."""
        rates: dict[str, float] = {}
        inside, outside = self.in_scope, self.out_of_scope
        if inside:
            rates["answered_right"] = self.count("right", rows=inside) / len(inside)
            rates["right_or_offered"] = self.count("right", "offered", rows=inside) / len(inside)
            rates["answered_wrong"] = self.count("wrong", rows=inside) / len(inside)
        if outside:
            rates["false_answers"] = self.count("false", rows=outside) / len(outside)
        faceted = [item for item in inside if item.row.asks_facet and item.verdict == "right"]
        if faceted:
            rates["facet_right"] = sum(item.facet == item.row.facet for item in faceted) / len(faceted)
        if self.parts:
            rates["parts_right"] = self.parts_right / self.parts
        if self.outcomes:
            rates["calibration_error"] = self.calibration_error()
        sure = [item for item in self.outcomes if item.outcome == "answer" and item.confidence >= SURE]
        if sure:
            rates["right_when_sure"] = sum(item.verdict == "right" for item in sure) / len(sure)
        return rates

    def reliability(self) -> list[tuple[str, int, float, float]]:
        """(bin, rows, mean confidence, share right) of everything that has a first candidate."""
        table = []
        judged = [item for item in self.outcomes if item.candidates]
        for number in range(BINS):
            low, high = number / BINS, (number + 1) / BINS
            inside = [
                item
                for item in judged
                if low <= item.confidence < high or (number == BINS - 1 and item.confidence >= 1)
            ]
            if inside:
                mean = sum(item.confidence for item in inside) / len(inside)
                right = sum(item.candidates[0][0] in item.row.accept for item in inside) / len(inside)
                table.append((f"{low:.1f}–{high:.1f}", len(inside), mean, right))
        return table

    def calibration_error(self) -> float:
        """Expected calibration error over ten bins (Naeini et al., 2015)."""
        table = self.reliability()
        total = sum(count for _, count, _, _ in table)
        return sum(count * abs(mean - right) for _, count, mean, right in table) / total if total else 0.0

    def by(self, key: Callable[[Outcome], str]) -> list[tuple[str, int, int, int, int]]:
        """(group, rows, right, offered, wrong) of the in-scope rows."""
        groups: dict[str, list[Outcome]] = {}
        for item in self.in_scope:
            groups.setdefault(key(item), []).append(item)
        return [
            (
                name,
                len(rows),
                self.count("right", rows=rows),
                self.count("offered", rows=rows),
                self.count("wrong", rows=rows),
            )
            for name, rows in sorted(groups.items())
        ]

    def misses(self) -> list[Outcome]:
        return [item for item in self.outcomes if item.verdict in ("wrong", "missed", "false", "offered")]

    def to_json(self) -> dict[str, Any]:
        return {
            "rates": {name: round(value, 4) for name, value in self.rates().items()},
            "rows": len(self.outcomes),
            "in_scope": len(self.in_scope),
            "out_of_scope": len(self.out_of_scope),
            "by_style": [list(row) for row in self.by(lambda item: item.row.style or "-")],
            "by_policy": [list(row) for row in self.by(self._policy)],
            "reliability": [list(row) for row in self.reliability()],
            "misses": [
                {
                    "id": item.row.id,
                    "question": item.row.question,
                    "accept": item.row.accept,
                    "verdict": item.verdict,
                    "outcome": item.outcome,
                    "entry": item.entry,
                    "candidates": item.candidates,
                    "explanation": item.explanation,
                    "remedy": item.remedy,
                }
                for item in self.misses()
            ],
        }

    def _policy(self, item: Outcome) -> str:
        return self.policies.get(item.row.accept[0], "?")


class ConversationMemory:
    """Conversations kept in memory, so that a measurement writes nothing."""

    def __init__(self) -> None:
        self._states: dict[str, Mapping[str, Any]] = {}

    def get(self, key: str) -> Mapping[str, Any] | None:
        return self._states.get(key)

    def put(self, key: str, state: Mapping[str, Any]) -> None:
        self._states[key] = state


def read_questions(path: Path) -> list[MeasuredQuestion]:
    """The rows of one file. Raises QuestionFileError naming the line at fault."""
    if path.suffix in (".yaml", ".yml"):
        return _golden_rows(path)
    rows: list[MeasuredQuestion] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise QuestionFileError(f"找不到题目文件 {path}，请检查路径") from None
    except UnicodeDecodeError:
        raise QuestionFileError(f"题目文件 {path} 不是 UTF-8 编码，请另存为 UTF-8") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.extend(_rows(json.loads(line)))
            except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
                raise QuestionFileError(
                    f"题目文件 {path} 第 {number} 行读不懂（{error}），应为一个带 question 或 turns 的 JSON 对象"
                ) from None
    return rows


def _golden_rows(path: Path) -> list[MeasuredQuestion]:
    """The golden questions of a pack (knowledge/golden.yaml)."""
    document = read_document(path, path.name) if path.exists() else None
    if document is None:
        raise QuestionFileError(f"找不到题目文件 {path}，请检查路径")
    if isinstance(document, Problem):
        raise QuestionFileError(document.render())
    try:
        return [
            MeasuredQuestion(
                f"golden-{number}",
                item["question"],
                tuple(item["accept"]),
                "golden",
                item.get("facet"),
                item.get("facet") is not None,
            )
            for number, item in enumerate(document.data, 1)
        ]
    except (KeyError, TypeError, AttributeError):
        raise QuestionFileError(f"题目文件 {path} 不是标准题的写法，请照 knowledge/golden.yaml 写") from None


def _rows(data: Mapping[str, Any]) -> Iterator[MeasuredQuestion]:
    identifier = str(data["id"])
    if "turns" in data:
        for number, turn in enumerate(data["turns"], 1):
            yield MeasuredQuestion(
                f"{identifier}.{number}",
                turn["question"],
                tuple(turn["accept"]),
                "dialogue",
                turn.get("facet"),
                turn.get("facet") is not None,
                identifier,
            )
        return
    yield MeasuredQuestion(
        identifier,
        data["question"],
        tuple(data.get("accept", ())),
        str(data.get("style") or data.get("kind") or ""),
        data.get("facet"),
        data.get("facet") is not None,
        None,
        tuple(tuple(accept) for accept in data.get("accept_each", ())),
    )


def evaluate(
    assistant: Assistant,
    rows: Sequence[MeasuredQuestion],
    day: date | None = None,
    progress: Callable[[Iterable[MeasuredQuestion]], Iterable[MeasuredQuestion]] = lambda rows: rows,
) -> Report:
    """Ask every row and judge the replies. The assistant should have no log."""
    report = Report(policies={entry.id: entry.policy for entry in assistant.pack.entries.values()})
    for row in progress(rows):
        reply = assistant.ask(Message(row.question, "eval", conversation=row.conversation, day=day))
        if row.accept_each:
            replies = reply.parts or (reply,)
            report.parts += len(row.accept_each)
            report.parts_right += sum(
                part.outcome == "answer" and part.entry in accept
                for part, accept in zip(replies, row.accept_each, strict=False)
            )
            continue
        report.outcomes.append(_judged(assistant, row, reply))
    return report


def _judged(assistant: Assistant, row: MeasuredQuestion, reply: Reply) -> Outcome:
    entry = reply.entry if reply.outcome == "answer" else None
    offered = [candidate for candidate, _ in reply.candidates] if reply.outcome == "clarify" else []
    if row.accept:
        if entry in row.accept:
            verdict = "right"
        elif entry:
            verdict = "wrong"
        else:
            verdict = "offered" if set(offered) & set(row.accept) else "missed"
    else:
        verdict = "false" if entry else "refused"
    if verdict in ("right", "refused"):
        return Outcome(row, verdict, reply.outcome, entry, reply.facet, reply.confidence, reply.candidates)
    decision = assistant.matcher.match(row.question)
    return Outcome(
        row,
        verdict,
        reply.outcome,
        entry,
        reply.facet,
        reply.confidence,
        reply.candidates,
        _explanation(assistant, decision),
        _remedy(assistant, row, verdict, decision),
    )


def _explanation(assistant: Assistant, decision: Decision) -> str:
    """Why the first candidates are where they are: what each explains of the question, and what it does not."""
    told = []
    for candidate in decision.candidates[:2]:
        words = "、".join(candidate.matched) or "无"
        lacks = f"，没说中 {'、'.join(candidate.missing)}" if candidate.missing else ""
        told.append(f"{assistant.matcher.entry_id(candidate.entry)} 说中 {words}{lacks}")
    sentences = [guard.sentence for guard in GUARDS if guard.name in decision.bars]
    return "；".join([*told, *dict.fromkeys(sentences)])


def _remedy(assistant: Assistant, row: MeasuredQuestion, verdict: str, decision: Decision) -> str:
    """What staff could do so that the question is answered rightly."""
    if verdict == "false":
        return "加一条“不该回答”的例子到 out_of_scope.yaml，或给答错的条目加排除词"
    by_id = {assistant.matcher.entry_id(candidate.entry): candidate for candidate in decision.candidates}
    wanted = next((by_id[key] for key in row.accept if key in by_id), None)
    if decision.bars and wanted is None:
        return f"正确条目被规则挡住（{'、'.join(decision.bars)}）：检查问题里的地名、年份、文号、层级"
    if wanted is None:
        return f"正确条目 {row.accept[0]} 没有一条相似问与它有共同的词：加一条这样的相似问"
    if wanted.missing:
        return f"正确条目缺少“{'、'.join(wanted.missing[:4])}”：加一条带这些词的相似问，或加同义词"
    return "两个条目都说得通：给正确条目加一条更近的相似问，给另一条加排除词"


def render(report: Report, previous: Mapping[str, Any] | None = None) -> str:
    """The report for people: headline figures, tables, misses, and the change since the previous run."""
    lines = ["惠企问答测量", ""]
    names = {
        "answered_right": "范围内答对",
        "right_or_offered": "答对或在按钮里",
        "answered_wrong": "范围内答错",
        "false_answers": "范围外误答",
        "facet_right": "问的方面对",
        "parts_right": "一次多问，答对的部分",
        "calibration_error": "校准误差（ECE）",
        "right_when_sure": f"置信度≥{SURE} 的答案答对",
    }
    before = (previous or {}).get("rates", {})
    for key, value in report.rates().items():
        change = f"（上次 {before[key]:.1%}）" if key in before and abs(before[key] - value) >= 0.0005 else ""
        lines.append(f"  {names[key]}：{value:.1%}{change}")
    lines += _table(
        "按问法", ("问法", "题数", "答对", "按钮里", "答错"), report.by(lambda item: item.row.style or "-")
    )
    lines += _table("按政策", ("政策", "题数", "答对", "按钮里", "答错"), report.by(report._policy))
    reliability = [
        (name, count, f"{mean:.2f}", f"{right:.2f}") for name, count, mean, right in report.reliability()
    ]
    lines += _table("校准", ("置信度", "题数", "平均置信度", "答对"), reliability)
    misses = report.misses()
    known = {miss["id"] for miss in (previous or {}).get("misses", ())}
    if misses:
        lines += ["", f"没答对的 {len(misses)} 题："]
    for item in misses:
        new = "（新）" if previous is not None and item.row.id not in known else ""
        guesses = "、".join(f"{entry} {score:.2f}" for entry, score in item.candidates) or "无"
        wanted = "、".join(item.row.accept) or "不回答"
        lines.append(f"  {item.row.id}{new} {_VERDICTS[item.verdict]}：{item.row.question}")
        lines.append(f"      应为 {wanted}；得到 {guesses}")
        if item.explanation:
            lines.append(f"      原因：{item.explanation}")
        if item.remedy:
            lines.append(f"      改法：{item.remedy}")
    if previous is not None:
        gone = known - {item.row.id for item in misses}
        if gone:
            lines.append(f"比上次改好的：{'、'.join(sorted(gone))}")
    return "\n".join(lines)


_VERDICTS = {"wrong": "答错", "missed": "没答", "false": "误答", "offered": "给了按钮"}


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    if not rows:
        return []
    widths = [max(_width(str(cell)) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = ["", title]
    for row in (header, *rows):
        cells = [
            str(cell) + " " * (width - _width(str(cell))) for cell, width in zip(row, widths, strict=True)
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


@dataclass(frozen=True)
class Thresholds:
    """Figures that must be reached; None where nothing is demanded."""

    min_answered: float | None = None
    max_false: float | None = None
    max_calibration_error: float | None = None

    def failures(self, report: Report) -> list[str]:
        rates = report.rates()
        found = []
        if self.min_answered is not None and rates.get("answered_right", 1.0) < self.min_answered:
            found.append(f"范围内答对 {rates['answered_right']:.1%}，低于要求的 {self.min_answered:.1%}")
        if self.max_false is not None and rates.get("false_answers", 0.0) > self.max_false:
            found.append(f"范围外误答 {rates['false_answers']:.1%}，高于允许的 {self.max_false:.1%}")
        limit = self.max_calibration_error
        if limit is not None and rates.get("calibration_error", 0.0) > limit:
            found.append(f"校准误差 {rates['calibration_error']:.3f}，高于允许的 {limit:.3f}")
        return found
