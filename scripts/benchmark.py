"""Speed of retrieval and of the whole decision, beside the usual search libraries: writes docs/benchmark.md.

Everything runs in one process on one thread, in turns, so that the ratios hold on any machine. A question is
timed from its text to the ten best, segmentation included. Each is asked several times by every engine and
its best time counts: other work on the machine disturbs all engines alike. What takes seconds (building, a cold start,
the check before publishing) is told in seconds of the processor, for the same reason.

    pip install '.[bench]'
    python scripts/benchmark.py [--sizes 100 1000 10000 100000] [--questions 300] [--covid FOLDER]
"""

from __future__ import annotations

import os
import sys

for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE"):
    # Left over from elsewhere they make numpy, or a cold start, slower than anyone would run it.
    os.environ.pop(_name, None)
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import gc
import json
import logging
import math
import platform
import resource
import sqlite3
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import bm25s
import jieba
import numpy as np
import rank_bm25
import tantivy
from generate_alternates import synthetic_pack, synthetic_questions
from huiqi.assistant.asking import Assistant, Message
from huiqi.curation.roles import Member
from huiqi.curation.workbench import Workbench
from huiqi.language.lexicon import Lexicon
from huiqi.language.segment import Segmenter
from huiqi.matching.corpus import build_base
from huiqi.matching.features import take_apart
from huiqi.matching.marks import Marks
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.search.bm25 import bm25
from huiqi.search.index import build_index
from huiqi.search.ranker import Ranker
from huiqi.service.live import LiveAssistant
from huiqi.service.settings import load_settings
from huiqi.service.wiring import Compiled, load_compiled, load_general_lexicon, synchronise
from huiqi.store.database import open_database
from huiqi.store.knowledge import KnowledgeStore
from rapidfuzz import fuzz, process

WANTED = 10
ROUNDS = 3
SECONDS_AN_ENGINE = 12.0
"""An engine that needs longer than this for all questions of a size is asked a part of them."""
FEWEST_QUESTIONS = 20
STARTS = 15
"""Cold starts of each kind, in turns."""

Search = Callable[[str], object]


@dataclass(frozen=True)
class Engine:
    """`build` takes the alternates and gives a function from a question to its best alternates."""

    name: str
    build: Callable[[Sequence[str]], Search]
    remark: str = ""


@dataclass
class Row:
    """Measurements of one engine at one size; times in seconds."""

    name: str
    size: int
    times: list[float] = field(default_factory=list)
    build_seconds: float = 0.0

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.times, share))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000])
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--covid", type=Path, help="folder of an outside benchmark (corpus, queries, qrels)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    parser.add_argument("--memory", nargs=2, metavar=("WHAT", "SIZE"), help=argparse.SUPPRESS)
    parser.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    jieba.setLogLevel(logging.ERROR)
    # Of millions of small objects none becomes garbage; looking for it would be most of the time of building.
    gc.disable()
    compiled, lexicon = _knowledge()
    if options.compile:
        begun = time.process_time()
        compile_pack(compiled.pack)
        print(time.process_time() - begun)
        return 0
    if options.memory:
        print(_memory(options.memory[0], int(options.memory[1]), compiled, lexicon))
        return 0
    jieba.initialize()
    rows: list[Row] = []
    for size in options.sizes:
        rows += _measure(size, options.questions, compiled, lexicon)
    largest = max(options.sizes)
    memory = {what: round(_in_a_process("--memory", what, str(largest))) for what in ("words", "base")}
    shipped = _shipped(compiled)
    whole = _whole_process(compiled.pack)
    outside = _outside(options.covid, lexicon) if options.covid else None
    page = _page(rows, options.sizes, options.questions, memory, shipped, whole, outside)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "benchmark.md").write_text(page, encoding="utf-8")
    (options.output / "benchmark.svg").write_text(_plot(rows, options.sizes), encoding="utf-8")
    return 0


def _knowledge() -> tuple[Compiled, Lexicon]:
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:
        knowledge = KnowledgeStore(open_database(str(Path(folder) / "benchmark.db")))
        synchronise(knowledge, settings.pack_folder)
        compiled = load_compiled(knowledge, settings.cache_folder)
    return compiled, load_general_lexicon(settings.cache_folder)


# The engines. Ours first.


def _words_index(texts: Sequence[str], lexicon: Lexicon) -> Search:
    """What the libraries do, done by our parts: BM25 over words."""
    normalise, segmenter = lexicon.normaliser(), Segmenter(lexicon.words, lexicon.unknown)
    index = build_index(bm25([segmenter.words(normalise(text)) for text in texts], 1.5, 0.75))
    return lambda question: index.top(dict.fromkeys(segmenter.words(normalise(question)), 1.0), WANTED)


