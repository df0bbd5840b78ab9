"""Measure: how good the answers are, and a ranking of any documents for the field's own tools."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from huiqi.cli.parser import (
    DONE,
    FOUND_WRONG,
    Commands,
    WrongUse,
    add_as_of,
    add_command,
    count,
    settings_of,
)

if TYPE_CHECKING:
    from huiqi.evaluation.report import MeasuredQuestion, Report
    from huiqi.service.settings import Settings

LIMITS = (
    ("min_answered", "范围内答对率的下限，例如 0.95"),
    ("max_false", "范围外误答率的上限，例如 0.05"),
    ("max_calibration_error", "校准误差的上限，例如 0.05"),
)
"""A field of `Thresholds`, which is the option's name too, and the option's help text."""


def register(commands: Commands) -> None:
    evaluate = add_command(commands, "eval", _eval, "用题目文件测量：答对率、误答、校准、错题")
    evaluate.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_as_of(evaluate)
    evaluate.add_argument("--json", action="store_true", help="以 JSON 输出")
    for name, text in LIMITS:
        evaluate.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="SHARE", help=text)

    rank = add_command(commands, "rank", _rank, "给任意文档按问题排序，输出 TREC 格式（不含政策知识）")
    rank.add_argument("--corpus", required=True, type=Path, metavar="FILE", help='文档，每行 {"id", "text"}')
    rank.add_argument("--queries", required=True, type=Path, metavar="FILE", help='问题，每行 {"id", "text"}')
    rank.add_argument("--top", type=count, default=100, metavar="N", help="每个问题最多列几篇，默认 100")


def _eval(options: argparse.Namespace) -> int:
    from huiqi.evaluation.history import previous_run, remember_run
    from huiqi.evaluation.report import render

    settings = settings_of(options)
    report = _measure(options, settings)
    previous = previous_run(settings.cache_folder, options.files)
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else render(report, previous))
    remember_run(settings.cache_folder, options.files, report)
    failures = _failures(options, report)
    for failure in failures:
        print(failure, file=sys.stderr)
    return FOUND_WRONG if failures else DONE


def _measure(options: argparse.Namespace, settings: Settings) -> Report:
    """Writes nothing: no log, and conversations in memory only."""
    from huiqi.assistant.asking import Assistant
    from huiqi.evaluation.report import ConversationMemory, evaluate, read_questions
    from huiqi.service.wiring import open_assistant

    rows = [row for path in options.files for row in read_questions(path)]
    opened = open_assistant(settings)
    assistant = Assistant(opened.pack, opened.matcher, None, ConversationMemory())
    return evaluate(assistant, rows, options.as_of, _progress)


def _failures(options: argparse.Namespace, report: Report) -> list[str]:
    """A sentence for each limit that was asked for and not kept."""
    from huiqi.evaluation.report import Thresholds

    return Thresholds(**{name: getattr(options, name) for name, _ in LIMITS}).failures(report)


def _progress(rows: Iterable[MeasuredQuestion]) -> Iterable[MeasuredQuestion]:
    """A progress bar on standard error where someone is watching."""
    if not sys.stderr.isatty():
        return rows
    from rich.console import Console
    from rich.progress import track

    return track(list(rows), description="提问", console=Console(stderr=True), transient=True)


def _rank(options: argparse.Namespace) -> int:
    from huiqi.search.ranker import Ranker
    from huiqi.service.wiring import load_general_lexicon

    documents = _read_texts(options.corpus)
    questions = _read_texts(options.queries)
    ranker = Ranker([text for _, text in documents], load_general_lexicon(settings_of(options).cache_folder))
    for question, text in questions:
        for place, (document, score) in enumerate(ranker.rank(text, options.top), 1):
            print(f"{question} Q0 {documents[document][0]} {place} {score:.6f} huiqi")
    return DONE


def _read_texts(file: Path) -> list[tuple[str, str]]:
    """(id, text) of every line of a JSON Lines file. An id must stand once, and hold no space (TREC)."""
    rows: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identifier, text = str(row["id"]), row["text"]
            if not isinstance(text, str):
                raise TypeError
        except (json.JSONDecodeError, KeyError, TypeError):
            raise WrongUse(f'{file} 第 {number} 行不是 {{"id", "text"}} 形式的 JSON') from None
        if not identifier or any(map(str.isspace, identifier)):
            raise WrongUse(f"{file} 第 {number} 行的 id 是空的或含空格，TREC 格式写不下，请改掉")
        if identifier in rows:
            raise WrongUse(f"{file} 第 {number} 行的 id “{identifier}”前面已经有了，请改成不同的")
        rows[identifier] = text
    return list(rows.items())
