"""Reads files of questions to measure: what is asked, and what a useful answer to it is.

One JSON object a line: `{id, question, accept}`, `{id, question, kind}` (nothing may answer it), `{id, turns:
[{question, accept}]}` (a dialogue) or `{id, question, accept_each}` (several questions in one message). What is to be
answered may also carry `style`, `aspects` (what it asks; [] for the whole), the older `facet`, and `first` (a regular
expression that the first line of a useful answer matches). The golden questions of a pack (golden.yaml) are read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huiqi.formats.document import read_document
from huiqi.formats.problem import Problem
from huiqi.pack.model import ASPECTS


class QuestionFileError(Exception):
    """A question file cannot be read; the message names file, line and what to do."""


class _RowError(Exception):
    """A row is no question; the message is the part of a sentence that says why and what to do."""


@dataclass(frozen=True)
class MeasuredQuestion:
    """One question to measure.

    `accept`: the entries that may answer it; empty where none may. `style`: how it is put, or what kind of question it
    is that none may answer. `aspects`: what it asks, in the words of ASPECTS, none for the whole; None where nobody
    said. `first`: what the first line of a useful answer matches. `conversation`: what the turns of a dialogue share;
    `turn`: the place among them, from 1; 0 outside of dialogues. `accept_each`: as `accept`, for each question of a
    message."""

    id: str
    question: str
    accept: tuple[str, ...]
    style: str = ""
    facet: str | None = None
    aspects: tuple[str, ...] | None = None
    first: str | None = None
    conversation: str | None = None
    turn: int = 0
    accept_each: tuple[tuple[str, ...], ...] = ()

    @property
    def asked(self) -> tuple[str, ...] | None:
        """What it asks, said by `aspects` or by the older `facet`."""
        if self.aspects is None and self.facet is not None:
            return (self.facet,)
        return self.aspects

    @property
    def is_follow_up(self) -> bool:
        return self.turn > 1


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
            except _RowError as error:
                raise QuestionFileError(f"题目文件 {path} 第 {number} 行{error}") from None
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
    rows = []
    for number, item in enumerate(document.data, 1):
        try:
            rows.append(_row(f"golden-{number}", item, item["accept"], "golden"))
        except _RowError as error:
            raise QuestionFileError(f"题目文件 {path} 第 {number} 题{error}") from None
        except (KeyError, TypeError, AttributeError):
            raise QuestionFileError(
                f"题目文件 {path} 不是标准题的写法，请照 knowledge/golden.yaml 写"
            ) from None
    return rows


def _rows(data: Mapping[str, Any]) -> Iterator[MeasuredQuestion]:
    identifier = str(data["id"])
    if "turns" not in data:
        style = str(data.get("style") or data.get("kind") or "")
        yield _row(identifier, data, data.get("accept", ()), style)
        return
    for number, turn in enumerate(data["turns"], 1):
        yield _row(f"{identifier}.{number}", turn, turn["accept"], "dialogue", identifier, number)


def _row(
    identifier: str,
    data: Mapping[str, Any],
    accept: Iterable[str],
    style: str,
    conversation: str | None = None,
    turn: int = 0,
) -> MeasuredQuestion:
    return MeasuredQuestion(
        identifier,
        data["question"],
        tuple(accept),
        style,
        data.get("facet"),
        _aspects(data.get("aspects")),
        _pattern(data.get("first")),
        conversation,
        turn,
        tuple(tuple(accept) for accept in data.get("accept_each", ())),
    )


def _aspects(said: Any) -> tuple[str, ...] | None:
    if said is None:
        return None
    if not isinstance(said, list):
        raise _RowError("的 aspects 不是列表，请写成 [标准, 时限] 这样，问整条就写 []")
    for name in said:
        if name not in ASPECTS:
            raise _RowError(f"的 aspects 里没有“{name}”这一方面，可用的有 {'、'.join(ASPECTS)}")
    return tuple(said)


def _pattern(said: Any) -> str | None:
    if said is None:
        return None
    try:
        re.compile(said)
    except (re.error, TypeError):
        raise _RowError(f"的 first“{said}”不是合法的正则表达式，请检查括号是否成对") from None
    return str(said)