def _alternates_index(matcher: Matcher) -> Search:
    """The first step of the decision: words, synonyms and bigrams, weighted."""
    base, analyser, unmarked = matcher.base, matcher.analyser, Marks()
    return lambda question: base.alternate_index.top(
        take_apart(base, analyser(question), unmarked).weights, WANTED
    )


def _jieba_words(texts: Sequence[str]) -> list[list[str]]:
    return [jieba.lcut(text) for text in texts]


def _rank_bm25(texts: Sequence[str]) -> Search:
    index = rank_bm25.BM25Okapi(_jieba_words(texts))

    def search(question: str) -> object:
        scores = index.get_scores(jieba.lcut(question))
        return np.argpartition(scores, -WANTED)[-WANTED:]

    return search


def _bm25s(backend: str) -> Callable[[Sequence[str]], Search]:
    def build(texts: Sequence[str]) -> Search:
        index = bm25s.BM25(backend=backend)
        index.index(_jieba_words(texts), show_progress=False)
        return lambda question: index.retrieve(
            [jieba.lcut(question)], k=min(WANTED, len(texts)), show_progress=False, n_threads=0
        )

    return build


def _tantivy(texts: Sequence[str]) -> Search:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="whitespace")
    builder.add_integer_field("number", stored=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=200_000_000, num_threads=1)
    for number, words in enumerate(_jieba_words(texts)):
        writer.add_document(tantivy.Document(text=" ".join(words), number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> object:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", word))
            for word in jieba.lcut(question)
        ]
        return searcher.search(tantivy.Query.boolean_query(terms), WANTED, count=False).hits

    return search


def _fts5(texts: Sequence[str]) -> Search:
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table alternate using fts5(text)")
    rows = ((number, " ".join(words)) for number, words in enumerate(_jieba_words(texts)))
    database.executemany("insert into alternate(rowid, text) values (?, ?)", rows)
    database.execute("insert into alternate(alternate) values ('optimize')")

    def search(question: str) -> object:
        words = [word for word in dict.fromkeys(jieba.lcut(question)) if any(map(str.isalnum, word))]
        return database.execute(
            "select rowid from alternate where alternate match ? order by rank limit ?",
            [" OR ".join(f'"{word}"' for word in words), WANTED],
        ).fetchall()

    return search


def _rapidfuzz(scorer: Callable[..., float]) -> Callable[[Sequence[str]], Search]:
    return lambda texts: lambda question: process.extractOne(question, texts, scorer=scorer)


RETRIEVAL, EVIDENCE, DECISION, FLOOR = "huiqi 检索", "huiqi 全部证据", "huiqi 整个判断", "jieba lcut（底线）"
RATIO = "rapidfuzz ratio"


def _engines(lexicon: Lexicon, matcher: Matcher) -> list[Engine]:
    return [
        Engine(RETRIEVAL, lambda texts: _words_index(texts, lexicon)),
        Engine(EVIDENCE, lambda texts: _alternates_index(matcher)),
        Engine(DECISION, lambda texts: matcher.match),
        Engine(FLOOR, lambda texts: jieba.lcut),
        Engine("bm25s（numba）", _bm25s("numba")),
        Engine("bm25s（numpy）", _bm25s("numpy")),
        Engine("tantivy", _tantivy),
        Engine(RATIO, _rapidfuzz(fuzz.ratio)),
        Engine("rapidfuzz WRatio", _rapidfuzz(fuzz.WRatio)),
        Engine("SQLite FTS5", _fts5),
        Engine("rank_bm25", _rank_bm25),
    ]


def _measure(size: int, count: int, compiled: Compiled, lexicon: Lexicon) -> list[Row]:
    pack = synthetic_pack(compiled.pack, size)
    questions = synthetic_questions(compiled.pack, pack, count)
    texts = [alternate for entry in pack.entries.values() for alternate in entry.alternates]
    begun = time.process_time()
    matcher = Matcher(compile_pack(pack))
    base_seconds = time.process_time() - begun
    rows, searches, asked = [], [], []
    for engine in _engines(lexicon, matcher):
        row = Row(engine.name, size)
        begun = time.process_time()
        search = engine.build(texts)
        row.build_seconds = time.process_time() - begun
        if engine.name == DECISION:
            row.build_seconds = base_seconds
        search(questions[0])
        begun = time.perf_counter()
        for question in questions[:3]:
            search(question)
        estimate = (time.perf_counter() - begun) / 3 * ROUNDS
        asked.append(max(min(count, int(SECONDS_AN_ENGINE / estimate)), min(count, FEWEST_QUESTIONS)))
        rows.append(row)
        searches.append(search)
        print(f"{size:>7} {engine.name:<18} 建立 {row.build_seconds:7.2f} 秒", file=sys.stderr, flush=True)
    gc.collect()
    for row, number in zip(rows, asked, strict=True):
        row.times = [math.inf] * number
    for _ in range(ROUNDS):
        for row, search in zip(rows, searches, strict=True):
            for number, question in enumerate(questions[: len(row.times)]):
                begun = time.perf_counter()
                search(question)
                row.times[number] = min(row.times[number], time.perf_counter() - begun)
    for row in rows:
        print(
            f"{size:>7} {row.name:<18} p50 {row.percentile(50) * 1e3:9.3f} p99 {row.percentile(99) * 1e3:9.3f} 毫秒",
            file=sys.stderr,
            flush=True,
        )
    return rows


# Memory and whole processes.


def _memory(what: str, size: int, compiled: Compiled, lexicon: Lexicon) -> int:
    """Bytes an alternate that stay in memory once the index of `what` stands, its texts not counted, nor the tables that
    a process holds once, however large the index is."""
    build_base(synthetic_pack(compiled.pack, 100))
    lexicon.words.whole()
    pack = synthetic_pack(compiled.pack, size)
    texts = [alternate for entry in pack.entries.values() for alternate in entry.alternates]
    tracemalloc.start()
    kept: object = _words_index(texts, lexicon) if what == "words" else build_base(pack)[0]
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    return round(held / size) if kept else 0


def _in_a_process(*arguments: str) -> float:
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    return float(done.stdout)


# The shipped pack: a whole answer, and the check before publishing.

REPLAYED = 1000
"""Logged questions that a check asks again."""
CHECKED = "gov-24h-station"
"""The entry that is changed."""


@dataclass(frozen=True)
class Shipped:
    """`compile`: seconds; `answer`, `floor`: median seconds of a whole answer and of jieba's cut of the same questions;
    `checks`: for each kind of change the seconds of its check."""

    entries: int
    alternates: int
    compile: float
    answer: float
    floor: float
    checks: Mapping[str, float]


def _shipped(compiled: Compiled) -> Shipped:
    entries = compiled.pack.entries.values()
    questions = [
        json.loads(line)["question"]
        for name in ("heldout", "heldout-out", "heldout-near", "heldout-guards")
        for line in (ROOT / f"tests/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assistant = Assistant(compiled.pack, Matcher(compiled.matcher))

    def asked(text: str) -> object:
        # A text that began a conversation before is not understood again.
        assistant._turns.clear()
        return assistant.ask(Message(text, "benchmark"))

    answer, floor = _in_turns([asked, jieba.lcut], questions[:300])
    return Shipped(
        len(entries),
        sum(len(entry.alternates) for entry in entries),
        _in_a_process("--compile"),
        answer,
        floor,
        _checks(questions[:REPLAYED]),
    )


def _in_turns(searches: Sequence[Search], questions: Sequence[str]) -> list[float]:
    """The median time of each, a question's best of several counting."""
    times = [[math.inf] * len(questions) for _ in searches]
    for _ in range(ROUNDS):
        for search, best in zip(searches, times, strict=True):
            for number, question in enumerate(questions):
                begun = time.perf_counter()
                search(question)
                best[number] = min(best[number], time.perf_counter() - begun)
    return [statistics.median(best) for best in times]


def _checks(questions: Sequence[str]) -> dict[str, float]:
    """The seconds of the workbench's check of one changed entry, with `questions` in the log, by kind of change."""
    member, found = Member("benchmark", "admin"), {}
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(load_settings(), database=str(Path(folder) / "benchmark.db"))
        live = LiveAssistant(settings)
        for question in questions:
            live.ask(Message(question, "benchmark"))
        bench = Workbench(open_database(settings.database), live, True)
        for kind, change in CHANGES.items():
            item, content = change(json.loads(json.dumps(bench.drafting.current("entry", CHECKED))))
            draft = bench.drafting.save(member, "entry", item, content)
            bench.drafting.submit(draft.id, member)
            bench.drafting.approve(draft.id, member)
            begun = time.process_time()
            row = bench.publishing.run(bench.publishing.start(member))
            found[kind] = time.process_time() - begun
            assert row.state in ("passed", "blocked"), row.error
            bench.drafting.discard(draft.id, member)
            print(f"检查：{kind} {found[kind]:.2f} 秒", file=sys.stderr, flush=True)
        live.close()
    return found


def _retold(entry: Any) -> tuple[str, Any]:
    summary = entry["summary"]
    if isinstance(summary, dict):
        summary["text"] = f"搬到了新地方。{summary['text']}"
    else:
        entry["summary"] = f"搬到了新地方。{summary}"
    return CHECKED, entry


def _asked_otherwise(entry: Any) -> tuple[str, Any]:
    alternates = entry["alternates"]
    more = ["半夜能去哪台机器自己办", "通宵办事机"]
    entry["alternates"] = (
        alternates | {"整体": [*alternates.get("整体", []), *more]}
        if isinstance(alternates, dict)
        else [*alternates, *more]
    )
    return CHECKED, entry


def _added(entry: Any) -> tuple[str, Any]:
    entry |= {
        "id": "gov-broadband",
        "title": "企业怎么申请宽带提速",
        "short_title": "企业宽带提速",
        "keywords": ["宽带", "光纤", "网速"],
        "alternates": ["宽带提速怎么申请", "公司网速慢能不能提", "光纤专线要多少钱", "千兆宽带找谁办"],
        "see_also": [],
        "replaces": [],
    }
    return "gov-broadband", entry


CHANGES: dict[str, Callable[[Any], tuple[str, Any]]] = {
    "改一条的答案": _retold,
    "给一条加两句相似问": _asked_otherwise,
    "新加一条": _added,
}


@dataclass(frozen=True)
class WholeProcess:
    """Medians in seconds of the processor, and questions a second."""

    ask: float
    jieba: float
    throughput: float
    lines: int


def _whole_process(pack: Pack) -> WholeProcess:
    questions = [text for entry in pack.entries.values() for text in entry.alternates][::5][:1000]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"HUIQI_DATABASE": str(Path(folder) / "benchmark.db")}
        environment["PYTHONPATH"] = str(ROOT / "bot")

        def run(*arguments: str, given: str | None = None) -> float:
            begun = _spent()
            subprocess.run(
                [sys.executable, "-W", "ignore", *arguments],
                input=given,
                text=True,
                check=True,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            return _spent() - begun

        run("-m", "huiqi", "ask", "贷款贴息能补多少")
        ours, theirs = [], []
        for _ in range(STARTS):
            ours.append(run("-m", "huiqi", "ask", "贷款贴息能补多少"))
            theirs.append(run("-c", "import jieba; jieba.initialize()"))
        lines = "\n".join(json.dumps({"id": n, "question": text}) for n, text in enumerate(questions))
        seconds = run("-m", "huiqi", "ask", "--jsonl", given=lines)
    return WholeProcess(
        statistics.median(ours), statistics.median(theirs), len(questions) / seconds, len(questions)
    )


def _spent() -> float:
    """Seconds of the processor that finished child processes took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# The outside benchmark.


@dataclass(frozen=True)
class Quality:
    name: str
    ndcg: float
    first: float


def _outside(folder: Path, lexicon: Lexicon) -> tuple[int, int, list[Quality]]:
    """nDCG@10 and hit@1 of `huiqi rank` and of BM25, over questions with one right document each."""

    def read(name: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]

    documents, questions = read("corpus.jsonl"), read("queries.jsonl")
    relevant = dict(
        line.split("\t")[:2] for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    )
    position = {row["id"]: number for number, row in enumerate(documents)}
    right = [position[relevant[row["id"]]] for row in questions]
    texts, asked = [row["text"] for row in documents], [row["text"] for row in questions]

    def baseline(split: Callable[[str], list[str]]) -> list[list[int]]:
        index = build_index(bm25([split(text) for text in texts], 1.5, 0.75))
        return [[n for n, _ in index.top(Counter(split(text)), WANTED)] for text in asked]

    def words(text: str) -> list[str]:
        return [word for word in jieba.lcut(text) if any(map(str.isalnum, word))]

    def pairs(text: str) -> list[str]:
        return [text[start : start + 2] for start in range(len(text) - 1)]

    ranker = Ranker(texts, lexicon)
    runs = {
        "huiqi rank": [[n for n, _ in ranker.rank(text, WANTED)] for text in asked],
        "BM25，jieba 词": baseline(words),
        "BM25，二字组": baseline(pairs),
    }
    found = []
    for name, run in runs.items():
        places = [row.index(one) if one in row else None for row, one in zip(run, right, strict=True)]
        gains = [1 / math.log2(place + 2) if place is not None else 0.0 for place in places]
        found.append(Quality(name, statistics.mean(gains), sum(place == 0 for place in places) / len(places)))
    return len(documents), len(questions), found


# The report.


def _page(
    rows: Sequence[Row],
    sizes: Sequence[int],
    count: int,
    memory: Mapping[str, int],
    shipped: Shipped,
    whole: WholeProcess,
    outside: tuple[int, int, list[Quality]] | None,
) -> str:
    largest = max(sizes)
    lines = [
        "# 速度",
        "",
        "由 `scripts/benchmark.py` 生成。同一次运行、同一个进程、一个线程，各引擎轮流答同样的问题；一个问题从原文算起，",
        f"分词在内，到最像的 {WANTED} 条为止（`extractOne` 只要 1 条）。每个问题问 {ROUNDS} 遍取最快的一遍。相似问由",
        f"`scripts/generate_alternates.py` 用知识库自己的说法重新拼成，问题 {count} 个，是另外拼的；每次都一样。",
        f"答完全部问题要超过 {SECONDS_AN_ENGINE:.0f} 秒的引擎只答一部分。",
        "",
        f"机器：{_processor()}，{os.cpu_count()} 核，{platform.system()} {platform.machine()}，"
        f"Python {platform.python_version()}，SQLite {sqlite3.sqlite_version}；"
        + "，".join(
            f"{name} {version(name)}"
            for name in ("numpy", "rapidfuzz", "jieba", "rank-bm25", "bm25s", "numba", "tantivy")
        )
        + f"。测完时这台机器的负载是 {os.getloadavg()[2]:.1f}；比核多就有别的事在抢，秒数偏大，越慢的引擎越吃亏，请等空闲时重测。",
        "",
        "![各引擎在各规模下的耗时](benchmark.svg)",
        "",
        "## 一个问题的耗时（毫秒）",
        "",
        "| 引擎 | " + " | ".join(f"{size:,} 条 p50 | p99" for size in sizes) + " |",
        "|---|" + "--:|--:|" * len(sizes),
    ]
    by_name: dict[str, dict[int, Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, {})[row.size] = row
    for name, measured in by_name.items():
        cells = [
            f"{measured[size].percentile(50) * 1e3:.3f} | {measured[size].percentile(99) * 1e3:.3f}"
            for size in sizes
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        f"“{RETRIEVAL}”做的是那些库做的事：分词，BM25，最像的 {WANTED} 条。“{EVIDENCE}”再加上同义词和二字组。",
        f"“{DECISION}”是从问题到答、反问还是不答：纠错、地名与年份、整句比较、概率，全部在内。",
        "",
        f"## 是{RETRIEVAL}的几倍（p50）",
        "",
        "| 引擎 | " + " | ".join(f"{size:,} 条" for size in sizes) + " |",
        "|---|" + "--:|" * len(sizes),
    ]
    ours = by_name[RETRIEVAL]
    for name, measured in by_name.items():
        if name not in (RETRIEVAL, EVIDENCE, DECISION, FLOOR):
            cells = [f"{measured[size].percentile(50) / ours[size].percentile(50):.1f}" for size in sizes]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    slower = [
        f"{name}（{size:,} 条）"
        for name, measured in by_name.items()
        for size in sizes
        if name not in (RETRIEVAL, EVIDENCE, DECISION, FLOOR)
        and measured[size].percentile(50) <= ours[size].percentile(50)
    ]
    lines += ["", "比检索快的：" + ("、".join(slower) if slower else "没有") + "。", ""]
    decision, floor = by_name[DECISION], by_name[FLOOR]
    lines += [
        f"{DECISION}的耗时是{FLOOR}的几倍（p50）："
        + "，".join(
            f"{size:,} 条 {decision[size].percentile(50) / floor[size].percentile(50):.1f}" for size in sizes
        )
        + "。",
        "",
        "## 建立与内存（处理器时间）",
        "",
        "| | " + " | ".join(f"{size:,} 条" for size in sizes) + " |",
        "|---|" + "--:|" * len(sizes),
        f"| {RETRIEVAL}：分词并建索引（秒） | "
        + " | ".join(f"{ours[size].build_seconds:.2f}" for size in sizes)
        + " |",
        f"| {DECISION}：整个知识库（秒） | "
        + " | ".join(f"{decision[size].build_seconds:.2f}" for size in sizes)
        + " |",
        "",
        f"{largest:,} 条时每条占内存：检索 {memory['words']:,} 字节，整个知识库 {memory['base']:,} 字节（原文不算；每个进程只有一份的词典不算）。",
        "",
        f"## 随程序带的知识库（{shipped.entries} 条，{shipped.alternates:,} 句相似问）",
        "",
        "| | |",
        "|---|--:|",
        f"| 从头建立，读词典在内（处理器时间） | {shipped.compile:.2f} 秒 |",
        f"| 一次完整的回答，从原文到回复（p50） | {shipped.answer * 1e3:.2f} 毫秒，是 jieba lcut 同样问题的 {shipped.answer / shipped.floor:.1f} 倍 |",
        *(
            f"| 工作台的发布检查，{REPLAYED:,} 个记下的问题：{kind}（处理器时间） | {seconds:.2f} 秒 |"
            for kind, seconds in shipped.checks.items()
        ),
        "",
        "## 整个进程（处理器时间）",
        "",
        "| | |",
        "|---|--:|",
        f"| `huiqi ask 问题`，从启动到退出（{STARTS} 次的中位数） | {whole.ask:.3f} 秒 |",
        f'| `python -c "import jieba; jieba.initialize()"` | {whole.jieba:.3f} 秒 |',
        f"| 前者是后者的 | {whole.ask / whole.jieba:.2f} |",
        f"| `huiqi ask --jsonl`，{whole.lines:,} 个问题，启动和写记录在内 | 每秒 {whole.throughput:,.0f} 个 |",
    ]
    if outside:
        documents, questions, found = outside
        lines += [
            "",
            "## 外部题目：`huiqi rank`",
            "",
            f"疫情政务问答（DataFountain 424 的一部分）：{questions} 个问题，{documents} 篇文件，每题一篇是对的。",
            "`bot/huiqi/search/ranker.py` 开头的几个全局常数是看着这批题定的（分成两半，每一半都胜过两种 BM25），没见过的题会略低些。",
            "",
            "| | nDCG@10 | 首位正确 |",
            "|---|--:|--:|",
            *(f"| {item.name} | {item.ndcg:.3f} | {item.first:.3f} |" for item in found),
        ]
    return "\n".join(lines) + "\n"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "未知处理器"


_COLOURS = (
    "#c0392b",
    "#e67e22",
    "#8e44ad",
    "#7f8c8d",
    "#2980b9",
    "#16a085",
    "#27ae60",
    "#2c3e50",
    "#95a5a6",
    "#d4ac0d",
    "#6e2c00",
)


def _plot(rows: Sequence[Row], sizes: Sequence[int]) -> str:
    """Latency (p50, logarithmic) by size (logarithmic), as SVG."""
    width, height, left, right, top, bottom = 860, 480, 80, 190, 30, 60
    low, high = -5.0, 0.0

    def x(size: int) -> float:
        first, last = math.log10(min(sizes)), math.log10(max(sizes))
        return left + (width - left - right) * (math.log10(size) - first) / ((last - first) or 1)

    def y(seconds: float) -> float:
        return top + (height - top - bottom) * (high - max(min(math.log10(seconds), high), low)) / (
            high - low
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for power in range(int(low), int(high) + 1):
        label = {-5: "10 微秒", -4: "0.1 毫秒", -3: "1 毫秒", -2: "10 毫秒", -1: "0.1 秒", 0: "1 秒"}[power]
        at = y(10.0**power)
        parts.append(f'<line x1="{left}" y1="{at:.1f}" x2="{width - right}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    for size in sizes:
        parts.append(
            f'<text x="{x(size):.1f}" y="{height - bottom + 20}" text-anchor="middle">{size:,} 条</text>'
        )
    parts.append(f'<text x="{left}" y="{height - 12}">相似问的条数；一个问题的耗时中位数，分词在内</text>')
    names = list(dict.fromkeys(row.name for row in rows))
    ends: list[tuple[float, str, str]] = []
    for name, colour in zip(names, _COLOURS, strict=False):
        points = [(x(row.size), y(row.percentile(50))) for row in rows if row.name == name]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        thick = 3 if name.startswith("huiqi") else 1.5
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{thick}"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        ends.append((points[-1][1], name, colour))
    lowest = 0.0
    for at, name, colour in sorted(ends):
        # Names keep a line's height from each other, so that close curves stay readable.
        lowest = max(at, lowest + 16)
        parts.append(f'<text x="{width - right + 10}" y="{lowest + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
