"""Measure: how good the answers are, and a ranking of any documents for the field's own tools."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from huiqi.cli.parser import (
    DONE,
    FOUND_WRONG,
    Commands,
    WrongUse,
    add_as_of,
    add_command,
    add_knowledge,
    count,
    settings_of,
)
from huiqi.evaluation.measures import LIMITED, failures, unmeasured

if TYPE_CHECKING:
    from huiqi.evaluation.report import Report
    from huiqi.language.lexicon import Lexicon
    from huiqi.service.settings import Settings

Item = TypeVar("Item")
Texts = list[tuple[str, str]]
"""(id, text) each."""


def register(commands: Commands) -> None:
    evaluate = add_command(commands, "eval", _eval, "用题目文件测量：答对率、误答、第一句、方面、校准、错题")
    evaluate.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_as_of(evaluate)
    add_knowledge(evaluate)
    evaluate.add_argument("--json", action="store_true", help="以 JSON 输出")
    evaluate.add_argument(
        "--wrapped",
        action="store_true",
        help="每题再套上六十种寒暄、自述各问一遍，看答案变不变（要一两分钟）",
    )
    for measure in LIMITED:
        option = f"--{measure.option.replace('_', '-')}"
        evaluate.add_argument(option, type=float, metavar="SHARE", help=measure.help)

    rank = add_command(commands, "rank", _rank, "给任意文档按问题排序，输出 TREC 格式（不含政策知识）")
    rank.add_argument("--corpus", required=True, type=Path, metavar="FILE", help='文档，每行 {"id", "text"}')
    rank.add_argument("--queries", required=True, type=Path, metavar="FILE", help='问题，每行 {"id", "text"}')
    rank.add_argument("--top", type=count, default=100, metavar="N", help="每个问题最多列几篇，默认 100")
    rank.add_argument(
        "--passages",
        action="store_true",
        help='改列原文里最接近的段落（完整的句子，不超过 180 字），每行 {"query", "rank", "doc", "start", "end", "text"}',
    )


def _eval(options: argparse.Namespace) -> int:
    from huiqi.evaluation.history import previous_run, remember_run
    from huiqi.evaluation.rendering import render

    if options.min_wrapped is not None and not options.wrapped:
        raise WrongUse("--min-wrapped 要和 --wrapped 一起用")
    settings = settings_of(options)
    report = _measure(options, settings)
    previous = previous_run(settings.cache_folder, options.files)
    print(json.dumps(report.to_json(), ensure_ascii=False) if options.json else render(report, previous))
    remember_run(settings.cache_folder, options.files, report)
    limits = {measure.option: getattr(options, measure.option) for measure in LIMITED}
    rates = report.rates()
    failed = failures(rates, limits)
    for sentence in (*unmeasured(rates, limits), *failed):
        print(sentence, file=sys.stderr)
    return FOUND_WRONG if failed else DONE


def _measure(options: argparse.Namespace, settings: Settings) -> Report:
    """Writes nothing: no log, and conversations in memory only."""
    from huiqi.assistant.asking import Assistant
    from huiqi.evaluation.questions import read_questions
    from huiqi.evaluation.report import ConversationMemory, evaluate
    from huiqi.evaluation.wrappers import ask_wrapped, read_wrappers
    from huiqi.service.wiring import open_assistant

    rows = [row for path in options.files for row in read_questions(path)]
    opened = open_assistant(settings)
    assistant = Assistant(opened.pack, opened.matcher, None, ConversationMemory())
    report = evaluate(assistant, rows, options.as_of, _progress)
    if options.wrapped:
        report.wrapped = ask_wrapped(assistant, report.outcomes, read_wrappers(), options.as_of, _progress)
    return report


def _progress(items: Iterable[Item]) -> Iterable[Item]:
    """A progress bar on standard error where someone is watching."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(list(items), description="提问", console=Console(stderr=True), transient=True)


def _rank(options: argparse.Namespace) -> int:
    from huiqi.search.ranker import Ranker
    from huiqi.service.wiring import load_general_lexicon

    documents = _read_texts(options.corpus)
    questions = _read_texts(options.queries)
    lexicon = load_general_lexicon(settings_of(options).cache_folder)
    if options.passages:
        return _rank_passages(documents, questions, options.top, lexicon)
    ranker = Ranker([text for _, text in documents], lexicon)
    for question, text in questions:
        for place, (document, score) in enumerate(ranker.rank(text, options.top), 1):
            print(f"{question} Q0 {documents[document][0]} {place} {score:.6f} huiqi")
    return DONE


def _rank_passages(documents: Texts, questions: Texts, top: int, lexicon: Lexicon) -> int:
    from huiqi.search.passages import PassageIndex

    index = PassageIndex([text for _, text in documents], lexicon)
    for question, asked in questions:
        for place, passage in enumerate(index.find(asked, top), 1):
            document, text = documents[passage.document]
            start, end = passage.span.start, passage.span.end
            row = {"query": question, "rank": place, "doc": document, "start": start, "end": end}
            print(json.dumps(row | {"text": text[start:end]}, ensure_ascii=False))
    return DONE


def _read_texts(file: Path) -> Texts:
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
